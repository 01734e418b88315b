"""One option: what it is called everywhere, what it takes and which subcommands take it."""

from __future__ import annotations

from typing import Final, Literal

from atlantis_gate.frozen import frozen

Kind = Literal["text", "switch", "list", "number"]

JUDGING: Final = ("check", "verify")
DECIDING: Final = (*JUDGING, "record")
READING_CONFIG: Final = (*JUDGING, "projects", "validate")
SELECTING: Final = (*JUDGING, "projects")
# Subcommands about credentials.
ASKING: Final = ("doctor", "git-credentials", "git-credentials get")
MAKING: Final = ("github-app create",)
PULLS: Final = (*DECIDING, "projects", "validate")


@frozen(kw_only=True)
class Option:
    """One option. `atlantis` is the name of its variable where Atlantis has one; `commands` are the subcommands that take it.

    `input` tells whether it is an input of the GitHub Action; `metavar` is empty for a switch.
    """

    name: str
    help: str
    commands: tuple[str, ...]
    kind: Kind = "text"
    metavar: str = ""
    default: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    atlantis: str = ""
    input: bool = False

    @property
    def attribute(self) -> str:
        """The option's name as a Python name."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that the option reads: Atlantis' own where it has one."""
        return self.atlantis or f"ATLANTIS_GATE_{self.attribute.upper()}"

    @property
    def input_variable(self) -> str:
        """The variable that a GitHub Action's input of this name arrives in."""
        # https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs (hyphens stay)
        return f"INPUT_{self.name.upper()}"


def switch(name: str, text: str, commands: tuple[str, ...], *, atlantis: str = "", is_input: bool = False) -> Option:
    """Return an option that is true or false, false where nothing is said."""
    return Option(name=name, help=text, commands=commands, kind="switch", default="false", atlantis=atlantis, input=is_input)
