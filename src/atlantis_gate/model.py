"""The nouns of the gate: frozen data that every part agrees on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from atlantis_gate.frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMANDS: tuple[str, ...] = ("plan", "apply", "import")
HostKind = Literal["github", "gitlab", "bitbucket-cloud", "bitbucket-data-center", "azure-devops", "gitea"]


class State(StrEnum):
    """Where a pull request stands in its life."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Verdict(StrEnum):
    """What a rule says of one requirement."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What the gate says of one project or of the whole run."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    UNDETERMINED = "undetermined"
    NOTHING_TO_DO = "nothing_to_do"


def outcome_of(verdicts: Iterable[Verdict]) -> Outcome:
    """Combine verdicts: any unmet one blocks, else any unknown one leaves it undetermined; no requirement allows."""
    seen = set(verdicts)
    if Verdict.UNMET in seen:
        return Outcome.BLOCKED
    return Outcome.UNDETERMINED if Verdict.UNKNOWN in seen else Outcome.ALLOWED


def repo_id(server_url: str, repo: str) -> str:
    """Return what repos.yaml calls a repo: `host.name/owner/repo`, without a port."""
    return f"{urlsplit(server_url).hostname or ''}/{repo}"


@frozen(kw_only=True)
class PullRequestRef:
    """What a CI can know of a pull request: host kind, server URL, repo (its full path), number."""

    host: str
    server_url: str
    repo: str
    number: int

    @property
    def repo_id(self) -> str:
        """What repos.yaml calls the repo."""
        return repo_id(self.server_url, self.repo)


@frozen(kw_only=True)
class CommitRef:
    """A commit whose merged pull request the host is asked for: what a push after a merge knows."""

    host: str
    server_url: str
    repo: str
    sha: str

    @property
    def repo_id(self) -> str:
        """What repos.yaml calls the repo."""
        return repo_id(self.server_url, self.repo)


@frozen(kw_only=True)
class Run:
    """One CI run: which pull request it is about and what it was started for.

    `before_sha` is where the base branch stood before a merge that the run is about, where the CI says.
    `head_sha` is the head the run was started for (full or abbreviated), None where the CI does not say.
    `merge_sha` is the merge of head and base that the CI checked out, where it did.
    `run_id` and `url` name this run on its host, so that the gate knows its own checks.
    """

    ci: str
    target: PullRequestRef | CommitRef
    event: str = ""
    head_sha: str | None = None
    merge_sha: str | None = None
    before_sha: str | None = None
    run_id: str | None = None
    url: str = ""
    workspace: str = "."


@frozen(kw_only=True)
class PullRequest:
    """A pull request as its host describes it at one moment. Shas are full lower-case hexadecimal; branches carry no `refs/heads/`.

    `before_sha` is a commit of the base branch from before the merge of a merged one, where the host tells.
    """

    ref: PullRequestRef
    url: str
    author: str
    state: State
    draft: bool
    fork: bool
    head_sha: str
    head_branch: str
    base_sha: str
    base_branch: str
    merge_sha: str | None = None
    before_sha: str | None = None

    def document(self) -> dict[str, object]:
        """Return the pull request as JSON values, as the decision and the facts documents hold it."""
        return {
            "host": self.ref.host,
            "repo": self.ref.repo,
            "number": self.ref.number,
            "url": self.url,
            "author": self.author,
            "state": self.state.value,
            "draft": self.draft,
            "fork": self.fork,
            "head_sha": self.head_sha,
            "head_branch": self.head_branch,
            "base_sha": self.base_sha,
            "base_branch": self.base_branch,
        }


@frozen
class Unknown:
    """Stands in place of a fact that could not be read; satisfies nothing."""

    reason: str


@frozen
class Approval:
    """One person's current approval and the commit it was given on, where the host tells."""

    user: str
    commit: str | None = None


@frozen
class Approvals:
    """Who approves at the moment, and how many approvals the host still asks for."""

    by: tuple[Approval, ...]
    still_required: int = 0


BlockerKind = Literal["closed", "draft", "conflict", "behind", "review", "check", "discussion", "policy", "veto", "other"]


@frozen
class Blocker:
    """One thing that keeps a pull request from being merged; `own` when it is the gate's own run."""

    kind: BlockerKind
    name: str
    text: str
    own: bool = False


@frozen
class Mergeability:
    """Everything that keeps a pull request from being merged."""

    blockers: tuple[Blocker, ...]


@frozen
class Divergence:
    """Which files changed on the base branch between `planned_on` and its tip `base_sha`."""

    base_sha: str
    planned_on: str
    files: tuple[str, ...]


FactName = Literal["approvals", "mergeability", "divergence"]
FACT_NAMES: tuple[FactName, ...] = ("approvals", "mergeability", "divergence")
NOT_ASKED = Unknown("this fact was not read")


@frozen(kw_only=True)
class Facts:
    """All that was read of a pull request at one moment; a fact that was not asked for is unknown."""

    pull_request: PullRequest
    changed_files: tuple[str, ...] | Unknown
    approvals: Approvals | Unknown = NOT_ASKED
    mergeability: Mergeability | Unknown = NOT_ASKED
    divergence: Divergence | Unknown = NOT_ASKED


@frozen
class Origin:
    """Where a setting was written: a line of a file, or an option."""

    file: str = ""
    line: int = 0
    key: str = ""
    option: str = ""

    def __str__(self) -> str:
        """Render as `file:line`, or as the option's name."""
        return self.option or f"{self.file}:{self.line}"


@frozen
class Requirement:
    """A command requirement and where it was written."""

    name: str
    origin: Origin


@frozen(kw_only=True)
class Project:
    """A project with its effective settings. `requirements` holds one list for each command, final and in order.

    `when_modified` is empty for a discovered or an ad-hoc project; `configured` tells whether atlantis.yaml lists it.
    `origins` maps a setting's key (`plan_requirements`, `workflow`, ...) to where its effective value was written.
    """

    dir: str
    workspace: str
    name: str | None = None
    requirements: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    when_modified: tuple[str, ...] = ()
    autoplan_enabled: bool = True
    workflow: str = "default"
    execution_order_group: int = 0
    depends_on: tuple[str, ...] = ()
    configured: bool = False
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name, or `dir/workspace` for a project without one."""
        return self.name or f"{self.dir}/{self.workspace}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells projects apart: name (empty when there is none), dir, workspace."""
        return (self.name or "", self.dir, self.workspace)


@frozen
class CommitStatus:
    """A commit status as a host shows it; `state` is success, failure or error."""

    context: str
    state: Literal["success", "failure", "error"]
    description: str
    url: str = ""


@frozen
class Discovery:
    """Whether directories without a project of their own are discovered, and which (doublestar patterns) never are."""

    enabled: bool
    ignore_paths: tuple[str, ...] = ()
