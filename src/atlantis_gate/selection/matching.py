"""Many lists of patterns against many files at once, without comparing each with each."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from atlantis_gate.selection.below import Below
from atlantis_gate.selection.patterns import Pattern, candidates, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlantis_gate.selection.below import Rest

    # Files are numbered; a set of files is an integer with their bits set.
    Bits = int

_BREAKABLE: Final = frozenset("\\[{")
_NOT_ZERO: Final = re.compile(rb"[^\0]")


class Result(NamedTuple):
    """The files that a list of patterns matches, and those at which it fails because a pattern cannot be evaluated."""

    matched: Bits
    failed: Bits


class Matcher:
    """Answers which of `files` a list of patterns matches; it must be one of the lists that the matcher was made for."""

    def __init__(self, lists: Iterable[Sequence[Pattern]], files: Sequence[str]) -> None:
        """Take the lists that will be asked for and the files, relative to the repo root."""
        self.files = files
        self._hits = _hits(lists, files)
        self._bits: dict[tuple[str, Rest], Bits] = {}

    def touches(self, patterns: Sequence[Pattern]) -> bool:
        """Tell whether any file matches."""
        hit = any(not pattern.exclusion and (pattern.directory, pattern[2:]) in self._hits for pattern in patterns)
        return hit and (_plain(patterns) or bool(self.result(patterns).matched))

    def result(self, patterns: Sequence[Pattern]) -> Result:
        """Evaluate the list in order: the last pattern that applies to a file decides; a file at which one fails is left out."""
        matched = failed = 0
        everything = (1 << len(self.files)) - 1
        for pattern in patterns:
            if broken(pattern):
                failed |= matched if pattern.exclusion else everything & ~matched
            elif pattern.exclusion:
                matched &= ~self._found(pattern)
            else:
                matched |= self._found(pattern)
        return Result(matched & ~failed, failed)

    def _found(self, pattern: Pattern) -> Bits:
        key = (pattern.directory, pattern[2:])
        hits = self._hits.get(key)
        if hits is None:
            return 0
        if key not in self._bits:
            self._bits[key] = bits(hits, len(self.files))
        return self._bits[key]


def bits(numbers: Iterable[int], size: int) -> Bits:
    """Return the set of these numbers, each below `size`."""
    flags = bytearray(size // 8 + 1)
    for number in numbers:
        flags[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(flags, "little")


def numbers(found: Bits) -> list[int]:
    """Return the numbers in a set, ascending."""
    data = found.to_bytes(found.bit_length() // 8 + 1, "little")
    return [match.start() * 8 + bit for match in _NOT_ZERO.finditer(data) for bit in range(8) if match[0][0] >> bit & 1]


def _plain(patterns: Sequence[Pattern]) -> bool:
    """Tell whether a hit of any pattern decides: nothing is excluded and nothing can fail."""
    return not any(pattern.exclusion or broken(pattern) for pattern in patterns)


def broken(pattern: Pattern) -> bool:
    """Tell whether a pattern fails on every file; only an escape, a class or a repetition can be such that RE2 refuses it."""
    return pattern.kind == "regex" and not _BREAKABLE.isdisjoint(pattern.rest) and compiled(pattern.rest) is None


def _hits(lists: Iterable[Sequence[Pattern]], files: Sequence[str]) -> dict[tuple[str, Rest], list[int]]:
    """Return, for each pattern by directory and rest, the numbers of the files that it matches by themselves or by a directory above."""
    table = _table(lists)
    hits: dict[tuple[str, Rest], list[int]] = defaultdict(list)
    known: dict[str, tuple[tuple[str, Rest], ...]] = {}
    for number, file in enumerate(files):
        for path in candidates(file):
            if path not in known:
                known[path] = tuple(_matching(table, path))
            for key in known[path]:
                numbers = hits[key]
                if not numbers or numbers[-1] != number:
                    numbers.append(number)
    return dict(hits)


def _table(lists: Iterable[Sequence[Pattern]]) -> dict[str, Below]:
    """Sort all patterns by their literal directory. Directories with the same patterns share what is made of them."""
    rests: dict[str, dict[Rest, None]] = {}
    for patterns in lists:
        for pattern in patterns:
            rests.setdefault(pattern.directory, {}).setdefault(pattern[2:])
    made: dict[tuple[Rest, ...], Below] = {}
    table: dict[str, Below] = {}
    for directory, found in rests.items():
        key = tuple(found)
        if key not in made:
            made[key] = Below(key)
        table[directory] = made[key]
    return table


def _matching(table: dict[str, Below], path: str) -> Iterable[tuple[str, Rest]]:
    """Yield the patterns that match a path itself, from the root's down to those of its own directory."""
    if "" in table:
        yield from (("", rest) for rest in table[""].matching(path))
    at = path.find("/")
    while at > 0:
        directory = path[:at]
        if directory in table:
            yield from ((directory, rest) for rest in table[directory].matching(path[at + 1 :]))
        at = path.find("/", at + 1)
