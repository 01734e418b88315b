"""Job outputs: what later jobs decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Outcome
from atlantis_gate.plain import json_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.decisions import Decision, Report

# What a run says that could not evaluate anything: every output, none of them a yes.
NOTHING_ALLOWED: Final[Mapping[str, str]] = {
    "outcome": Outcome.UNDETERMINED.value,
    "allowed": "false",
    "projects": "[]",
    "blocked-projects": "[]",
    "head-sha": "",
    "base-sha": "",
}


def outputs(report: Report) -> dict[str, str]:
    """Return every job output by name, each one line; `projects` and `blocked-projects` are JSON lists."""
    allowed = [decision for decision in report.decisions if decision.outcome is Outcome.ALLOWED]
    stopped = [decision for decision in report.decisions if decision.outcome is not Outcome.ALLOWED]
    return {
        "outcome": report.outcome.value,
        "allowed": "true" if report.outcome is Outcome.ALLOWED else "false",
        "projects": _listed(allowed),
        "blocked-projects": _listed(stopped),
        "head-sha": one_line(report.pull_request.head_sha),
        "base-sha": one_line(report.pull_request.base_sha),
    }


def _listed(decisions: Iterable[Decision]) -> str:
    projects = (decision.project for decision in decisions)
    return json_text([{"id": project.id, "name": project.name, "dir": project.dir, "workspace": project.workspace} for project in projects])
