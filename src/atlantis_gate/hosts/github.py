"""GitHub: github.com, its tenants on ghe.com, and GitHub Enterprise Server."""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final, cast

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts import github_credentials, one_moment
from atlantis_gate.hosts.github_addresses import addresses
from atlantis_gate.hosts.github_asking import data_of, take
from atlantis_gate.hosts.github_checks import Own
from atlantis_gate.hosts.github_gaps import fatal
from atlantis_gate.hosts.github_mergeability import computing, mergeability, needs_comparison
from atlantis_gate.hosts.github_query import COMMENTS_QUERY, MERGED_QUERY
from atlantis_gate.hosts.github_rest import MOST_COMPARED, MOST_FILES, Comparison, Rest, clean, incomplete
from atlantis_gate.model import Approval, Approvals, Divergence, PullRequestRef, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import GitLogin
    from atlantis_gate.hosts.github_session import Session
    from atlantis_gate.hosts.github_snapshot import Snapshot
    from atlantis_gate.model import CommitRef, CommitStatus, Mergeability, PullRequest

_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
_COMMENT: Final = re.compile(r"#issuecomment-([0-9]{1,20})$")
_MOST_COMMENT_PAGES: Final = 100


def connect(connection: Connection) -> GitHub:
    """Open a GitHub. Raises CredentialError without a usable credential, HostError for a server URL that is none."""
    at = addresses(connection.server_url, connection.env)
    return GitHub(connection, github_credentials.session(connection.env, at, connection.deadline, connection.repo))


