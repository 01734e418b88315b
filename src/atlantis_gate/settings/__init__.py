"""Every option once: its flag, environment names, action input, default and help. All that lists options is made from this table."""

from __future__ import annotations

from typing import Final

from atlantis_gate.settings.atlantis import ATLANTIS, DEFAULT_FILE_LIST
from atlantis_gate.settings.credentials import CREDENTIALS
from atlantis_gate.settings.option import Option
from atlantis_gate.settings.reporting import REPORTING
from atlantis_gate.settings.subject import FILES, WHAT, WHERE

__all__ = ["DEFAULT_FILE_LIST", "OPTIONS", "Option"]

OPTIONS: Final[tuple[Option, ...]] = (*WHAT, *WHERE, *FILES, *ATLANTIS, *REPORTING, *CREDENTIALS)
