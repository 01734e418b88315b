"""Gitea's patterns: branches and contexts that they match."""

from __future__ import annotations

import pytest

from atlantis_gate.hosts.gitea_patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "separators", "text", "expected"),
    [
        ("main", "/", "main", True),
        ("main", "/", "main2", False),
        ("release/*", "/", "release/1.0", True),
        ("release/*", "/", "release/1/0", False),
        ("release/**", "/", "release/1/0", True),
        ("release/***", "/", "release/1/0", True),
        ("v?", "/", "v1", True),
        ("v?", "/", "v/", False),
        ("v[0-9]", "/", "v7", True),
        ("v[!0-9]", "/", "v7", False),
        ("v[!0-9]", "/", "vx", True),
        ("v[a^]", "/", "v^", True),
        ("{main,release/*}", "/", "release/x", True),
        ("{main,{a,b}}c", "/", "bc", True),
        ("a,b}", "/", "a,b}", True),
        (r"a\*", "/", "a*", True),
        (r"a\*", "/", "ab", False),
        (r"[\]]", "/", "]", True),
        ("ci/*", "", "ci/a/b", True),
        ("ci (push)", "", "ci (push)", True),
        ("ci.b", "", "cixb", False),
        ("*", "", "a\nb", True),
        ("*.tf", "./", "a.tf", True),
        ("*.tf", "./", "a.b.tf", False),
        ("**.tf", "./", "x/a.b.tf", True),
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, separators: str, text: str, expected: bool) -> None:
    compiled = compile_pattern(pattern, separators)
    assert compiled is not None
    assert compiled.matches(text) is expected


@pytest.mark.parametrize("pattern", ["[", "[a", "{a", "a\\", "[]", "[z-a]", "x" * 20_000])
def test_a_malformed_pattern_is_none(pattern: str) -> None:
    assert compile_pattern(pattern, "/") is None


def test_nested_alternatives_do_not_exhaust_the_stack() -> None:
    assert compile_pattern("{" * 3000 + "}" * 3000) is None
