"""Random patterns, projects and trees, each answered by Atlantis' own matcher and finder, give the same answers here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import CheckoutTree, ListingTree, Scope, touched
from atlantis_gate.selection.matching import Matcher
from atlantis_gate.selection.patterns import PatternError, parse
from programs import workspace

if TYPE_CHECKING:
    from pathlib import Path

    from atlantis_gate.tree import Tree

OFF = Discovery(enabled=False)
ON = Discovery(enabled=True)
# Where the answers differ: projects whose directory would lie below a file, which a listing cannot tell from a link to a directory
# (`selection-links-in-a-listing` of docs/differences.md). They are judged besides those that Atlantis selects.
BELOW_FILES = {
    "random-cfg-11148": ["main.tf/staging/README.md", "prod", "."],
    "random-cfg-12165": [".", "main.tf/a"],
    "random-cfg-12584": [".", "main.tf/a"],
}


def pattern_match(case: dict[str, Any]) -> dict[str, Any]:
    try:
        patterns = parse(case["patterns"])
    except PatternError:
        return {"new_error": True}
    result = Matcher([patterns], [case["file"]]).result(patterns)
    return {"match_error": True} if result.failed else {"match": bool(result.matched)}


def projects_via_config(case: dict[str, Any], tree: Tree | None = None) -> dict[str, Any]:
    projects = [
        Project(dir=each["dir"], workspace=each["workspace"], name=each["name"], when_modified=tuple(each["when_modified"]))
        for each in case["projects"]
    ]
    scope = Scope(tree=tree or ListingTree(case["tree"]), discovery=OFF, file_list=())
    found = touched(projects, case["changed_files"], scope)
    return {"dirs": [project.dir for project in found.configured]}


def projects_without_config(case: dict[str, Any]) -> dict[str, Any]:
    tree = ListingTree(case["tree"], read=lambda _: b"")
    found = touched([], case["changed_files"], Scope(tree=tree, discovery=ON, file_list=tuple(case["autoplan_file_list"].split(","))))
    return {"dirs": [directory for directory, _ in found.discovered]}


KINDS = {"pattern_match": pattern_match, "projects_via_config": projects_via_config, "projects_without_config": projects_without_config}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    return {key: True if key.endswith("_error") else value for key, value in case["expect"].items()}


def read(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "conformance" / "random-selection.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_random_case_is_answered_as_atlantis_answers_it(shared: Path) -> None:
    cases = read(shared)
    assert len(cases) > 10_000
    different = [(case, actual) for case in cases if (actual := KINDS[case["kind"]](case)) != expected(case)]
    assert {case["id"]: actual["dirs"] for case, actual in different} == BELOW_FILES


def test_where_they_differ_nothing_is_left_out_and_what_is_added_lies_below_a_file(shared: Path) -> None:
    for case in (case for case in read(shared) if case["id"] in BELOW_FILES):
        added = [path for path in BELOW_FILES[case["id"]] if path not in case["expect"]["dirs"]]
        assert [path for path in BELOW_FILES[case["id"]] if path not in added] == case["expect"]["dirs"]
        assert [path for path in added if not any(path.startswith(f"{file}/") for file in case["tree"])] == []


def test_a_checkout_gives_atlantis_answers_there_too(shared: Path, tmp_path: Path) -> None:
    for case in (case for case in read(shared) if case["id"] in BELOW_FILES):
        checkout = CheckoutTree(workspace(tmp_path / case["id"], dict.fromkeys(case["tree"], "")))
        assert projects_via_config(case, checkout) == expected(case)
