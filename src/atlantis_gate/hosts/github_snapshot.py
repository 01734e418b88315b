"""One GraphQL answer as typed data: everything the gate knows of a pull request at one moment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts import github_gaps
from atlantis_gate.hosts.github_answer import Node, Page, unreadable
from atlantis_gate.hosts.github_checks import Check, check
from atlantis_gate.hosts.github_demands import Demands, demands
from atlantis_gate.model import PullRequest, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.github_gaps import Gaps
    from atlantis_gate.model import PullRequestRef

_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LINK_MODE: Final = 0o120000
_STATES: Final = {"OPEN": State.OPEN, "CLOSED": State.CLOSED, "MERGED": State.MERGED}
# Of others the previous name is not in this answer: https://docs.github.com/en/graphql/reference/enums#patchstatus
_ONE_SIDED: Final = frozenset({"ADDED", "CHANGED", "DELETED", "MODIFIED"})


@frozen
class Review:
    """The latest review of one person that says yes or no; `counts`: GitHub counts it, for the reviewer may push."""

    user: str
    state: str
    commit: str | None
    counts: bool


@frozen(kw_only=True)
class Snapshot:
    """All of one moment. `files` is None where REST must be asked, `unsigned` where it cannot be told; `gaps`: why parts are missing."""

    pull: PullRequest
    mergeable: str
    merge_state: str
    review_decision: str | None
    reviews: tuple[Review, ...]
    unresolved: int
    changed: int
    files: tuple[str, ...] | None
    checks: tuple[Check, ...]
    demands: Demands
    unsigned: int | None
    repository: tuple[int | None, str]
    texts: Mapping[str, bytes | None]
    parents: Mapping[str, tuple[str, ...]]
    gaps: Gaps


def snapshot(ref: PullRequestRef, repository: Node, gaps: Gaps) -> Snapshot:
    """Read the `repository` of an answer. Raises HostError naming the field where a value is missing that no permission explains."""
    node = repository.node("pullRequest")
    head = _head(node, gaps)
    base = node.maybe_node("baseRef")
    pull = _pull(ref, node, base)
    found = {} if head is None else _text(head, pull.head_sha, gaps)
    if base is not None:
        found |= _text(base.node("target"), pull.base_sha, gaps)
    reviews = _page(node, "latestOpinionatedReviews", "reviews", gaps)
    return Snapshot(
        pull=pull,
        mergeable=node.text("mergeable"),
        merge_state=node.text("mergeStateStatus"),
        review_decision=node.maybe_text("reviewDecision"),
        reviews=tuple(review for item in reviews if (review := _review(item)) is not None),
        unresolved=sum(not item.flag("isResolved") for item in _page(node, "reviewThreads", "threads", gaps)),
        changed=node.number("changedFiles"),
        files=_files(node, gaps),
        checks=_checks(head, gaps),
        demands=_demands(base, gaps),
        unsigned=_unsigned(node, gaps),
        repository=(repository.maybe_number("databaseId"), repository.text("nameWithOwner")),
        texts=found,
        parents=_parents(repository),
        gaps=gaps,
    )


def login(actor: Node | None) -> str:
    """Return a user's login as people see it; GitHub calls the account of deleted users `ghost`."""
    if actor is None:
        return "ghost"
    name = actor.text("login")
    # GraphQL leaves out what REST and the web show: https://docs.github.com/en/graphql/reference/objects#bot
    return f"{name}[bot]" if actor.maybe_text("__typename") == "Bot" and not name.endswith("[bot]") else name


def sha(node: Node, name: str) -> str:
    """Return a full commit id; raises HostError for anything else."""
    text = node.text(name).lower()
    if not _SHA.fullmatch(text):
        raise unreadable(f"{node.place}.{name}", "no commit id")
    return text


def _pull(ref: PullRequestRef, node: Node, base: Node | None) -> PullRequest:
    state = _STATES.get(node.text("state"))
    if state is None:
        raise unreadable(f"{node.place}.state", "another state")
    if base is None and state is not State.CLOSED:
        advice = "Usually the branch was deleted. The gate cannot tell what changed on it."
        raise HostError("GitHub: the pull request's base branch does not exist", operation="reading the pull request", advice=advice)
    merge = node.maybe_node("mergeCommit")
    return PullRequest(
        ref=ref,
        url=node.text("url"),
        author=_author(node),
        state=state,
        draft=node.flag("isDraft"),
        fork=node.flag("isCrossRepository"),
        head_sha=sha(node, "headRefOid"),
        head_branch=node.text("headRefName"),
        base_sha=sha(node, "baseRefOid") if base is None else sha(base.node("target"), "oid"),
        base_branch=node.text("baseRefName"),
        merge_sha=sha(merge, "oid") if merge and state is State.MERGED else None,
        # The base branch as it was when the pull request was last pushed to or merged, unlike its tip of today.
        before_sha=sha(node, "baseRefOid") if state is State.MERGED else None,
    )


