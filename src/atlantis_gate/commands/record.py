"""record: read every fact of a pull request and save it for `check --facts`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from atlantis_gate import checkout, gate, plain
from atlantis_gate.errors import UsageError
from atlantis_gate.hosts.recorded_writing import document
from atlantis_gate.model import Outcome
from atlantis_gate.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print the facts document, or write it to the file that --output names."""
    session = open_session(settings, env, console)
    pull = gate.read_pull_request(session)
    facts, files = gate.record(session, pull)
    session.tell_what_was_asked()
    text = plain.json_text(document(facts, files), plain.INDENT)
    if not settings.output:
        console.document(text)
        return Outcome.ALLOWED
    try:
        checkout.put(session.root, Path(settings.output), text + "\n")
    except OSError as error:
        raise UsageError(
            f"--output: cannot write {settings.output}: {error.strerror}", advice="Name a file in a folder that exists."
        ) from None
    console.say(f"the facts of pull request {pull.url} are in {settings.output}")
    return Outcome.ALLOWED
