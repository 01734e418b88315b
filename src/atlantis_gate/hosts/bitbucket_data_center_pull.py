"""A pull request of Bitbucket Data Center as its API tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.hosts.answer import unreadable
from atlantis_gate.hosts.bitbucket_data_center_access import HOST
from atlantis_gate.hosts.bitbucket_data_center_rest import path_of, sha_of
from atlantis_gate.model import Approval, Approvals, PullRequest, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.model import PullRequestRef

_STATES: Final[Mapping[str, State]] = {"OPEN": State.OPEN, "MERGED": State.MERGED, "DECLINED": State.CLOSED}
_HEADS: Final = "refs/heads/"


def pull_request(node: Node, ref: PullRequestRef, web: str) -> PullRequest:
    """Read a pull request; `base_sha` is what it tells of its base branch.

    https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-pull-requests/#api-api-latest-projects-projectkey-repos-repositoryslug-pull-requests-pullrequestid-get
    """
    source, target, state = node.node("fromRef"), node.node("toRef"), node.text("state")
    if state not in _STATES:
        raise unreadable(HOST, f"{node.place}.state", node.fields.get("state"))
    return PullRequest(
        ref=ref,
        url=f"{web}/pull-requests/{ref.number}",
        author=node.node("author").node("user").text("name"),
        state=_STATES[state],
        # Servers before 8.18 know no drafts: https://confluence.atlassian.com/bitbucketserver/draft-pull-requests-1354498120.html
        draft="draft" in node.fields and node.flag("draft"),
        fork=_repo(source) != _repo(target),
        head_sha=sha_of(source, "latestCommit"),
        head_branch=_branch(source),
        base_sha=sha_of(target, "latestCommit"),
        base_branch=_branch(target),
        merge_sha=merge_of(node) if _STATES[state] is State.MERGED else None,
    )


def merge_of(node: Node) -> str | None:
    """Return the commit that a pull request was merged as, None where it is not told."""
    properties = node.maybe_node("properties")
    merge = properties.maybe_node("mergeCommit") if properties else None
    return sha_of(merge, "id") if merge else None


def approvals(node: Node) -> Approvals:
    """Return the reviewers who approve; one who says that it needs work does not."""
    return Approvals(
        tuple(
            Approval(reviewer.node("user").text("name"), reviewer.maybe_text("lastReviewedCommit"))
            for reviewer in node.nodes("reviewers")
            if reviewer.flag("approved") and reviewer.maybe_text("status") in {None, "APPROVED"}
        )
    )


def files(changes: Iterable[Node]) -> tuple[str, ...]:
    """Return the paths of changes, both sides of a move."""
    found: dict[str, None] = {}
    for change in changes:
        moved = change.maybe_text("type") == "MOVE"
        source = change.node("srcPath") if moved else change.maybe_node("srcPath")
        found.update(dict.fromkeys([*([path_of(source)] if source else []), path_of(change.node("path"))]))
    return tuple(found)


def _repo(ref: Node) -> tuple[str, str]:
    repository = ref.node("repository")
    return repository.node("project").text("key").casefold(), repository.text("slug").casefold()


def _branch(ref: Node) -> str:
    return ref.text("id").removeprefix(_HEADS)
