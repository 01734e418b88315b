"""Hosts: what one must answer, which there are, and the gathering of facts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, runtime_checkable

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import NOT_ASKED, Approvals, Divergence, Facts, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.decisions import Insight
    from atlantis_gate.diagnosis import Diagnosis
    from atlantis_gate.hosts.credentials import Choice, GitLogin
    from atlantis_gate.model import CommitRef, CommitStatus, FactName, Mergeability, PullRequest, PullRequestRef, Run

T = TypeVar("T")


@frozen(kw_only=True)
class Connection:
    """What a host is given to work with.

    `config_path` is the repo config's path in the repo: a host that reads several things in one request reads it along.
    `status_name` is the gate's status name: contexts under it are the gate's own.
    """

    server_url: str
    repo: str
    env: Mapping[str, str] = field(repr=False)
    deadline: Deadline
    run: Run
    config_path: str = "atlantis.yaml"
    status_name: str = "atlantis-gate"


class Host(Protocol):
    """One git host. Every method raises HostError or CredentialError when it cannot answer fully; none guesses."""

    @property
    def credential(self) -> Choice:
        """Which credential it uses, for people to read."""

    @property
    def statuses_at_once(self) -> int:
        """How many statuses of one commit it takes at the same time."""

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Read the pull request; `base_sha` is the tip of the base branch at this moment."""

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Find the merged pull request that brought a commit to its branch."""

    def changed_files(self, pull: PullRequest) -> tuple[str, ...] | Unknown:
        """Every path that the pull request changes: both sides of a rename, deleted files too."""

    def approvals(self, pull: PullRequest) -> Approvals | Unknown:
        """Who currently approves; the author is not left out here."""

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """List what keeps an open pull request from being merged, waiting out states that are still being computed."""

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Files changed on the base branch since `planned_on`, or since the merge base when it is None."""

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit, first parent first."""

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a file's content at a commit, None when it is not there."""

    def files(self, sha: str) -> tuple[str, ...]:
        """Every path at a commit but folders': links and submodules are among them, for either may stand in a folder's place."""

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a commit status."""

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Put `body` in the comment by this token's own user that holds `marker`; make one only if `create`.

        Returns whether a comment was written. One whose text is already `body` is left alone.
        """


@runtime_checkable
class Foresees(Protocol):
    """A host that can ask for what several facts rest on at the same time."""

    def foresee(self, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
        """Start asking for what these facts are certain to need; what fails is raised where it is wanted."""


@runtime_checkable
class TakesInsights(Protocol):
    """A host that shows reports beside a commit."""

    def publish_report(self, sha: str, insight: Insight) -> None:
        """Make or replace the report of that key on a commit."""


@runtime_checkable
class Diagnoses(Protocol):
    """A host that can tell what the credential at hand may do there."""

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try each thing that a run needs, on this pull request, or on the newest one where None is given; nothing is changed.

        Raises CredentialError for a credential that is refused as a whole, HostError when the host does not answer.
        """


@runtime_checkable
class LogsIntoGit(Protocol):
    """A host that can say how git logs in with the credential at hand."""

    def git_login(self) -> GitLogin:
        """Return user name and password for git over HTTPS. Raises CredentialError where git does not take such a credential."""


@frozen
class Entry:
    """A host in the registry: its module, its public web address (empty: self-hosted only), Atlantis' variable for another host name."""

    module: str
    server: str
    hostname_variable: str


# One line a host. Modules are imported only when their host is used.
HOSTS: Final[Mapping[str, Entry]] = {
    "github": Entry("atlantis_gate.hosts.github", "https://github.com", "ATLANTIS_GH_HOSTNAME"),
    "gitlab": Entry("atlantis_gate.hosts.gitlab", "https://gitlab.com", "ATLANTIS_GITLAB_HOSTNAME"),
    "bitbucket-cloud": Entry("atlantis_gate.hosts.bitbucket_cloud", "https://bitbucket.org", ""),
    "bitbucket-data-center": Entry("atlantis_gate.hosts.bitbucket_data_center", "", "ATLANTIS_BITBUCKET_BASE_URL"),
    "azure-devops": Entry("atlantis_gate.hosts.azure_devops", "https://dev.azure.com", "ATLANTIS_AZUREDEVOPS_HOSTNAME"),
    "gitea": Entry("atlantis_gate.hosts.gitea", "https://gitea.com", "ATLANTIS_GITEA_BASE_URL"),
}


def connect(kind: str, connection: Connection) -> Host:
    """Open the host of a kind. Raises CredentialError when no usable credential is given."""
    host: Host = import_module(HOSTS[kind].module).connect(connection)
    return host


def foresee(host: Host, pull: PullRequest, needs: Collection[FactName], planned_on: str | None) -> None:
    """Let the host start asking for what these facts rest on, if it can ask for several things at the same time."""
    if isinstance(host, Foresees):
        host.foresee(pull, needs, planned_on)


def gather(host: Host, pull: PullRequest, changed_files: tuple[str, ...], needs: Collection[FactName], planned_on: str | None) -> Facts:
    """Read the facts in `needs`, once each; what cannot be read is Unknown with the reason."""
    foresee(host, pull, needs, planned_on)
    # Mergeability comes first: waiting for it may replace what was read, and the others must be of the same moment.
    return Facts(
        pull_request=pull,
        changed_files=changed_files,
        mergeability=_read(lambda: host.mergeability(pull)) if "mergeability" in needs else NOT_ASKED,
        approvals=_read(lambda: host.approvals(pull)) if "approvals" in needs else NOT_ASKED,
        divergence=_read(lambda: host.divergence(pull, planned_on)) if "divergence" in needs else NOT_ASKED,
    )


def _read(question: Callable[[], T | Unknown]) -> T | Unknown:
    try:
        found = question()
    except (HostError, CredentialError) as error:
        return Unknown(str(error))
    return found if all(_names(found)) else Unknown("the host's answer has a person or a file without a name")


def _names(found: object) -> Iterable[str]:
    """Return the names of people and files that a fact rests on."""
    if isinstance(found, Approvals):
        return (approval.user for approval in found.by)
    return found.files if isinstance(found, Divergence) else ()
