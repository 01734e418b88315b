"""check: evaluate a pull request, publish the result, print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate import ci, gate, plain, publishing
from atlantis_gate.decisions import Report
from atlantis_gate.errors import GateError
from atlantis_gate.report.document import document
from atlantis_gate.report.terminal import folding, text
from atlantis_gate.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.model import Outcome


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Evaluate, publish and print. Raises GateError when the pull request cannot even be read."""
    publishing.withdraw(settings, env)
    session = open_session(settings, env, console)
    pull = gate.read_pull_request(session)
    try:
        report = gate.evaluate(session, pull).report
    except GateError as error:
        # The pull request is known, so whoever looks at it is told too.
        console.say(str(error))
        report = Report(command=settings.command, pull_request=pull, error=str(error))
    publishing.publish(session, report, env, console)
    session.tell_what_was_asked()
    if settings.json:
        console.document(plain.json_text(document(report), plain.INDENT))
    else:
        _show(report, env, console)
    return report.outcome


def _show(report: Report, env: Mapping[str, str], console: Console) -> None:
    """Print the report; in a job log that can fold, what may run is folded away."""
    found = ci.detect(env)
    if found is None or not found.LOG.opening:
        console.colored(text(report, color=console.color))
        return
    shown, title, hidden = folding(report, color=console.color)
    console.colored(shown)
    if hidden:
        console.colored(found.LOG.folded(title, hidden))
