"""The pull request is approved by at least one person other than its author, and the host asks for no more approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.decisions import Finding
from atlantis_gate.model import Unknown, Verdict

if TYPE_CHECKING:
    from atlantis_gate.model import Approval, Project, Requirement
    from atlantis_gate.requirements import Case

SUMMARY = __doc__


def judge(case: Case, project: Project, requirement: Requirement) -> Finding:  # noqa: ARG001 - every rule is asked the same way
    """Met when someone other than the author approves and no approval is outstanding. Users are compared without regard to case."""
    approvals, author = case.facts.approvals, case.facts.pull_request.author
    if isinstance(approvals, Unknown):
        return Finding(
            requirement,
            Verdict.UNKNOWN,
            f"could not find out who approves: {approvals.reason}",
            advice="Mend what the reason names and run the gate again.",
        )
    others = tuple(approval for approval in approvals.by if not author or approval.user.casefold() != author.casefold())
    evidence = tuple(map(_evidence, others))
    if not author:
        # Without the author's name nobody can be told to be somebody else.
        return Finding(requirement, Verdict.UNKNOWN, "the host does not say who wrote the pull request", evidence)
    if not others:
        reason = f"only its author {author} approves" if approvals.by else "nobody approves"
        return Finding(requirement, Verdict.UNMET, reason, advice=f"Ask somebody other than {author} to approve the pull request.")
    if approvals.still_required > 0:
        reason = f"{_count(approvals.still_required)} still required"
        return Finding(requirement, Verdict.UNMET, reason, evidence, "Ask the reviewers that the host still waits for to approve.")
    return Finding(requirement, Verdict.MET, "approved by " + ", ".join(approval.user for approval in others), evidence)


def _evidence(approval: Approval) -> str:
    return f"{approval.user} approved commit {approval.commit[:12]}" if approval.commit else f"{approval.user} approved"


def _count(number: int) -> str:
    return "1 approval is" if number == 1 else f"{number} approvals are"
