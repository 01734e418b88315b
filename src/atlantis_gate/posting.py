"""Telling the host: statuses, the comment, the report beside the commit. What cannot be told is said and changes nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atlantis_gate.decisions import Insight
from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import TakesInsights
from atlantis_gate.hosts.together import together
from atlantis_gate.model import Outcome
from atlantis_gate.report.annotations import annotations as annotated
from atlantis_gate.report.comment import comment, marker
from atlantis_gate.report.statuses import statuses
from atlantis_gate.report.terminal import text
from atlantis_gate.report.words import title

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.console import Console
    from atlantis_gate.decisions import Report
    from atlantis_gate.hosts import Host
    from atlantis_gate.session import Session


def tell_host(session: Session, report: Report, console: Console) -> None:
    """Post statuses, comment and report at the same time; say which of them failed, and why."""
    work = {
        "a commit status could not be posted": partial(_post_statuses, session, report),
        "the pull request comment could not be written": partial(_write_comment, session, report),
        "the report beside the commit could not be written": partial(_publish_insight, session, report),
    }
    for what, why in zip(work, together([partial(_tried, each) for each in work.values()], len(work)), strict=True):
        if why:
            console.say(f"{what}: {why}")


def _tried(work: Callable[[], None]) -> str:
    """Do it and return why it failed, empty when it did not."""
    try:
        work()
    except (HostError, CredentialError) as error:
        return str(error)
    return ""


def _post_statuses(session: Session, report: Report) -> None:
    """Post the status of the command, then those of the projects; where the first is refused, so would be the others."""
    if session.settings.no_status:
        return
    # A refused run's status belongs to the commit that the run was started for; a moved head has a run of its own.
    sha = report.pull_request.head_sha
    if report.refusal is not None and report.refusal.kind == "moved_head":
        sha = session.run.head_sha or sha
    first, *others = statuses(report, session.settings.status_name, session.run.url)
    session.host.set_status(sha, first)
    together([partial(session.host.set_status, sha, status) for status in others], session.host.statuses_at_once)


def _write_comment(session: Session, report: Report) -> None:
    wanted = session.settings.comment
    moved = report.refusal is not None and report.refusal.kind == "moved_head"
    if wanted == "never" or moved:
        return
    create = wanted == "always" or report.outcome in (Outcome.BLOCKED, Outcome.UNDETERMINED)
    # With nothing to do no comment is made, but one that says otherwise is brought up to date.
    create = create and report.outcome is not Outcome.NOTHING_TO_DO
    _put(session.host, report, create=create)


def _put(host: Host, report: Report, *, create: bool) -> None:
    host.write_comment(report.pull_request, marker(report.command), comment(report), create=create)


def _publish_insight(session: Session, report: Report) -> None:
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
    session.host.publish_report(report.pull_request.head_sha, insight)
