"""The examples come out as their page says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema
import pytest

from atlantis_gate.report.decision_schema import DECISION_SCHEMA
from conftest import ROOT
from programs import Ran, gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLES = ROOT / "examples"


def check(name: str, *options: str) -> Ran:
    facts = EXAMPLES / "pull-requests" / f"{name}.json"
    files = ["--root", str(EXAMPLES / "repository"), "--repos-yaml", str(EXAMPLES / "repos.yaml")]
    return gate("check", "--facts", str(facts), *files, *options)


@pytest.mark.parametrize(
    ("name", "code", "outcome", "projects"),
    [
        ("12-not-approved", 1, "blocked", {"staging": "allowed", "production": "blocked"}),
        ("13-approved", 0, "allowed", {"staging": "allowed", "production": "allowed"}),
        ("14-checks-fail", 1, "blocked", {"staging": "blocked", "production": "blocked"}),
        ("15-unreadable", 2, "undetermined", {"staging": "undetermined", "production": "undetermined"}),
        ("16-from-a-fork", 1, "blocked", {}),
        ("17-docs-only", 0, "nothing_to_do", {}),
    ],
)
def test_each_example_has_its_outcome(name: str, code: int, outcome: str, projects: dict[str, str]) -> None:
    ran = check(name, "--format", "json")
    assert ran.code == code, ran.err
    assert ran.document["outcome"] == outcome
    assert {project["id"]: project["outcome"] for project in ran.document["projects"]} == projects
    jsonschema.Draft202012Validator(DECISION_SCHEMA).validate(ran.document)


def test_the_page_names_every_example() -> None:
    page = (EXAMPLES / "README.md").read_text()
    assert re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE) == sorted(path.stem for path in (EXAMPLES / "pull-requests").glob("*.json"))


@pytest.mark.parametrize("name", ["12-not-approved", "13-approved", "15-unreadable", "16-from-a-fork", "17-docs-only"])
def test_what_a_person_reads_is_kept(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "tests" / "goldens" / f"{name}.txt", check(name).out)
