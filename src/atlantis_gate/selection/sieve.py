"""Finding, among many patterns, the few that a text can match at all: by four characters in a row that a pattern must find in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")
_WIDTH: Final = 4
# As many are simply tried one after another.
_FEW: Final = 8


class Sieve(Generic[T]):
    """Items, each with literals that a text must hold for the item to match it. Each is filed under its rarest four characters."""

    def __init__(self, items: Sequence[tuple[Sequence[str], T]]) -> None:
        """Take the literals of each item (none: it may match anything) and the item."""
        self._always: list[T] = []
        self._filed: dict[str, list[T]] = {}
        counts = Counter(run for literals, _ in items for run in _runs(literals)) if len(items) > _FEW else Counter[str]()
        for literals, item in items:
            runs = _runs(literals) & counts.keys()
            place = self._filed.setdefault(min(runs, key=lambda run: (counts[run], run)), []) if runs else self._always
            place.append(item)

    def fitting(self, text: str) -> Iterator[T]:
        """Yield every item that may match a text, each once."""
        yield from self._always
        if self._filed:
            for run in _runs((text,)):
                yield from self._filed.get(run, ())


def _runs(literals: Iterable[str]) -> set[str]:
    return {literal[at : at + _WIDTH] for literal in literals for at in range(len(literal) - _WIDTH + 1)}
