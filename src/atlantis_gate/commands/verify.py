"""verify: right before apply, ask again, and hold the answer against the decision that was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate import gate, plain, publishing, verification
from atlantis_gate.decisions import Refusal, Report
from atlantis_gate.errors import GateError, UsageError
from atlantis_gate.report.document import document
from atlantis_gate.report.terminal import text
from atlantis_gate.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.model import Outcome

_ADVICE: Final = "Run the gate again: what it decides then is about what is there now."


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Evaluate again and compare. Nothing is posted to the host; outputs and summary go to the CI. Raises GateError as check does."""
    decided = verification.read(_decision(settings), settings.decision)
    publishing.withdraw(settings, env)
    session = open_session(settings, env, console)
    pull = gate.read_pull_request(session)
    try:
        report = gate.evaluate(session, pull).report
    except GateError as error:
        console.say(str(error))
        report = Report(command=settings.command, pull_request=pull, error=str(error))
    report = _held_against(report, decided)
    publishing.tell_ci(session, report, env, console)
    session.tell_what_was_asked()
    if settings.json:
        console.document(plain.json_text(document(report), plain.INDENT))
    else:
        console.colored(text(report, color=console.color))
    return report.outcome


def _held_against(report: Report, decided: verification.Document) -> Report:
    """Return the report, refused where something moved; what could not be evaluated, or is refused anyway, stays as it is."""
    if report.error or report.refusal:
        return report
    changes = verification.moved(decided, document(report))
    if not changes:
        return report
    refusal = Refusal("moved", f"the decision does not stand any more: {'; '.join(changes)}", _ADVICE)
    # No output may name a project as one that may be applied.
    return replace(report, refusal=refusal, decisions=())


def _decision(settings: Settings) -> bytes:
    if not settings.decision:
        raise UsageError(
            "verify needs the decision that is to be verified",
            advice="Give --decision (ATLANTIS_GATE_DECISION) the file that `check --decision-file` wrote.",
        )
    try:
        with Path(settings.decision).open("rb") as file:
            return file.read(verification.MOST_BYTES)
    except OSError as error:
        raise UsageError(
            f"--decision: cannot read {settings.decision}: {error.strerror}", advice="Hand the file from the gate's job to this one."
        ) from None
