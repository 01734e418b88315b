"""Reading a JSON document into the same nodes as YAML, as Go's encoding/json would read it."""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING

from atlantis_gate.config.document import refuse_size
from atlantis_gate.config.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from atlantis_gate.config.findings import Findings

MAX_DEPTH = 100
_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_WORDS = {"true": "bool", "false": "bool", "null": "null"}


class _Reader:
    """Walks through the text; every method takes an offset and returns a node and the offset after it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [-1, *(found.start() for found in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.lines, offset - 1)
        return line, offset - self.lines[line - 1]

    def blank(self, offset: int) -> int:
        found = _BLANK.match(self.text, offset)
        return found.end() if found else offset

    def fail(self, offset: int, expected: str) -> JSONDecodeError:
        found = "the text ends" if offset >= len(self.text) else f"there is {self.text[offset]!r}"
        return JSONDecodeError(f"{expected} is expected, but {found}", self.text, offset)

    def value(self, offset: int, depth: int) -> tuple[Node, int]:
        char = self.text[offset : offset + 1]
        if depth > MAX_DEPTH:
            raise JSONDecodeError(f"values are nested more than {MAX_DEPTH} levels deep", self.text, offset)
        if char == "{":
            return self.mapping(offset, depth)
        if char == "[":
            return self.sequence(offset, depth)
        return self.string(offset) if char == '"' else self.word(offset)

    def string(self, offset: int) -> tuple[Scalar, int]:
        if self.text[offset : offset + 1] != '"':
            raise self.fail(offset, "a text in double quotes")
        text, end = scanstring(self.text, offset + 1, True)
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return Scalar(whole, False, "str", *self.place(offset)), end

    def word(self, offset: int) -> tuple[Scalar, int]:
        for word, kind in _WORDS.items():
            if self.text.startswith(word, offset):
                return Scalar(word, False, kind, *self.place(offset)), offset + len(word)
        found = _NUMBER.match(self.text, offset)
        if not found:
            raise self.fail(offset, "a value")
        return Scalar(found[0], False, "float" if found["fraction"] else "int", *self.place(offset)), found.end()

    def sequence(self, offset: int, depth: int) -> tuple[Sequence, int]:
        items: list[Node] = []
        at = self.blank(offset + 1)
        while self.text[at : at + 1] != "]":
            item, at = self.value(at, depth + 1)
            items.append(item)
            at = self.next(at, "]")
        return Sequence(tuple(items), *self.place(offset)), at + 1

    def mapping(self, offset: int, depth: int) -> tuple[Mapping, int]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        at = self.blank(offset + 1)
        while self.text[at : at + 1] != "}":
            key, at = self.string(at)
            at = self.blank(at)
            if self.text[at : at + 1] != ":":
                raise self.fail(at, "`:`")
            value, at = self.value(self.blank(at + 1), depth + 1)
            pairs[key.text] = (key, value)
            at = self.next(at, "}")
        return Mapping(pairs, *self.place(offset)), at + 1

    def next(self, offset: int, closing: str) -> int:
        """Step over a comma to the next element, or stay at the closing bracket."""
        at = self.blank(offset)
        char = self.text[at : at + 1]
        if char == closing:
            return at
        if char != ",":
            raise self.fail(at, f"`,` or `{closing}`")
        at = self.blank(at + 1)
        if self.text[at : at + 1] == closing:
            raise self.fail(at, "a value after the comma")
        return at


def read_json(data: bytes, findings: Findings) -> Node:
    """Return the root of the document; raise ConfigError with the place where it stops being JSON."""
    refuse_size(findings.file, data)
    reader = _Reader(data.decode("utf-8", "replace"))
    try:
        node, end = reader.value(reader.blank(0), 0)
        end = reader.blank(end)
        if end < len(reader.text):
            raise reader.fail(end, "the end of the text")
    except JSONDecodeError as error:
        findings.error(Scalar("", False, "", error.lineno, error.colno), f"this is not valid JSON: {error.msg}")
        findings.raise_errors()
        raise
    return node
