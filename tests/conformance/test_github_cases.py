"""Atlantis' behaviour on GitHub, as data, against the product: every difference is listed here with its reason."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.github_product import KINDS, SHARED
from hosts.github_stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

UNEXPLAINED = "GitHub calls it blocked, and nothing that can be seen explains it: Atlantis takes that for mergeable, the gate for unknown"
NOT_THERE = "a 404 says that something is not there or not visible; it is told at once instead of after 26 seconds"
# By case: why the gate differs.
DIFFERENCES: Mapping[str, str] = {
    "github-bypass-blocked-ruleset-required-reviewer-approved-null": UNEXPLAINED,
    "github-bypass-code-ruleset-count-evaluate-ignored": UNEXPLAINED,
    "github-bypass-code-apply-prefix-overmatch": "documented for the apply status; a context that only begins like it counts",
    "github-bypass-code-ignore-is-first-segment": "documented for other servers' plan and apply; a context of the bare name counts",
    "github-bypass-code-check-run-without-workflow-wins": "every current check run of a required name must pass, as on GitHub",
    "github-files-retry-404": NOT_THERE,
    "github-pr-retry-404": NOT_THERE,
}
# By kind of case: why the product has no such thing.
LEFT_OUT: Mapping[str, str] = {
    "merge_method": "the gate merges nothing",
    "hide_comments": "the gate keeps one comment and hides none",
    "labels": "nothing rests on labels",
    "token_file": "a run reads the file once and is shorter than any rotation",
    "team_names": "who may run a command is for the CI to say",
    "child_teams": "who may run a command is for the CI to say",
    "team_hierarchy": "who may run a command is for the CI to say",
    "team_descendants": "who may run a command is for the CI to say",
}
CASES_LEFT_OUT: Mapping[str, str] = {"github-app-slug-user": "the gate knows its own comments without knowing its own login"}


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """Read the cases about GitHub, none where the data is not there."""
    file = SHARED / "host-cases.yaml"
    if not file.is_file():
        return ()
    found = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]  # noqa: S506  # a safe loader
    return tuple(case for case in found if case["host"] == "github")


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """Return what Atlantis does, without its own words: only that it refuses is compared."""
    found = {key: True if "error" in key else value for key, value in case["expected"].items() if key != "reason"}
    return {key: value for key, value in found.items() if value != "" or case["check"] != "mergeable"}


@pytest.mark.skipif(not cases(), reason="not run: needs ../shared")
@pytest.mark.parametrize(
    "case", [case for case in cases() if case["check"] in KINDS and case["id"] not in CASES_LEFT_OUT], ids=lambda case: case["id"]
)
def test_the_gate_does_as_atlantis_but_for_the_listed_differences(case: dict[str, Any]) -> None:
    with Stage() as stage:
        same = KINDS[case["check"]](case, stage) == expected(case)
    assert same is (case["id"] not in DIFFERENCES), DIFFERENCES.get(case["id"], "differs without a reason")


@pytest.mark.usefixtures("shared")
def test_every_kind_of_case_is_covered_or_left_out_for_a_reason() -> None:
    assert {case["check"] for case in cases()} == {*KINDS, *LEFT_OUT}
    assert {*DIFFERENCES, *CASES_LEFT_OUT} <= {case["id"] for case in cases()}
