"""The table of a report in Markdown: a row for each project, a column for each requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.plain import markdown
from atlantis_gate.report.limits import fitting
from atlantis_gate.report.words import MARKS, OUTCOME_MARKS, OUTCOMES, VERDICTS, counted, verdicts, worst_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.decisions import Decision, Report

_NAME_LIMIT: Final = 200
_NOT_REQUIRED: Final = "not required"


def table(report: Report, limit: int) -> list[str]:
    """Return the lines of the table, blocked projects first, rows up to `limit` bytes and then a line that counts the others."""
    decisions = worst_first(report.decisions)
    names = list(dict.fromkeys(finding.requirement.name for decision in decisions for finding in decision.findings))
    head = ["Project", "Outcome", *(markdown(name) for name in names)]
    rows, left_out = fitting(decisions, lambda decision: _row(decision, names), limit)
    lines = [_cells(head), "|" + " --- |" * len(head), *rows]
    return [*lines, "", more(left_out, "project")] if left_out else lines


def more(number: int, noun: str) -> str:
    """Return the line that stands for what is left out."""
    return f"*{counted(number, f'more {noun}')} left out here; the decision document holds all of them.*"


def _row(decision: Decision, names: Sequence[str]) -> str:
    found = verdicts(decision)
    marks = (f"{MARKS[found[name]]} {VERDICTS[found[name]]}" if name in found else _NOT_REQUIRED for name in names)
    outcome = f"{OUTCOME_MARKS[decision.outcome]} {OUTCOMES[decision.outcome]}"
    return _cells([f"**{markdown(decision.project.id, _NAME_LIMIT)}**", outcome, *marks])


def _cells(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"
