"""The boolean expressions of Bitbucket Pipelines' `condition: state`, after their description.

https://support.atlassian.com/bitbucket-cloud/docs/expression-language/
"""

from __future__ import annotations

import operator
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = str | float | bool | None

TOKEN = re.compile(r'\s*(?:(?P<text>"[^"]*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|>=|<=|&&|\|\||[<>!(),]))')
COMPARISONS: dict[str, Callable[[float, float], bool]] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


class Invalid(Exception):  # noqa: N818  # Bitbucket's own word for it
    """An expression that Bitbucket would refuse."""


def holds(expression: str, variables: Mapping[str, str]) -> bool:
    """Evaluate a condition. A variable that is not set equals nothing. Raises Invalid for what is no boolean expression."""
    reader = _Reader(_tokens(expression), variables)
    value = reader.either()
    if reader.rest or not isinstance(value, bool):
        raise Invalid(expression)
    return value


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Invalid(expression)
        found.append(match[match.lastgroup or 0])
        at = match.end()
    return found


def _typed(text: str) -> Value:
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else text


class _Reader:
    """Reads tokens from left to right: || binds least, then &&, ! and comparisons."""

    def __init__(self, tokens: list[str], variables: Mapping[str, str]) -> None:
        self.rest = tokens
        self.variables = variables

    def either(self) -> Value:
        value = self.both()
        while self._next_is("||"):
            other = self.both()
            value = _truth(value) or _truth(other)
        return value

    def both(self) -> Value:
        value = self.negation()
        while self._next_is("&&"):
            other = self.negation()
            value = _truth(value) and _truth(other)
        return value

    def negation(self) -> Value:
        return not _truth(self.negation()) if self._next_is("!") else self.comparison()

    def comparison(self) -> Value:
        left = self.operand()
        sign = self.rest[0] if self.rest else ""
        if sign not in {"==", "!=", *COMPARISONS}:
            return left
        del self.rest[0]
        right = self.operand()
        if sign in COMPARISONS:
            numbers = isinstance(left, float) and isinstance(right, float)
            return numbers and COMPARISONS[sign](left, right)  # type: ignore[arg-type]  # both are numbers
        same = type(left) is type(right) and left == right and left is not None
        return same if sign == "==" else not same

    def operand(self) -> Value:
        token = self._take()
        if token == "(":
            value = self.either()
            self._expect(")")
            return value
        if token == "glob" and self._next_is("("):
            value = self.operand()
            self._expect(",")
            pattern = self._take().strip('"')
            self._expect(")")
            return fnmatchcase(str(value), pattern)
        if token.startswith('"'):
            return token[1:-1]
        if re.match(r"\d", token) or token in {"true", "false"}:
            return _typed(token)
        if not re.match(r"[A-Za-z_]", token):
            raise Invalid(token)
        return _typed(self.variables[token]) if token in self.variables else None

    def _take(self) -> str:
        if not self.rest:
            raise Invalid("it ends too early")
        return self.rest.pop(0)

    def _next_is(self, token: str) -> bool:
        found = self.rest[:1] == [token]
        if found:
            del self.rest[0]
        return found

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise Invalid(f"{token} is missing")


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"{value!r} is neither true nor false")
    return value
