"""Whatever is told of a report tells which head was judged against which base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.plain import json_text
from atlantis_gate.report.comment import comment
from atlantis_gate.report.document import document
from atlantis_gate.report.junit import junit
from atlantis_gate.report.outputs import outputs
from atlantis_gate.report.statuses import statuses
from atlantis_gate.report.summary import summary
from atlantis_gate.report.terminal import text
from builders import BASE, HEAD
from report.reports import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.decisions import Report

RENDERERS: dict[str, Callable[[Report], str]] = {
    "summary": summary,
    "comment": comment,
    "terminal": lambda report: text(report, color=True),
    "outputs": lambda report: json_text(outputs(report), 2),
    "decision document": lambda report: json_text(document(report), 2),
    "JUnit": junit,
}


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("renderer", RENDERERS)
def test_head_and_base_are_told_in_full(renderer: str, scenario: str) -> None:
    told = RENDERERS[renderer](SCENARIOS[scenario])
    assert HEAD in told
    assert BASE in told


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_combined_status_names_the_base_that_the_head_it_is_posted_on_was_judged_against(scenario: str) -> None:
    combined = statuses(SCENARIOS[scenario], "gate", "")[0]
    assert combined.description.endswith(f"(on base {BASE[:12]})")
