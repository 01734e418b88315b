"""Doublestar patterns match as in Atlantis, whatever they are made of and in bounded time."""

from __future__ import annotations

import time
from fnmatch import translate
from re import compile as python_regex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.doublestar import MAX_BRACES, MAX_LENGTH, has_glob, matches, valid


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("modules/*", "modules/vpc", True),
        ("modules/*", "modules/vpc/a", False),
        ("modules/*", "modules", False),
        ("modules/**", "modules", True),
        ("modules/**", "modules/a/b", True),
        ("modules/**/", "modules", True),
        ("**/vpc", "vpc", True),
        ("**/vpc", "a/b/vpc", True),
        ("**/vpc", "a/bvpc", False),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/b/y/z/c", True),
        ("a/**/b/**/c", "a/x/y/c", False),
        ("**", "anything/at/all", True),
        ("*", ".", True),
        ("**", ".", True),
        ("a**", "abc", True),
        ("a**", "abc/d", False),
        ("a**/d", "ab/d", True),
        ("env?", "env1", True),
        ("env?", "env", False),
        ("a?b", "a/b", False),
        ("env[0-9]", "env7", True),
        ("env[!0-9]", "env7", False),
        ("env[^0-9]", "envx", True),
        ("[a-]", "-", True),
        (r"[\]]", "]", True),
        (r"[a\-c]", "b", False),
        (r"[a-\c]", "b", True),
        ("{a,b}/c", "b/c", True),
        ("{a,b}/c", "c", False),
        ("{a,{b,c}/d}", "c/d", True),
        ("{,x}a", "a", True),
        ("{**/,}c", "a/b/c", True),
        ("a{/**,}", "a/b/c", True),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"\{a}", "{a}", False),
        ("é?", "éa", True),
        ("a/./b", "a/b", False),
        ("./foo", "foo", False),
        ("foo/", "foo", False),
        ("", "", True),
        ("a", "", False),
        (".hidden/*", ".hidden/x", True),
        ("*", ".hidden", True),
        ("***", "a", True),
        ("[", "[", False),
    ],
)
def test_a_pattern_matches_the_whole_path(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    "pattern", ["", "a", "**", "[!a]", r"a\[b", "{a,b}", "{}", "{a", "[", "[]a]", "[^]", "[a\\]", "a\\", "}", "a}b", "[a]]"]
)
def test_an_unclosed_or_empty_class_brace_or_escape_is_invalid(pattern: str) -> None:
    assert valid(pattern) is (pattern in {"", "a", "**", "[!a]", r"a\[b", "{a,b}", "{}", "[a]]"})


@pytest.mark.parametrize(("text", "expected"), [("a*", True), ("a?", True), ("[a]", True), ("{a,b}", False), ("a", False)])
def test_braces_alone_make_no_pattern(text: str, expected: bool) -> None:
    assert has_glob(text) is expected


def test_the_limits_hold() -> None:
    assert valid("a" * MAX_LENGTH)
    assert not valid("a" * (MAX_LENGTH + 1))
    assert not valid("{a}" * (MAX_BRACES + 1))
    assert valid("{a,b}" * 8)
    assert not valid("{a,b}" * 20)


@pytest.mark.parametrize("pattern", ["*a" * 900, "**/*a/" * 300 + "b", "{a,b}" * 50, "[a-z]*" * 300, "**/" * 600 + "b"])
def test_a_hostile_pattern_takes_no_time(pattern: str) -> None:
    started = time.perf_counter()

    assert matches(pattern, "a/" * 200 + "c") is False
    assert time.perf_counter() - started < 2


@given(st.text("a*?[]!-{},/\\b", max_size=12), st.text("ab/*", max_size=8))
def test_any_pattern_gives_an_answer_and_an_invalid_one_matches_nothing(pattern: str, path: str) -> None:
    assert matches(pattern, path) in ({True, False} if valid(pattern) else {False})


@given(st.text("ab*?", max_size=8).filter(lambda text: "**" not in text), st.text("ab", min_size=1, max_size=8))
def test_within_one_segment_it_is_an_ordinary_glob(pattern: str, name: str) -> None:
    assert matches(pattern, name) is (python_regex(translate(pattern)).match(name) is not None)
