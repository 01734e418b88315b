"""What Azure's agent makes of a step's lines, written after its source.

https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/Command.cs
https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs
"""

from __future__ import annotations

from dataclasses import dataclass

_PREFIX = "##vso["


@dataclass(frozen=True)
class Command:
    """A command as the agent understood it."""

    name: str
    properties: dict[str, str]
    data: str


def commands(printed: str, *, decodes_percents: bool = True) -> list[Command]:
    """Return every command that the agent would obey among the lines of a step."""
    lines = printed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = [command_in(line, decodes_percents=decodes_percents) for line in lines]
    return [command for command in found if command is not None]


def command_in(line: str, *, decodes_percents: bool = True) -> Command | None:
    """Return the command in a line: from the first `##vso[` anywhere in it up to the first `]` after that."""
    start = line.find(_PREFIX)
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + len(_PREFIX) : end].partition(" ")
    if name.count(".") != 1 or not all(name.split(".")):
        return None
    properties: dict[str, str] = {}
    for pair in filter(None, rest.split(";")):
        key, equals, value = pair.partition("=")
        if equals and key.strip() not in properties:
            properties[key.strip()] = _unescape(value, decodes_percents=decodes_percents)
    return Command(name, properties, _unescape(line[end + 1 :], decodes_percents=decodes_percents))


def _unescape(text: str, *, decodes_percents: bool) -> str:
    for escaped, plain in (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]")):
        text = text.replace(escaped, plain)
    return text.replace("%AZP25", "%") if decodes_percents else text
