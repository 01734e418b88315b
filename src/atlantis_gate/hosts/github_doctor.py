"""What the credential at hand may do on one GitHub repository: each thing that a run needs is tried, and nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from atlantis_gate.diagnosis import Diagnosis, Held, Need, Trial
from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen, replace
from atlantis_gate.hosts.github_app import granted as granted_to
from atlantis_gate.hosts.github_asking import data_of
from atlantis_gate.hosts.github_examination import Examined, Home, examine, home
from atlantis_gate.hosts.github_grants import Holder
from atlantis_gate.hosts.github_permissions import allows
from atlantis_gate.hosts.github_probes import UNTRIED, Finding, Probes
from atlantis_gate.hosts.github_refusals import github_time
from atlantis_gate.hosts.github_remarks import Seen, moment, remarks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.github_session import Session
    from atlantis_gate.model import PullRequestRef

VIEWER: Final = "query{viewer{login}}"
_JOB: Final = "job's own token"
_RULESETS: Final = "Whoever sees the repository may read them; GitHub Enterprise Server has them from 3.11 on."


@frozen
class _Row:
    """One thing that a run does, and the permission that it takes."""

    name: str
    purpose: str
    key: str
    access: str = "read"
    required: bool = True


_ROWS: Final = (
    _Row("repository", "everything", "metadata"),
    _Row("pull requests", "state, files", "pull_requests"),
    _Row("reviews", "approved, conversations", "pull_requests"),
    _Row("files", "atlantis.yaml", "contents"),
    _Row("comparison", "undiverged", "contents"),
    _Row("checks", "mergeable", "checks"),
    _Row("statuses", "mergeable", "statuses"),
    _Row("workflow runs", "the gate's own checks", "actions"),
    _Row("rulesets", "mergeable", "metadata"),
    _Row("branch protection", "locked, up to date", "administration", required=False),
    _Row("post statuses", "the result", "statuses", "write", required=False),
    _Row("comment", "the result", "pull_requests", "write", required=False),
    _Row("teams", "not used, unlike by Atlantis", "members", required=False),
)


def diagnose(session: Session, connection: Connection, ref: PullRequestRef | None) -> Diagnosis:
    """Try everything on a pull request, or on the newest open one. Raises CredentialError or HostError where GitHub gives no answer."""
    viewer = session.ask(VIEWER, {}, operation="asking whom the credential belongs to", needs="a valid token")
    repository = Probes(session, connection.repo).get("", "reading the repository")
    where = home(repository.reply.value) if repository.reply else None
    found = examine(session, connection, where, ref) if where else Examined({}, None)
    granted, page = _installation(session)
    headers = (repository.reply or viewer).headers
    seen = Seen(
        holder=_holder(session, connection, _login(viewer.value), where, page),
        now=datetime.fromtimestamp(github_time(headers), UTC),
        expires=moment(headers.get("github-authentication-token-expiration", "")),
        scopes=_scopes(headers),
        granted=granted,
        pull=None if where is None else found.snapshot is not None or ref is not None,
        fork=found.snapshot is not None and found.snapshot.pull.fork,
        too_old=found.too_old,
    )
    findings = {**found.findings, "repository": repository, **(_told(seen, where) if where else {})}
    return _diagnosis(session, connection, seen, findings)


def _diagnosis(session: Session, connection: Connection, seen: Seen, findings: Mapping[str, Finding]) -> Diagnosis:
    rows = [row for row in _ROWS if row.name != "teams" or "teams" in findings]
    choice = session.credential.choice
    return Diagnosis(
        host=connection.run.target.host,
        server_url=connection.server_url,
        repo=connection.repo,
        credential=str(replace(choice, kind=_JOB) if seen.holder.job else choice),
        identity=seen.holder.identity,
        expires=seen.expires,
        scopes=seen.scopes,
        trials=tuple(_trial(row, seen.holder, findings.get(row.name, UNTRIED)) for row in rows),
        remarks=remarks(seen),
    )


def _trial(row: _Row, holder: Holder, finding: Finding) -> Trial:
    need = Need(
        name=row.name,
        purpose=row.purpose,
        permission=holder.words(row.key, row.access),
        grant=_RULESETS if row.name == "rulesets" else holder.grant(row.key, row.access),
        required=row.required,
    )
    return Trial(need=need, held=finding.held, evidence=finding.evidence)


def _holder(session: Session, connection: Connection, identity: str, where: Home | None, page: str) -> Holder:
    return Holder(
        kind=session.credential.kind,
        identity=identity,
        source=session.credential.choice.source,
        repo=connection.repo,
        private=where is None or where.private,
        page=page,
    )


def _installation(session: Session) -> tuple[Mapping[str, str] | None, str]:
    """Return what an App's installation was given, and the page where its owner changes that; None and empty where there is no App."""
    read = session.credential.installation
    if read is None:
        return None, ""
    try:
        found = read()
    except HostError:
        # The token that it gave works, and says the rest by what it may do.
        return None, ""
    return granted_to(found), found.maybe_text("html_url") or ""


def _told(seen: Seen, where: Home) -> dict[str, Finding]:
    """Return what cannot be tried, so far as GitHub tells it: the comment, and what an App's narrowed token leaves out."""
    found = {"comment": _comment(seen, where)}
    if seen.granted is not None and where.organization:
        access = seen.granted.get("members", "")
        held = Held.YES if allows(access, "read") else Held.NO
        found["teams"] = Finding(held, f"the installation has members: {access or 'none'}; the gate's token leaves it out")
    return found


def _comment(seen: Seen, where: Home) -> Finding:
    if seen.granted is not None:
        access = seen.granted.get("pull_requests", "")
        return Finding(Held.YES if allows(access, "write") else Held.NO, f"the installation has pull_requests: {access or 'none'}")
    if seen.holder.kind.scoped and seen.scopes is not None:
        enough = "repo" in seen.scopes or ("public_repo" in seen.scopes and not where.private)
        return Finding(Held.YES if enough else Held.NO, f"the token's scopes: {', '.join(seen.scopes) or 'none'}")
    return Finding(Held.UNKNOWN, "not tried: it cannot be without writing one")


def _login(value: object) -> str:
    data, _ = data_of(value)
    viewer = (data or {}).get("viewer")
    login = viewer.get("login") if isinstance(viewer, dict) else None
    return login if isinstance(login, str) else ""


def _scopes(headers: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return a classic token's scopes, None where GitHub names none.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    named = headers.get("x-oauth-scopes")
    return None if named is None else tuple(scope.strip() for scope in named.split(",") if scope.strip())
