"""Branch protection of Gitea: what it asks for besides what `mergeable` tells, as far as the token may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.gitea_credentials import HOST
from atlantis_gate.hosts.gitea_patterns import SPECIAL, compile_pattern
from atlantis_gate.hosts.gitea_pull import APPROVED, CHANGES, REQUESTED
from atlantis_gate.model import Blocker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.gitea_pull import Review

_ADMIN: Final = "branch protection is shown in full to a repository administrator's token only"


@frozen(kw_only=True)
class Rules:
    """What a branch asks for; None where the token may not see it. `contexts` is None where no status check is asked for."""

    approvals: int = 0
    contexts: tuple[str, ...] | None = None
    ignores_stale: bool | None = False
    on_rejection: bool | None = False
    on_request: bool | None = False
    up_to_date: bool | None = False
    protected_files: str = ""
    opaque: tuple[str, ...] = ()


NO_RULES: Final = Rules()


@frozen
class Found:
    """Blockers, and what may block besides, in words."""

    blockers: tuple[Blocker, ...]
    doubts: tuple[str, ...]


def visible(branch: Node) -> Rules:
    """Return what anybody may see of a branch's protection; https://docs.gitea.com/api/#tag/repository/operation/repoGetBranch."""
    if not branch.flag("protected"):
        return NO_RULES
    return Rules(
        approvals=branch.number("required_approvals"),
        contexts=_contexts(branch),
        ignores_stale=None,
        on_rejection=None,
        on_request=None,
        up_to_date=None,
    )


def rule_for(branch: str, listed: Sequence[Node]) -> Rules | None:
    """Return the rules of the first listed rule that matches a branch, None when none does."""
    found = next((rule for rule in listed if _matches(rule.maybe_text("rule_name") or rule.text("branch_name"), branch)), None)
    if found is None:
        return None
    opaque = {"require_signed_commits": "signed commits", "block_on_codeowner_reviews": "reviews by code owners"}
    return Rules(
        approvals=found.number("required_approvals"),
        contexts=_contexts(found),
        ignores_stale=bool(found.maybe_flag("ignore_stale_approvals")),
        on_rejection=found.flag("block_on_rejected_reviews"),
        on_request=bool(found.maybe_flag("block_on_official_review_requests")),
        up_to_date=found.flag("block_on_outdated_branch"),
        protected_files=found.text("protected_file_patterns") if "protected_file_patterns" in found.fields else "",
        opaque=tuple(words for name, words in opaque.items() if found.maybe_flag(name)),
    )


def judge(rules: Rules, reviews: Sequence[Review], *, base_branch: str, behind: int, changed: Iterable[str]) -> Found:
    """Hold the rules against the reviews, the number of commits that the pull request lacks, and its files."""
    blockers: list[Blocker] = []
    doubts = [f"the gate cannot evaluate its rule about {rule}" for rule in rules.opaque]
    for asked, blocker in (*_reviews(rules, reviews), *_branch(rules, base_branch, behind)):
        if asked:
            blockers.append(blocker)
        elif asked is None:
            doubts.append(f"{blocker.text}, and {_ADMIN}")
    if rules.protected_files:
        blockers += _protected(rules.protected_files, changed)
    return Found(tuple(blockers), tuple(doubts))


def _reviews(rules: Rules, reviews: Sequence[Review]) -> Iterator[tuple[bool | None, Blocker]]:
    """Yield what reviews may block, each with whether the rules ask for it (None: not to be seen)."""
    counting = [review for review in reviews if review.counts]
    approving = [review for review in counting if review.state == APPROVED]
    fresh = [review for review in approving if not review.stale]
    if len(approving) < rules.approvals:
        yield True, _approvals(rules.approvals, len(approving))
    elif len(fresh) < rules.approvals:
        yield rules.ignores_stale, _approvals(rules.approvals, len(fresh))
    rejecting = ", ".join(dict.fromkeys(review.user for review in counting if review.state == CHANGES))
    if rejecting:
        yield rules.on_rejection, Blocker("review", "changes requested", f"changes are requested by {rejecting}")
    asked = ", ".join(dict.fromkeys(review.user for review in counting if review.state == REQUESTED))
    if asked:
        yield rules.on_request, Blocker("review", "review requested", f"a review by {asked} is asked for")


def _branch(rules: Rules, base_branch: str, behind: int) -> Iterator[tuple[bool | None, Blocker]]:
    if behind:
        yield rules.up_to_date, Blocker("behind", base_branch, f"it lacks {behind} commit{'s' * (behind > 1)} of {base_branch}")


def _approvals(wanted: int, given: int) -> Blocker:
    there = "there is 1" if given == 1 else f"there are {given or 'none'}"
    text = f"{wanted} approving review{'s' * (wanted > 1)} by people whose review counts are required; {there}"
    return Blocker("review", "review required", text)


def _protected(patterns: str, changed: Iterable[str]) -> Iterator[Blocker]:
    """Yield a blocker when a protected file is changed; https://docs.gitea.com/usage/access-control/protected-branches."""
    texts = [text for part in patterns.lower().split(";") if (text := part.strip())]
    compiled = [pattern for text in texts if (pattern := compile_pattern(text, "./")) is not None]
    found = [path for path in changed if any(pattern.matches(path.lower().strip()) for pattern in compiled)]
    if found:
        yield Blocker("policy", "protected files", f"it changes the protected file {found[0]}")


def _contexts(node: Node) -> tuple[str, ...] | None:
    if not node.flag("enable_status_check"):
        return None
    return node.texts("status_check_contexts") if node.fields.get("status_check_contexts") is not None else ()


def _matches(rule: str, branch: str) -> bool:
    """Match as the server does: a plain name without regard to case, anything else as a pattern."""
    if not SPECIAL & set(rule):
        return rule.casefold() == branch.casefold()
    pattern = compile_pattern(rule, "/")
    return rule == branch if pattern is None else pattern.matches(branch)


def unmatched(branch: str) -> HostError:
    """Return the error for a protected branch of which no rule is listed."""
    return HostError(f"{HOST} says that {branch} is protected and lists no rule for it", operation="reading the branch protection")
