"""Delivering a report: to the CI, to the host, to a file. What cannot be delivered to the host is said and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate import plain
from atlantis_gate.ci import Publication, detect
from atlantis_gate.decisions import Insight
from atlantis_gate.errors import CredentialError, HostError, UsageError
from atlantis_gate.hosts import TakesInsights
from atlantis_gate.model import Outcome
from atlantis_gate.report.annotations import annotations as annotated
from atlantis_gate.report.comment import comment, marker
from atlantis_gate.report.document import document
from atlantis_gate.report.junit import junit
from atlantis_gate.report.outputs import NOTHING_ALLOWED, outputs
from atlantis_gate.report.statuses import statuses
from atlantis_gate.report.summary import summary
from atlantis_gate.report.terminal import text
from atlantis_gate.report.words import title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.decisions import Report
    from atlantis_gate.hosts import Host
    from atlantis_gate.session import Session

JSON: Final = "json"
# A decision document is read by people too.
INDENT: Final = 2


def publish(session: Session, report: Report, env: Mapping[str, str], console: Console) -> None:
    """Deliver a report everywhere. Raises CIError or UsageError when outputs or the decision file cannot be written."""
    settings = session.settings
    # First what may fail the run: an output that says yes cannot be taken back.
    if settings.decision_file:
        _write(settings.decision_file, plain.json_text(document(report), INDENT) + "\n")
    to_ci(
        settings,
        env,
        console,
        Publication(outputs=outputs(report), summary=summary(report), annotations=annotated(report), junit=junit(report)),
    )
    if session.recorded:
        return
    if not settings.no_status:
        _post_statuses(session, report, console)
    _write_comment(session, report, console)
    _publish_insight(session, report, console)


def nothing_allowed(settings: Settings | None, env: Mapping[str, str], console: Console) -> None:
    """Tell the CI that nothing may run, when the gate failed before it had a report."""
    to_ci(settings, env, console, Publication(outputs=NOTHING_ALLOWED, summary=""))


def to_ci(settings: Settings | None, env: Mapping[str, str], console: Console, publication: Publication) -> None:
    """Hand a publication to the CI at hand, if there is one. Workflow commands keep off a stdout that holds a document."""
    found = detect(env)
    if found is None:
        return
    beside = settings is not None and settings.format == JSON
    found.publish(env, publication, lambda line: console.command(line, beside_document=beside))


def _post_statuses(session: Session, report: Report, console: Console) -> None:
    # A refused run's status belongs to the commit that the run was started for; a moved head has a run of its own.
    sha = report.pull_request.head_sha
    if report.refusal is not None and report.refusal.kind == "moved_head":
        sha = session.run.head_sha or sha
    try:
        for status in statuses(report, session.settings.status_name, session.run.url):
            session.host.set_status(sha, status)
    except (HostError, CredentialError) as error:
        console.say(f"a commit status could not be posted: {error}")


def _write_comment(session: Session, report: Report, console: Console) -> None:
    wanted = session.settings.comment
    moved = report.refusal is not None and report.refusal.kind == "moved_head"
    if wanted == "never" or moved:
        return
    create = wanted == "always" or report.outcome in (Outcome.BLOCKED, Outcome.UNDETERMINED)
    # With nothing to do no comment is made, but one that says otherwise is brought up to date.
    create = create and report.outcome is not Outcome.NOTHING_TO_DO
    try:
        _put(session.host, report, create=create)
    except (HostError, CredentialError) as error:
        console.say(f"the pull request comment could not be written: {error}")


def _publish_insight(session: Session, report: Report, console: Console) -> None:
    if not isinstance(session.host, TakesInsights):
        return
    decided = {Outcome.ALLOWED: True, Outcome.NOTHING_TO_DO: True, Outcome.BLOCKED: False}
    insight = Insight(
        key=f"{session.settings.status_name}-{report.command}",
        title=title(report),
        details=text(report, color=False),
        passed=decided.get(report.outcome),
        url=session.run.url,
        annotations=annotated(report),
    )
    try:
        session.host.publish_report(report.pull_request.head_sha, insight)
    except (HostError, CredentialError) as error:
        console.say(f"the report beside the commit could not be written: {error}")


def _put(host: Host, report: Report, *, create: bool) -> None:
    host.write_comment(report.pull_request, marker(report.command), comment(report), create=create)


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"--decision-file: cannot write {name}: {reason}", advice="Name a file in a folder that exists.") from None
