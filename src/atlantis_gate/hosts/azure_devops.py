"""Azure DevOps: Services (dev.azure.com, visualstudio.com) and Server."""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final, cast

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import azure_devops_policies as policies
from atlantis_gate.hosts import azure_devops_pull as reading
from atlantis_gate.hosts import one_moment
from atlantis_gate.hosts.azure_devops_addresses import addresses
from atlantis_gate.hosts.azure_devops_api import Api
from atlantis_gate.hosts.azure_devops_credentials import HOST, credential, session
from atlantis_gate.hosts.together import Ahead
from atlantis_gate.model import CommitStatus, Divergence, PullRequestRef, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.azure_devops_api import Comparison
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import Approvals, CommitRef, FactName, Mergeability, PullRequest

_SHA: Final = re.compile(r"[0-9a-f]{7,40}")
_PAUSES: Final = (1.0, 2.0, 3.0)
# https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-request-statuses/create#gitstatusstate
_STATES: Final = {"success": "succeeded", "failure": "failed", "error": "error"}
# https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-request-thread-comments/update
MOST_CHARACTERS: Final = 150_000


def connect(connection: Connection) -> AzureDevOps:
    """Open a repository. Raises CredentialError without a usable credential, HostError for an address that is none."""
    at = addresses(connection.server_url, connection.repo)
    chosen = credential(connection.env)
    return AzureDevOps(connection, Api(session(chosen, connection.deadline), at), chosen.choice)


