"""Paths are treated as Go's path package treats them."""

from __future__ import annotations

import pytest

from atlantis_gate.selection.paths import base, clean, join, parent


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "."),
        (".", "."),
        ("a//b/./c/..", "a/b"),
        ("../a/../..", "../.."),
        ("/../a", "/a"),
        ("//a", "/a"),
        ("//", "/"),
        ("///a", "/a"),
        ("a/..", "."),
    ],
)
def test_a_path_is_cleaned_as_text(path: str, expected: str) -> None:
    assert clean(path) == expected


@pytest.mark.parametrize(
    ("directory", "path", "expected"), [(".", "a", "a"), ("p", "/a", "p/a"), ("p", "../a", "a"), ("p", "", "p"), ("p", "../../a", "../a")]
)
def test_a_path_is_put_below_a_directory(directory: str, path: str, expected: str) -> None:
    assert join(directory, path) == expected


@pytest.mark.parametrize(("path", "above", "name"), [("a", ".", "a"), ("a/b/c", "a/b", "c"), (".", ".", "."), ("/a", "/", "a")])
def test_a_path_has_a_directory_and_a_name(path: str, above: str, name: str) -> None:
    assert (parent(path), base(path)) == (above, name)
