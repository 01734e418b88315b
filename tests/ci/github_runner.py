"""What GitHub's runner makes of a step's lines and files, written after its source.

https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTERED = {
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
}


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understood it."""

    name: str
    properties: dict[str, str]
    data: str


def commands(printed: str) -> list[Command]:
    """Return every command that the runner would obey among the lines of a step."""
    found = [command_in(line) for line in printed.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return [command for command in found if command is not None]


def command_in(line: str) -> Command | None:
    """Return the command in a line: `::name k=v,k=v::data` at its start, or the older `##[name k=v;k=v]data` anywhere in it."""
    return _new_form(line) or _old_form(line)


def _new_form(line: str) -> Command | None:
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    unescapes = [("%0D", "\r"), ("%0A", "\n")]
    return _command(text[2:end], text[end + 2 :], ",", [*unescapes, ("%3A", ":"), ("%2C", ","), ("%25", "%")], [*unescapes, ("%25", "%")])


def _old_form(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    unescapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]")]
    return _command(line[start + 3 : end], line[end + 1 :], ";", unescapes, unescapes)


def _command(
    info: str, data: str, separator: str, property_escapes: list[tuple[str, str]], data_escapes: list[tuple[str, str]]
) -> Command | None:
    name, _, rest = info.partition(" ")
    if name not in REGISTERED:
        return None
    pairs = [pair.split("=", 1) for pair in rest.strip().split(separator) if "=" in pair]
    return Command(name, {key: _unescape(value, property_escapes) for key, value in pairs}, _unescape(data, data_escapes))


def _unescape(text: str, escapes: list[tuple[str, str]]) -> str:
    for escaped, plain in escapes:
        text = text.replace(escaped, plain)
    return text


def file_values(text: str) -> dict[str, str]:
    """Return the values in a file such as GITHUB_OUTPUT. Raises ValueError where the runner would fail the step."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc >= 0:
            name, delimiter = line.split("<<", 1)
            value = "\n".join(_until(delimiter, lines))
        else:
            raise ValueError(f"Invalid format '{line}'")
        found[name] = value
    return found


def _until(delimiter: str, lines: Iterator[str]) -> list[str]:
    held: list[str] = []
    for line in lines:
        if line == delimiter:
            return held
        held.append(line)
    raise ValueError(f"Matching delimiter not found '{delimiter}'")
