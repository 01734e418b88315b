"""doctor: try what the credential at hand may do, and say what is missing and how to grant it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate import plain
from atlantis_gate.errors import UsageError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.model import Outcome
from atlantis_gate.report.diagnosis import document, text
from atlantis_gate.session import reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console

_INDENT = 2


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print the diagnosis; ALLOWED when everything that a decision needs is there for certain. Changes nothing on the host."""
    host, ref = reach(settings, env, console)
    if not isinstance(host, Diagnoses):
        raise UsageError("doctor cannot examine credentials of this host yet", advice="See the host's page in docs/hosts.")
    found = host.diagnose(ref)
    if settings.format == "json":
        console.document(plain.json_text(document(found), _INDENT))
    else:
        console.colored(text(found, color=console.color))
    return Outcome.ALLOWED if found.sufficient and found.trials else Outcome.UNDETERMINED
