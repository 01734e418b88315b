"""Everything that people and machines read of a report, kept as golden files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.plain import json_text
from atlantis_gate.report.annotations import annotations as annotated
from atlantis_gate.report.comment import comment
from atlantis_gate.report.document import document
from atlantis_gate.report.outputs import outputs
from atlantis_gate.report.statuses import statuses
from atlantis_gate.report.summary import summary
from atlantis_gate.report.terminal import text
from report.reports import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.decisions import Report

GOLDENS = Path(__file__).parent / "goldens"
URL = "https://github.com/acme/infra/actions/runs/1"
RENDERERS: dict[str, Callable[[Report], str]] = {
    "summary.md": summary,
    "comment.md": comment,
    "terminal.txt": lambda report: text(report, color=False) + "\n",
    "colored.txt": lambda report: text(report, color=True) + "\n",
    "statuses.json": lambda report: json_text([asdict(status) for status in statuses(report, "atlantis-gate", URL)], 2) + "\n",
    "outputs.json": lambda report: json_text(outputs(report), 2) + "\n",
    "annotations.json": lambda report: json_text([asdict(annotation) for annotation in annotated(report)], 2) + "\n",
    "document.json": lambda report: json_text(document(report), 2) + "\n",
}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_report_reads_as_its_golden_file(scenario: str, renderer: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / scenario / renderer, RENDERERS[renderer](SCENARIOS[scenario]))
