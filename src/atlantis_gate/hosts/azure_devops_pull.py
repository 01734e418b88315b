"""A pull request of Azure DevOps as typed data: its state, its reviewers with their votes, and where its merge stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.azure_devops_api import commit_id
from atlantis_gate.hosts.azure_devops_credentials import HOST
from atlantis_gate.model import Approval, Approvals, PullRequest, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.model import PullRequestRef

_HEADS: Final = "refs/heads/"
_STATES: Final = {"active": State.OPEN, "abandoned": State.CLOSED, "completed": State.MERGED}
# https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-requests/get-pull-request#identityrefwithvote
APPROVED: Final = frozenset({10, 5})
REJECTED: Final = -10
WAITING: Final = -5
# How descriptors of groups and teams begin: https://learn.microsoft.com/en-us/rest/api/azure/devops/graph/groups/list
_GROUPS: Final = ("vssgp.", "aadgp.")


@frozen
class Reviewer:
    """One person's vote; the votes of groups are those of their members and are left out."""

    user: str
    vote: int


@frozen(kw_only=True)
class Snapshot:
    """All that one answer tells. `head` is None while Azure DevOps has not looked at the source branch yet.

    `merged_into` is the commit of the target branch at the last merge; `failure` says why that merge failed.
    """

    number: int
    state: State
    draft: bool
    fork: bool
    author: str
    head: str | None
    head_branch: str
    base_branch: str
    merged_into: str | None
    merge: str | None
    merge_status: str
    failure: str
    reviewers: tuple[Reviewer, ...]
    project_id: str
    supports_iterations: bool

    @property
    def computing(self) -> bool:
        """Tell whether an open pull request's merge has not been tried yet; https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-requests/get-pull-request#pullrequestasyncstatus."""
        return self.state is State.OPEN and (self.head is None or self.merge_status in {"notSet", "queued"})


def snapshot(node: Node) -> Snapshot:
    """Read a pull request. Raises HostError naming the field that is not as it must be."""
    state = _STATES.get(node.text("status"))
    if state is None:
        raise HostError(f"{HOST} says {node.text('status')!r} of the pull request's state", operation="reading the pull request")
    creator = node.node("createdBy")
    author = _name(creator)
    return Snapshot(
        number=node.number("pullRequestId"),
        state=state,
        draft=node.flag("isDraft"),
        fork=node.fields.get("forkSource") is not None,
        author=author,
        head=_commit(node, "lastMergeSourceCommit"),
        head_branch=node.text("sourceRefName").removeprefix(_HEADS),
        base_branch=node.text("targetRefName").removeprefix(_HEADS),
        merged_into=_commit(node, "lastMergeTargetCommit"),
        merge=_commit(node, "lastMergeCommit"),
        merge_status=node.maybe_text("mergeStatus") or "notSet",
        failure=node.maybe_text("mergeFailureMessage") or "",
        reviewers=tuple(_reviewers(node.nodes("reviewers"), creator.text("id"), author)),
        project_id=node.node("repository").node("project").text("id"),
        supports_iterations=node.maybe_flag("supportsIterations") is not False,
    )


def pull_request(ref: PullRequestRef, seen: Snapshot, url: str, tip: str | None) -> PullRequest:
    """Return the pull request; `tip` is the target branch's commit now, None when the branch is gone."""
    base = tip or (seen.merged_into if seen.state is State.CLOSED else None)
    if base is None or seen.head is None:
        what = "source commit is not known yet" if seen.head is None else "target branch does not exist"
        advice = "Run the job again." if seen.head is None else "Usually the branch was deleted. The gate cannot tell what changed on it."
        raise HostError(f"{HOST}: the pull request's {what}", operation="reading the pull request", advice=advice)
    return PullRequest(
        ref=ref,
        url=url,
        author=seen.author,
        state=seen.state,
        draft=seen.draft,
        fork=seen.fork,
        head_sha=seen.head,
        head_branch=seen.head_branch,
        base_sha=base,
        base_branch=seen.base_branch,
        merge_sha=seen.merge if seen.state is State.MERGED else None,
    )


def approvals(seen: Snapshot) -> Approvals:
    """Return who approves; a vote carries no commit."""
    return Approvals(tuple(Approval(reviewer.user) for reviewer in seen.reviewers if reviewer.vote in APPROVED))


def _reviewers(nodes: tuple[Node, ...], author_id: str, author: str) -> Iterable[Reviewer]:
    """Leave out groups, whose vote repeats that of a member (`votedFor`); the author, told by id, gets the author's name.

    Somebody else of the author's name stays the author: one person may have two accounts of one address.
    """
    groups = {group.text("id") for node in nodes for group in (node.nodes("votedFor") if node.fields.get("votedFor") else ())}
    for node in nodes:
        own_id = node.text("id")
        if node.maybe_flag("isContainer") or own_id in groups or (node.maybe_text("descriptor") or "").startswith(_GROUPS):
            continue
        yield Reviewer(author if own_id == author_id else _name(node), node.number("vote"))


def _name(identity: Node) -> str:
    return identity.maybe_text("uniqueName") or identity.maybe_text("displayName") or identity.text("id")


def _commit(node: Node, name: str) -> str | None:
    commit = node.maybe_node(name)
    return commit_id(commit, "commitId") if commit else None
