"""Scalars mean what Atlantis' decoder makes of them."""

from __future__ import annotations

import pytest

from atlantis_gate.config.nodes import Scalar, integer, is_null, kind_of, truth


def plain(text: str) -> Scalar:
    return Scalar(text, plain=True, tag="", line=1, column=1)


def quoted(text: str) -> Scalar:
    return Scalar(text, plain=False, tag="", line=1, column=1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "null"),
        ("~", "null"),
        ("Null", "null"),
        ("nULL", "str"),
        ("true", "bool"),
        ("yes", "str"),
        ("1", "int"),
        ("+1", "int"),
        ("0x1F", "int"),
        ("0b11", "int"),
        ("0o17", "int"),
        ("1_000", "int"),
        ("18446744073709551615", "int"),
        ("18446744073709551616", "float"),
        ("08", "float"),
        ("1.5", "float"),
        (".5", "float"),
        ("1e3", "float"),
        (".inf", "float"),
        ("-.INF", "float"),
        (".nan", "float"),
        ("1e999", "str"),
        ("1:30", "str"),
        ("2026-06-26", "str"),
        ("0o8", "str"),
        ("=", "str"),
        ("<<", "str"),
        (".", "str"),
        ("-", "str"),
        ("9" * 500, "str"),
    ],
)
def test_an_unquoted_scalar_has_its_kind_and_a_quoted_one_is_text(text: str, kind: str) -> None:
    assert (kind_of(plain(text)), kind_of(quoted(text))) == (kind, "str")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("010", 8),
        ("08", 8),
        ("0o10", 8),
        ("1e1", 10),
        ("3.0", 3),
        ("-1", -1),
        ("0x10", 16),
        ("1_0", 10),
        ("1.5", None),
        ("1:30", None),
        ("true", None),
        ("", None),
        (".nan", None),
        ("9223372036854775808", None),
        ("1" * 500, None),
    ],
)
def test_a_whole_number_may_be_written_in_many_ways_but_not_quoted(text: str, number: int | None) -> None:
    assert (integer(plain(text)), integer(quoted(text))) == (number, None)


@pytest.mark.parametrize(
    ("text", "unquoted", "in_quotes"),
    [
        ("TRUE", True, None),
        ("false", False, None),
        ("yes", True, True),
        ("Off", False, False),
        ("y", True, True),
        ("1", None, None),
        ("tRUE", None, None),
    ],
)
def test_only_the_old_words_are_booleans_in_quotes(text: str, unquoted: bool | None, in_quotes: bool | None) -> None:
    assert (truth(plain(text)), truth(quoted(text))) == (unquoted, in_quotes)


def test_null_is_unquoted_or_tagged() -> None:
    assert [
        is_null(plain("~")),
        is_null(quoted("")),
        is_null(plain("")),
        is_null(Scalar("x", plain=False, tag="null", line=1, column=1)),
    ] == [
        True,
        False,
        True,
        True,
    ]
