"""What the stand-in for GitHub holds in memory: commits as whole trees, branches, pull requests, reviews, checks, statuses, comments."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Commit:
    """One commit: its parents and every file of its tree."""

    sha: str
    parents: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One file that differs between two trees; `status` is GitHub's word for it."""

    path: str
    status: str
    previous: str | None = None


@dataclass
class Review:
    """One review; `state` is APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""

    id: int
    user: str
    state: str
    commit: str
    at: str


@dataclass
class Check:
    """A check run (`app` given) or a commit status; `state` is success, failure, error or pending."""

    name: str
    state: str
    creator: str
    app: str | None = None
    run_id: int | None = None
    description: str = ""
    target_url: str = ""


@dataclass
class Comment:
    """One comment of a pull request's conversation."""

    id: int
    pull: int
    user: str
    body: str


@dataclass
class Rules:
    """What the base branch asks for before anything is merged into it."""

    approvals: int = 0
    checks: set[str] = field(default_factory=set)
    up_to_date: bool = False
    conversations: bool = False


@dataclass
class Pull:
    """One pull request; its head is the tip of `branch`.

    `base_sha` is the base's tip when it was opened: GitHub reports that one, not today's.
    """

    number: int
    author: str
    branch: str
    base: str
    base_sha: str
    title: str
    fork: bool = False
    draft: bool = False
    conflict: bool = False
    closed: bool = False
    merge_sha: str | None = None
    unresolved: int = 0
    reviews: list[Review] = field(default_factory=list)

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.merge_sha is not None


@dataclass
class Repository:
    """One repository with all that belongs to it."""

    name: str
    rules: Rules = field(default_factory=Rules)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: dict[str, list[Check]] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def commit(self, files: Mapping[str, str], *parents: str) -> str:
        """Store a commit and return its sha; the same tree on the same parents is the same commit."""
        text = repr((self.name, sorted(files.items()), parents))
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = Commit(sha, parents, dict(files))
        return sha

    def push(self, branch: str, files: Mapping[str, str | None]) -> str:
        """Commit changed files (None deletes one) on a branch and return the new tip; the base branch may move like any other."""
        tip = self.branches[branch]
        merged = {**self.commits[tip].files, **files}
        self.branches[branch] = self.commit({path: text for path, text in merged.items() if text is not None}, tip)
        return self.branches[branch]

    def open_pull(self, files: Mapping[str, str | None], *, author: str = "bob", base: str = "main", fork: bool = False) -> Pull:
        """Open a pull request that changes `files`, from a new branch off the tip of `base`."""
        number = next(self.numbers)
        branch = f"feature-{number}"
        self.branches[branch] = self.branches[base]
        self.push(branch, files)
        self.pulls[number] = Pull(number, author, branch, base, self.branches[base], f"Change {number}", fork=fork)
        return self.pulls[number]

    def review(self, pull: Pull, user: str, state: str = "APPROVED") -> Review:
        """Review the head of a pull request."""
        identity = next(self.numbers)
        pull.reviews.append(Review(identity, user, state, self.head(pull), moment(identity)))
        return pull.reviews[-1]

    def status(self, sha: str, name: str, state: str, *, creator: str = "ci-bot", description: str = "", target_url: str = "") -> None:
        """Set a commit status; a later one of the same name replaces the earlier one, as on GitHub."""
        self._report(sha, Check(name, state, creator, description=description, target_url=target_url))

    def check(self, sha: str, name: str, state: str, *, app: str = "github-actions", run_id: int | None = None) -> None:
        """Set a check run; one with a `run_id` belongs to that workflow run."""
        self._report(sha, Check(name, state, app, app=app, run_id=run_id))

    def _report(self, sha: str, check: Check) -> None:
        others = [other for other in self.checks.get(sha, []) if (other.name, other.app) != (check.name, check.app)]
        self.checks[sha] = [*others, check]

    def statuses(self, sha: str) -> dict[str, str]:
        """Each commit status of a commit: context to state."""
        return {check.name: check.state for check in self.checks.get(sha, []) if check.app is None}

    def merge(self, pull: Pull) -> str:
        """Merge a pull request with a merge commit and return that."""
        pull.merge_sha = self.test_merge(pull)
        pull.closed = True
        self.branches[pull.base] = pull.merge_sha
        return pull.merge_sha

    def test_merge(self, pull: Pull) -> str:
        """Return the merge of a pull request's head into the tip of its base: what a run of the CI checks out."""
        base, head = self.branches[pull.base], self.head(pull)
        files = dict(self.commits[base].files)
        for change in self.compare(base, head):
            files.pop(change.previous or change.path, None)
            if change.status != "removed":
                files[change.path] = self.commits[head].files[change.path]
        return self.commit(files, base, head)

    def head(self, pull: Pull) -> str:
        """Return the head commit of a pull request."""
        return self.branches[pull.branch]

    def ancestors(self, sha: str) -> list[str]:
        """Return a commit and all before it, nearest first."""
        found, queue = [sha], [sha]
        while queue:
            queue = [parent for child in queue for parent in self.commits[child].parents if parent not in found]
            found.extend(dict.fromkeys(queue))
        return found

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the nearest common ancestor, None for unrelated commits."""
        known = set(self.ancestors(other))
        return next((sha for sha in self.ancestors(one) if sha in known), None)

    def ahead(self, base: str, head: str) -> list[str]:
        """Return the commits of `head` that `base` lacks, oldest first."""
        known = set(self.ancestors(base))
        return [sha for sha in self.ancestors(head) if sha not in known][::-1]

    def compare(self, base: str, head: str) -> tuple[Change, ...]:
        """Return what `head` changed since it left `base` (three dots)."""
        start = self.merge_base(head, base)
        return differences(self.commits[start].files if start else {}, self.commits[head].files)

    def resolve(self, name: str) -> str | None:
        """Find a commit by sha, branch, `refs/heads/…`, `refs/pull/N/head` or `refs/pull/N/merge`."""
        if name in self.commits:
            return name
        parts = name.removeprefix("refs/").split("/")
        if parts[0] == "pull" and len(parts) == 3 and parts[1].isdigit() and int(parts[1]) in self.pulls:
            pull = self.pulls[int(parts[1])]
            return self.test_merge(pull) if parts[2] == "merge" else self.head(pull)
        return self.branches.get(name.removeprefix("refs/heads/").rpartition(":")[2])


def moment(number: int) -> str:
    """Return a time that grows with the number, as GitHub writes it."""
    return (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """Compare two trees; a file that only moved is a rename."""
    removed = [path for path in old if path not in new]
    changes = [Change(path, "modified") for path in new if path in old and old[path] != new[path]]
    for path in (path for path in new if path not in old):
        source = next((gone for gone in removed if old[gone] == new[path]), None)
        changes.append(Change(path, "renamed" if source else "added", source))
        removed = [gone for gone in removed if gone != source]
    return tuple(sorted((*changes, *(Change(path, "removed") for path in removed)), key=lambda change: change.path))
