"""Collecting everything that is wrong with a file, with places and suggestions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from atlantis_gate.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

# A file that is wrong in more places than this is not worth reading to the end.
MAX_PROBLEMS = 500
_SHOWN = 60
_SUGGESTED = 40
_COMPARED = 100


Guess = tuple[str, tuple[str, ...]]


class Place(Protocol):
    """Anything that knows where it stands in a file."""

    @property
    def line(self) -> int:
        """The line, from 1."""

    @property
    def column(self) -> int:
        """The column, from 1."""


class Findings:
    """The problems and warnings of one file, in the order they were found."""

    def __init__(self, file: str) -> None:
        """Start without any; `file` is the name shown to people."""
        self.file = file
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._left_out = 0

    def error(self, place: Place, text: str, guess: Guess | None = None) -> None:
        """Note that the file is wrong at `place`; of a guess (a word and what is possible), what was probably meant is added."""
        if self.full:
            self._left_out += 1
        else:
            self.problems.append(Problem(self.file, place.line, place.column, text + (meant(*guess) if guess else "")))

    def warn(self, place: Place, text: str, guess: Guess | None = None) -> None:
        """Note that something at `place` has no effect, or another than it seems to have."""
        if len(self.warnings) < MAX_PROBLEMS:
            whole = text + (meant(*guess) if guess else "")
            self.warnings.append(Problem(self.file, place.line, place.column, whole, warning=True))

    @property
    def full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self.problems) >= MAX_PROBLEMS

    def raise_errors(self) -> None:
        """Raise ConfigError with every problem, sorted by place, if there is one."""
        if not self.problems:
            return
        problems = sorted(self.problems, key=lambda problem: (problem.line, problem.column))
        if self._left_out:
            problems.append(Problem(self.file, 0, 0, f"and {self._left_out} more problems"))
        raise ConfigError(tuple(problems))


def shown(text: str) -> str:
    """Quote a value of a file, cut to a readable length, with nothing that a terminal or CI obeys."""
    return ascii(text[:_SHOWN] + ("..." if len(text) > _SHOWN else "")) if not text.isprintable() else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text[:_SHOWN] + ("..." if len(text) > _SHOWN else "") + '"'


def either(choices: Iterable[str]) -> str:
    """List choices for a sentence: `a`, `b` or `c`."""
    quoted = [f"`{choice}`" for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


@lru_cache(maxsize=1024)
def meant(word: str, choices: tuple[str, ...]) -> str:
    """Return `; did you mean ...?` for a misspelt word, empty when no choice is close."""
    if len(word) > _SUGGESTED:
        return ""
    choices = choices[:_COMPARED]
    from difflib import get_close_matches  # noqa: PLC0415  only needed when something is wrong

    same = [choice for choice in choices if choice.casefold() == word.casefold().replace("-", "_")]
    close = same or get_close_matches(word.casefold().replace("-", "_"), choices, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""
