"""GitHub's answers: typed JSON, and the pages of GraphQL's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen, replace
from atlantis_gate.hosts import answer

if TYPE_CHECKING:
    from atlantis_gate.errors import HostError

HOST: Final = "GitHub"


def unreadable(place: str, found: object) -> HostError:
    """Return the error for an answer that holds something else than it must at a place."""
    return answer.unreadable(HOST, place, found)


@frozen
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


@frozen
class Node(answer.Node):
    """A JSON object of GitHub's; GraphQL leaves null in place of what the token may not read."""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings, empty where the answer has none; entries without a value are left out."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(item is None or isinstance(item, str) for item in value):
            raise unreadable(f"{self.place}.{name}", value)
        return tuple(item for item in value if item is not None)

    def page(self, name: str) -> Page:
        """Return a page of a GraphQL connection; the query asks for its `pageInfo`."""
        info = self.node(name).node("pageInfo")
        return replace(self.beginning(name), end=info.text("endCursor") if info.flag("hasNextPage") else None)

    def beginning(self, name: str) -> Page:
        """Return the first nodes of a GraphQL connection, where the query asks for no more."""
        found = self.node(name).fields.get("nodes")
        if not isinstance(found, list):
            raise unreadable(f"{self.place}.{name}.nodes", found)
        return Page(tuple(None if item is None else read(item, f"{self.place}.{name}.{index}") for index, item in enumerate(found)), None)


def read(value: object, place: str) -> Node:
    """Return a JSON object as a Node; raises HostError for anything else."""
    if not isinstance(value, dict):
        raise unreadable(place, value)
    return Node(HOST, place, value)


def read_list(value: object, place: str) -> tuple[Node, ...]:
    """Return a JSON list of objects; raises HostError for anything else."""
    if not isinstance(value, list):
        raise unreadable(place, value)
    return tuple(read(item, f"{place}.{index}") for index, item in enumerate(value))
