"""Blocks and literal attributes of Terraform files, in HCL's native and JSON syntax; the parser is loaded when the first file is read."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from atlantis_gate.frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser

# Any other character stands for itself.
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
# https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|[$%]{2}(?=\{)", re.DOTALL)
_TEMPLATE: Final = re.compile(r"(?<![$%])[$%]\{")


@frozen
class Body:
    """What stands between the braces of a block. A literal is None when its value is not known without evaluating something."""

    literals: dict[str, str | None] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def only(self, kind: str) -> Body:
        """Return the body of the one block of a kind; an empty one when there is none or more than one."""
        found = [block.body for block in self.blocks if block.kind == kind]
        return found[0] if len(found) == 1 else Body()


class Block(NamedTuple):
    """A block: `module "vpc" {...}` has kind `module` and label `vpc`."""

    kind: str
    label: str
    body: Body


class Parsed(NamedTuple):
    """A file's content; `complete` is False when a part of it could not be parsed."""

    body: Body
    complete: bool


def parse(name: str, data: bytes, kind: str) -> Parsed:
    """Parse the blocks of a kind in a Terraform file, by its name in JSON or native syntax.

    Never raises: what cannot be parsed is left out.
    """
    return _parse_json(data, kind) if name.endswith(".json") else _parse_native(data, kind)


def _parse_native(data: bytes, kind: str) -> Parsed:
    root = _parser().parse(data).root_node
    found = (item for body in root.named_children if body.type == "body" for item in body.named_children if item.type == "block")
    blocks = tuple(_block(block, 0) for block in found if _text(block.named_children[0]) == kind)
    return Parsed(Body({}, blocks), complete=not root.has_error)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_hcl  # noqa: PLC0415  (a run that reads no Terraform file does not pay for the parser)
    from tree_sitter import Language, Parser  # noqa: PLC0415

    return Parser(Language(tree_sitter_hcl.language()))


def _body(node: Node, depth: int) -> Body:
    """Read a body; nothing that is asked for lies deeper than four blocks."""
    literals: dict[str, str | None] = {}
    blocks: list[Block] = []
    for child in node.named_children:
        if child.type == "attribute":
            literals[_text(child.named_children[0])] = _literal(child.named_children[-1])
        elif child.type == "block" and depth < 4:  # noqa: PLR2004
            blocks.append(_block(child, depth))
    return Body(literals, tuple(blocks))


def _block(node: Node, depth: int) -> Block:
    kind, *rest = node.named_children
    label = next((child for child in rest if child.type in {"string_lit", "identifier"}), None)
    body = next((child for child in rest if child.type == "body"), None)
    text = "" if label is None else _string(label) if label.type == "string_lit" else _text(label)
    return Block(_text(kind), text, Body() if body is None else _body(body, depth + 1))


def _literal(node: Node) -> str | None:
    while node.type in {"expression", "literal_value"} and len(node.named_children) == 1:
        node = node.named_children[0]
    if node.type == "string_lit":
        return _string(node)
    text = _text(node)
    whole = node.type == "numeric_lit" and text.isdecimal()
    return text if whole or node.type == "bool_lit" else None


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _string(node: Node) -> str:
    return _ESCAPE.sub(_unescaped, _text(node)[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    if short or long:
        number = int(short or long, 16)
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\ufffd"  # noqa: PLR2004
    return _ESCAPES.get(char, char) if char else match[0][:1]


def _parse_json(data: bytes, kind: str) -> Parsed:
    try:
        # Pairs, because a key may stand twice: that is two blocks.
        document = json.loads(data.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return Parsed(Body(), complete=False)
    blocks = tuple(block for key, value in _pairs(document) if key == kind for block in _json_blocks(key, value, 0))
    return Parsed(Body({}, blocks), complete=True)


def _json_body(value: Any, depth: int) -> Body:
    """Read an object, or a list of objects that make up one body together."""
    pairs = list(_pairs(value))
    literals = {key: _json_literal(item) for key, item in pairs}
    blocks = tuple(block for key, item in pairs if depth < 4 for block in _json_blocks(key, item, depth))  # noqa: PLR2004
    return Body(literals, blocks)


def _json_blocks(kind: str, value: Any, depth: int) -> Iterator[Block]:
    if kind == "module":
        yield from (Block(kind, label, _json_body(item, depth + 1)) for label, items in _pairs(value) for item in _items(items))
    else:
        yield from (Block(kind, "", _json_body(item, depth + 1)) for item in _items(value))


def _items(value: Any) -> list[Any]:
    """Return the bodies that a value stands for: each object of a list, or the one object; an object is a tuple of pairs."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, tuple)]


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    for item in _items(value):
        yield from item


def _json_literal(value: Any) -> str | None:
    if isinstance(value, str):
        return None if _TEMPLATE.search(value) else value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else None
