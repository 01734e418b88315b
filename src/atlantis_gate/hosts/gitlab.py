"""GitLab: gitlab.com and self-managed, also below a path."""

from __future__ import annotations

from http import HTTPStatus
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import gitlab_merge_request as merge_request
from atlantis_gate.hosts import gitlab_mergeability as mergeable
from atlantis_gate.hosts import gitlab_session, one_moment
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.gitlab_addresses import project
from atlantis_gate.hosts.gitlab_credentials import GITLAB
from atlantis_gate.hosts.gitlab_pipeline import PipelineChecks
from atlantis_gate.hosts.gitlab_repository import Repository
from atlantis_gate.hosts.gitlab_routes import Routes
from atlantis_gate.hosts.gitlab_writing import Writing
from atlantis_gate.model import Approvals, Blocker, Mergeability, PullRequestRef, State, Unknown

if TYPE_CHECKING:
    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.credentials import GitLogin
    from atlantis_gate.hosts.gitlab_merge_request import Consent, MergeRequest
    from atlantis_gate.hosts.gitlab_session import Session
    from atlantis_gate.model import CommitRef, CommitStatus, Divergence, PullRequest

_AGAIN: Final = "Run the job again, or give it more time (--timeout)."


def connect(connection: Connection) -> GitLab:
    """Open a GitLab. Raises CredentialError without a token, HostError for a server URL that is none."""
    return GitLab(connection, gitlab_session.connect(connection.server_url, connection.env, connection.deadline))


