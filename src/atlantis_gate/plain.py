"""Makes untrusted text harmless: for logs that a CI reads commands from, for Markdown, and for JSON."""

from __future__ import annotations

import json
import re
from typing import Final

ELLIPSIS: Final = "…"
# Of documents that people read too.
INDENT: Final = 2
# How many times as much is read of a text as is shown of it.
_READ: Final = 16
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

# Printable to Python, invisible to people, and skipped by culture-aware comparisons such as those of the .NET runners:
# left in, `##<invisible>[` could still be taken for a command. https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_INVISIBLE: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_LINE_BREAKS: Final = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LINES: Final = re.compile("\r\n|\n|\r")

# `##[set-output ...]` (GitHub's older form), `##vso[...]` (Azure) and `##teamcity[...]` are obeyed anywhere in a line.
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
# https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/Command.cs
_COMMAND_ANYWHERE: Final = re.compile(r"#(?=#\w*\[)")
# `::error::text` (GitHub) is obeyed at the start of a line, spaces before it notwithstanding.
_COMMAND_AT_START: Final = re.compile(r"^(\s*):(?=:)")
# The heading of a group of lines to Buildkite, colours before it notwithstanding; a heading hides what follows.
# https://buildkite.com/docs/pipelines/configure/managing-log-output
# https://github.com/buildkite/agent/blob/main/agent/header_times_streamer.go
_HEADINGS: Final = ("--- ", "+++ ", "~~~ ", "^^^ ")

# These three are compiled when Markdown is written: a run's start is counted in milliseconds.
# What hosts turn into mentions, references, emoji and links. They look at the rendered text, where an escape is gone; a zero-width
# space stops them.
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
# https://docs.gitlab.com/user/markdown/#gitlab-specific-references
_REFERENCE: Final = r'[@#!&~%$^](?=[\w"{<])|\[(?=\w+:)|:(?=[A-Za-z+-][\w+-]*:|//)|\b[Gg][Hh](?=-\d)'
_BREAK: Final = "\N{ZERO WIDTH SPACE}"
# What Markdown and HTML give a meaning to: anywhere, in a bare host name, and at the start of a line (there `/` is a command to GitLab
# and to bots).
# https://github.github.com/gfm/ and https://docs.gitlab.com/user/project/quick_actions/
_MARKUP: Final = rf"[\\`*_\[\]<>&|~$#{_BREAK}]|(?i:(?<=www))\.|^[-+=/]"
_ORDERED_LIST: Final = r"^\d+(?=[.)])"


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` as one line that no terminal and no CI obeys, at most `limit` code points long (cut with an ellipsis)."""
    # Megabytes are not read to be cut.
    kept = text if limit is None else text[: _READ * (limit + 1)]
    joined = kept if kept.isprintable() else " ".join(part.strip() for part in _LINE_BREAKS.split(kept))
    line = _without_commands(_visible(joined).strip())
    if limit is None or (len(line) <= limit and len(kept) == len(text)):
        return line
    return line[: max(0, limit - 1)].rstrip() + ELLIPSIS


def block(text: str) -> str:
    """Return `text` with its lines and their indentation, each line harmless as in `one_line`."""
    return "\n".join(_without_commands(_visible(line)) for line in _LINES.split(text))


def markdown(text: str, limit: int | None = None) -> str:
    """Return `text` as one line for Markdown: rendered it reads as it was, and means nothing.

    All escapes are numeric character references, so the same text is safe in a paragraph, in a table cell and inside an HTML block.
    `limit` counts code points before escaping.
    """
    line = re.sub(_REFERENCE, rf"\g<0>{_BREAK}", one_line(text, limit))
    return re.sub(_ORDERED_LIST, r"\g<0>&#8203;", re.sub(_MARKUP, _character_reference, line))


def json_text(value: object, indent: int | None = None) -> str:
    """Return `value` as ASCII JSON that holds no control character and nothing a CI obeys, and parses to the same value."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, indent=indent, separators=separators, allow_nan=False)
    return text.replace("##", "\\u0023\\u0023")


def _visible(text: str) -> str:
    """Replace what is no visible character: white space by a space, the rest (controls, bidi, surrogates) by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    seen = _INVISIBLE.sub("", text)
    return seen if seen.isprintable() else "".join(map(_visible_character, seen))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else _REPLACEMENT


def _without_commands(line: str) -> str:
    if line.startswith(_HEADINGS):
        return _without_commands(f"{line[0]} {line[1:]}")
    # Most lines hold neither; a report on thousands of projects has tens of thousands of lines.
    return _COMMAND_AT_START.sub(r"\1: ", _COMMAND_ANYWHERE.sub("# ", line)) if "##" in line or "::" in line else line


def _character_reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
