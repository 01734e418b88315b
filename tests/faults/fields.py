"""Every field of a JSON answer, and the answers in which one of them is null, absent or of another type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from faults.transport import Answer, Asked

_ABSENT: Final = object()
# Values of other types, by what stands there; the second one is true where the code asks no more than that.
_OTHERS: Final[tuple[tuple[type, dict[str, Any]], ...]] = (
    (bool, {"a text": "false", "a whole number": 1}),
    (str, {"a number": 7, "a list of texts": ["x"], "empty": ""}),
    (int, {"a text": "x", "a fraction": 0.5, "true": True}),
    (list, {"an object": {}, "a long text": "x"}),
    (dict, {"a list": [], "a long text": "x"}),
    (type(None), {"a number": 7, "an object": {}, "a list of texts": ["x"]}),
)
# The second value of another type.
_ONCE: Final = frozenset({"a fraction", "true", "a list of texts", "a long text", "a whole number"})
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """One field of one answer with another value; `name` is what there is now."""

    path: Path
    name: str
    value: Any

    @property
    def field(self) -> str:
        """The field's name, the same for every item of a list."""
        return ".".join("*" if isinstance(step, int) else step for step in self.path)

    @property
    def counts(self) -> bool:
        """Whether it is tried on every story; what is left out there is tried on the one that passes."""
        return self.name not in _ONCE

    def __call__(self, answer: Answer, _: Asked) -> Answer:
        """Change an answer; one that has no such field stays as it is."""
        try:
            changed = answer.value
            _set(changed, self.path, self.value)
        except (ValueError, LookupError, TypeError):
            return answer
        return answer.holding(changed)


def changes(body: bytes, read: Collection[Path], *, besides: bool) -> Iterator[Change]:
    """Yield every change of every field of an answer that is read, at every depth, and of items of lists; `besides`: one of each other."""
    try:
        value = json.loads(body)
    except ValueError:
        return
    for path, found in _fields(value, ()):
        is_read = path in read or isinstance(path[-1], int)
        if is_read or besides:
            yield Change(path, "null", None)
        if not is_read:
            continue
        if not isinstance(path[-1], int):
            yield Change(path, "absent", _ABSENT)
        for name, other in next(others for kind, others in _OTHERS if isinstance(found, kind)).items():
            yield Change(path, name, other)


def _fields(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in items:
        yield (*path, key), found
        yield from _fields(found, (*path, key))


def _set(value: Any, path: Path, to: Any) -> None:
    for step in path[:-1]:
        value = value[step]
    if to is _ABSENT:
        del value[path[-1]]
    else:
        value[path[-1]]
        value[path[-1]] = to
