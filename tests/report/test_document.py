"""The decision document and its JSON Schema say the same, strictly."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from atlantis_gate.plain import json_text
from atlantis_gate.report.decision_schema import DECISION_SCHEMA
from atlantis_gate.report.document import document
from builders import report
from report.reports import PROD, SCENARIOS, STAGING

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "decision.schema.json"
VALIDATOR = Draft202012Validator(DECISION_SCHEMA)


def as_read(name: str) -> Any:
    return json.loads(json_text(document(SCENARIOS[name])))


def test_the_schema_is_kept_for_consumers(golden: Callable[[Path, str], None]) -> None:
    Draft202012Validator.check_schema(DECISION_SCHEMA)
    golden(SCHEMA_FILE, json_text(DECISION_SCHEMA, 2) + "\n")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_document_is_valid(scenario: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(as_read(scenario))] == []


def test_refusal_error_and_notes_are_there_only_when_there_are_some() -> None:
    assert sorted(set(as_read("allowed")) ^ set(as_read("error"))) == ["error"]
    assert sorted(set(as_read("allowed")) ^ set(as_read("refused"))) == ["refusal"]
    assert sorted(set(as_read("allowed")) ^ set(as_read("blocked"))) == ["notes"]


def test_a_refusal_lists_no_project() -> None:
    refused = report(PROD, refusal=SCENARIOS["refused"].refusal)
    assert document(refused)["projects"] == []


def test_an_origin_is_a_line_or_an_option() -> None:
    (staging,) = [each for each in as_read("blocked")["projects"] if each["id"] == STAGING.project.id]
    origins = [each["origin"] for each in staging["requirements"]]
    assert origins == [{"file": "repos.yaml", "line": 3, "key": "apply_requirements"}, {"option": "--require"}]


def test_texts_are_as_they_are() -> None:
    text = SCENARIOS["hostile"].notes[0]
    assert as_read("hostile")["notes"] == [text]
    assert as_read("hostile")["pull_request"]["author"] == text


def changed(scenario: str, *path: str | int, value: object) -> object:
    """Return a document with one value put in, or taken out where it is ellipsis."""
    result = deepcopy(as_read(scenario))
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return result


@pytest.mark.parametrize(
    "broken",
    [
        changed("blocked", "extra", value=1),
        changed("blocked", "version", value=2),
        changed("blocked", "command", value="destroy"),
        changed("blocked", "outcome", value="maybe"),
        changed("blocked", "outcome", value="allowed"),
        changed("blocked", "outcome", value="nothing_to_do"),
        changed("allowed", "outcome", value="blocked"),
        changed("allowed", "outcome", value="undetermined"),
        changed("nothing", "outcome", value="allowed"),
        changed("nothing", "outcome", value="blocked"),
        changed("refused", "outcome", value="allowed"),
        changed("error", "outcome", value="allowed"),
        changed("error", "outcome", value="nothing_to_do"),
        changed("error", "error", value=...),
        changed("refused", "refusal", "kind", value="mood"),
        changed("refused", "refusal", "advice", value=...),
        changed("blocked", "pull_request", "head_sha", value=""),
        changed("blocked", "pull_request", "number", value="7"),
        changed("blocked", "pull_request", "merge_sha", value="x"),
        changed("blocked", "pull_request", "fork", value=...),
        changed("blocked", "projects", 0, "name", value=7),
        changed("blocked", "projects", 0, "outcome", value="nothing_to_do"),
        changed("blocked", "projects", 0, "requirements", 0, "outcome", value="blocked"),
        changed("blocked", "projects", 0, "requirements", 0, "evidence", value="text"),
        changed("blocked", "projects", 0, "requirements", 0, "origin", value={"file": "x"}),
        changed("blocked", "projects", 0, "requirements", 0, "origin", value={"file": "x", "line": 1, "key": "", "option": "--require"}),
        changed("blocked", "notes", value=[]),
    ],
)
def test_the_schema_is_strict(broken: object) -> None:
    assert not VALIDATOR.is_valid(broken)
