"""What import-linter cannot say in one line: hosts and CIs know nothing of each other, and each library has one place."""

from __future__ import annotations

import functools

import grimp
import pytest

# The parts of an adapter's package that all its adapters may use.
SHARED = {
    "answer",
    "bitbucket_keys",
    "build_variables",
    "calls",
    "credentials",
    "echoes",
    "explicit",
    "github_event",
    "http",
    "logs",
    "one_moment",
    "refusals",
    "run_pages",
    "together",
    "token_prefixes",
    "trials",
    "web_addresses",
}
# Adapters whose modules begin with the same word.
ALIKE = ("bitbucket_cloud", "bitbucket_data_center")
PLACES = {
    "github": "atlantis_gate.hosts.github",
    "requests": "atlantis_gate.hosts.",
    "re2": "atlantis_gate.regex",
    "tree_sitter": "atlantis_gate.selection.hcl",
    "tree_sitter_hcl": "atlantis_gate.selection.hcl",
}


@functools.cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("atlantis_gate", include_external_packages=True)


def family(module: str) -> str:
    """Return the adapter that a module belongs to: `github` for `hosts.github_checks`."""
    name = module.rpartition(".")[2]
    return next((alike for alike in ALIKE if name.startswith(alike)), name.partition("_")[0])


@pytest.mark.parametrize("package", ["atlantis_gate.hosts", "atlantis_gate.ci"])
def test_no_adapter_imports_another(package: str) -> None:
    modules = graph().find_children(package)
    adapters = {module for module in modules if module.rpartition(".")[2] not in SHARED}
    imports = [(module, other) for module in modules for other in graph().find_modules_directly_imported_by(module) & adapters]

    assert [(module, other) for module, other in imports if family(module) != family(other)] == []


@pytest.mark.parametrize(("library", "place"), PLACES.items())
def test_a_library_is_imported_in_its_place_only(library: str, place: str) -> None:
    users = graph().find_modules_that_directly_import(library)

    assert users
    assert [user for user in users if not user.startswith(place)] == []
