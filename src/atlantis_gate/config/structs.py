"""Lists, maps and structs of a configuration file: how each is read, checked and described to editors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from atlantis_gate.config.findings import either, meant, shown
from atlantis_gate.config.nodes import Mapping, Node, Scalar, Sequence, is_null
from atlantis_gate.frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.kinds import Kind, Reader

_EMPTY = Mapping({}, 1, 1)
_FEW = 8


@frozen
class Items:
    """A list: its value is a tuple of (value, node), without the nulls that Atlantis drops."""

    kind: Kind
    what: str = "a list"

    @property
    def needs_check(self) -> bool:
        """Whether values can be wrong once they are read."""
        return self.kind.needs_check

    def read(self, node: Node, reader: Reader) -> tuple[tuple[Any, Node], ...] | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is not Sequence:
            reader.mismatch(node, self.what)
            return None
        found = []
        for item in node.items:
            if is_null(item):
                if reader.json:
                    found.append((self.kind.empty(item), item))
                continue
            value = self.kind.read(item, reader)
            if value is not None:
                found.append((value, item))
        return tuple(found)

    def check(self, value: tuple[tuple[Any, Node], ...], node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        del node
        for item, place in value:
            if findings.full:
                return
            self.kind.check(item, place, findings)

    def empty(self, node: Node) -> tuple[Any, ...]:
        """Return what a null in a JSON list stands for."""
        del node
        return ()

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": ["array", "null"], "items": self.kind.schema()}


@frozen
class Table:
    """A map from names of the user's choosing to values; its value is a map from name to (value, key)."""

    kind: Kind
    needs_check: ClassVar[bool] = True

    def read(self, node: Node, reader: Reader) -> dict[str, tuple[Any, Scalar]] | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is not Mapping:
            reader.mismatch(node, "a map from names")
            return None
        found = {}
        for name, (key, item) in node.pairs.items():
            value = self.kind.empty(key) if is_null(item) else self.kind.read(item, reader)
            if value is not None:
                found[name] = (value, key)
        return found

    def check(self, value: dict[str, tuple[Any, Scalar]], node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        del node
        for item, place in value.values():
            self.kind.check(item, place, findings)

    def empty(self, node: Node) -> dict[str, Any]:
        """Return what a null in a JSON list stands for."""
        del node
        return {}

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": ["object", "null"], "additionalProperties": self.kind.schema()}


class Key(NamedTuple):
    """A key of a struct. `json` is its name in JSON where that differs; `required` is what to say when it is missing."""

    kind: Kind
    about: str
    required: str = ""
    json: str = ""


class Record(NamedTuple):
    """A struct that was read: what is set, by key, with the node of each value."""

    node: Mapping
    fields: dict[str, tuple[Any, Node]]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a key, or the default when it is not set."""
        found = self.fields.get(name)
        return default if found is None else found[0]

    def has(self, name: str) -> bool:
        """Tell whether the file sets a key to anything but null, even to something invalid."""
        found = self.node.pairs.get(name)
        return found is not None and not is_null(found[1])

    def key(self, name: str) -> Scalar | Mapping:
        """Return where a key stands, or the struct when it is not written."""
        found = self.node.pairs.get(name)
        return self.node if found is None else found[0]


NO_RECORD = Record(_EMPTY, {})


@frozen
class Struct:
    """A map with known keys.

    `elsewhere` tells of keys that belong to another place than this one; `shared` names a struct that schemas define once and refer to.
    """

    what: str
    keys: dict[str, Key]
    elsewhere: dict[str, str] = field(default_factory=dict)
    shared: str = ""
    needs_check: ClassVar[bool] = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All keys."""
        return tuple(self.keys)

    @cached_property
    def folded(self) -> dict[str, str]:
        """The keys as JSON finds them: without regard to case."""
        return {(key.json or name).casefold(): name for name, key in self.keys.items()}

    @cached_property
    def required(self) -> tuple[tuple[str, str], ...]:
        """The keys that must be there, each with what to say when it is not."""
        return tuple((name, key.required) for name, key in self.keys.items() if key.required)

    def read(self, node: Node, reader: Reader) -> Record | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is not Mapping:
            reader.mismatch(node, f"{self.what} (a map)")
            return None
        fields: dict[str, tuple[Any, Node]] = {}
        known = self.keys
        for name, (place, value) in self._named(node, reader) if reader.json else node.pairs.items():
            key = known.get(name)
            if key is None:
                self._unknown(name, place, reader.findings)
            elif not is_null(value):
                read = key.kind.read(value, reader)
                if read is not None:
                    fields[name] = (read, value)
        return Record(node, fields)

    def _named(self, node: Mapping, reader: Reader) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        """Yield the entries by the name of the key, found as JSON finds it: unknown ones are ignored."""
        for name, entry in node.pairs.items():
            known = self.folded.get(name.casefold())
            if known is None:
                reader.findings.warn(entry[0], f"the key {shown(name)} is not known and has no effect{meant(name, self.names)}")
            else:
                yield known, entry

    def _unknown(self, name: str, place: Scalar, findings: Findings) -> None:
        known = f"; it has {either(self.names)}" if len(self.names) <= _FEW else ""
        hint = "" if findings.full else self.elsewhere.get(name) or meant(name, self.names) or known
        findings.error(place, f"{self.what} has no key {shown(name)}{hint}")

    def check(self, value: Record, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        self.check_required(value, node, findings)
        for name, (item, place) in value.fields.items():
            kind = self.keys[name].kind
            if kind.needs_check:
                kind.check(item, place, findings)

    def check_required(self, value: Record, node: Node, findings: Findings) -> None:
        """Note the keys that must be there and are not."""
        for name, wrong in self.required:
            if not value.has(name) and name not in value.fields:
                findings.error(node, wrong)

    def empty(self, node: Node) -> Record:
        """Return what a null in a JSON list stands for."""
        return Record(Mapping({}, node.line, node.column), {})

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema, or a reference to it."""
        return {"$ref": f"#/$defs/{self.shared}"} if self.shared else self.definition()

    def definition(self) -> dict[str, Any]:
        """Return the JSON Schema itself."""
        properties = {name: {"description": key.about, **key.kind.schema()} for name, key in self.keys.items()}
        required = [name for name, key in self.keys.items() if key.required]
        found: dict[str, Any] = {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
        return {**found, "required": required} if required else found
