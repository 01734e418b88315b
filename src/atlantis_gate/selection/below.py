"""Which patterns match a path below one directory: many patterns at once, each path looked at once."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from atlantis_gate.selection.patterns import compiled
from atlantis_gate.selection.sieve import Sieve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atlantis_gate.regex import Regex
    from atlantis_gate.selection.patterns import Kind

    Test = Callable[[str], bool]
    # What a pattern compares below its literal directory.
    Rest = tuple[Kind, str]

# What makes a pattern more than literals, `*`, `?` and slashes, and what makes a part of one more than literals and `*`.
_COMPLEX: Final = frozenset("[]\\^|{")
_NOT_NAME: Final = _COMPLEX | frozenset("?/")
_WILDCARD: Final = re.compile(r"\*\*/?|[*?]")


class Below:
    """The patterns registered for one directory, sorted so that a path needs to be compared with few of them.

    Those that name the last part of a path are found by that name; those that look at the last part alone are asked with it.
    """

    def __init__(self, rests: Sequence[Rest]) -> None:
        """Take the patterns, each once."""
        self._exact: dict[str, list[Rest]] = {}
        self._deep: dict[str, list[Rest]] = {}
        names: list[tuple[list[str], tuple[bool, Test, Rest]]] = []
        others: list[tuple[list[str], tuple[Test, Rest]]] = []
        for rest in rests:
            kind, text = rest
            name = text.removeprefix("**/")
            simple = kind in {"regex", "suffix"} and _NOT_NAME.isdisjoint(name)
            if kind == "exact":
                self._exact.setdefault(text, []).append(rest)
            elif simple and name != text and "*" not in name:
                self._deep.setdefault(name, []).append(rest)
            elif simple and kind == "regex" and "**" not in name:
                names.append((name.split("*"), (name != text, _glob(name), rest)))
            else:
                others.append((_literals(text), (_test(rest), rest)))
        self._names, self._others = Sieve(names), Sieve(others)
        self._by_name = [rest for _, (_, _, rest) in names]

    def matching(self, tail: str) -> Iterator[Rest]:
        """Yield the patterns that match `tail`, the path behind the directory."""
        name = tail.rpartition("/")[2]
        yield from self._exact.get(tail, ())
        if "\n" in tail:
            yield from self._by_regex(tail)
        else:
            yield from self._deep.get(name, ())
            shallow = name == tail
            yield from (rest for deep, test, rest in self._names.fitting(name) if (deep or shallow) and test(name))
        yield from (rest for test, rest in self._others.fitting(tail) if test(tail))

    def _by_regex(self, tail: str) -> Iterator[Rest]:
        """Compare a path that holds a newline, which `**` does not match, with what otherwise the last part decides."""
        rests = [*(rest for rests in self._deep.values() for rest in rests), *self._by_name]
        yield from (rest for rest in rests if _test(rest)(tail))


def _literals(text: str) -> list[str]:
    """Return what must occur in every path that a pattern with wildcards matches."""
    return _WILDCARD.split(text) if _COMPLEX.isdisjoint(text) else []


def _test(rest: Rest) -> Test:
    kind, text = rest
    if kind == "prefix":
        return lambda tail: tail.startswith(text[:-2])
    if kind == "suffix":
        bare = text[3:] if text.startswith("/", 2) else None
        return lambda tail: tail.endswith(text[2:]) or tail == bare
    return _search(text)


def _search(text: str) -> Test:
    """Compare by regular expression, compiled when the first path comes."""

    @cache
    def regex() -> Regex | None:
        return compiled(text)

    def search(tail: str) -> bool:
        found = regex()
        return found is not None and found.search(tail)

    return search


@lru_cache(maxsize=1024)
def _glob(name: str) -> Test:
    """Compare one part of a path with literals and `*`: each literal is looked for behind the one before it."""
    first, *middle, last = name.split("*")
    least = len(first) + len(last)

    def matches(text: str) -> bool:
        if len(text) < least or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for literal in middle:
            found = text.find(literal, at, end)
            if found < 0:
                return False
            at = found + len(literal)
        return True

    return matches
