"""Nothing that concerns the project changed on the base branch since the starting point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.decisions import Finding
from atlantis_gate.model import Unknown, Verdict

if TYPE_CHECKING:
    from atlantis_gate.model import Project, Requirement
    from atlantis_gate.requirements import Case

SUMMARY = __doc__
_SHOWN = 10


def judge(case: Case, project: Project, requirement: Requirement) -> Finding:
    """Met when none of the files that changed on the base branch concerns the project."""
    fact, base = case.facts.divergence, case.facts.pull_request.base_branch
    if isinstance(fact, Unknown):
        return Finding(
            requirement,
            Verdict.UNKNOWN,
            f"could not find out what changed on {base}: {fact.reason}",
            advice=f"Mend what the reason names and run the gate again; bringing the pull request up to date with {base} may be enough.",
        )
    span = f"{base} between {fact.planned_on[:12]} and {fact.base_sha[:12]}"
    files = case.diverged.get(project.key, fact.files)
    if not files:
        reason = f"nothing that concerns it changed on {base}" if fact.files else f"{base} has not moved"
        evidence = (f"{_counted(len(fact.files))} changed on {span}",) if fact.files else ()
        return Finding(requirement, Verdict.MET, reason, evidence)
    concern = "concerns" if len(files) == 1 else "concern"
    more = (f"and {len(files) - _SHOWN} more",) if len(files) > _SHOWN else ()
    advice = f"Bring the pull request up to date with {base} and plan again."
    reason = f"{_counted(len(files))} that {concern} it changed on {span}"
    return Finding(requirement, Verdict.UNMET, reason, (*files[:_SHOWN], *more), advice)


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"