class GitHub:
    """One repository on one GitHub. Nearly all is read in one request, and all facts come from that one moment."""

    # Far below https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    statuses_at_once = 8

    def __init__(self, connection: Connection, session: Session) -> None:
        """Take the connection and an open session."""
        self.credential = session.credential.choice
        self._connection = connection
        self._session = session
        self._rest = Rest(session, connection.repo)
        run = connection.run
        self._own = Own(run.run_id, connection.status_name, page="" if run.run_id else run.url)
        self._config_path = clean(connection.config_path)
        self._seen: Snapshot | None = None
        self._comparisons: dict[tuple[str, str], Comparison] = {}

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request and, in the same request, nearly everything else about it."""
        self._seen = take(self._session, ref, self._config_path, self._connection.run.merge_sha)
        return self._seen.pull

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the pull request whose merge made a commit; asked again for a while, as GitHub lists it late."""
        pauses = iter((1.0, 2.0, 4.0))
        while True:
            found = self._merged(commit.sha)
            if len(found) == 1:
                return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=found[0])
            pause = next(pauses, None)
            if found or pause is None or not self._connection.deadline.wait(pause, "GitHub may list the merged pull request late"):
                raise _no_merge(commit.sha, found)

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every changed path; GraphQL tells one side of a rename only and the first 100, so REST is asked for those."""
        seen = self._snapshot(pull)
        if seen.changed >= MOST_FILES:
            raise incomplete(MOST_FILES, seen.changed)
        if seen.files is None:
            return self._rest.changed_files(pull.ref.number, seen.changed, pull.head_sha)
        if len(seen.files) != seen.changed:
            raise incomplete(len(seen.files), seen.changed)
        return tuple(dict.fromkeys(seen.files))

    def approvals(self, pull: PullRequest) -> Approvals | Unknown:
        """Return who approves in their latest review that says yes or no, whether or not they may push."""
        seen = self._snapshot(pull)
        if "reviews" in seen.gaps:
            return Unknown(seen.gaps["reviews"])
        taken_back = {review.user.casefold() for review in seen.reviews if review.state != "APPROVED"}
        approving = [review for review in seen.reviews if review.state == "APPROVED" and review.user.casefold() not in taken_back]
        return Approvals(tuple(Approval(review.user, review.commit) for review in approving))

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Name what blocks, once GitHub has worked it out."""
        seen = self._snapshot(pull)
        pauses = chain((1.0, 2.0, 3.0), repeat(5.0))
        while computing(seen) and self._connection.deadline.wait(next(pauses), "GitHub works out whether the pull request can be merged"):
            self.pull_request(pull.ref)
            seen = self._snapshot(pull)
        return mergeability(seen, self._own, behind=self._behind(seen) if needs_comparison(seen) else False)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
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
                return Unknown(
                    f"GitHub cannot compare {start} with {pull.base_branch}: one is not in this repository, or they share no history"
                )
            raise
        if (planned_on or merged) and found.status not in {"ahead", "identical"}:
            return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more)")
        if found.files is None:
            return Unknown(
                f"{pull.base_branch} changed in {MOST_COMPARED} files or more since {found.merge_base}, and GitHub lists no more than that"
            )
        return Divergence(pull.base_sha, found.merge_base, found.files)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit; those of the merge that the CI checked out are known already."""
        known = self._seen.parents if self._seen else {}
        return known[sha] if sha in known else self._rest.parents(sha)

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit; the repo config at head and base is known already."""
        if self._seen and clean(path) == self._config_path and sha in self._seen.texts:
            return self._seen.texts[sha]
        return self._rest.content(path, sha)

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        return self._rest.tree(sha)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a commit status."""
        self._rest.set_status(sha, status)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one comment of this token's own user up to date."""
        number, text = self._own_comment(pull.ref.number, marker)
        if (number is None and not create) or (number is not None and _same(text, body)):
            return False
        self._rest.write_comment(pull.ref.number, body, number)
        return True

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try each thing that a run needs."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.github_doctor import diagnose  # noqa: PLC0415

        return diagnose(self._session, self._connection, ref)

    def git_login(self) -> GitLogin:
        """Say how git logs in: an App gets a token for every repository that it is installed on, for modules lie in others."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.github_git import login  # noqa: PLC0415

        here, at = self._connection, self._session.at
        return login(here, github_credentials.find(here.env, at, here.deadline, here.repo, everywhere=True))

    def _snapshot(self, pull: PullRequest) -> Snapshot:
        """Return what was read of a pull request. Raises HostError when it has another head or base branch meanwhile."""
        if self._seen is None or self._seen.pull.ref.number != pull.ref.number:
            self.pull_request(pull.ref)
        # Only reading it leaves something here.
        seen = cast("Snapshot", self._seen)
        one_moment.check(pull, seen.pull.head_sha, seen.pull.base_branch)
        return seen

    def _behind(self, seen: Snapshot) -> bool | Unknown:
        """Tell whether base has commits that head lacks."""
        try:
            return self._compare(seen.pull.head_sha, seen.pull.base_sha).status in {"ahead", "diverged"}
        except HostError as error:
            return Unknown(error.message)

    def _compare(self, start: str, tip: str) -> Comparison:
        if (start, tip) not in self._comparisons:
            self._comparisons[start, tip] = self._rest.compare(start, tip)
        return self._comparisons[start, tip]

    def _merged(self, sha: str) -> tuple[int, ...]:
        """Return the numbers of this repository's pull requests whose merge is a commit."""
        repository = self._ask(MERGED_QUERY, {"sha": sha}, "finding the merged pull request")
        commit = repository.maybe_node("object")
        if commit is None or commit.text("__typename") != "Commit" or commit.fields.get("associatedPullRequests") is None:
            return ()
        here = self._connection.repo.casefold()
        return tuple(
            item.number("number")
            for item in commit.page("associatedPullRequests").readable
            if item.text("state") == "MERGED"
            and (merge := item.maybe_node("mergeCommit")) is not None
            and merge.text("oid") == sha
            and (base := item.maybe_node("baseRepository")) is not None
            and base.text("nameWithOwner").casefold() == here
        )

    def _own_comment(self, number: int, marker: str) -> tuple[int | None, str]:
        """Find the gate's comment by its marker and author."""
        after: str | None = None
        for _ in range(_MOST_COMMENT_PAGES):
            repository = self._ask(COMMENTS_QUERY, {"number": number, "after": after}, "looking for the gate's comment")
            page = repository.node("pullRequest").page("comments")
            for item in page.readable:
                place = _COMMENT.search(item.text("url"))
                if place and item.flag("viewerDidAuthor") and marker in item.text("body"):
                    return int(place[1]), item.text("body")
            after = page.end
            if after is None:
                return None, ""
        raise HostError("GitHub: too many comments to look for the gate's own", operation="looking for the gate's comment")

    def _ask(self, query: str, variables: Mapping[str, object], operation: str) -> answer.Node:
        owner, _, name = self._connection.repo.partition("/")
        reply = self._session.ask(query, {"owner": owner, "name": name, **variables}, operation=operation, needs="pull-requests: read")
        data, errors = data_of(reply.value)
        if errors or data is None:
            raise fatal(errors[0] if errors else {"message": "no data"})
        return answer.read(data, "repository").node("repository")


def _no_merge(sha: str, found: tuple[int, ...]) -> HostError:
    """Return the error for a commit that is not the merge of exactly one pull request."""
    which = " and ".join(f"#{number}" for number in found) or "no pull request"
    return HostError(
        f"GitHub: commit {sha} is the merge of {which}, and the gate needs exactly one",
        operation="finding the merged pull request",
        advice="Usually the commit was pushed without a pull request. Name the pull request with --pull-request.",
    )


def _same(one: str, other: str) -> bool:
    """Compare comments as GitHub keeps them: it may change line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
