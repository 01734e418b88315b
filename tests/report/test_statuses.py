"""Commit statuses carry Atlantis' names, fit the hosts' limits, and never hide a blocked project."""

from __future__ import annotations

import hashlib

import pytest

from atlantis_gate.decisions import Decision, Refusal
from atlantis_gate.model import Verdict
from atlantis_gate.report.statuses import context, statuses
from builders import finding, project, report
from report.reports import NETWORK, NOT_APPROVED, PROD, SANDBOX, SCENARIOS, STAGING


def described(scenario: str) -> list[tuple[str, str]]:
    return [(status.state, status.description) for status in statuses(SCENARIOS[scenario], "gate", "")]


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("allowed", ("success", "All 2 projects may apply")),
        ("blocked", ("failure", "1 of 3 projects may apply; staging/default: approved not met, mergeable not met; and 1 more")),
        ("undetermined", ("error", "1 of 2 projects may apply; network/eu: mergeable unknown")),
        ("merge_request", ("failure", "The one project touched may not plan; staging/default: approved not met, mergeable not met")),
        ("nothing", ("success", "No project is touched: nothing to apply")),
        ("error", ("error", "Could not be evaluated: atlantis.yaml:3:5: unknown key `projcts`, did you mean `projects`?")),
        ("refused", ("failure", "Refused: its head lies in a fork")),
    ],
)
def test_the_combined_status_says_it_in_words(scenario: str, expected: tuple[str, str]) -> None:
    state, description = expected
    assert described(scenario)[0] == (state, f"{description} (on base 222222222222)")


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (PROD, ("success", "May apply: approved, mergeable met")),
        (SANDBOX, ("success", "May apply: nothing is required")),
        (STAGING, ("failure", "approved not met, mergeable not met: nobody other than the author (bob) approves")),
        (NETWORK, ("error", "mergeable unknown: the host answered 403 when asked for the checks")),
    ],
)
def test_a_project_status_says_what_the_project_lacks(decision: Decision, expected: tuple[str, str]) -> None:
    _, status = statuses(report(decision), "gate", "https://run")
    assert (status.state, status.description) == expected
    assert status.context == f"gate/apply: {decision.project.id}"
    assert status.url == "https://run"


def test_a_refusal_posts_one_status() -> None:
    refused = report(PROD, refusal=Refusal("closed", "it is closed", ""))
    assert [status.context for status in statuses(report(refusal=refused.refusal), "gate", "")] == ["gate/apply"]


@pytest.mark.parametrize(("projects", "expected"), [(50, 51), (51, 1)])
def test_more_than_fifty_projects_get_the_combined_status_alone(projects: int, expected: int) -> None:
    many = report(*(Decision(project(f"p{number}"), ()) for number in range(projects)))
    assert len(statuses(many, "gate", "")) == expected


@pytest.mark.parametrize("length", [255, 256, 1000])
def test_a_long_context_is_cut_as_atlantis_cuts_it(length: int) -> None:
    text = "é" * length
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert context(text) == (text if length == 255 else f"{'é' * 242}-{digest}")


@pytest.mark.parametrize(("one", "other"), [("a\nb", "a b"), ("a\x1b", "a\x1c"), ("\ud800", "\ud801")])
def test_contexts_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert context(one) != context(other)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_context_for_two_projects_shows_the_worse_outcome(order: tuple[int, int]) -> None:
    pair = (Decision(project("App"), ()), Decision(project("app"), (NOT_APPROVED,)))
    shown = statuses(report(*(pair[index] for index in order)), "gate", "")
    assert [status.state for status in shown] == ["failure", "failure"]


def test_a_description_fits_every_host() -> None:
    long = Decision(project("d" * 300), (finding("approved", Verdict.UNMET, "r" * 300),))
    assert [len(status.description) <= 140 for status in statuses(report(long, PROD), "gate", "")] == [True] * 3
    assert statuses(report(long, PROD), "gate", "")[0].description.endswith("…: approved not met (on base 222222222222)")
