"""`python -m atlantis_gate` is the same program."""

from atlantis_gate.cli import entry

entry()
