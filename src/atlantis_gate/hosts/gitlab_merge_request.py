"""GitLab's answers about one merge request as typed data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.answer import read, unreadable
from atlantis_gate.model import Approval, PullRequest, State

if TYPE_CHECKING:
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.model import PullRequestRef

_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# https://docs.gitlab.com/api/merge_requests/#get-single-mr
_STATES: Final = {"opened": State.OPEN, "closed": State.CLOSED, "merged": State.MERGED}
LOCKED: Final = "locked"


@frozen
class Pipeline:
    """The pipeline that GitLab judges a merge request by; `project` is its project's number, a fork's for a pipeline there."""

    number: int
    sha: str
    status: str
    project: int | None


@frozen(kw_only=True)
class MergeRequest:
    """A merge request at one moment, without the tip of its target branch.

    `word` is GitLab's own on whether it can be merged; `legacy`: that of a GitLab before 15.6, which knows of conflicts only.
    `pipeline_shown` is False where the token may not see pipelines. `files` is how many change, in GitLab's words ("1000+").
    """

    number: int
    project: int
    state: State
    author: str
    url: str
    draft: bool
    fork: bool
    head_sha: str
    head_branch: str
    base_branch: str
    merge_sha: str | None
    before_sha: str | None
    word: str
    legacy: bool
    conflicts: bool
    discussions_resolved: bool | None
    pipeline: Pipeline | None
    pipeline_shown: bool
    files: str
    behind: int | None

    def pull(self, ref: PullRequestRef, base_sha: str) -> PullRequest:
        """Return it as a pull request."""
        return PullRequest(
            ref=ref,
            url=self.url,
            author=self.author,
            state=self.state,
            draft=self.draft,
            fork=self.fork,
            head_sha=self.head_sha,
            head_branch=self.head_branch,
            base_sha=base_sha,
            base_branch=self.base_branch,
            merge_sha=self.merge_sha,
            before_sha=self.before_sha,
        )


@frozen
class Consent:
    """Who approves, how many approvals are missing, and whether GitLab says yes; None where the edition does not tell."""

    by: tuple[Approval, ...]
    left: int | None
    approved: bool | None

    @property
    def syncing(self) -> bool:
        """Tell whether GitLab holds approvals back: after a push it first works out which of them still count.

        https://docs.gitlab.com/user/project/merge_requests/approvals/settings/
        It is the same where it says no and not how many are missing: the edition that tells no numbers says yes to any approval.
        """
        return self.approved is False and (self.left == 0 or (self.left is None and bool(self.by)))


def merge_request(node: Node, repo: str, number: int) -> MergeRequest:
    """Read a merge request. Raises HostError where a value is missing, or where it is one of another project."""
    _check_identity(node, f"{repo}!{number}")
    state = _STATES.get(node.text("state"))
    if state is None:
        raise HostError(f"GitLab: the merge request is {node.text('state')[:20]}", operation="reading the merge request")
    # A GitLab before 15.6 has no such field.
    word = node.text("detailed_merge_status") if "detailed_merge_status" in node.fields else None
    author = node.maybe_node("author")
    drafts = [node.maybe_flag(name) for name in ("draft", "work_in_progress") if node.fields.get(name) is not None]
    return MergeRequest(
        number=number,
        project=node.number("project_id"),
        state=state,
        author=author.text("username") if author else "",
        url=node.text("web_url"),
        draft=any(drafts) if drafts else node.flag("draft"),
        fork=node.maybe_number("source_project_id") != node.number("target_project_id"),
        head_sha=sha(node, "sha"),
        head_branch=node.text("source_branch"),
        base_branch=node.text("target_branch"),
        merge_sha=_merge_sha(node) if state is State.MERGED else None,
        before_sha=_before_sha(node) if state is State.MERGED else None,
        word=node.text("merge_status") if word is None else word,
        legacy=word is None,
        conflicts=bool(node.maybe_flag("has_conflicts")),
        discussions_resolved=node.maybe_flag("blocking_discussions_resolved"),
        pipeline=_pipeline(node.maybe_node("head_pipeline")),
        pipeline_shown="head_pipeline" in node.fields,
        files=node.maybe_text("changes_count") or "",
        behind=node.maybe_number("diverged_commits_count"),
    )


def consent(node: Node) -> Consent:
    """Read who approves; the community edition tells no numbers.

    https://docs.gitlab.com/api/merge_request_approvals/#get-configuration-1
    """
    by = tuple(Approval(item.node("user").text("username")) for item in node.nodes("approved_by"))
    return Consent(by, node.maybe_number("approvals_left"), node.maybe_flag("approved"))


def paths(items: tuple[Node, ...]) -> tuple[str, ...]:
    """Return the old and the new path of each changed file, each once, in order."""
    return tuple(dict.fromkeys(path for item in items for path in (item.text("new_path"), item.text("old_path"))))


def sha(node: Node, name: str) -> str:
    """Return a full commit id; raises HostError for anything else."""
    text = node.text(name).lower()
    if not _SHA.fullmatch(text):
        raise unreadable(node.host, f"{node.place}.{name}", node.fields[name])
    return text


def _check_identity(node: Node, wanted: str) -> None:
    """Refuse a merge request of another project: a renamed one, or a project number that somebody set."""
    references = node.maybe_node("references")
    path, _, number = _path(node.text("web_url")).partition("/-/merge_requests/")
    found = references.text("full") if references is not None else f"{path[-len(wanted.partition('!')[0]) :]}!{number}"
    if found.casefold() != wanted.casefold():
        raise HostError(
            f"GitLab: asked for {wanted}, it answers with another merge request ({found[:200]})",
            operation="reading the merge request",
            advice="Usually the project was renamed, or a variable such as CI_PROJECT_ID is overridden. Use the project's path of today.",
        )


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _before_sha(node: Node) -> str | None:
    """Return the tip that the target branch had when the merge request was last pushed to.

    https://docs.gitlab.com/api/merge_requests/#get-single-mr (diff_refs.start_sha)
    """
    refs = node.maybe_node("diff_refs")
    return sha(refs, "start_sha") if refs is not None and refs.maybe_text("start_sha") else None


def _merge_sha(node: Node) -> str | None:
    """Return the commit that the merge left on the target branch: a merge, else a squash, else (fast-forward) the head itself."""
    name = next((name for name in ("merge_commit_sha", "squash_commit_sha") if node.maybe_text(name)), "sha")
    return sha(node, name)


def _pipeline(node: Node | None) -> Pipeline | None:
    if node is None:
        return None
    fields = read(node.host, node.fields, "head_pipeline")
    return Pipeline(fields.number("id"), sha(fields, "sha"), fields.text("status"), fields.maybe_number("project_id"))
