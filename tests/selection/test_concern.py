"""Which files of the base branch concern which project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import CheckoutTree, ListingTree, Scope, concerned

FILES = ("a/x.tf", "a/y.md", "b/x.tf", "m/x.tf")
MODULES = {"a/main.tf": 'module "m" {\n  source = "../m"\n}\n', "b/main.tf": "", "m/x.tf": "", "d/main.tf": ""}


def project(directory: str, *patterns: str, name: str | None = None, configured: bool = True) -> Project:
    return Project(dir=directory, workspace="default", name=name, when_modified=patterns, configured=configured)


def scope(*, enabled: bool = False, ignore: tuple[str, ...] = (), modules: tuple[str, ...] = (), files: dict[str, str] = MODULES) -> Scope:
    tree = ListingTree(files, read=lambda path: files[path].encode())
    return Scope(tree=tree, discovery=Discovery(enabled=enabled, ignore_paths=ignore), file_list=("**/*.tf",), modules=modules)


def concerning(selected: Project, *configured: Project, files: tuple[str, ...] = FILES, within: Scope | None = None) -> tuple[str, ...]:
    return concerned([selected], configured, files, within or scope())[selected.key]


def test_a_project_with_patterns_is_concerned_by_what_they_match() -> None:
    assert concerning(project("a", "*.tf", "../m/*")) == ("a/x.tf", "m/x.tf")
    assert concerning(project("a", "**", "!*.tf")) == ("a/y.md",)


def test_a_configured_project_without_patterns_is_concerned_by_every_file() -> None:
    assert concerning(project("a"), project("a")) == FILES


def test_a_directory_that_is_gone_does_not_spare_a_project() -> None:
    assert concerning(project("gone", "*"), files=("gone/x",)) == ("gone/x",)


def test_a_pattern_that_fails_does_not_spare_a_project() -> None:
    assert concerning(project("a", "\\q", "*.tf")) == FILES
    assert concerning(project("a", "*.tf", "!\\q")) == ("a/x.tf",)


def test_a_discovered_project_is_concerned_by_what_discovery_puts_down_to_it() -> None:
    assert concerning(project("a", configured=False), within=scope(enabled=True)) == ("a/x.tf",)
    assert concerning(project("c", configured=False), within=scope(enabled=True)) == ()


def test_a_discovered_project_is_concerned_by_modules_that_belong_to_no_other() -> None:
    files = {**MODULES, "a/main.tf": 'module "m" {\n  source = "../modules/m"\n}\n', "modules/m/x.tf": ""}
    within = scope(enabled=True, modules=("**/main.tf",), files=files)

    assert concerning(project("a", configured=False), files=("modules/m/x.tf", "m/x.tf"), within=within) == ("modules/m/x.tf",)


@pytest.mark.parametrize(
    ("selected", "configured", "within"),
    [
        (project("a", configured=False), [], scope(enabled=False)),
        (project("a", configured=False), [], scope(enabled=True, ignore=("a",))),
        (project("a", configured=False), [project("a", "*", name="named")], scope(enabled=True)),
        (project("a", name="named", configured=False), [], scope(enabled=True)),
    ],
)
def test_a_project_that_no_rule_is_about_is_concerned_by_every_file(selected: Project, configured: list[Project], within: Scope) -> None:
    assert concerning(selected, *configured, within=within) == FILES


def test_modules_concern_their_users() -> None:
    within = scope(modules=("**/main.tf",))

    assert concerning(project("a", "*.tf"), within=within) == ("a/x.tf", "a/y.md", "m/x.tf")
    assert concerning(project("b", "*.md"), within=within) == ("b/x.tf",)


def test_modules_that_cannot_be_read_in_full_make_every_file_concern_every_project() -> None:
    within = scope(modules=("**/main.tf",), files={**MODULES, "d/main.tf": 'module "x" {'})

    assert concerning(project("b", "*.md"), within=within) == FILES


def test_a_discovered_project_that_the_other_version_configures_follows_its_patterns() -> None:
    assert concerning(project("a", configured=False), project("a", "../b/*"), within=scope(enabled=True)) == ("b/x.tf",)
    assert concerning(project("a", configured=False), project("a"), within=scope(enabled=True)) == FILES


def test_two_versions_of_a_project_are_both_asked() -> None:
    assert concerning(project("a", "*.tf"), project("a", "../b/*")) == ("a/x.tf", "b/x.tf")
    assert concerning(project("a", "*.tf"), project("a")) == FILES


def test_nothing_concerns_anything_when_nothing_changed() -> None:
    within = scope(modules=("**/main.tf",), files={"a/main.tf": 'module "x" {'})

    assert concerning(project("a"), files=(), within=within) == ()


def test_what_is_not_needed_is_not_read() -> None:
    unreadable = CheckoutTree(Path("n" * 300))
    within = Scope(tree=unreadable, discovery=Discovery(enabled=False), file_list=("[",), modules=("**",))

    assert concerning(project("a", "*"), files=(), within=within) == ()
    assert concerning(project("a", "*"), files=("a/x",), within=replace(within, modules=())) == ("a/x",)


def test_every_selected_project_has_an_answer() -> None:
    selected = [project("a", "*.tf"), project("a", "*.md", name="docs"), project("b")]

    assert concerned(selected, selected, FILES, scope()) == {
        ("", "a", "default"): ("a/x.tf",),
        ("docs", "a", "default"): ("a/y.md",),
        ("", "b", "default"): FILES,
    }
