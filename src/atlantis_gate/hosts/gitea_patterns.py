"""Gitea's patterns for branches, status contexts and protected files, matched in linear time.

Their syntax is that of https://github.com/gobwas/glob: `*` stops at separators, `**` does not, `?` is one character, and there are
`[...]`, `{a,b}` and escapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.regex import RegexError, compile_regex

if TYPE_CHECKING:
    from atlantis_gate.regex import Regex

_MOST_NESTED: Final = 50
SPECIAL: Final = frozenset("*?\\[]{}")


@frozen
class Pattern:
    """A compiled pattern."""

    regex: Regex

    def matches(self, text: str) -> bool:
        """Tell whether the pattern matches the whole text."""
        return self.regex.search(text)


def compile_pattern(text: str, separators: str = "") -> Pattern | None:
    """Compile a pattern; None for one that is malformed."""
    try:
        return Pattern(compile_regex(_Translation(text, separators).whole()))
    except (RegexError, _MalformedError):
        return None


class _MalformedError(ValueError):
    """A pattern that ends too early."""


class _Translation:
    """Turns one pattern into a regular expression."""

    def __init__(self, text: str, separators: str) -> None:
        self._text = text
        self._at = 0
        self._one = f"[^{re.escape(separators)}]" if separators else "."

    def whole(self) -> str:
        return f"(?s)^(?:{self._sequence(0)})$"

    def _sequence(self, nested: int) -> str:
        """Translate up to the end, or to the brace that ends the alternatives that are `nested` deep."""
        if nested > _MOST_NESTED:
            raise _MalformedError
        found: list[str] = []
        while self._at < len(self._text):
            character = self._next()
            if nested and character == "}":
                return f"(?:{''.join(found)})"
            found.append("|" if nested and character == "," else self._piece(character, nested))
        if nested:
            raise _MalformedError
        return "".join(found)

    def _piece(self, character: str, nested: int) -> str:
        if character == "*":
            return self._stars()
        if character == "?":
            return self._one
        if character == "[":
            return self._class()
        if character == "{":
            return self._sequence(nested + 1)
        return re.escape(self._next() if character == "\\" else character)

    def _stars(self) -> str:
        stars = 1
        while self._text[self._at : self._at + 1] == "*":
            self._at += 1
            stars += 1
        return ".*" if stars > 1 else f"{self._one}*"

    def _class(self) -> str:
        """Translate `[abc]`, `[a-z]` and `[!abc]`."""
        negated = self._text[self._at : self._at + 1] == "!"
        self._at += negated
        found: list[str] = []
        while (character := self._next()) != "]":
            found.append("-" if character == "-" else re.escape(self._next() if character == "\\" else character))
        if not found:
            raise _MalformedError
        return f"[{'^' if negated else ''}{''.join(found)}]"

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise _MalformedError
        self._at += 1
        return self._text[self._at - 1]
