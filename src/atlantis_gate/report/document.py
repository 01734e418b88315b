"""The decision document: the whole report as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.report.digests import sha256

if TYPE_CHECKING:
    from atlantis_gate.decisions import Decision, Finding, Judged, Refusal, Report
    from atlantis_gate.model import Origin

VERSION = 1


def document(report: Report) -> dict[str, object]:
    """Return the report as JSON values: as DECISION_SCHEMA says, texts as they are (whoever prints it makes them harmless)."""
    result: dict[str, object] = {
        "version": VERSION,
        "command": report.command,
        "outcome": report.outcome.value,
        "pull_request": report.pull_request.document(),
        "projects": [_project(decision) for decision in report.decisions],
    }
    if report.refusal is not None:
        result["projects"] = []
        result["refusal"] = _refusal(report.refusal)
    if report.error:
        result["error"] = report.error
    if report.notes:
        result["notes"] = list(report.notes)
    if report.judged:
        result["config"] = [_judged(file) for file in report.judged]
    return result


def _judged(file: Judged) -> dict[str, object]:
    return {"role": file.role, "file": file.file, "sha256": None if file.data is None else sha256(file.data)}


def _project(decision: Decision) -> dict[str, object]:
    project = decision.project
    return {
        "id": project.id,
        "name": project.name,
        "dir": project.dir,
        "workspace": project.workspace,
        "execution_order_group": project.execution_order_group,
        "depends_on": list(project.depends_on),
        "outcome": decision.outcome.value,
        "requirements": [_requirement(finding) for finding in decision.findings],
    }


def _requirement(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.requirement.name,
        "outcome": finding.verdict.value,
        "reason": finding.reason,
        "advice": finding.advice,
        "evidence": list(finding.evidence),
        "origin": _origin(finding.requirement.origin),
    }


def _origin(origin: Origin) -> dict[str, object]:
    if origin.option:
        return {"option": origin.option}
    return {"file": origin.file, "line": origin.line, "key": origin.key}


def _refusal(refusal: Refusal) -> dict[str, object]:
    return {"kind": refusal.kind, "reason": refusal.reason, "advice": refusal.advice}
