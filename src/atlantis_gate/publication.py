"""What a CI is told: a report as outputs, summary, annotations and JUnit XML, or that nothing may run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.ci import Publication
from atlantis_gate.report.annotations import annotations as annotated
from atlantis_gate.report.junit import junit
from atlantis_gate.report.outputs import NOTHING_ALLOWED, outputs
from atlantis_gate.report.summary import summary

if TYPE_CHECKING:
    from atlantis_gate.decisions import Report


def publication(report: Report | None) -> Publication:
    """Render a report in every form that a CI may take; None stands for a run that failed before it had one."""
    if report is None:
        return Publication(outputs=NOTHING_ALLOWED, summary="")
    return Publication(outputs=outputs(report), summary=summary(report), annotations=annotated(report), junit=junit(report))
