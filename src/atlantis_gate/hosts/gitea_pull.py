"""A pull request of Gitea and its reviews as typed data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.answer import in_query, unreadable
from atlantis_gate.hosts.gitea_api import commit_id
from atlantis_gate.hosts.gitea_credentials import HOST
from atlantis_gate.model import Approval, Approvals, PullRequest, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.model import PullRequestRef

# The prefixes that a server has unless it is told otherwise; newer ones say `draft` themselves.
# https://docs.gitea.com/administration/config-cheat-sheet#repository---pull-request-repositorypull-request
_DRAFT_PREFIXES: Final = ("wip:", "[wip]")
# https://github.com/go-gitea/gitea/blob/main/modules/structs/pull_review.go
APPROVED: Final = "APPROVED"
CHANGES: Final = "REQUEST_CHANGES"
REQUESTED: Final = "REQUEST_REVIEW"
_SHA_LENGTHS: Final = frozenset({40, 64})


@frozen
class Snapshot:
    """A pull request at one moment; `admin`: the token's user may see the rules of branches; `merge_base` as the server last had it."""

    pull: PullRequest
    mergeable: bool
    merge_base: str
    admin: bool


@frozen(kw_only=True)
class Review:
    """One review or request for one. `official`: by somebody whose review counts; `stale`: of an older state of the pull request."""

    id: int
    user: str
    state: str
    commit: str | None
    official: bool
    stale: bool
    dismissed: bool

    @property
    def counts(self) -> bool:
        """Tell whether the server's rules look at it."""
        return self.official and not self.dismissed


def snapshot(ref: PullRequestRef, node: Node) -> Snapshot:
    """Read a pull request. Raises HostError naming the field that is not as it must be."""
    head, base = node.node("head"), node.node("base")
    state = State.MERGED if node.flag("merged") else _state(node)
    draft = node.maybe_flag("draft")
    permissions = base.node("repo").maybe_node("permissions")
    return Snapshot(
        pull=PullRequest(
            ref=ref,
            url=node.text("html_url"),
            author=node.node("user").text("login"),
            state=state,
            draft=node.text("title").casefold().startswith(_DRAFT_PREFIXES) if draft is None else draft,
            fork=_fork(head, base),
            head_sha=commit_id(head, "sha"),
            head_branch=head.text("ref"),
            base_sha=commit_id(node, "merge_base") if state is State.CLOSED and not base.maybe_text("sha") else commit_id(base, "sha"),
            base_branch=base.text("ref"),
            merge_sha=commit_id(node, "merge_commit_sha") if state is State.MERGED else None,
        ),
        mergeable=node.flag("mergeable"),
        merge_base=(node.maybe_text("merge_base") or "").lower(),
        admin=bool(permissions and permissions.maybe_flag("admin")),
    )


def reviews(nodes: Iterable[Node]) -> tuple[Review, ...]:
    """Read reviews, oldest first; those of nobody (deleted accounts) that do not reject are left out, a team's are those asked of one."""
    found = [_review(node) for node in nodes]
    return tuple(sorted((review for review in found if review is not None), key=lambda review: review.id))


def approvals(given: Sequence[Review]) -> Approvals:
    """Return whose latest review that says yes or no is an approval that still stands and comes from somebody whose review counts."""
    latest = {review.user.casefold(): review for review in given if review.state in {APPROVED, CHANGES}}
    standing = [review for review in latest.values() if review.state == APPROVED and review.counts and not review.stale]
    return Approvals(tuple(Approval(review.user, review.commit) for review in standing))


def changed_files(nodes: Iterable[Node], head_sha: str) -> tuple[str, ...]:
    """Return both sides of every change, each once. Raises HostError when the list is of another head."""
    found: list[str] = []
    for node in nodes:
        ref = in_query(node.maybe_text("contents_url") or "", "ref").lower()
        if len(ref) in _SHA_LENGTHS and ref != head_sha and node.maybe_text("status") != "deleted":
            raise moved()
        found.append(node.text("filename"))
        if node.maybe_text("status") == "renamed" or node.maybe_text("previous_filename"):
            found.append(node.text("previous_filename"))
    return tuple(dict.fromkeys(found))


def moved() -> HostError:
    """Return the error for a pull request that changed meanwhile."""
    return HostError(
        "the pull request got new commits while it was being evaluated",
        operation="reading the pull request",
        advice="The run for the new commits judges them; or run the job again.",
    )


def _state(node: Node) -> State:
    word = node.text("state")
    if word not in {"open", "closed"}:
        raise HostError(f"{HOST} says {word!r} of the pull request's state", operation="reading the pull request")
    return State(word)


def _fork(head: Node, base: Node) -> bool:
    """Tell whether head is in another repository, or in one that is gone."""
    return head.fields.get("repo") is None or head.node("repo").number("id") != base.node("repo").number("id")


def _review(node: Node) -> Review | None:
    user, team = node.maybe_node("user"), node.maybe_node("team")
    name = (user.text("login") if user else "") or (team.text("name") if team else "")
    state = node.text("state")
    if not state:
        raise unreadable(HOST, f"{node.place}.state", None)
    if not name and state != CHANGES:
        return None
    return Review(
        id=node.number("id"),
        user=name or "somebody",
        state=state,
        commit=node.maybe_text("commit_id") or None,
        official=node.flag("official"),
        stale=node.flag("stale"),
        dismissed=node.flag("dismissed"),
    )
