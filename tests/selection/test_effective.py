"""A project's patterns are what they would be, written out from the root, however they are put together."""

from __future__ import annotations

import posixpath
from itertools import product

import pytest

from atlantis_gate.model import Project
from atlantis_gate.selection.effective import effective
from atlantis_gate.selection.patterns import Pattern, parse

DIRECTORIES = [
    *(".", "a", "a/b", "a/b/c", "a b", "é", "..a"),
    *("!a", "a|b", "a{2}", "a*", "[a]", "^a", "..", "../a", "../..", "a/", "./a", "a//b", " a", "a "),
]
TEXTS = [
    *("x", "x/y", "*.tf", "**", "**/x", "x/**", "**x", "x**", "?", "[ab]/*", "\\*x"),
    *(".", "..", "../..", "../x", "../../x", "../../../x", "../*", "./x", "x/../y", "x/", "../"),
    *("/x", "//x", "/x/y", "/..", "//../x/", "Xx"),
    *("!x", "!*.tf", "!..", "!../x", "!.", "!!x", "! x", " !x ", "!/x", "!/../x"),
    *(" x ", "\tx\n", "\u00a0x", "\x1cx", "x/ ", "a|b", "a|b*", "a{2}*", "{2}*", "{a,b}", "^x", "", " "),
]


def written(directory: str, text: str) -> str:
    """Write a pattern relative to the root: `!` stays in front, Go's white space goes."""
    trimmed = text.strip("\t\n\v\f\r \x85\xa0\u3000")
    mark = "!" if trimmed.startswith("!") else ""
    return mark + posixpath.normpath(f"{directory}/{trimmed.removeprefix(mark)}")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_every_pattern_of_every_directory_is_as_if_it_were_written_from_the_root(directory: str) -> None:
    for text in TEXTS:
        project = Project(dir=directory, workspace="w", when_modified=(text,))
        assert effective(project) == parse([written(directory, text)]), text


@pytest.mark.parametrize("directory", ["", "/a"])
def test_a_directory_that_is_not_relative_to_the_root_stays_what_it_is(directory: str) -> None:
    for text in ("x", "x/y*", "!x"):
        project = Project(dir=directory, workspace="w", when_modified=(text,))
        assert effective(project) == parse([written(directory, text)]), text


def test_each_pattern_of_a_list_is_put_together_by_itself() -> None:
    for first, second in product(TEXTS, repeat=2):
        project = Project(dir="a/b", workspace="w", when_modified=(first, second))
        assert effective(project) == parse([written("a/b", first), written("a/b", second)]), (first, second)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", Pattern(False, "a", "exact", "b")),
        ("b", Pattern(False, "", "exact", "b")),
        ("!a/b", Pattern(True, "a", "exact", "b")),
        ("a/b/**", Pattern(False, "a/b", "prefix", "**")),
        ("a^b/x**", Pattern(False, "a^b", "prefix", "x**")),
        ("a/b**", Pattern(False, "a", "prefix", "b**")),
        ("**/a/b", Pattern(False, "", "suffix", "**/a/b")),
        ("a/b/*.tf", Pattern(False, "a/b", "regex", "*.tf")),
        ("a/b*/c", Pattern(False, "a", "regex", "b*/c")),
        ("a/bc{2}*", Pattern(False, "a", "regex", "bc{2}*")),
        ("a/b{2}*", Pattern(False, "a", "regex", "b{2}*")),
        ("{2}/a*", Pattern(False, "", "regex", "{2}/a*")),
        ("a/{2}*", Pattern(False, "", "regex", "a/{2}*")),
        ("a/b|c*", Pattern(False, "", "regex", "a/b|c*")),
        ("a/b^c*", Pattern(False, "a", "regex", "b^c*")),
        ("a/\\b", Pattern(False, "a", "regex", "\\b")),
        ("X/Y", Pattern(False, "X", "exact", "Y")),
        ("X/Y/*", Pattern(False, "X/Y", "regex", "*")),
        ("/a/b", Pattern(False, "", "exact", "/a/b")),
        ("/a/*", Pattern(False, "", "regex", "/a/*")),
    ],
)
def test_a_pattern_is_split_at_the_directory_that_it_names_literally(text: str, expected: Pattern) -> None:
    assert parse([text]) == (expected,)
