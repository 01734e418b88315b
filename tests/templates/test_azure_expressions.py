"""The evaluator of Azure's expressions answers as its documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from templates.azure_expressions import ExpressionError, Scope, evaluate

VALUES = Scope({"variables": {"letters": "ABC", "A.b": "x", "empty": ""}, "parameters": {"list": ["a", "b"], "off": False, "number": 5.0}})


# The examples of https://learn.microsoft.com/en-us/azure/devops/pipelines/process/expressions#functions, and its rules of conversion.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("and(eq(variables.letters, 'ABC'), eq(variables.letters, 'abc'))", True),
        ("eq(variables['A.b'], 'X')", True),
        ("eq(variables.noSuch, '')", True),
        ("eq(variables.noSuch, 'true')", False),
        ("eq(variables.empty, 'true')", False),
        ("eq('true', true)", True),
        ("eq(true, 'false')", True),
        ("eq(parameters.off, false)", True),
        ("eq(parameters.number, '5')", True),
        ("eq(parameters.number, 'five')", False),
        ("ne(1, 2)", True),
        ("not(eq(1, 2))", True),
        ("or(eq(1, 1), eq(2, 3))", True),
        ("or('', false)", False),
        ("in('B', 'A', 'B', 'C')", True),
        ("gt(5, 2)", True),
        ("gt(length(parameters.list), 0)", True),
        ("coalesce(variables.couldBeNull, variables.empty, 'literal so it always works')", "literal so it always works"),
        ("lower(parameters.off)", "false"),
        (
            "replace('https://www.tinfoilsecurity.com/saml/consume','https://www.tinfoilsecurity.com','http://server')",
            "http://server/saml/consume",
        ),
        ("split('a,b', ',')", ["a", "b"]),
        ("'It''s OK'", "It's OK"),
        ("parameters.list[1]", "b"),
        ("TRUE", True),
    ],
)
def test_an_expression_has_the_value_that_azure_documents(text: str, value: Any) -> None:
    assert evaluate(text, VALUES) == value


@pytest.mark.parametrize("text", ["", "eq(1)", "eq(1, 2", "eq(1, 2) 3", "nothing", "nothing()", "'open", "a == b", "(1)", "dependencies.a"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, VALUES)
