"""Bitbucket Cloud: bitbucket.org."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import bitbucket_cloud_access as access
from atlantis_gate.hosts import bitbucket_cloud_insights as insights
from atlantis_gate.hosts.bitbucket_cloud_changes import Changes, changes, may_conflict
from atlantis_gate.hosts.bitbucket_cloud_compare import Comparer
from atlantis_gate.hosts.bitbucket_cloud_mergeability import Build, builds, mergeability
from atlantis_gate.hosts.bitbucket_cloud_merged import merged_number
from atlantis_gate.hosts.bitbucket_cloud_pull import Told, approvals, told
from atlantis_gate.hosts.bitbucket_cloud_rest import FULL, READ_PULL, READ_REPOSITORY, SHORT, Rest, full
from atlantis_gate.hosts.bitbucket_cloud_writing import set_status, write_comment
from atlantis_gate.hosts.together import Ahead
from atlantis_gate.model import Blocker, Mergeability, PullRequest, PullRequestRef, State

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlantis_gate.decisions import Insight
    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import Approvals, CommitRef, CommitStatus, Divergence, FactName, Unknown


def connect(connection: Connection) -> BitbucketCloud:
    """Open a Bitbucket Cloud. Raises CredentialError without a usable credential, HostError for a server URL that is none."""
    api = access.api(connection.server_url, connection.env)
    chosen = access.credential(connection.env)
    return BitbucketCloud(connection, Rest(access.connect(chosen, connection.deadline), api, connection.repo), chosen.choice)


class BitbucketCloud:
    """One repository on Bitbucket Cloud. Each thing is asked for once."""

    statuses_at_once = 4

    def __init__(self, connection: Connection, rest: Rest, credential: Choice) -> None:
        """Take the connection, the repository's API and which credential it uses."""
        self.credential = credential
        self._connection = connection
        self._rest = rest
        self._ahead = Ahead()
        self._comparer = Comparer(rest)
        self._told: Told | None = None
        self._changes: Changes | None = None

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request, the tip of its base branch, and the full hashes of commits that are told abbreviated."""
        seen = told(self._rest.node(self._rest.url(f"pullrequests/{ref.number}"), "reading the pull request", READ_PULL))
        self._told, self._changes = seen, None
        self._ahead.start(self._branch, seen.base_branch)
        return PullRequest(
            ref=ref,
            url=f"{self._web()}/pull-requests/{ref.number}",
            author=seen.author,
            state=seen.state,
            draft=seen.draft,
            fork=seen.fork is not None,
            head_sha=self._head(seen),
            head_branch=seen.head_branch,
            base_sha=self._tip(seen),
            base_branch=seen.base_branch,
            merge_sha=self._rest.resolved(seen.merge) if seen.state is State.MERGED and seen.merge else None,
        )

    def foresee(self, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
        """Start asking for the builds and for what changed on the base branch."""
        seen = self._known(pull)
        if seen.state is State.OPEN and "mergeability" in needs:
            self._comparer.start(pull.head_sha, pull.base_sha)
            if seen.mergeable is False:
                self._ahead.start(self._statuses, seen.number)
        if seen.state is State.OPEN and "divergence" in needs and SHORT.fullmatch((planned_on or pull.head_sha).lower()):
            self._comparer.start((planned_on or pull.head_sha).lower(), pull.base_sha)

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the pull request whose merge made a commit; asked again for a while."""
        number = merged_number(self._rest, commit.sha.lower(), self._connection.deadline)
        return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=number)

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every changed path, both sides of a rename."""
        return self._changed(self._known(pull)).files

    def approvals(self, pull: PullRequest) -> Approvals:
        """Return who approves at the moment."""
        return approvals(self._known(pull).node)

    def mergeability(self, pull: PullRequest) -> Mergeability:
        """Name what blocks. Builds are asked for where Bitbucket says that a merge check fails."""
        seen = self._known(pull)
        if seen.state is not State.OPEN:
            return Mergeability((Blocker("closed", "closed", "it is closed"),) if seen.state is State.CLOSED else ())
        statuses: tuple[Build, ...] = ()
        if seen.mergeable is False:
            statuses = builds(self._ahead.ask(self._statuses, seen.number), seen, self._connection)
        return mergeability(seen, self._conflicts(seen, pull), statuses)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        self._known(pull)
        return self._comparer.divergence(pull, planned_on)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        return tuple(self._rest.resolved(parent.text("hash").lower()) for parent in self._rest.commit(sha).nodes("parents"))

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit."""
        return self._rest.content(path.removeprefix("./"), sha, self._home(sha))

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        return self._rest.files(sha, self._home(sha))

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a build status that shows on the pull request while that is open."""
        seen = self._told
        branch = seen.head_branch if seen is not None and seen.state is State.OPEN and seen.fork is None else None
        set_status(self._rest, sha, status, web=f"{self._web()}/commits/{sha}", branch=branch)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one comment of this token's own user up to date."""
        return write_comment(self._rest, pull.ref.number, marker, body, create=create)

    def publish_report(self, sha: str, insight: Insight) -> None:
        """Put a Code Insights report on a commit."""
        insights.publish_report(self._rest, sha, insight)

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try what a run needs with the credential at hand."""
        # Only this needs it, and a run\'s start is counted in milliseconds.
        from atlantis_gate.hosts.bitbucket_cloud_doctor import Doctor  # noqa: PLC0415

        return Doctor(self._connection, self._rest, self.credential).diagnose(ref)

    def git_login(self) -> GitLogin:
        """Say how git logs in."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.bitbucket_cloud_git import login  # noqa: PLC0415

        return login(self._connection)

    def _known(self, pull: PullRequest) -> Told:
        """Return what was read of a pull request. Raises HostError when it has other commits than the one asked about."""
        if self._told is None or self._told.number != pull.ref.number:
            self.pull_request(pull.ref)
        if self._told is None or not pull.head_sha.startswith(self._told.head):
            raise HostError(
                "the pull request got new commits while it was being evaluated",
                operation="reading the pull request",
                advice="The run for the new commits judges them; or run the job again.",
            )
        return self._told

    def _head(self, seen: Told) -> str:
        """Return the head's full hash; the CI's own word completes an abbreviated one without another question."""
        given = (self._connection.run.head_sha or "").lower()
        if FULL.fullmatch(given) and given.startswith(seen.head):
            return given
        return self._rest.resolved(seen.head, seen.fork or None)

    def _tip(self, seen: Told) -> str:
        """Return the commit that the base branch is at: what a pull request tells of it may be older.

        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-refs/#api-repositories-workspace-repo-slug-refs-branches-name-get
        """
        try:
            return full(self._ahead.ask(self._branch, seen.base_branch).node("target"), "")
        except HostError as error:
            # The branch may be gone after a merge, and names with a slash are not found everywhere.
            if error.status == HTTPStatus.NOT_FOUND and (seen.state is not State.OPEN or "/" in seen.base_branch):
                return self._rest.resolved(seen.base)
            raise

    def _branch(self, name: str) -> Node:
        return self._rest.node(self._rest.url(f"refs/branches/{quote(name, safe='')}"), "reading the base branch", READ_REPOSITORY)

    def _statuses(self, number: int) -> tuple[Node, ...]:
        url = self._rest.url(f"pullrequests/{number}/statuses") + "?pagelen=100"
        return tuple(self._rest.pages(url, "listing the builds", READ_PULL))

    def _changed(self, seen: Told) -> Changes:
        if self._changes is None:
            url = seen.diffstat if self._pinned(seen) else None
            url = url or self._rest.url(f"pullrequests/{seen.number}/diffstat")
            self._changes = changes(self._rest.pages(url, "listing the changed files", READ_PULL))
        return self._changes

    def _pinned(self, seen: Told) -> bool:
        """Tell whether the pull request names the list of its files at its head; without that the list's address redirects there."""
        return seen.diffstat is not None and self._rest.here(seen.diffstat) and f":{seen.head}" in unquote(seen.diffstat)

    def _conflicts(self, seen: Told, pull: PullRequest) -> tuple[str, ...]:
        """Return the paths in conflict. Bitbucket is asked where both sides touched the same: diffstats tell none since September 2026.

        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-pullrequests-pull-request-id-conflicts-get
        """
        ours = self._changed(seen)
        if ours.conflicts or not self._may_conflict(ours, pull):
            return ours.conflicts
        url = self._rest.url(f"pullrequests/{seen.number}/conflicts")
        return tuple(item.text("path") for item in self._rest.pages(url, "listing the conflicts", READ_PULL))

    def _may_conflict(self, ours: Changes, pull: PullRequest) -> bool:
        try:
            return may_conflict(ours, self._comparer.since(pull.head_sha, pull.base_sha).changes)
        except HostError as error:
            # A fork's commits are not in this repository: then only Bitbucket can tell.
            if error.status == HTTPStatus.NOT_FOUND:
                return True
            raise

    def _home(self, sha: str) -> str | None:
        """Return the repository that holds a commit, None for this one: a fork's head is in the fork."""
        seen = self._told
        return seen.fork or None if seen is not None and sha.startswith(seen.head) else None

    def _web(self) -> str:
        return f"{self._connection.server_url.rstrip('/')}/{self._connection.repo}"