def _author(node: Node) -> str:
    """Return who wrote the pull request; null stands for a deleted account, and nothing for no answer."""
    if "author" not in node.fields:
        raise unreadable(f"{node.place}.author", None)
    return login(node.maybe_node("author"))


def _head(node: Node, gaps: Gaps) -> Node | None:
    """Return the head commit, None where the last listed commit is another one."""
    commits = [item.node("commit") for item in node.beginning("head").readable]
    head = next((commit for commit in commits if commit.text("oid").lower() == node.text("headRefOid").lower()), None)
    if head is None:
        gaps.setdefault("checks", "GitHub does not list the head commit among the pull request's commits")
    return head


def _page(node: Node, name: str, part: str, gaps: Gaps) -> tuple[Node, ...]:
    """Return a list's nodes; what is missing is a gap, and without an error that explains it a gap all the same."""
    if node.fields.get(name) is None and part in gaps:
        return ()
    page: Page = node.page(name)
    if not page.complete:
        gaps.setdefault(part, github_gaps.missing(part))
    return page.readable


def _review(node: Node) -> Review | None:
    author = node.maybe_node("author")
    if author is None:
        return None
    commit = node.maybe_node("commit")
    return Review(login(author), node.text("state"), commit.text("oid") if commit else None, node.flag("authorCanPushToRepository"))


def _files(node: Node, gaps: Gaps) -> tuple[str, ...] | None:
    if node.fields.get("files") is None:
        return None
    page = node.page("files")
    if not page.complete or "files" in gaps or any(item.text("changeType") not in _ONE_SIDED for item in page.readable):
        return None
    return tuple(item.text("path") for item in page.readable)


def _checks(head: Node | None, gaps: Gaps) -> tuple[Check, ...]:
    rollup = head.maybe_node("statusCheckRollup") if head else None
    if rollup is None:
        return ()
    return tuple(check(item, runs_hidden="runs" in gaps) for item in _page(rollup, "contexts", "checks", gaps))


def _demands(base: Node | None, gaps: Gaps) -> Demands:
    if base is None:
        return Demands()
    rules = () if base.fields.get("rules") is None else _page(base, "rules", "rules", gaps)
    return demands(base.maybe_node("refUpdateRule"), base.maybe_node("branchProtectionRule"), rules)


def _unsigned(node: Node, gaps: Gaps) -> int | None:
    """Count commits without a signature that GitHub verified, None where that cannot be told for all."""
    if "signatures" in gaps or node.fields.get("commits") is None:
        return None
    page, total = node.beginning("commits"), node.node("commits").number("totalCount")
    if total != len(page.readable):
        return None
    signatures = [item.node("commit").maybe_node("signature") for item in page.readable]
    return sum(signature is None or not signature.flag("isValid") for signature in signatures)


def _text(commit: Node, at: str, gaps: Gaps) -> dict[str, bytes | None]:
    """Return the repo config's bytes at a commit, None for no such file; nothing where REST must be asked."""
    if "file" not in commit.fields or "config" in gaps:
        return {}
    entry = commit.maybe_node("file")
    if entry is None:
        return {at: None}
    blob = entry.maybe_node("object")
    if blob is None or blob.text("__typename") != "Blob" or entry.number("mode") == _LINK_MODE:
        return {}
    text = blob.maybe_text("text")
    if text is None or blob.flag("isTruncated") or blob.fields.get("isBinary"):
        return {}
    data = text.encode("utf-8", "surrogatepass")
    # Not the file's own bytes where it is not UTF-8: GitHub converts it.
    return {at: data} if len(data) == blob.number("byteSize") else {}


def _parents(repository: Node) -> dict[str, tuple[str, ...]]:
    commit = repository.maybe_node("merge")
    if commit is None or commit.text("__typename") != "Commit":
        return {}
    return {sha(commit, "oid"): tuple(sha(parent, "oid") for parent in commit.beginning("parents").readable)}
