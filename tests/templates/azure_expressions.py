"""Azure's expression language, as far as the template and the documentation use it, after its documented rules.

https://learn.microsoft.com/en-us/azure/devops/pipelines/process/expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

# Null, booleans, numbers, strings, sequences and mappings.
Value = Any
Function = Callable[..., Value]
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[().,\[\]]))"
)


class ExpressionError(ValueError):
    """An expression that Azure would refuse."""


@dataclass(frozen=True)
class Scope:
    """What an expression can name: contexts such as `parameters`, and functions beyond the general ones."""

    values: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)


def evaluate(text: str, scope: Scope) -> Value:
    """Return the value of an expression. Raises ExpressionError for one that is none."""
    parser = _Parser(_tokens(text), scope)
    value = parser.expression()
    if parser.rest:
        raise ExpressionError(f"{text!r}: unexpected {parser.rest[0][1]!r}")
    return value


def text_of(value: Value) -> str:
    """Return a value as a string: booleans as C# writes them, sequences and mappings as nothing."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def truth_of(value: Value) -> bool:
    """Return a value as a boolean."""
    return bool(value) or isinstance(value, Mapping | list)


def equal(left: Value, right: Value) -> bool:
    """Compare after turning the right one into the left one's type; strings without regard to case."""
    if isinstance(left, bool):
        return left == truth_of(right)
    if isinstance(left, int | float):
        try:
            return float(left) == float(text_of(right) or 0)
        except ValueError:
            return False
    if left is None:
        return right is None or right == ""
    return text_of(left).casefold() == text_of(right).casefold()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"{text!r}: cannot read {text[at:].strip()[:20]!r}")
        found.append((str(match.lastgroup), str(match[str(match.lastgroup)])))
        at = match.end()
    return found


class _Parser:
    """Reads and evaluates in one go; arguments are not evaluated lazily, which nothing here can tell."""

    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self.rest = tokens
        self._functions = {name.lower(): function for name, function in {**GENERAL, **scope.functions}.items()}
        self._values = {name.lower(): value for name, value in scope.values.items()}

    def expression(self) -> Value:
        kind, text = self._next()
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if kind != "name":
            raise ExpressionError(f"unexpected {text!r}")
        if self._sees("("):
            return self._call(text)
        if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        if text.lower() not in self._values:
            raise ExpressionError(f"unrecognized value {text!r}")
        return self._path(self._values[text.lower()])

    def _call(self, name: str) -> Value:
        if name.lower() not in self._functions:
            raise ExpressionError(f"unrecognized function {name!r}")
        self._expect("(")
        arguments = []
        while not self._sees(")"):
            arguments.append(self.expression())
            if not self._sees(")"):
                self._expect(",")
        self._expect(")")
        try:
            return self._functions[name.lower()](*arguments)
        except TypeError as error:
            raise ExpressionError(f"{name}: wrong number of arguments") from error

    def _path(self, value: Value) -> Value:
        while self._sees(".") or self._sees("["):
            if self._next()[1] == ".":
                value = _member(value, self._next()[1])
            else:
                value = _member(value, self.expression())
                self._expect("]")
        return value

    def _next(self) -> tuple[str, str]:
        if not self.rest:
            raise ExpressionError("the expression ends too early")
        return self.rest.pop(0)

    def _sees(self, mark: str) -> bool:
        return bool(self.rest) and self.rest[0] == ("mark", mark)

    def _expect(self, mark: str) -> None:
        if self._next() != ("mark", mark):
            raise ExpressionError(f"{mark!r} is missing")


def _member(value: Value, name: Value) -> Value:
    """Return a member by name without regard to case, or by number; null for one that is not there."""
    if isinstance(value, Mapping):
        wanted = text_of(name).casefold()
        return next((found for key, found in value.items() if str(key).casefold() == wanted), None)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(name, float) and 0 <= int(name) < len(value):
        return value[int(name)]
    return None


def _coalesce(first: Value, second: Value, *more: Value) -> Value:
    return next((value for value in (first, second, *more) if value is not None and value != ""), None)


def _all(first: Value, second: Value, *more: Value) -> bool:
    return all(map(truth_of, (first, second, *more)))


def _any(first: Value, second: Value, *more: Value) -> bool:
    return any(map(truth_of, (first, second, *more)))


def _in(left: Value, *right: Value) -> bool:
    return any(map(partial(equal, left), right))


def _split(text: Value, marks: Value) -> list[str]:
    return re.split("[" + re.escape(text_of(marks)) + "]", text_of(text))


def _replace(text: Value, old: Value, new: Value) -> str:
    return text_of(text).replace(text_of(old), text_of(new))


GENERAL: Final[Mapping[str, Function]] = {
    "and": _all,
    "or": _any,
    "not": lambda value: not truth_of(value),
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "in": _in,
    "gt": lambda left, right: float(left) > float(right),
    "coalesce": _coalesce,
    "lower": lambda value: text_of(value).lower(),
    "replace": _replace,
    "split": _split,
    "length": len,
}
