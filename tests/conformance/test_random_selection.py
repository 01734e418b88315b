"""Random patterns, projects and trees, each answered by Atlantis' own matcher and finder, give the same answers here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import ListingTree, Scope, touched
from atlantis_gate.selection.matching import Matcher
from atlantis_gate.selection.patterns import PatternError, parse

if TYPE_CHECKING:
    from pathlib import Path

OFF = Discovery(enabled=False)
ON = Discovery(enabled=True)


def pattern_match(case: dict[str, Any]) -> dict[str, Any]:
    try:
        patterns = parse(case["patterns"])
    except PatternError:
        return {"new_error": True}
    result = Matcher([patterns], [case["file"]]).result(patterns)
    return {"match_error": True} if result.failed else {"match": bool(result.matched)}


def projects_via_config(case: dict[str, Any]) -> dict[str, Any]:
    projects = [
        Project(dir=each["dir"], workspace=each["workspace"], name=each["name"], when_modified=tuple(each["when_modified"]))
        for each in case["projects"]
    ]
    found = touched(projects, case["changed_files"], Scope(tree=ListingTree(case["tree"]), discovery=OFF, file_list=()))
    return {"dirs": [project.dir for project in found.configured]}


def projects_without_config(case: dict[str, Any]) -> dict[str, Any]:
    tree = ListingTree(case["tree"], read=lambda _: b"")
    found = touched([], case["changed_files"], Scope(tree=tree, discovery=ON, file_list=tuple(case["autoplan_file_list"].split(","))))
    return {"dirs": [directory for directory, _ in found.discovered]}


KINDS = {"pattern_match": pattern_match, "projects_via_config": projects_via_config, "projects_without_config": projects_without_config}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    return {key: True if key.endswith("_error") else value for key, value in case["expect"].items()}


def test_every_random_case_is_answered_as_atlantis_answers_it(shared: Path) -> None:
    lines = (shared / "conformance" / "random-selection.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    assert len(cases) > 10_000
    different = [(case, actual) for case in cases if (actual := KINDS[case["kind"]](case)) != expected(case)]
    assert different == []
