"""All policies pass: asked for by --enable-policy-checks, and never satisfied, since the gate runs no policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.decisions import Finding
from atlantis_gate.model import Verdict

if TYPE_CHECKING:
    from atlantis_gate.model import Project, Requirement
    from atlantis_gate.requirements import Case

SUMMARY = __doc__


def judge(case: Case, project: Project, requirement: Requirement) -> Finding:  # noqa: ARG001 - every rule is asked the same way
    """Return unknown: no fact tells whether policies pass, and what is not known satisfies nothing."""
    return Finding(
        requirement,
        Verdict.UNKNOWN,
        "the gate cannot tell whether policies pass: it runs none",
        advice="Run conftest as a required check and ask for `mergeable`, and leave out --enable-policy-checks.",
    )
