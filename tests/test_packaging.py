"""The files around the program say what the program says: the action's inputs and outputs, the locks, the image."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grimp
import pytest
import yaml

from atlantis_gate.report.outputs import outputs
from atlantis_gate.settings import OPTIONS, Option
from builders import report

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
TOKEN = """\
  token:
    description: the token that pull requests are read and statuses are written with
    default: ${{ github.token }}
  subcommand:
    description: "what to run: check, verify or doctor; default check"
"""


def action() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return content


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, str]:
    """Read package and version of every line `name==version ...` of a lock."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def dependencies() -> set[str]:
    return {re.split(r"[<>=~!; \[]", text)[0] for text in project()["project"]["dependencies"]}


def description(option: Option) -> str:
    """Return an option's help with what may be written and what stands when nothing is."""
    values = ("true", "false") if option.kind == "switch" else option.choices
    allowed = f"; one of {', '.join(values)}" if values else ""
    return f"{option.help}{allowed}; default {option.default}" if option.default else f"{option.help}{allowed}"


def inputs() -> str:
    """Return what action.yml says under `inputs`, made from the table of options."""
    entries = [f"  {option.name}:\n    description: {quoted(description(option))}\n" for option in OPTIONS if option.input]
    return TOKEN + "".join(entries)


def quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=10_000, allow_unicode=True).strip()


def test_the_actions_inputs_are_the_options_that_are_inputs(golden: Callable[[Path, str], None]) -> None:
    path = ROOT / "action.yml"
    before, heading, rest = path.read_text(encoding="utf-8").partition("\ninputs:\n")
    _, next_heading, after = rest.partition("outputs:\n")
    golden(path, before + heading + inputs() + next_heading + after)

    assert list(action()["inputs"]) == ["token", "subcommand", *(option.name for option in OPTIONS if option.input)]


def test_the_actions_outputs_are_those_that_the_program_writes() -> None:
    assert sorted(action()["outputs"]) == sorted(outputs(report()))


def test_the_action_runs_the_image_that_is_built_here() -> None:
    assert action()["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_the_dependencies_are_what_is_imported() -> None:
    graph = grimp.build_graph("atlantis_gate", include_external_packages=True)
    imported = {module for module in graph.modules if not module.startswith("atlantis_gate")} - sys.stdlib_module_names
    distributions = importlib.metadata.packages_distributions()

    assert {distributions[module][0].lower() for module in imported} == {name.lower() for name in dependencies()}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_locked(name: str) -> None:
    assert dependencies() - set(locked(name)) == set()


def test_development_runs_what_the_image_runs() -> None:
    image, development = locked("requirements.lock"), locked("requirements-dev.lock")

    assert image == {name: development.get(name) for name in image}


@pytest.mark.parametrize("group", ["build", "contract", "dev", "mutants"])
def test_tools_are_pinned_where_their_lock_pins_them(group: str) -> None:
    entries = [entry.lower() for entry in project()["dependency-groups"][group] if isinstance(entry, str)]
    pins = dict(entry.partition(";")[0].split("==") for entry in entries)

    assert pins
    assert pins == {name: locked(f"requirements-{group}.lock").get(name) for name in pins}


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.lock")))
def test_every_locked_package_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9-]+==)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_images_entrypoint_is_absolute_and_isolated() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert 'ENTRYPOINT ["/app/bin/python", "-I", "/app/entrypoint.py"]' in text
    assert re.search(r"^USER", text, re.MULTILINE) is None


def test_the_images_build_sees_only_what_it_needs() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == set(" ".join(copied).split())
