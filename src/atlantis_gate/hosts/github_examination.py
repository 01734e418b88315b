"""Trying all that a run does on one GitHub repository: question by question, then the one question of a run."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.diagnosis import Held
from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen, replace
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts.github_asking import take
from atlantis_gate.hosts.github_gaps import TOO_OLD
from atlantis_gate.hosts.github_probes import Finding, Probes, no_answer
from atlantis_gate.model import PullRequestRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.github_session import Session
    from atlantis_gate.hosts.github_snapshot import Snapshot

# What a part of a run's question that GitHub leaves out says about a finding.
_PARTS: Final[Mapping[str, str]] = {
    "reviews": "reviews",
    "threads": "reviews",
    "checks": "checks",
    "runs": "workflow runs",
    "rules": "rulesets",
}
# https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible
_DENIED: Final = "Resource not accessible"
_NO_PULL: Final = "there is no open pull request to try it on"


@frozen(kw_only=True)
class Home:
    """What a repository says of itself."""

    branch: str
    private: bool
    organization: bool


@frozen
class Examined:
    """What was found, by the name of the thing, and what the question of a run brought, None where it could not be asked."""

    findings: Mapping[str, Finding]
    snapshot: Snapshot | None

    @property
    def too_old(self) -> tuple[str, ...]:
        """What the server is too old to tell."""
        return tuple(reason for reason in (self.snapshot.gaps.values() if self.snapshot else ()) if reason.startswith(TOO_OLD))


def home(value: object) -> Home:
    """Read a repository; https://docs.github.com/en/rest/repos/repos#get-a-repository."""
    found = answer.read(value, "the repository")
    owner = found.maybe_node("owner")
    return Home(
        branch=found.text("default_branch"),
        private=found.maybe_flag("private") is not False,
        organization=owner is not None and owner.maybe_text("type") == "Organization",
    )


def examine(session: Session, connection: Connection, where: Home, ref: PullRequestRef | None) -> Examined:
    """Try everything on a pull request, or on the newest open one. Raises CredentialError or HostError where GitHub gives no answer."""
    probes = Probes(session, connection.repo)
    listed = probes.get("/pulls?state=open&sort=created&direction=desc&per_page=1", "listing pull requests")
    target = ref or _newest(connection, listed)
    asked = _question(session, connection, target) if target else Finding(listed.held, _NO_PULL)
    snapshot = None if isinstance(asked, Finding) else asked
    findings = {
        "pull requests": asked if ref and isinstance(asked, Finding) else listed,
        "reviews": asked if isinstance(asked, Finding) else listed,
        **_files(probes, where, snapshot),
        **_branch(probes, snapshot.pull.base_branch if snapshot else where.branch),
        "post statuses": probes.status(f"{connection.status_name}/doctor"),
    }
    # An App's token leaves them out; its installation tells.
    if where.organization and session.credential.installation is None:
        findings["teams"] = probes.teams()
    return Examined(_corrected(findings, snapshot), snapshot)


def _newest(connection: Connection, listed: Finding) -> PullRequestRef | None:
    pulls = answer.read_list(listed.reply.value, "pull requests") if listed.reply else ()
    kind, server = connection.run.target.host, connection.server_url
    return PullRequestRef(host=kind, server_url=server, repo=connection.repo, number=pulls[0].number("number")) if pulls else None


def _question(session: Session, connection: Connection, ref: PullRequestRef) -> Snapshot | Finding:
    """Ask what a run asks."""
    try:
        return take(session, ref, connection.config_path, connection.run.merge_sha)
    except HostError as error:
        if no_answer(error):
            raise
        denied = error.status == HTTPStatus.FORBIDDEN or _DENIED in error.message
        return Finding(Held.NO if denied else Held.UNKNOWN, error.message.removeprefix("GitHub: "))


def _files(probes: Probes, where: Home, snapshot: Snapshot | None) -> dict[str, Finding]:
    """Try what is about commits, on those of the pull request or on the default branch."""
    start, tip = (snapshot.pull.base_sha, snapshot.pull.head_sha) if snapshot else (where.branch, where.branch)
    base, head = quote(start, safe=""), quote(tip, safe="")
    return {
        "files": probes.get(f"/commits/{head}", "reading a commit"),
        "comparison": probes.get(f"/compare/{base}...{head}?per_page=1&page=1", "comparing commits"),
        "checks": probes.get(f"/commits/{head}/check-runs?per_page=1", "reading checks"),
        "statuses": probes.get(f"/commits/{head}/status?per_page=1", "reading commit statuses"),
        "workflow runs": probes.get("/actions/runs?per_page=1", "reading workflow runs"),
    }


def _branch(probes: Probes, branch: str) -> dict[str, Finding]:
    return {
        "rulesets": probes.rulesets(branch),
        "branch protection": probes.protection(branch),
    }


def _corrected(findings: Mapping[str, Finding], snapshot: Snapshot | None) -> dict[str, Finding]:
    """Take back what single questions seem to allow and the question of a run shows to be left out."""
    corrected = dict(findings)
    for part, name in _PARTS.items():
        reason = snapshot.gaps.get(part, "") if snapshot else ""
        if reason and not reason.startswith(TOO_OLD) and findings[name].held is Held.YES:
            held = Held.NO if _DENIED in reason else Held.UNKNOWN
            corrected[name] = replace(findings[name], held=held, evidence=reason)
    return corrected
