"""What a YAML or JSON document is made of once read: scalars, sequences and mappings with their places."""

from __future__ import annotations

import re
from typing import NamedTuple

# The plain scalars that are not text, as Atlantis' decoder resolves them (https://pkg.go.dev/go.yaml.in/yaml/v4#hdr-Compatibility).
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
# These are booleans only where a boolean is expected, quoted or not.
_OLD_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
_OLD_FALSE = frozenset({"n", "N", "no", "No", "NO", "off", "Off", "OFF"})
_SPECIAL_FLOAT = frozenset(sign + text for sign in ("", "+", "-") for text in (".inf", ".Inf", ".INF")) | {".nan", ".NaN", ".NAN"}
_INTEGER = re.compile(r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_NUMERIC_START = frozenset("+-.0123456789")
_LONGEST_NUMBER = 400
_INT64 = 2**63
_UINT64 = 2**64
KINDS = frozenset({"str", "int", "float", "bool", "null"})


class Scalar(NamedTuple):
    """A single value. `plain` means unquoted and untagged; `tag` is the short name of an explicit tag, empty when there is none."""

    text: str
    plain: bool
    tag: str
    line: int
    column: int


class Sequence(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    line: int
    column: int


class Mapping(NamedTuple):
    """A map from the text of each key to the key and the value; merge keys are already resolved."""

    pairs: dict[str, tuple[Scalar, Node]]
    line: int
    column: int


Node = Scalar | Sequence | Mapping


def is_null(node: Node) -> bool:
    """Tell whether a node stands for "not set"."""
    return type(node) is Scalar and ((node.plain and node.text in _NULLS) or node.tag == "null")


def kind_of(scalar: Scalar) -> str:
    """Return what a scalar is where nothing particular is expected: str, int, float, bool or null."""
    if scalar.tag:
        return scalar.tag
    return resolved(scalar.text) if scalar.plain else "str"


def resolved(text: str) -> str:
    """Return what an unquoted scalar is; dates are text."""
    if text in _NULLS:
        return "null"
    if text in _TRUE or text in _FALSE:
        return "bool"
    if text[0] not in _NUMERIC_START or len(text) > _LONGEST_NUMBER:
        return "str"
    if text in _SPECIAL_FLOAT:
        return "float"
    number = _number(text)
    return "str" if number is None else type(number).__name__


def integer(scalar: Scalar) -> int | None:
    """Return the whole number that a scalar stands for (`1e1` and `3.0` are whole), None when it is something else."""
    if not (scalar.plain or scalar.tag in {"int", "float"}):
        return None
    number = _number(scalar.text) if len(scalar.text) <= _LONGEST_NUMBER else None
    if number is None or number != number // 1 or not -_INT64 <= number < _INT64:
        return None
    return int(number)


def truth(scalar: Scalar) -> bool | None:
    """Return the boolean that a scalar stands for where one is expected, None when it is something else."""
    text = scalar.text
    if (scalar.plain or scalar.tag == "bool") and (text in _TRUE or text in _FALSE):
        return text in _TRUE
    if scalar.tag in {"", "str"} and (text in _OLD_TRUE or text in _OLD_FALSE):
        return text in _OLD_TRUE
    return None


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "") if text[:1] != "." else text
    found = _INTEGER.fullmatch(plain)
    if found:
        base = next(name for name in _BASES if found[name] is not None)
        number = int(found["sign"] + found[base], _BASES[base])
        if -_INT64 <= number < _UINT64:
            return number
    if not _FLOAT.fullmatch(plain):
        return None
    value = float(plain)
    return None if value in (float("inf"), float("-inf")) else value
