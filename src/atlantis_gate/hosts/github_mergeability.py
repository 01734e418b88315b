"""What keeps a pull request from being merged, named from one snapshot of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.hosts.github_checks import required_checks, required_workflows, undecidable
from atlantis_gate.model import Blocker, Mergeability, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atlantis_gate.hosts.github_checks import Own
    from atlantis_gate.hosts.github_snapshot import Snapshot

# https://docs.github.com/en/graphql/reference/enums#mergestatestatus
_FREE: Final = frozenset({"CLEAN", "UNSTABLE", "HAS_HOOKS"})
_CERTAIN: Final = frozenset({"DIRTY", "BEHIND", "DRAFT"})


def computing(seen: Snapshot) -> bool:
    """Tell whether GitHub has not yet worked out whether an open pull request can be merged, and waiting may tell."""
    settled = seen.pull.state is not State.OPEN or seen.pull.draft or seen.mergeable == "CONFLICTING"
    return not settled and "UNKNOWN" in (seen.mergeable, seen.merge_state)


def needs_comparison(seen: Snapshot) -> bool:
    """Tell whether head must be compared with base: a ruleset asks for an up-to-date branch, and BLOCKED hides BEHIND.

    https://github.com/github/branch-deploy/pull/97
    """
    return seen.pull.state is State.OPEN and seen.merge_state == "BLOCKED" and seen.demands.up_to_date


def mergeability(seen: Snapshot, own: Own, *, behind: bool | Unknown) -> Mergeability | Unknown:
    """Name what blocks; `behind`: base has commits that head lacks. Unknown where something may block that the gate cannot see."""
    if seen.pull.state is not State.OPEN:
        return Mergeability(() if seen.pull.state is State.MERGED else (Blocker("closed", "closed", "it is closed"),))
    if computing(seen):
        return Unknown("GitHub has not worked out yet whether it can be merged. Run the job again, or give it more time (--timeout).")
    plain = tuple(_plain(seen, behind))
    if seen.merge_state in _FREE:
        return Mergeability(plain)
    named = (*plain, *_named(seen, own))
    if seen.merge_state in _CERTAIN or any(map(_sure, named)):
        return Mergeability(named)
    if seen.merge_state != "BLOCKED":
        return Unknown(f"GitHub says {seen.merge_state} of it, which the gate does not know; its page says what that means")
    return _blocked(named, tuple(_doubts(seen, own, behind)), seen.gaps.get("administration", ""))


def _blocked(named: tuple[Blocker, ...], doubts: Sequence[str], hint: str) -> Mergeability | Unknown:
    """Judge a blocked pull request whose named blockers are none, the gate's own, or such that a flag may set aside."""
    if doubts:
        also = f" Besides: {'; '.join(blocker.text for blocker in named)}." if named else ""
        return Unknown(f"GitHub says that it is blocked, and the gate cannot see all that may block it: {'; '.join(doubts)}.{also}")
    if not named:
        return Unknown(f"GitHub says that it is blocked, without a reason that the gate can see; its page names it at the end. {hint}")
    return Mergeability(named)


def _sure(blocker: Blocker) -> bool:
    """Tell whether nothing sets a blocker aside: it is not the gate's own, nor a check that the bypass for Atlantis may leave out."""
    return not blocker.own and not (blocker.kind == "check" and blocker.name.partition(": ")[0].endswith(("/apply", "/plan")))


def _plain(seen: Snapshot, behind: bool | Unknown) -> Iterator[Blocker]:
    if seen.pull.draft or seen.merge_state == "DRAFT":
        yield Blocker("draft", "draft", "it is a draft")
    if seen.mergeable == "CONFLICTING" or seen.merge_state == "DIRTY":
        yield Blocker("conflict", seen.pull.base_branch, f"it conflicts with {seen.pull.base_branch}")
    if seen.merge_state == "BEHIND" or behind is True:
        yield Blocker("behind", seen.pull.base_branch, f"it is behind {seen.pull.base_branch}, which asks for an up-to-date branch")


def _named(seen: Snapshot, own: Own) -> Iterator[Blocker]:
    demands = seen.demands
    yield from required_checks(seen.checks, demands, own, complete="checks" not in seen.gaps)
    if not _hides_workflows(seen):
        yield from required_workflows(seen.checks, demands.workflows, seen.repository, own)
    yield from _reviews(seen)
    if demands.conversations and seen.unresolved:
        yield Blocker("discussion", "conversations", f"{seen.unresolved} conversation{'s' * (seen.unresolved > 1)} must be resolved first")
    if demands.locked:
        yield Blocker("other", "locked", f"{seen.pull.base_branch} is locked")
    if demands.signatures and seen.unsigned:
        yield Blocker("other", "signatures", f"{seen.unsigned} commit{'s' * (seen.unsigned > 1)} without a verified signature")


def _reviews(seen: Snapshot) -> Iterator[Blocker]:
    """Name what the review rules still ask for; https://docs.github.com/en/graphql/reference/enums#pullrequestreviewdecision."""
    counted = sum(review.state == "APPROVED" and review.counts for review in seen.reviews)
    if seen.review_decision == "CHANGES_REQUESTED":
        users = ", ".join(review.user for review in seen.reviews if review.state == "CHANGES_REQUESTED" and review.counts)
        yield Blocker("review", "changes requested", f"changes are requested{f' by {users}' if users else ''}")
    elif seen.review_decision == "REVIEW_REQUIRED" or counted < seen.demands.approvals:
        wanted = max(1, seen.demands.approvals)
        owners = ", code owners among them" if seen.demands.code_owners else ""
        pusher = ", the last push approved by another person than its author" if seen.demands.last_push else ""
        text = f"{wanted} approving review{'s' * (wanted > 1)} by people who may push are required{owners}{pusher}; there {_count(counted)}"
        yield Blocker("review", "review required", text)


def _count(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number or 'none'}"


def _hides_workflows(seen: Snapshot) -> bool:
    return any(part in seen.gaps for part in ("checks", "runs", "workflowFile"))


def _doubts(seen: Snapshot, own: Own, behind: bool | Unknown) -> Iterator[str]:
    """Say what may block besides the named, so far as it matters here."""
    demands = seen.demands
    yield from (f"the gate cannot evaluate the rule {rule}" for rule in demands.opaque)
    matters = {
        "checks": True,
        "protection": True,
        "rules": True,
        "requiredWorkflows": True,
        "runs": bool(demands.workflows) or undecidable(seen.checks, demands.checks, own),
        "workflowFile": bool(demands.workflows),
        "conversations": seen.unresolved > 0,
        "threads": demands.conversations,
        "reviews": demands.approvals > 0,
    }
    yield from _explained(seen, (part for part, needed in matters.items() if needed))
    if demands.signatures and seen.unsigned is None:
        yield seen.gaps.get("signatures", "it has too many commits to tell whether all are signed")
    if isinstance(behind, Unknown):
        yield f"whether it is up to date: {behind.reason}"
    if seen.review_decision is None and (demands.code_owners or demands.last_push):
        yield "GitHub does not say whether its review rules are met"


def _explained(seen: Snapshot, parts: Iterable[str]) -> Iterator[str]:
    return (seen.gaps[part] for part in parts if part in seen.gaps)
