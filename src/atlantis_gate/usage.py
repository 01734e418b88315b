"""Usage: the help of the program and its subcommands, and what is wrong with arguments that cannot be read at a glance."""

from __future__ import annotations

import argparse
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from atlantis_gate import __version__
from atlantis_gate.commands import COMMANDS
from atlantis_gate.errors import UsageError
from atlantis_gate.settings import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.settings import Option

DESCRIPTION: Final = "Atlantis' command requirements (approved, mergeable, undiverged) as a pipeline step."
EPILOG: Final = "Exit codes: 0 allowed or nothing to do; 1 blocked; 2 undetermined or an error. An option's variable stands in brackets."


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ordinary errors, with a suggestion for a misspelt option."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of leaving the program."""
        raise UsageError(message, advice=self._suggestion(message) or f"See `{self.prog} --help`.")

    def _suggestion(self, message: str) -> str:
        if not message.startswith("unrecognized arguments: "):
            return ""
        typed = message.removeprefix("unrecognized arguments: ").split()[0].partition("=")[0]
        return meant(typed, self._option_string_actions)


@cache
def parser(command: str) -> argparse.ArgumentParser:
    """Return the parser of one subcommand, made from the table of options."""
    made = _Parser(
        prog=f"atlantis-gate {command}",
        description=COMMANDS[command],
        epilog=EPILOG,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=120, max_help_position=40),
    )
    made.add_argument("--version", action="version", version=f"atlantis-gate {__version__}")
    for option in OPTIONS:
        if command in option.commands:
            _add(made, option)
    return made


def _add(made: argparse.ArgumentParser, option: Option) -> None:
    names = [name for name in (option.short, f"--{option.name}") if name]
    text = (option.help + _default_text(option)).replace("%", "%%")
    if option.kind == "switch":
        # A switch may also be spelt out (--all=true), as Atlantis' flags may.
        made.add_argument(*names, dest=option.attribute, help=text, nargs="?", const="true", metavar="BOOL")
    else:
        made.add_argument(*names, dest=option.attribute, help=text, metavar=option.metavar)


def _default_text(option: Option) -> str:
    one_of = f": {', '.join(option.choices)}" if option.choices else ""
    default = f" (default: {option.default})" if option.default and option.kind != "switch" else ""
    return f"{one_of}{default} [{option.variable}]"


def overview() -> str:
    """Return the text of `atlantis-gate --help`: the subcommands."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: atlantis-gate [SUBCOMMAND] [OPTIONS]",
            "",
            DESCRIPTION,
            "",
            "subcommands:",
            *lines,
            "",
            "`atlantis-gate SUBCOMMAND --help` lists its options.",
            EPILOG,
        ]
    )


def meant(typed: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt word, empty where none comes close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    close = get_close_matches(typed, list(known), n=1)
    return f"Did you mean {close[0]}?" if close else ""
