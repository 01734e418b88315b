"""Patterns for changed files (`when_modified`, `--autoplan-file-list`) as Atlantis' matcher, moby/patternmatcher, reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from atlantis_gate.regex import RegexError, compile_regex
from atlantis_gate.selection.paths import SPACE, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from atlantis_gate.regex import Regex

    # How a pattern is compared with a path: without wildcards, with `**` only at its end, only at its start, or any other way.
    Kind = Literal["exact", "prefix", "suffix", "regex"]

# A pattern longer than this is refused, not left unmatched.
LONGEST: Final = 1900
_WILD: Final = frozenset("*?[]\\")
# `^` and `{` are literals unless the pattern holds a wildcard, so they end the part that is literal in any case.
_NOT_LITERAL: Final = frozenset("*?[]\\^{")
# The matcher means to escape `|`, `{` and `}` too, but its table of one bit a character cannot hold them: in a pattern with a wildcard
# they are an alternative and a repetition. https://github.com/moby/patternmatcher/blob/v0.6.1/patternmatcher.go
_ESCAPED: Final = frozenset(".+()$")


class PatternError(ValueError):
    """A list of patterns that cannot be read at all."""


class Pattern(NamedTuple):
    """One pattern, split into the directory that it names literally (empty: none) and what must match below that directory."""

    exclusion: bool
    directory: str
    kind: Kind
    rest: str


def parse(patterns: Iterable[str]) -> tuple[Pattern, ...]:
    """Read a list of patterns relative to the repo root. Raises PatternError, with Atlantis' conditions."""
    return tuple(pattern for text in patterns if (pattern := _parse_one(text)) is not None)


@lru_cache(maxsize=4096)
def _parse_one(text: str) -> Pattern | None:
    trimmed = text.strip(SPACE)
    if not trimmed:
        return None
    cleaned = clean(trimmed)
    exclusion = cleaned.startswith("!")
    if cleaned == "!":
        raise PatternError("a pattern that is only `!` excludes nothing")
    return split(exclusion, cleaned[exclusion:])


def split(exclusion: bool, text: str) -> Pattern:
    """Split a cleaned pattern without its `!`. Raises PatternError where Go's filepath.Match would call it bad."""
    if len(text) > LONGEST:
        raise PatternError(f"a pattern of {len(text)} characters is longer than {LONGEST}")
    check_syntax(text)
    kind = _kind(text)
    literal = text if kind == "exact" else text[:-2] if kind == "prefix" else _literal_start(text)
    end = literal.rfind("/") if not text.startswith("/") else -1
    return Pattern(exclusion, text[: max(end, 0)], kind, text[end + 1 :])


def _kind(text: str) -> Kind:
    if _WILD.isdisjoint(text):
        return "exact"
    if text.startswith("**") and _WILD.isdisjoint(text[2:]):
        return "suffix"
    if text.endswith("**") and _WILD.isdisjoint(text[:-2]):
        return "prefix"
    return "regex"


def _literal_start(text: str) -> str:
    """Return what a path must start with: nothing where there is an alternative; a repetition is about the character before it."""
    if "|" in text:
        return ""
    index = next(index for index, char in enumerate(text) if char in _NOT_LITERAL)
    return text[: max(index - 1, 0)] if text[index] == "{" else text[:index]


def check_syntax(text: str) -> None:
    """Raise PatternError for what Go's filepath.Match refuses: an open or empty class, half a range, a backslash at the end."""
    chars = iter(text)
    for char in chars:
        if char == "\\":
            _next(chars)
        elif char == "[":
            _check_class(chars)


def _check_class(chars: Iterator[str]) -> None:
    """Read a class up to its `]` (https://pkg.go.dev/path/filepath#Match)."""
    char = _next(chars)
    if char == "^":
        char = _next(chars)
    char = _after_range(chars, char)
    while char != "]":
        char = _after_range(chars, char)


def _after_range(chars: Iterator[str], char: str) -> str:
    char = _after_member(chars, char)
    return _after_member(chars, _next(chars)) if char == "-" else char


def _after_member(chars: Iterator[str], char: str) -> str:
    if char in "-]":
        raise PatternError("a class in brackets is empty or holds half a range")
    if char == "\\":
        _next(chars)
    return _next(chars)


def _next(chars: Iterator[str]) -> str:
    char = next(chars, None)
    if char is None:
        raise PatternError("a class in brackets is not closed, or a backslash stands at the end")
    return char


@lru_cache(maxsize=4096)
def compiled(rest: str) -> Regex | None:
    """Compile what follows the literal directory of a "regex" pattern; None for one that fails on every file it meets."""
    try:
        return compile_regex(f"^{_translate(rest)}$")
    except RegexError:
        return None


def _translate(text: str) -> str:
    """Write a pattern as an RE2 expression, character by character; classes are copied as they are, wildcards in them included."""
    out: list[str] = []
    position = 0
    while position < len(text):
        piece, position = _piece(text, position)
        out.append(piece)
    return "".join(out)


def _piece(text: str, at: int) -> tuple[str, int]:
    char = text[at]
    if text.startswith("**", at):
        after = at + 3 if text.startswith("/", at + 2) else at + 2
        return ("(.*/)?" if after < len(text) else ".*"), after
    if char == "*":
        return "[^/]*", at + 1
    if char == "?":
        return "[^/]", at + 1
    if char == "\\":
        return text[at : at + 2], at + 2
    return (f"\\{char}" if char in _ESCAPED else char), at + 1


def candidates(file: str) -> tuple[str, ...]:
    """Return the file and every directory above it: a pattern that matches one of them matches the file."""
    above = clean(file[: file.rfind("/") + 1])
    if above == ".":
        return (file,)
    ends = [index for index, char in enumerate(above) if char == "/"]
    return (file, *(above[:end] for end in ends), above)
