"""The kinds of single values that a configuration file holds: how each is read, checked and described to editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from atlantis_gate.config.findings import either, meant, shown
from atlantis_gate.config.nodes import Node, Scalar, Sequence, integer, kind_of, truth
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.config.findings import Findings

_FEW = 4
_NOUNS = {"str": "text", "int": "a number", "float": "a number", "bool": "a boolean", "null": "nothing"}


class Reader(NamedTuple):
    """How a file is read: where its problems go, and whether it is JSON, which is stricter about types and laxer about keys."""

    findings: Findings
    json: bool = False

    def mismatch(self, node: Node, wanted: str) -> None:
        """Note that a value is of the wrong type."""
        found = "a list" if type(node) is Sequence else "a map"
        if type(node) is Scalar:
            found = f"{_NOUNS.get(kind_of(node), 'text')} {shown(node.text)}" if node.text else "an empty text"
        self.findings.error(node, f"{wanted} is expected here, not {found}")


class Kind(Protocol):
    """One kind of value."""

    @property
    def needs_check(self) -> bool:
        """Whether values can be wrong once they are read."""

    def read(self, node: Node, reader: Reader) -> Any:
        """Return the value of a node that is not null, or note a mismatch and return None."""

    def check(self, value: Any, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value of the right type."""

    def empty(self, node: Node) -> Any:
        """Return what JSON's null in a list stands for."""

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema; null is accepted wherever Atlantis takes it for "not set"."""


@frozen
class Text:
    """A text; numbers, booleans and dates are taken as they are written.

    `choices` are the values that are accepted, `lax` ones are only recommended; `blank` accepts the empty text besides.
    `shape` is an expression for editors, which accepts at least what `rule` accepts.
    """

    choices: tuple[str, ...] = ()
    what: str = "a value"
    rule: Callable[[str], str] | None = None
    blank: bool = False
    lax: bool = False
    shape: str = ""

    @property
    def needs_check(self) -> bool:
        """Whether values can be wrong once they are read."""
        return bool(self.choices or self.rule)

    def read(self, node: Node, reader: Reader) -> str | None:
        """Return the value of a node, or note a mismatch and return None."""
        if type(node) is not Scalar or (reader.json and node.tag != "str"):
            reader.mismatch(node, "text")
            return None
        return node.text

    def check(self, value: str, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        if self.choices and value not in self.choices and not (self.blank and not value):
            note = findings.warn if self.lax else findings.error
            hint = meant(value, self.choices)
            known = f"; use {either(self.choices)}" if not hint or len(self.choices) <= _FEW else ""
            note(node, f"{shown(value)} is not {self.what}{known}{hint}")
        wrong = self.rule(value) if self.rule else ""
        if wrong:
            findings.error(node, wrong)

    def empty(self, node: Node) -> str:
        """Return what a null in a JSON list stands for."""
        del node
        return ""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        anything = {"type": ["string", "number", "boolean", "null"]}
        if not self.choices:
            return {**anything, "pattern": self.shape} if self.shape else anything
        known = {"enum": [*self.choices, *([""] if self.blank else []), None]}
        return {"anyOf": [known, anything]} if self.lax else known


@frozen
class Flag:
    """A boolean."""

    needs_check: ClassVar[bool] = False

    def read(self, node: Node, reader: Reader) -> bool | None:
        """Return the value of a node, or note a mismatch and return None."""
        value = None
        if type(node) is Scalar and (not reader.json or node.tag == "bool"):
            value = truth(node)
        if value is None:
            reader.mismatch(node, "`true` or `false`")
        return value

    def check(self, value: bool, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        del value, node, findings

    def empty(self, node: Node) -> bool:
        """Return what a null in a JSON list stands for."""
        del node
        return False

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        old = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
        return {"anyOf": [{"type": ["boolean", "null"]}, {"enum": old}]}


@frozen
class Whole:
    """A whole number, possibly out of few."""

    choices: tuple[int, ...] = ()
    needs_check: ClassVar[bool] = True

    def read(self, node: Node, reader: Reader) -> int | None:
        """Return the value of a node, or note a mismatch and return None."""
        value = None
        if type(node) is Scalar and (not reader.json or node.tag == "int"):
            value = integer(node)
        if value is None:
            reader.mismatch(node, "a whole number (without quotes)")
        return value

    def check(self, value: int, node: Node, findings: Findings) -> None:
        """Note what is wrong with a value."""
        if self.choices and value not in self.choices:
            findings.error(node, f"{value} is not accepted; use {either(map(str, self.choices))}")

    def empty(self, node: Node) -> int:
        """Return what a null in a JSON list stands for."""
        del node
        return 0

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        # A leading zero (`03`) is a number for Atlantis and a text for some editors.
        return {"enum": [*self.choices]} if self.choices else {"type": ["integer", "null"]}
