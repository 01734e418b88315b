"""Which fields of an answer the program reads."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]


class Watched(dict[str, Any]):
    """A JSON object that tells which of its fields are looked at, by their paths."""

    def __init__(self, value: dict[str, Any], path: Path, look: Callable[[Path], None]) -> None:
        super().__init__({name: watched(inner, (*path, name), look) for name, inner in value.items()})
        self._at = path
        self._look = look

    def __getitem__(self, name: str) -> Any:
        self._look((*self._at, name))
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._look((*self._at, str(name)))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._look((*self._at, name))
            yield name

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field."""
        self._look((*self._at, name))
        return super().get(name, default)

    def items(self) -> Any:
        """Return all fields."""
        return [(name, self[name]) for name in super().keys()]  # noqa: SIM118 - iterating is watched, too


def watched(value: Any, path: Path, look: Callable[[Path], None]) -> Any:
    """Return a JSON value all of whose objects are watched."""
    if isinstance(value, dict):
        return Watched(value, path, look)
    if isinstance(value, list):
        return [watched(inner, (*path, place), look) for place, inner in enumerate(value)]
    return value


@contextmanager
def watching(place: Callable[[str], str | None]) -> Iterator[set[tuple[str, Path]]]:
    """Note what is read of the answers whose text `place` knows, by place and path."""
    read: set[tuple[str, Path]] = set()
    loads = json.loads

    def load(text: Any, **named: Any) -> Any:
        at = place(text) if isinstance(text, str) else None
        value = loads(text, **named)
        return value if at is None else watched(value, (), lambda path: read.add((at, path)))

    with patch("json.loads", load):
        yield read
