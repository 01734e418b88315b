"""Summary and comment stay within the hosts' limits, and say what they leave out."""

from __future__ import annotations

import pytest

from atlantis_gate.decisions import Decision, Report
from atlantis_gate.model import Verdict
from atlantis_gate.report.comment import comment, marker
from atlantis_gate.report.limits import fitting
from atlantis_gate.report.summary import summary
from builders import finding, project, report
from report.reports import APPROVED, NETWORK, PROD, STAGING, hostile


def many(number: int) -> Report:
    """Return a report of allowed projects and, last, as many blocked ones with findings of their own."""
    blocked = (Decision(project(f"blocked/{index}"), (finding("approved", Verdict.UNMET, f"reason {index}"),)) for index in range(number))
    return report(*(Decision(project(f"fine/{index}"), (APPROVED,)) for index in range(number)), *blocked)


def test_a_summary_of_ten_thousand_projects_stays_under_its_limit() -> None:
    assert len(summary(many(5_000)).encode()) < 900_000


def test_a_summary_says_how_many_projects_it_leaves_out() -> None:
    shown = summary(many(5_000))
    rows = shown.count("| **")
    assert f"*{10_000 - rows:,} more projects left out here; the decision document holds all of them.*" in shown
    assert shown.index("blocked/0/") < shown.index("fine/0/")


@pytest.mark.parametrize("text", ["&" * 100_000, "😀" * 100_000, "@a" * 100_000])
def test_long_texts_make_no_long_summary_or_comment(text: str) -> None:
    long = hostile(text)
    big = report(
        *(Decision(project(f"{index}{text}"), (finding("approved", Verdict.UNMET, text),)) for index in range(200)), notes=(text,) * 200
    )
    assert [len(summary(each).encode()) < 900_000 for each in (long, big)] == [True, True]
    assert [len(comment(each)) <= 60_000 for each in (long, big)] == [True, True]


def test_evidence_beyond_twenty_pieces_is_counted() -> None:
    found = finding("approved", Verdict.UNMET, "r", evidence=tuple(f"piece {index}" for index in range(25)))
    shown = summary(report(Decision(project(), (found,))))
    assert "piece 19" in shown
    assert "piece 20" not in shown
    assert "Evidence: 5 more left out here" in shown


def test_a_comment_of_ten_thousand_projects_fits_the_strictest_host() -> None:
    shown = comment(many(5_000))
    assert len(shown) < 32_768
    assert "left out here" in shown


def test_a_comment_begins_with_its_marker() -> None:
    assert comment(report(STAGING)).startswith("<!-- atlantis-gate:apply -->\n")
    assert comment(report(STAGING, command="plan")).startswith(marker("plan") + "\n")


@pytest.mark.parametrize(("decision", "expected"), [(PROD, True), (STAGING, False), (NETWORK, False)])
def test_a_comment_says_may_run_now_only_when_it_may(decision: Decision, expected: bool) -> None:
    assert ("may run now" in comment(report(decision))) is expected


def test_fitting_counts_bytes_and_newlines() -> None:
    assert fitting(["é", "é", "é"], str, 6) == (["é", "é"], 1)
    assert fitting([], str, 0) == ([], 0)
