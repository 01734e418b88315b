"""What people read when a selection cannot be made, or not for certain, in a golden file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import ConfigError, GateError
from atlantis_gate.model import Discovery, Origin, Project
from atlantis_gate.selection import CheckoutTree, ListingTree, Scope, Target, TargetRules, target, touched
from atlantis_gate.selection.autodiscovery import matching
from atlantis_gate.selection.workspaces import workspace_of, workspace_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

GOLDEN = Path(__file__).parent / "goldens" / "texts.txt"
CLOUD = 'terraform {\n  cloud {\n    workspaces {\n      name = "../evil"\n    }\n  }\n}\n'
EVIL = ListingTree(["main.tf", "p/main.tf"], read=lambda _: CLOUD.encode())


def project(directory: str, name: str | None = None, workspace: str = "default", **settings: object) -> Project:
    return Project(dir=directory, workspace=workspace, name=name, configured=True, **settings)  # type: ignore[arg-type]


ALL = (project("app", "app"), project("app2", "app-2"), project("data", workspace="prod"), project("data", workspace="test"))


def find(configured: tuple[Project, ...] = ALL, rules: Mapping[str, object] | None = None, **wanted: str) -> Callable[[], object]:
    given = TargetRules(**{"config_file": "atlantis.yaml", **(rules or {})})  # type: ignore[arg-type]
    return lambda: target(configured, Target(**wanted), given)


def many(count: int) -> tuple[Project, ...]:
    return tuple(project(f"d{number:02}", f"name-{number:02}") for number in range(count))


def changed(count: int) -> tuple[str, ...]:
    return tuple(f"d{number:02}/x.tf" for number in range(count))


def select(projects: list[Project], *, discovery: bool = False, file_list: tuple[str, ...] = (), modules: tuple[str, ...] = ()) -> object:
    tree = ListingTree(["a/x.tf"], read=lambda _: b"")
    return touched(projects, ["a/x.tf"], Scope(tree=tree, discovery=Discovery(enabled=discovery), file_list=file_list, modules=modules))


BAD = [
    project("a", when_modified=("[",), origins={"when_modified": Origin("atlantis.yaml", 7, "when_modified")}),
    project("b", "second", when_modified=("a", "b\\")),
]
PREFIXES = {"regexp": True, "allowed_regexp_prefixes": ("dev", "test")}
IGNORED = {"discovery": Discovery(enabled=True, ignore_paths=("ignored/**",))}
REFUSALS: Mapping[str, Callable[[], object]] = {
    "a name with a directory": find(name="app", dir="app"),
    "a name without a repo config": find(rules={"config_file": None}, name="app"),
    "a name that nothing has": find(name="nobody"),
    "a name where none has one": find((project("a"),), name="nobody"),
    "a name among ten": find(many(10), name="nobody"),
    "a name among eleven": find(many(11), name="nobody"),
    "a name among twelve": find(many(12), name="nobody"),
    "an expression that nothing matches": find(rules={"regexp": True}, name="nobody.*"),
    "an expression without an allowed prefix": find(rules=PREFIXES, name="app.*"),
    "a name, with prefixes that only expressions need": find(rules={"allowed_regexp_prefixes": ("dev",)}, name="app.*"),
    "a pattern that leads up": find(dir="../*"),
    "a pattern that is none": find(dir="a["),
    "a directory outside": find(dir="../a"),
    "a workspace that is none": find(workspace="a b"),
    "a directory with several projects": find((project("a", "one"), project("a")), dir="a"),
    "an ignored directory": find(rules=IGNORED, dir="ignored/a"),
    "a directory for other workspaces": find(dir="data"),
    "a directory that is not there": find(rules={"tree": ListingTree([])}, dir="elsewhere"),
    "a directory without a changed file": find(rules={"restrict_to": ("app/sub/x.tf",)}, dir="app"),
    "a name, with a changed file elsewhere": find(rules={"restrict_to": ("app/x.tf", "b/x.tf", "a/x.tf")}, name="app"),
    "a name, with changed files in ten places": find(rules={"restrict_to": changed(10)}, name="app"),
    "a name, with changed files in twelve places": find(rules={"restrict_to": changed(12)}, name="app"),
    "an expression, with no changed file": find(rules={"restrict_to": (), "regexp": True}, name="app.*"),
    "a restricted expression without an allowed prefix": find(rules={**PREFIXES, "restrict_to": ("app/x.tf",)}, name="app.*"),
    "projects with bad patterns": lambda: select(BAD),
    "a file list with a bad pattern": lambda: select([], discovery=True, file_list=("*.tf", "[")),
    "patterns for modules with a bad one": lambda: select([], modules=("*.tf", "[")),
    "any list with a bad pattern": lambda: matching([], ["a/*", "b\\"], "--some-option"),
    "a bad workspace in the root": lambda: workspace_of(".", EVIL),
    "a bad workspace in a directory": lambda: workspace_of("p", EVIL),
    "a file that is only known by name": lambda: ListingTree(["a/x.tf"]).read("a/x.tf"),
    "a directory that cannot be listed": lambda: CheckoutTree(Path("/")).entries("n" * 300),
    "a file that cannot be read": lambda: CheckoutTree(Path("/")).read("n" * 300),
}
WORKSPACES = ("a/b", "a\\b", "a..b", ".", "-a", "~a", "a$b", "a\tb")


def lines(title: str) -> Iterator[str]:
    with pytest.raises(GateError) as caught:
        REFUSALS[title]()
    yield f"== {title}"
    if isinstance(caught.value, ConfigError):
        yield from (f"{problem.file!r}, {problem.line}, {problem.column}" for problem in caught.value.problems)
    yield caught.value.message.replace("n" * 300, "nnn...")
    yield f"  -> {caught.value.advice}" if caught.value.advice else "  (no advice)"


def test_every_text_is_as_people_have_read_and_agreed_to_it(golden: Callable[[Path, str], None]) -> None:
    text = [line for title in REFUSALS for line in lines(title)]
    text += ["== workspaces that cannot be", *(f"{name!r} {workspace_problem(name)}" for name in WORKSPACES)]
    golden(GOLDEN, "\n".join([*text, ""]).replace("n" * 300, "nnn..."))
