"""The JUnit report."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from atlantis_gate.report.junit import junit
from report.reports import SCENARIOS


@pytest.mark.parametrize(
    ("scenario", "cases", "failures", "errors"),
    [("allowed", 2, 0, 0), ("blocked", 6, 2, 1), ("undetermined", 4, 0, 1), ("refused", 1, 1, 0), ("error", 1, 0, 1), ("nothing", 0, 0, 0)],
)
def test_each_requirement_is_a_case_and_counts_add_up(scenario: str, cases: int, failures: int, errors: int) -> None:
    root = ET.fromstring(junit(SCENARIOS[scenario]))
    assert (len(root.findall(".//testcase")), len(root.findall(".//failure")), len(root.findall(".//error"))) == (cases, failures, errors)
    suites = root.findall("testsuite")
    assert sum(int(suite.get("tests", "")) for suite in suites) == cases
    assert sum(int(suite.get("failures", "")) for suite in suites) == failures
    assert sum(int(suite.get("errors", "")) for suite in suites) == errors


def test_a_failure_says_why_what_to_do_and_who_asks() -> None:
    root = ET.fromstring(junit(SCENARIOS["blocked"]))
    (failure,) = [found for found in root.iter("failure") if "nobody" in found.get("message", "")]
    assert failure.text is not None
    assert "Ask someone other than bob to approve." in failure.text
    assert "required by repos.yaml:3" in failure.text


def test_hostile_text_stays_text() -> None:
    text = junit(SCENARIOS["hostile"])
    assert "##[" not in text
    assert "\x1b" not in text
    names = {case.get("name") for case in ET.fromstring(text).iter("testcase")}
    assert names == {"approved", "mergeable"}
