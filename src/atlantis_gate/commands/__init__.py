"""Subcommands: one module each, imported when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.model import Outcome


class Command(Protocol):
    """One subcommand, implemented by a module."""

    def run(self, settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
        """Do it and print its result; ALLOWED where it decides nothing. Raises GateError."""


# One line a subcommand: its name and what it does. The first one is what runs when none is named.
COMMANDS: Final[Mapping[str, str]] = {
    "check": "evaluate a pull request and gate on it (the default)",
    "verify": "right before apply: ask again, and fail if anything that the decision rests on has moved",
    "projects": "print which projects a change touches, with effective settings and where they come from",
    "validate": "check atlantis.yaml and repos.yaml; no network",
    "record": "save the facts of a pull request, for `check --facts`",
    "doctor": "try the credentials: what a run needs, and whether the token has it",
    "github-app create": "make a GitHub App with just the permissions that the gate needs",
    "git-credentials": "let git fetch private modules with the gate's credentials in the steps after this one",
    "git-credentials get": "answer git, as its credential helper",
}


def run(name: str, settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Run the subcommand of this name."""
    command: Command = import_module(f"atlantis_gate.commands.{name.replace('-', '_').replace(' ', '_')}")
    return command.run(settings, env, console)
