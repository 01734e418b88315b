"""Delivering a report: to a file, to the CI, to the host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from atlantis_gate import checkout, plain
from atlantis_gate.ci import detect
from atlantis_gate.errors import UsageError
from atlantis_gate.offline import workspace
from atlantis_gate.report.document import document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.decisions import Report
    from atlantis_gate.session import Session


def publish(session: Session, report: Report, env: Mapping[str, str], console: Console) -> None:
    """Deliver a report everywhere. Raises CIError or UsageError when outputs or the decision file cannot be written."""
    tell_ci(session, report, env, console)
    if not session.recorded:
        from atlantis_gate.posting import tell_host  # noqa: PLC0415 - recorded facts have no host to tell

        tell_host(session, report, console)


def tell_ci(session: Session, report: Report, env: Mapping[str, str], console: Console) -> None:
    """Write the decision file, then tell the CI. Raises CIError or UsageError when either cannot be written."""
    settings = session.settings
    # First what may fail the run: an output that says yes cannot be taken back.
    if settings.decision_file:
        text = plain.json_text(document(report), plain.INDENT) + "\n"
        _with_decision_file(settings, lambda path: checkout.put(session.root, path, text))
    _to_ci(settings, env, console, report)


def nothing_allowed(settings: Settings | None, env: Mapping[str, str], console: Console) -> None:
    """Tell the CI that nothing may run, when the gate failed before it had a report."""
    _to_ci(settings, env, console, None)


def _to_ci(settings: Settings | None, env: Mapping[str, str], console: Console, report: Report | None) -> None:
    """Tell the CI at hand, if there is one. Workflow commands keep off a stdout that holds a document."""
    found = detect(env)
    if found is None:
        return
    from atlantis_gate.publication import publication  # noqa: PLC0415 - nothing is rendered where nobody is told

    beside = settings is not None and settings.json
    found.publish(env, publication(report), lambda line: console.command(line, beside_document=beside))


def withdraw(settings: Settings, env: Mapping[str, str]) -> None:
    """Take away what the decision file holds, of an earlier run or of the pull request: only a run that comes to its end leaves one.

    Raises UsageError.
    """
    if settings.decision_file:
        root = Path(settings.root or workspace(settings, env) or ".")
        _with_decision_file(settings, lambda path: checkout.withdraw(root, path))


def _with_decision_file(settings: Settings, do: Callable[[Path], None]) -> None:
    try:
        do(Path(settings.decision_file))
    except OSError as error:
        what = f"--decision-file: cannot write {settings.decision_file}: {error.strerror or type(error).__name__}"
        raise UsageError(what, advice="Name a file in a folder that exists.") from None
