"""Bitbucket Data Center, formerly Bitbucket Server."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import replace
from atlantis_gate.hosts import bitbucket_data_center_access as access
from atlantis_gate.hosts import bitbucket_data_center_insights as insights
from atlantis_gate.hosts.bitbucket_data_center_builds import builds
from atlantis_gate.hosts.bitbucket_data_center_compare import divergence, tip
from atlantis_gate.hosts.bitbucket_data_center_mergeability import Test, mergeability, needs_builds, test_of
from atlantis_gate.hosts.bitbucket_data_center_pull import approvals, files, merge_of, pull_request
from atlantis_gate.hosts.bitbucket_data_center_rest import Rest, sha_of
from atlantis_gate.hosts.bitbucket_data_center_writing import set_status, write_comment
from atlantis_gate.hosts.together import Ahead
from atlantis_gate.model import Blocker, Mergeability, PullRequestRef, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlantis_gate.decisions import Insight
    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import Approvals, CommitRef, CommitStatus, Divergence, FactName, PullRequest


def connect(connection: Connection) -> BitbucketDataCenter:
    """Open a Bitbucket Data Center. Raises CredentialError without a token, HostError for a server URL or repository that is none."""
    base = access.base_url(connection.server_url)
    chosen = access.credential(connection.env)
    return BitbucketDataCenter(connection, base, Rest(access.connect(chosen, connection.deadline), base, connection.repo), chosen.choice)


class BitbucketDataCenter:
    """One repository on a Bitbucket Data Center. Each thing is asked for once."""

    statuses_at_once = 4

    def __init__(self, connection: Connection, base: str, rest: Rest, credential: Choice) -> None:
        """Take the connection, the server's address, the repository's API and which token it uses."""
        self.credential = credential
        self._connection = connection
        self._rest = rest
        self._ahead = Ahead()
        self._web = access.web(base, connection.repo)
        self._seen: tuple[Node, PullRequest] | None = None

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request; what a merged one tells of its base branch is past, so that is read besides."""
        node = self._rest.node(self._rest.url(f"pull-requests/{ref.number}"), "reading the pull request")
        pull = pull_request(node, ref, self._web)
        if pull.state is not State.OPEN:
            pull = replace(pull, base_sha=tip(self._rest, pull.base_branch))
        self._seen = node, pull
        return pull

    def foresee(self, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
        """Start asking whether it can be merged and what changed on the base branch."""
        if pull.state is State.OPEN and "mergeability" in needs:
            self._ahead.start(self._test, pull)
        if pull.state is State.OPEN and "divergence" in needs:
            self._ahead.start(divergence, self._rest, pull, planned_on)

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the pull request whose merge made a commit; asked again for a while, as Bitbucket indexes commits late."""
        pauses = iter((1.0, 2.0, 4.0))
        while True:
            found = self._merged(commit.sha.lower())
            if len(found) == 1:
                return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=found.pop())
            pause = next(pauses, None)
            if found or pause is None or not self._connection.deadline.wait(pause, "Bitbucket may list the merged pull request late"):
                raise _no_merge(commit.sha, found)

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every changed path, both sides of a move. Raises HostError where Bitbucket does not list them all."""
        self._known(pull)
        url = self._rest.url(f"pull-requests/{pull.ref.number}/changes")
        pages = list(self._rest.pages(url, "listing the changed files", {"withComments": "false"}, limit=1_000))
        if any((page.maybe_text("toHash") or pull.head_sha) != pull.head_sha for page in pages):
            raise _moved()
        return files(change for page in pages for change in page.nodes("values"))

    def approvals(self, pull: PullRequest) -> Approvals:
        """Return the reviewers who approve."""
        return approvals(self._known(pull))

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Name what blocks, once Bitbucket has worked it out."""
        self._known(pull)
        if pull.state is not State.OPEN:
            return Mergeability((Blocker("closed", "closed", "it is closed"),) if pull.state is State.CLOSED else ())
        test = self._ahead.ask(self._test, pull)
        pauses = chain((1.0, 2.0, 3.0), repeat(5.0))
        while test.computing and self._connection.deadline.wait(next(pauses), "Bitbucket works out whether the pull request can be merged"):
            test = self._test(pull)
        if test.computing:
            return Unknown("Bitbucket has not worked out in time whether it can be merged")
        return mergeability(test, pull, builds(self._rest, pull, self._connection) if needs_builds(test) else None)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        self._known(pull)
        return self._ahead.ask(divergence, self._rest, pull, planned_on)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        return tuple(sha_of(parent, "id") for parent in self._rest.commit(sha).nodes("parents"))

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit."""
        return self._rest.content(path.removeprefix("./"), sha)

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        return self._rest.files(sha)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a build status."""
        pull = self._seen[1] if self._seen else None
        branch = pull.head_branch if pull is not None and not pull.fork else None
        set_status(self._rest, sha, status, web=f"{self._web}/commits/{sha}", branch=branch)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one comment of this token's own user up to date."""
        return write_comment(self._rest, pull.ref.number, marker, body, create=create)

    def publish_report(self, sha: str, insight: Insight) -> None:
        """Put a Code Insights report on a commit."""
        insights.publish_report(self._rest, sha, insight)

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try what a run needs with the token at hand."""
        # Only this needs it, and a run\'s start is counted in milliseconds.
        from atlantis_gate.hosts.bitbucket_data_center_doctor import Doctor  # noqa: PLC0415

        return Doctor(self._connection, self._rest, self.credential).diagnose(ref)

    def git_login(self) -> GitLogin:
        """Say how git logs in."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.bitbucket_data_center_git import login  # noqa: PLC0415

        return login(self._connection)

    def _known(self, pull: PullRequest) -> Node:
        """Return what was read of a pull request. Raises HostError when it has other commits than the one asked about."""
        if self._seen is None or self._seen[1].ref.number != pull.ref.number:
            self.pull_request(pull.ref)
        if self._seen is None or self._seen[1].head_sha != pull.head_sha:
            raise _moved()
        return self._seen[0]

    def _test(self, pull: PullRequest) -> Test:
        url = self._rest.url(f"pull-requests/{pull.ref.number}/merge")
        return test_of(self._rest.node(url, "asking whether the pull request can be merged"))

    def _merged(self, sha: str) -> set[int]:
        """Return the merged pull requests of this repository whose merge is a commit.

        https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-commits-commitid-pull-requests-get
        """
        url = self._rest.url(f"commits/{quote(sha, safe='')}/pull-requests")
        items = [item for page in self._rest.pages(url, "finding the merged pull request") for item in page.nodes("values")]
        return {item.number("id") for item in items if item.text("state") == "MERGED" and merge_of(item) == sha}


def _moved() -> HostError:
    return HostError(
        "the pull request got new commits while it was being evaluated",
        operation="reading the pull request",
        advice="The run for the new commits judges them; or run the job again.",
    )


def _no_merge(sha: str, found: set[int]) -> HostError:
    which = " and ".join(f"#{number}" for number in sorted(found)) or "no pull request"
    return HostError(
        f"Bitbucket Data Center: commit {sha} is the merge of {which}, and the gate needs exactly one",
        operation="finding the merged pull request",
        advice="Usually the commit was pushed without a pull request. Name the pull request with --pull-request.",
    )
