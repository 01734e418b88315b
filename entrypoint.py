"""What the image runs: the program, with the container's arguments and environment."""

from atlantis_gate.cli import entry

entry()