class GitLab:
    """One project on one GitLab. What does not wait for anything is asked together, and all facts come from one moment."""

    # It answers 409 to a change while another one is under way: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
    statuses_at_once = 1

    def __init__(self, connection: Connection, session: Session) -> None:
        """Take the connection and an open session."""
        self._connection = connection
        self._session = session
        self.credential = session.credential
        self._routes = Routes(project(connection.repo, connection.server_url, connection.env))
        self._repository = Repository(session, self._routes)
        self._pipeline = PipelineChecks(connection, session, self._routes)
        self._writing = Writing(session, self._routes, connection.deadline)
        self._seen: MergeRequest | None = None

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the merge request and the tip of its target branch, and along with them what every decision needs."""
        routes, number = self._routes, ref.number
        self._session.forget()
        self._session.together((routes.merge_request(number), routes.diffs(number), routes.approvals(number)))
        seen = self._seen = self._unlocked(number)
        self._session.together((routes.branch(seen.base_branch), *self._pipeline.foreseen(seen)))
        return seen.pull(ref, self._repository.tip(seen.base_branch))

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the merge request whose merge made a commit; asked again for a while, as GitLab lists it late."""
        pauses = iter((1.0, 2.0, 4.0))
        while True:
            found = self._merged_by(commit.sha)
            if len(found) == 1:
                return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=found[0])
            pause = next(pauses, None)
            if found or pause is None or not self._connection.deadline.wait(pause, "GitLab may list the merged merge request late"):
                raise _no_merge(commit.sha, found)

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every changed path, both sides of a rename. Raises HostError unless the list is whole."""
        seen = self._current(pull)
        pauses = _pauses()
        while not seen.files and seen.word != mergeable.NO_COMMITS and self._wait(pauses, "GitLab works out what it changes"):
            seen = self._again(pull)
        items = self._diffs(pull.ref.number) if seen.files.isdecimal() else ()
        if str(len(items)) != seen.files:
            raise _incomplete(len(items), seen.files)
        return merge_request.paths(items)

    def approvals(self, pull: PullRequest) -> Approvals | Unknown:
        """Return who approves, once GitLab has worked out which approvals still count."""
        seen, found = self._current(pull), self._consent(pull)
        pauses = _pauses()
        while _syncing(seen, found) and self._wait(pauses, "GitLab works out which approvals still count"):
            seen, found = self._again(pull), self._consent(pull)
        if _syncing(seen, found):
            return Unknown(f"GitLab has not worked out yet which approvals still count. {_AGAIN}")
        return Approvals(found.by, found.left or 0)

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Name what blocks, once GitLab has worked it out."""
        seen = self._current(pull)
        pauses = _pauses()
        while mergeable.computing(seen) and self._wait(pauses, "GitLab works out whether the merge request can be merged"):
            seen = self._again(pull)
        if seen.state is not State.OPEN:
            return Mergeability(() if seen.state is State.MERGED else (Blocker("closed", "closed", "it is closed"),))
        if mergeable.computing(seen):
            return Unknown(
                f"GitLab has not worked out yet whether it can be merged ({seen.word}). {_AGAIN} GitLab only checks for tokens that may "
                "change the merge request: use one with the role Developer."
            )
        if not seen.word or seen.discussions_resolved is None:
            return Unknown("GitLab's answer lacks detailed_merge_status or blocking_discussions_resolved")
        found = (*mergeable.plain(seen), *(self._legacy(pull, seen) if seen.legacy else ()))
        return Mergeability(found) if found else self._pipeline.mergeability(seen)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        return self._repository.divergence(pull, planned_on)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        return self._repository.parents(sha)

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit."""
        return self._repository.file(path, sha)

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        return self._repository.files(sha)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a commit status."""
        self._writing.set_status(sha, status, self._seen)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one note of this token's own user up to date."""
        return self._writing.write_comment(pull.ref.number, marker, body, create=create)

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try what a run needs with the token at hand."""
        # Only this needs it, and a run\'s start is counted in milliseconds.
        from atlantis_gate.hosts.gitlab_doctor import Doctor  # noqa: PLC0415

        return Doctor(self._connection, self._session, self._routes, self._repository).diagnose(ref)

    def git_login(self) -> GitLogin:
        """Say how git logs in."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.gitlab_git import login  # noqa: PLC0415

        return login(self._connection)

    def _current(self, pull: PullRequest) -> MergeRequest:
        """Return what was read of a merge request. Raises HostError when it has another head or base branch meanwhile."""
        if self._seen is None or self._seen.number != pull.ref.number:
            self._seen = self._unlocked(pull.ref.number)
        one_moment.check(pull, self._seen.head_sha, self._seen.base_branch, word="merge request")
        return self._seen

    def _again(self, pull: PullRequest) -> MergeRequest:
        """Read the merge request anew: everything but the pull request itself is of this later moment then."""
        self._session.forget()
        self._seen = None
        return self._current(pull)

    def _unlocked(self, number: int) -> MergeRequest:
        """Read the merge request, once it is not just being merged."""
        question, pauses = self._routes.merge_request(number), _pauses()
        node = self._session.one(question)
        while node.fields.get("state") == merge_request.LOCKED and self._wait(pauses, "GitLab is merging the merge request"):
            node = read(GITLAB, self._session.get(question).value, question.operation)
        return merge_request.merge_request(node, self._connection.repo, number)

    def _wait(self, pauses: chain[float], reason: str) -> bool:
        return self._connection.deadline.wait(next(pauses), reason)

    def _consent(self, pull: PullRequest) -> Consent:
        return merge_request.consent(self._session.one(self._routes.approvals(pull.ref.number)))

    def _diffs(self, number: int) -> tuple[Node, ...]:
        """List the changed files; a GitLab before 15.7 knows an older route only."""
        try:
            return self._session.pages(self._routes.diffs(number))
        except HostError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        changes = self._session.one(self._routes.changes(number))
        return () if changes.flag("overflow") else changes.nodes("changes")

    def _legacy(self, pull: PullRequest, seen: MergeRequest) -> tuple[Blocker, ...]:
        """Name what a GitLab before 15.6 does not tell in one word."""
        missing = self._consent(pull).left or 0
        found = [Blocker("review", "not_approved", f"{missing} approval{'s' * (missing > 1)} missing")] if missing > 0 else []
        if self._pipeline.project().text("merge_method") in {"ff", "rebase_merge"} and seen.behind != 0:
            found.append(Blocker("behind", "need_rebase", f"it must be rebased onto {seen.base_branch}"))
        return tuple(found)

    def _merged_by(self, sha: str) -> tuple[int, ...]:
        """Return the numbers of this project's merge requests whose merge is a commit."""
        here = self._connection.repo.casefold()
        return tuple(
            item.number("iid")
            for item in self._session.pages(self._routes.merged_by(sha), fresh=True)
            if item.text("state") == State.MERGED.value
            and sha in {item.maybe_text(name) for name in ("merge_commit_sha", "squash_commit_sha", "sha")}
            and item.node("references").text("full").casefold() == f"{here}!{item.number('iid')}"
        )


def _pauses() -> chain[float]:
    return chain((1.0, 2.0, 3.0), repeat(5.0))


def _syncing(seen: MergeRequest, found: Consent) -> bool:
    return seen.state is State.OPEN and (seen.word == mergeable.SYNCING or found.syncing)


def _incomplete(found: int, expected: str) -> HostError:
    """Return the error for a list of changed files that is not whole; https://docs.gitlab.com/administration/instance_limits/#diff-limits."""
    said = f"GitLab lists {found} of {expected} changed files" if expected else "GitLab does not say what the merge request changes"
    return HostError(
        said,
        operation="listing the changed files",
        advice="Split a merge request that changes more files than GitLab lists; run the job again if it was just pushed to.",
    )


def _no_merge(sha: str, found: tuple[int, ...]) -> HostError:
    """Return the error for a commit that is not the merge of exactly one merge request."""
    which = " and ".join(f"!{number}" for number in found) or "no merge request"
    return HostError(
        f"GitLab: commit {sha} is the merge of {which}, and the gate needs exactly one",
        operation="finding the merged merge request",
        advice="Usually the commit was pushed without a merge request. Name the merge request with --pull-request.",
    )
