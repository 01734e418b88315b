"""GitHub's JSON answers read with types: whatever is not as expected is an error that names the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlantis_gate.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping


def unreadable(place: str, found: object) -> HostError:
    """Return the error for an answer that holds something else than it must at a place; the value itself is not shown."""
    what = "nothing" if found is None else f"a {type(found).__name__}"
    return HostError(
        f"GitHub's answer has {what} at {place}, where the gate needs a value",
        operation="reading GitHub's answer",
        advice="Usually the token may not read it, or something on the way changes answers. Check the token's permissions.",
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a GraphQL list; `end` is the cursor to go on from, None on the last page. A node that could not be read is None."""

    nodes: tuple[Node | None, ...]
    end: str | None

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing: neither further pages nor nodes."""
        return self.end is None and None not in self.nodes

    @property
    def readable(self) -> tuple[Node, ...]:
        """The nodes that could be read."""
        return tuple(node for node in self.nodes if node is not None)


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and its place in the answer. Every method raises HostError where the type is another one."""

    place: str
    fields: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return a string."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise self._unreadable(name)
        return value

    def maybe_text(self, name: str) -> str | None:
        """Return a string or None."""
        return None if self.fields.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """Return a whole number."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._unreadable(name)
        return value

    def maybe_number(self, name: str) -> int | None:
        """Return a whole number or None."""
        return None if self.fields.get(name) is None else self.number(name)

    def flag(self, name: str) -> bool:
        """Return a truth value."""
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise self._unreadable(name)
        return value

    def node(self, name: str) -> Node:
        """Return an object."""
        return read(self.fields.get(name), f"{self.place}.{name}")

    def maybe_node(self, name: str) -> Node | None:
        """Return an object or None."""
        return None if self.fields.get(name) is None else self.node(name)

    def nodes(self, name: str) -> tuple[Node, ...]:
        """Return a list of objects."""
        return read_list(self.fields.get(name), f"{self.place}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings, empty where the answer has none; entries without a value are left out."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(item is None or isinstance(item, str) for item in value):
            raise self._unreadable(name)
        return tuple(item for item in value if item is not None)

    def page(self, name: str) -> Page:
        """Return a GraphQL connection."""
        connection = self.node(name)
        info = connection.maybe_node("pageInfo")
        more = info is not None and info.flag("hasNextPage")
        found = connection.fields.get("nodes")
        if not isinstance(found, list):
            raise unreadable(f"{self.place}.{name}.nodes", found)
        nodes = tuple(None if item is None else read(item, f"{self.place}.{name}.{index}") for index, item in enumerate(found))
        return Page(nodes, info.text("endCursor") if info is not None and more else None)

    def _unreadable(self, name: str) -> HostError:
        return unreadable(f"{self.place}.{name}", self.fields.get(name))


def read(value: object, place: str) -> Node:
    """Return a JSON object as a Node; raises HostError for anything else."""
    if not isinstance(value, dict):
        raise unreadable(place, value)
    return Node(place, value)


def read_list(value: object, place: str) -> tuple[Node, ...]:
    """Return a JSON list of objects; raises HostError for anything else."""
    if not isinstance(value, list):
        raise unreadable(place, value)
    return tuple(read(item, f"{place}.{index}") for index, item in enumerate(value))