class AzureDevOps:
    """One repository of Azure DevOps; each thing is asked for once."""

    statuses_at_once = 4

    def __init__(self, connection: Connection, api: Api, chosen: Choice) -> None:
        """Take the connection, the repository's API and which credential it uses."""
        self.credential = chosen
        self._connection = connection
        self._api = api
        self._ahead = Ahead()
        self._own = policies.own(connection.run, connection.env, connection.status_name)
        self._seen: reading.Snapshot | None = None
        self._iterations: dict[int, tuple[Node, ...]] = {}
        self._comparisons: dict[tuple[str, str], Comparison | None] = {}

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request and, since what it says of its target may be old, the target branch."""
        self._seen = reading.snapshot(self._api.pull(ref.number))
        pauses = self._pauses()
        while self._seen.head is None and self._connection.deadline.wait(next(pauses), f"{HOST} looks at the source branch"):
            self._seen = reading.snapshot(self._api.pull(ref.number))
        return reading.pull_request(ref, self._seen, self._api.at.page(ref.number), self._api.tip(self._seen.base_branch))

    def foresee(self, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
        """Start asking for the policies and for what changed on the target branch."""
        start = (planned_on or pull.head_sha).lower()
        if pull.state is not State.OPEN:
            return
        if "mergeability" in needs:
            self._ahead.start(self._api.evaluations, self._snapshot(pull).project_id, pull.ref.number)
        if "divergence" in needs and _SHA.fullmatch(start) and start != pull.base_sha:
            self._ahead.start(self._api.compare, start, pull.base_sha)

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the completed pull request whose merge made a commit."""
        found = [node.number("pullRequestId") for node in self._api.merged(commit.sha) if node.text("status") == "completed"]
        if len(set(found)) != 1:
            which = " and ".join(f"!{number}" for number in sorted(set(found))) or "no pull request"
            raise HostError(
                f"{HOST}: commit {commit.sha} is the merge of {which}, and the gate needs exactly one",
                operation="finding the merged pull request",
                advice="Usually the commit was pushed without a pull request. Name the pull request with --pull-request.",
            )
        return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=found[0])

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every path that changed between the merge base and the head; of a merged one, as it was when it was merged."""
        seen = self._snapshot(pull)
        base = seen.merged_into if pull.state is State.MERGED else pull.base_sha
        found = self._compare(base or pull.base_sha, pull.head_sha)
        if found is None:
            raise HostError(f"{HOST}: head and base share no history", operation="listing the changed files")
        return found.files

    def approvals(self, pull: PullRequest) -> Approvals:
        """Return whose vote approves, groups left out."""
        return reading.approvals(self._snapshot(pull))

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Name what blocks, once Azure DevOps has tried the merge."""
        seen = self._snapshot(pull)
        pauses = self._pauses()
        while seen.computing and not seen.draft and self._connection.deadline.wait(next(pauses), f"{HOST} tries the merge"):
            self._ahead.forget()
            self._seen = reading.snapshot(self._api.pull(pull.ref.number))
            seen = self._snapshot(pull)
        found = self._ahead.ask(self._api.evaluations, seen.project_id, pull.ref.number) if seen.state is State.OPEN else ()
        return policies.mergeability(seen, found, self._own)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the target branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        merged = pull.merge_sha if pull.state is State.MERGED else None
        start = (planned_on or merged or pull.head_sha).lower()
        if not _SHA.fullmatch(start):
            return Unknown("the starting point is not a commit id")
        if start == pull.base_sha:
            return Divergence(pull.base_sha, start, ())
        try:
            found = self._compare(start, pull.base_sha)
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Unknown(f"{HOST} cannot compare {start} with {pull.base_branch}: {error.message}")
            raise
        if found is None:
            return Unknown(f"{start} shares no history with {pull.base_branch}")
        if (planned_on or merged) and not found.common.startswith(start):
            return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more)")
        return Divergence(pull.base_sha, found.common, found.files)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        return self._api.parents(sha)

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit."""
        return self._api.content(path, sha)

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        return self._api.tree(sha)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a status on the pull request, for the push (iteration) that brought the commit."""
        seen = self._current()
        genre, name = self._context(status.context)
        body = {
            "context": {**({"genre": genre} if genre else {}), "name": name},
            "state": _STATES[status.state],
            "description": status.description,
            **({"targetUrl": status.url} if status.url else {}),
            **self._iteration(seen, sha),
        }
        self._api.set_status(seen.number, body, status.context)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one comment of this token's own user up to date."""
        place, text = self._own_comment(pull.ref.number, marker)
        body = body[:MOST_CHARACTERS]
        if (place is None and not create) or (place is not None and _same(text, body)):
            return False
        self._api.write_comment(pull.ref.number, body, place)
        return True

    def git_login(self) -> GitLogin:
        """Say how git logs in."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.azure_devops_git import login  # noqa: PLC0415

        return login(self._connection)

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try what a run needs with the credential at hand."""
        # Only this needs it, and a run\'s start is counted in milliseconds.
        from atlantis_gate.hosts.azure_devops_doctor import Doctor  # noqa: PLC0415

        return Doctor(self._connection, self._api, self.credential).diagnose(ref)

    def _pauses(self) -> chain[float]:
        return chain(_PAUSES, repeat(5.0))

    def _current(self) -> reading.Snapshot:
        target = self._connection.run.target
        if self._seen is None and isinstance(target, PullRequestRef):
            self.pull_request(target)
        if self._seen is None:
            raise HostError(f"{HOST}: a status belongs to a pull request, and none was read", operation="posting a status")
        return self._seen

    def _snapshot(self, pull: PullRequest) -> reading.Snapshot:
        """Return what was read of a pull request. Raises HostError when it has another head or base branch meanwhile."""
        if self._seen is None or self._seen.number != pull.ref.number:
            self.pull_request(pull.ref)
        # Only reading it leaves something here.
        seen = cast("reading.Snapshot", self._seen)
        one_moment.check(pull, seen.head, seen.base_branch)
        return seen

    def _compare(self, start: str, tip: str) -> Comparison | None:
        if (start, tip) not in self._comparisons:
            self._comparisons[start, tip] = self._ahead.ask(self._api.compare, start, tip)
        return self._comparisons[start, tip]

    def _context(self, context: str) -> tuple[str, str]:
        """Return genre and name: the status name and what comes after its `/`."""
        prefix = f"{self._connection.status_name}/"
        if context.startswith(prefix):
            return self._connection.status_name, context.removeprefix(prefix)
        genre, slash, name = context.partition("/")
        return (genre, name) if slash else ("", context)

    def _iteration(self, seen: reading.Snapshot, sha: str) -> dict[str, int]:
        """Return the iteration of a commit. Raises HostError when there is none: without one the status would stand for any commit."""
        if not seen.supports_iterations:
            return {}
        if seen.number not in self._iterations:
            self._iterations[seen.number] = self._api.iterations(seen.number)
        found = [node.number("id") for node in self._iterations[seen.number] if node.node("sourceRefCommit").text("commitId") == sha]
        if not found:
            raise HostError(f"{HOST}: no push to the pull request has commit {sha}", operation="reading the pull request's iterations")
        return {"iterationId": max(found)}

    def _own_comment(self, number: int, marker: str) -> tuple[tuple[int, int] | None, str]:
        """Find the gate's comment by its marker and author: the first one of its thread."""
        threads = [thread for thread in self._api.threads(number) if not thread.maybe_flag("isDeleted")]
        marked = [
            (thread.number("id"), comment)
            for thread in threads
            for comment in thread.nodes("comments")[:1]
            if not comment.maybe_flag("isDeleted") and marker in (comment.maybe_text("content") or "")
        ]
        me = self._api.identity() if marked else ""
        for thread, comment in marked:
            if comment.node("author").text("id") == me:
                return (thread, comment.number("id")), comment.text("content")
        return None, ""


def _same(one: str, other: str) -> bool:
    """Compare comments as Azure DevOps keeps them: it may change line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
