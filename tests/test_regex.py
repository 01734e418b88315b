"""Expressions are Go's: accepted and refused as Go does, worded like Go, and matched in linear time."""

from __future__ import annotations

import time

import pytest

from atlantis_gate.regex import MAX_LENGTH, RegexError, compile_regex


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("?", "missing argument to repetition operator: `?`"),
        ("[a", "missing closing ]: `[a`"),
        ("(a", "missing closing ): `(a`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("^(?!main)", "invalid or unsupported Perl syntax: `(?!`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"a\Z", r"invalid escape sequence: `\Z`"),
        ("a\\", "trailing backslash at end of expression"),
        (r"a\C", r"invalid escape sequence: `\C`"),
        ("(?P<é>a)", "invalid named capture: `(?P<é>`"),
        ("(" * 1001 + ")" * 1001, "expression nests too deeply"),
    ],
)
def test_what_go_refuses_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(RegexError) as caught:
        compile_regex(text)

    assert str(caught.value) == f"error parsing regexp: {message}"


@pytest.mark.parametrize(
    ("text", "searched", "found"),
    [
        ("main", "not-main-at-all", True),
        ("^main$", "main\n", False),
        (r"a\z", "xa", True),
        ("a(?i)b", "aB", True),
        (r"\pL", "é", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Q\C", r"\C", True),
        (r"\\C", r"\C", True),
        ("[[:alpha:]]+", "7", False),
        ("a{,3}", "a{,3}", True),
        (r"\d", "٣", False),
        ("(?<n>a)", "a", True),
        ("()" * 1001, "", True),
        (r"[(]" * 1001, "(" * 1001, True),
        ("", "anything", True),
        ("a.c", "a\udc80c", True),
    ],
)
def test_what_go_accepts_matches_anywhere_as_in_go(text: str, searched: str, found: bool) -> None:
    assert compile_regex(text).search(searched) is found


def test_an_expression_over_the_limit_is_refused() -> None:
    compile_regex("a" * MAX_LENGTH)

    with pytest.raises(RegexError, match="at most"):
        compile_regex("a" * (MAX_LENGTH + 1))


def test_a_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(RegexError, match="invalid UTF-8"):
        compile_regex("\udc80")


def test_a_hostile_expression_takes_no_time() -> None:
    expression = compile_regex("^(a+)+$")
    started = time.perf_counter()

    assert expression.search("a" * 50_000 + "!") is False
    assert time.perf_counter() - started < 1
