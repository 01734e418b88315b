"""Nothing but the gate's own job keeps the pull request from being merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.decisions import Finding
from atlantis_gate.frozen import frozen
from atlantis_gate.model import Blocker, State, Unknown, Verdict

if TYPE_CHECKING:
    from atlantis_gate.model import Project, PullRequest, Requirement
    from atlantis_gate.requirements import Case

SUMMARY = __doc__

_ADVICE = {
    "closed": "Open the pull request again.",
    "draft": "Mark the pull request as ready for review.",
    "conflict": "Merge or rebase the base branch into the pull request and resolve the conflicts.",
    "behind": "Bring the pull request up to date with its base branch.",
    "review": "Ask for the reviews that the host still waits for.",
    "check": "Wait for the check to succeed, or mend what it reports, then run the gate again.",
    "discussion": "Resolve the open discussions.",
    "policy": "Do what the branch policy asks for.",
    "veto": "Do what the merge check asks for.",
    "other": "Open the pull request on its host: it says what is missing before it can be merged.",
}


@frozen(kw_only=True)
class Bypass:
    """Which checks of Atlantis servers do not count: apply's of the one named `status_name`, plan's and apply's of the ignored ones."""

    enabled: bool = False
    status_name: str = "atlantis"
    ignored_names: tuple[str, ...] = ()

    def covers(self, blocker: Blocker) -> bool:
        """Tell whether a blocker is a check that this bypass leaves out."""
        if not self.enabled or blocker.kind != "check":
            return False
        # https://www.runatlantis.io/docs/server-configuration.html#gh-allow-mergeable-bypass-apply and #ignore-vcs-status-names
        names = [f"{self.status_name}/apply", *(f"{name}/{command}" for name in self.ignored_names for command in ("plan", "apply"))]
        return any(blocker.name == name or blocker.name.startswith(f"{name}: ") for name in names)


def judge(case: Case, project: Project, requirement: Requirement) -> Finding:  # noqa: ARG001 - every rule is asked the same way
    """Met when no blocker is left but the gate's own and bypassed ones; draft and closed are judged from the pull request."""
    pull = case.facts.pull_request
    if pull.state is State.MERGED:
        return Finding(requirement, Verdict.MET, "it is merged")
    lifecycle = _lifecycle(pull)
    fact = case.facts.mergeability
    if isinstance(fact, Unknown):
        if lifecycle:
            return _unmet(requirement, lifecycle, ())
        return Finding(
            requirement,
            Verdict.UNKNOWN,
            f"could not find out whether it can be merged: {fact.reason}",
            advice="Mend what the reason names and run the gate again.",
        )
    counted = [blocker for blocker in fact.blockers if blocker.kind not in ("draft", "closed")]
    ignored = tuple(blocker for blocker in counted if blocker.own or case.bypass.covers(blocker))
    left = (*lifecycle, *(blocker for blocker in counted if blocker not in ignored))
    if left:
        return _unmet(requirement, left, ignored)
    reason = "nothing but ignored checks keeps it from being merged" if ignored else "nothing keeps it from being merged"
    return Finding(requirement, Verdict.MET, reason, tuple(map(_ignored, ignored)))


def _lifecycle(pull: PullRequest) -> tuple[Blocker, ...]:
    """List what keeps a pull request from being merged whatever its host says."""
    closed = (Blocker("closed", "closed", "it is closed"),) if pull.state is State.CLOSED else ()
    draft = (Blocker("draft", "draft", "it is a draft"),) if pull.draft else ()
    return (*closed, *draft)


def _unmet(requirement: Requirement, left: tuple[Blocker, ...], ignored: tuple[Blocker, ...]) -> Finding:
    reason = "; ".join(blocker.text or f"{blocker.kind} {blocker.name}" for blocker in left)
    evidence = (*(f"{blocker.kind}: {blocker.name}" for blocker in left), *map(_ignored, ignored))
    advice = " ".join(dict.fromkeys(_ADVICE[blocker.kind] for blocker in left))
    return Finding(requirement, Verdict.UNMET, reason, evidence, advice)


def _ignored(blocker: Blocker) -> str:
    why = "the gate's own" if blocker.own else "bypassed"
    return f"ignored ({why}): {blocker.name}"
