"""Job outputs are complete, exact, and say yes only for a whole yes."""

from __future__ import annotations

import json

import pytest

from atlantis_gate.decisions import Decision
from atlantis_gate.report.outputs import NOTHING_ALLOWED, outputs
from builders import BASE, HEAD, project, report
from report.reports import NETWORK, PROD, SCENARIOS, STAGING

NAMES = ["outcome", "allowed", "projects", "blocked-projects", "head-sha", "base-sha"]
PROD_ENTRY = {"id": "prod", "name": "prod", "dir": "prod", "workspace": "default"}
STAGING_ENTRY = {"id": "staging/default", "name": None, "dir": "staging", "workspace": "default"}
NETWORK_ENTRY = {"id": "network/eu", "name": None, "dir": "network", "workspace": "eu"}


@pytest.mark.parametrize(
    ("scenario", "outcome", "allowed"),
    [
        ("allowed", "allowed", "true"),
        ("blocked", "blocked", "false"),
        ("undetermined", "undetermined", "false"),
        ("refused", "blocked", "false"),
        ("error", "undetermined", "false"),
        ("nothing", "nothing_to_do", "false"),
    ],
)
def test_allowed_is_true_for_outcome_allowed_alone(scenario: str, outcome: str, allowed: str) -> None:
    result = outputs(SCENARIOS[scenario])
    assert list(result) == NAMES
    assert (result["outcome"], result["allowed"]) == (outcome, allowed)


def test_projects_are_split_into_those_that_may_run_and_those_that_may_not() -> None:
    result = outputs(report(STAGING, PROD, NETWORK))
    assert json.loads(result["projects"]) == [PROD_ENTRY]
    assert json.loads(result["blocked-projects"]) == [STAGING_ENTRY, NETWORK_ENTRY]


def test_the_commits_are_named() -> None:
    assert (outputs(report())["head-sha"], outputs(report())["base-sha"]) == (HEAD, BASE)


def test_a_run_that_evaluated_nothing_has_every_output_and_allows_nothing() -> None:
    assert list(NOTHING_ALLOWED) == NAMES
    assert NOTHING_ALLOWED["allowed"] == "false"
    assert json.loads(NOTHING_ALLOWED["projects"]) == []


def test_every_value_is_one_line_that_parses_to_the_exact_names() -> None:
    name = 'a"b\n::set-output name=allowed::true ##[x]'
    result = outputs(report(Decision(project(name, name=name), ())))
    assert json.loads(result["projects"])[0]["name"] == name
    assert [value for value in result.values() if "\n" in value or "##[" in value] == []
