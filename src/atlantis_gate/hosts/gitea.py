"""Gitea and Forgejo."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import gitea_checks as checks
from atlantis_gate.hosts import gitea_protection as protection
from atlantis_gate.hosts import gitea_pull as reading
from atlantis_gate.hosts import one_moment
from atlantis_gate.hosts.gitea_addresses import repository
from atlantis_gate.hosts.gitea_api import Api, commit_id
from atlantis_gate.hosts.gitea_credentials import HOST, credential, session
from atlantis_gate.hosts.together import Ahead
from atlantis_gate.model import Blocker, Divergence, Mergeability, PullRequestRef, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import Approvals, CommitRef, CommitStatus, FactName, PullRequest

_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
# Gitea says the same of a conflict and of a check for conflicts that still runs; it is believed when it says so for this long.
PAUSES: Final = (1.0, 2.0, 3.0, 5.0)


def connect(connection: Connection) -> Gitea:
    """Open a repository. Raises CredentialError without a usable credential, HostError for an address that is none."""
    root = repository(connection.server_url, connection.repo, connection.env)
    chosen = credential(connection.env)
    return Gitea(connection, Api(session(chosen, connection.deadline), root), chosen.choice)


class Gitea:
    """One repository of a Gitea or Forgejo; each thing is asked for once."""

    # Its database may deadlock over two of them: https://github.com/go-gitea/gitea/issues/24532
    statuses_at_once = 1

    def __init__(self, connection: Connection, api: Api, chosen: Choice) -> None:
        """Take the connection, the repository's API and which credential it uses."""
        self.credential = chosen
        self._connection = connection
        self._api = api
        self._ahead = Ahead()
        self._own = checks.own(connection.run, connection.env, connection.status_name)
        self._seen: reading.Snapshot | None = None
        self._reviews: dict[int, tuple[reading.Review, ...]] = {}
        self._files: dict[int, tuple[str, ...]] = {}
        self._commits: dict[tuple[str, str], tuple[Node, ...]] = {}

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request; what it says of its base branch is of this moment."""
        self._seen = reading.snapshot(ref, self._api.pull(ref.number))
        return self._seen.pull

    def foresee(self, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
        """Start asking for reviews, branch protection and the base branch's commits."""
        start = (planned_on or pull.head_sha).lower()
        if pull.state is not State.OPEN:
            return
        if "approvals" in needs:
            self._start_reviews(pull)
        if "mergeability" in needs and self._snapshot(pull).admin:
            self._ahead.start(self._api.protections)
        elif "mergeability" in needs:
            self._ahead.start(self._api.branch, pull.base_branch)
        if "divergence" in needs and _SHA.fullmatch(start) and start != pull.base_sha:
            self._start_lacking(pull, start)

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the pull request whose merge made a commit."""
        try:
            node = self._api.merged(commit.sha)
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise _no_merge(commit.sha) from error
            raise
        if not node.flag("merged") or commit_id(node, "merge_commit_sha") != commit.sha.lower():
            raise _no_merge(commit.sha)
        return PullRequestRef(host=commit.host, server_url=commit.server_url, repo=commit.repo, number=node.number("number"))

    def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return every changed path, both sides of a rename."""
        if pull.ref.number not in self._files:
            self._files[pull.ref.number] = reading.changed_files(self._api.changed(pull.ref.number), pull.head_sha)
        return self._files[pull.ref.number]

    def approvals(self, pull: PullRequest) -> Approvals:
        """Return who approves in their latest review, as far as it counts and is of the current state."""
        return reading.approvals(self._given(pull))

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Name what blocks: conflicts, the draft state, and what branch protection asks for."""
        if pull.state is not State.OPEN:
            return Mergeability(() if pull.state is State.MERGED else (Blocker("closed", "closed", "it is closed"),))
        seen = self._settled(pull)
        if seen is None:
            return Unknown(f"{HOST} says that it cannot be merged, and may still be checking. Run the job again, or give it more time.")
        rules = self._rules(seen)
        self._start(pull, rules)
        behind = 0 if rules.up_to_date is False else len(self._lacking(pull, pull.head_sha))
        changed = self.changed_files(pull) if rules.protected_files else ()
        reviews = () if rules is protection.NO_RULES else self._given(pull)
        found = protection.judge(rules, reviews, base_branch=pull.base_branch, behind=behind, changed=changed)
        statuses = () if rules.contexts is None else checks.current(self._ahead.ask(self._api.statuses, pull.head_sha))
        required = () if rules.contexts is None else checks.blockers(statuses, rules.contexts, self._own)
        blockers = (*_plain(seen), *found.blockers, *required)
        if found.doubts and all(blocker.own for blocker in blockers):
            return Unknown(f"{pull.base_branch} is protected, and the gate cannot see all that may block: {'; '.join(found.doubts)}")
        return Mergeability(blockers)

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base.

        A file that was changed and changed back counts: Gitea lists the files of commits, not those of a comparison.
        """
        merged = pull.merge_sha if pull.state is State.MERGED else None
        start = (planned_on or merged or pull.head_sha).lower()
        if not _SHA.fullmatch(start):
            return Unknown("the starting point is not a commit id")
        if start == pull.base_sha:
            return Divergence(pull.base_sha, start, ())
        commits = self._lacking(pull, start)
        since = _boundary(commits, pull.base_sha)
        if planned_on or merged:
            since = tuple(sha for sha in since if sha.startswith(start))
        elif not commits:
            since = (pull.base_sha,)
        if not since:
            return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more), or shares no history with it")
        known = self._seen.merge_base if self._seen else ""
        files = dict.fromkeys(file.text("filename") for commit in commits for file in commit.nodes("files"))
        return Divergence(pull.base_sha, known if known in since else since[0], tuple(files))

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
        """Post a commit status."""
        self._api.set_status(sha, status)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Keep one comment of this token's own user up to date."""
        marked = [node for node in self._api.comments(pull.ref.number) if marker in node.text("body")]
        me = self._api.identity() if marked else 0
        mine = next((node for node in marked if (user := node.maybe_node("user")) and user.number("id") == me), None)
        if (mine is None and not create) or (mine is not None and _same(mine.text("body"), body)):
            return False
        self._api.write_comment(pull.ref.number, body, mine.number("id") if mine else None)
        return True

    def git_login(self) -> GitLogin:
        """Say how git logs in."""
        # Only this needs it, and a run's start is counted in milliseconds.
        from atlantis_gate.hosts.gitea_git import login  # noqa: PLC0415

        return login(self._connection)

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try what a run needs with the credential at hand."""
        # Only this needs it, and a run\'s start is counted in milliseconds.
        from atlantis_gate.hosts.gitea_doctor import Doctor  # noqa: PLC0415

        return Doctor(self._connection, self._api, self.credential).diagnose(ref)

    def _snapshot(self, pull: PullRequest) -> reading.Snapshot:
        """Return what was read of a pull request. Raises HostError when it has another head or base branch meanwhile."""
        if self._seen is None or self._seen.pull.ref.number != pull.ref.number:
            self.pull_request(pull.ref)
        # Only reading it leaves something here.
        seen = cast("reading.Snapshot", self._seen)
        one_moment.check(pull, seen.pull.head_sha, seen.pull.base_branch)
        return seen

    def _settled(self, pull: PullRequest) -> reading.Snapshot | None:
        """Return the pull request once `mergeable` can be believed, None when the time ends before."""
        seen = self._snapshot(pull)
        for pause in PAUSES:
            if seen.mergeable or seen.pull.draft:
                return seen
            if not self._connection.deadline.wait(pause, f"{HOST} may still be checking for conflicts"):
                return None
            self._ahead.forget()
            self.pull_request(pull.ref)
            seen = self._snapshot(pull)
        return seen

    def _given(self, pull: PullRequest) -> tuple[reading.Review, ...]:
        if pull.ref.number not in self._reviews:
            self._reviews[pull.ref.number] = reading.reviews(self._ahead.ask(self._api.reviews, pull.ref.number))
        return self._reviews[pull.ref.number]

    def _rules(self, seen: reading.Snapshot) -> protection.Rules:
        """Return the base branch's rules: all for an administrator's token, else those that the branch itself shows."""
        branch = seen.pull.base_branch
        rules = protection.rule_for(branch, self._ahead.ask(self._api.protections)) if seen.admin else None
        if rules is not None:
            return rules
        shown = protection.visible(self._ahead.ask(self._api.branch, branch))
        if seen.admin and shown is not protection.NO_RULES:
            raise protection.unmatched(branch)
        return shown

    def _start(self, pull: PullRequest, rules: protection.Rules) -> None:
        """Start asking for what the branch's rules make count."""
        if rules.contexts is not None:
            self._ahead.start(self._api.statuses, pull.head_sha)
        if rules is not protection.NO_RULES:
            self._start_reviews(pull)
        if rules.up_to_date is not False:
            self._start_lacking(pull, pull.head_sha)

    def _start_reviews(self, pull: PullRequest) -> None:
        if pull.ref.number not in self._reviews:
            self._ahead.start(self._api.reviews, pull.ref.number)

    def _start_lacking(self, pull: PullRequest, start: str) -> None:
        if (pull.base_sha, start) not in self._commits:
            self._ahead.start(self._api.commits, pull.base_sha, start, expect_none=self._is_level(pull, start))

    def _is_level(self, pull: PullRequest, start: str) -> bool:
        """Tell whether the pull request itself says that the base branch has nothing that the head lacks."""
        return self._seen is not None and self._seen.merge_base == pull.base_sha and start == pull.head_sha

    def _lacking(self, pull: PullRequest, start: str) -> tuple[Node, ...]:
        """Return the commits that the base branch has and `start` lacks."""
        if (pull.base_sha, start) not in self._commits:
            level = self._is_level(pull, start)
            self._commits[pull.base_sha, start] = self._ahead.ask(self._api.commits, pull.base_sha, start, expect_none=level)
        return self._commits[pull.base_sha, start]


def _plain(seen: reading.Snapshot) -> tuple[Blocker, ...]:
    if seen.pull.draft:
        return (Blocker("draft", "draft", "it is a draft"),)
    base = seen.pull.base_branch
    text = f"it conflicts with {base}, or {HOST} could not find out whether it does"
    return () if seen.mergeable else (Blocker("conflict", base, text),)


def _boundary(commits: Sequence[Node], tip: str) -> tuple[str, ...]:
    """Return the parents of these commits that are none of them, those that are met first from the tip along first parents at the front."""
    parents = {commit_id(commit, "sha"): tuple(commit_id(node, "sha") for node in commit.nodes("parents")) for commit in commits}
    at = tip
    for _ in parents:
        at = next(iter(parents.get(at, ())), at)
    outside = [sha for found in parents.values() for sha in found if sha not in parents]
    return tuple(dict.fromkeys([at] * (at in outside) + outside))


def _no_merge(sha: str) -> HostError:
    return HostError(
        f"{HOST}: commit {sha} is the merge of no pull request",
        operation="finding the merged pull request",
        advice="Usually the commit was pushed without a pull request. Name the pull request with --pull-request.",
    )


def _same(one: str, other: str) -> bool:
    """Compare comments as Gitea keeps them: it may change line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
