"""JSON answers of hosts read with types: whatever is not as expected is an error that names the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


def unreadable(host: str, place: str, found: object) -> HostError:
    """Return the error for an answer that holds something else than it must at a place; the value itself is not shown."""
    what = "nothing" if found is None else f"a {type(found).__name__}"
    return HostError(
        f"{host}'s answer has {what} at {place}, where the gate needs a value",
        operation=f"reading {host}'s answer",
        advice="Usually the token may not read it, or something on the way changes answers. Check the token's permissions.",
    )


def in_query(url: str, name: str) -> str:
    """Return a value from the query of an address that a host tells; empty where it has none, or is no address at all."""
    try:
        return parse_qs(urlsplit(url).query).get(name, [""])[0]
    except ValueError:
        return ""


@frozen
class Node:
    """A JSON object, whose answer it is part of and its place there. Every method raises HostError where the type is another one."""

    host: str
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

    def maybe_flag(self, name: str) -> bool | None:
        """Return a truth value or None."""
        return None if self.fields.get(name) is None else self.flag(name)

    def node(self, name: str) -> Self:
        """Return an object."""
        return self._made(self.fields.get(name), f"{self.place}.{name}")

    def maybe_node(self, name: str) -> Self | None:
        """Return an object or None."""
        return None if self.fields.get(name) is None else self.node(name)

    def nodes(self, name: str) -> tuple[Self, ...]:
        """Return a list of objects."""
        value, place = self.fields.get(name), f"{self.place}.{name}"
        if not isinstance(value, list):
            raise unreadable(self.host, place, value)
        return tuple(self._made(item, f"{place}.{index}") for index, item in enumerate(value))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._unreadable(name)
        return tuple(value)

    def _made(self, value: object, place: str) -> Self:
        if not isinstance(value, dict):
            raise unreadable(self.host, place, value)
        return type(self)(self.host, place, value)

    def _unreadable(self, name: str) -> HostError:
        return unreadable(self.host, f"{self.place}.{name}", self.fields.get(name))


def read(host: str, value: object, place: str) -> Node:
    """Return a JSON object as a Node; raises HostError for anything else."""
    if not isinstance(value, dict):
        raise unreadable(host, place, value)
    return Node(host, place, value)


def read_list(host: str, value: object, place: str) -> tuple[Node, ...]:
    """Return a JSON list of objects; raises HostError for anything else."""
    if not isinstance(value, list):
        raise unreadable(host, place, value)
    return tuple(read(host, item, f"{place}.{index}") for index, item in enumerate(value))
