"""One list of patterns against one file: what each piece of a pattern means."""

from __future__ import annotations

import time

import pytest

from atlantis_gate.selection.matching import Matcher
from atlantis_gate.selection.patterns import PatternError, candidates, parse


def matches(patterns: list[str], file: str) -> bool:
    parsed = parse(patterns)
    return bool(Matcher([parsed], [file]).result(parsed).matched)


@pytest.mark.parametrize(
    ("pattern", "file", "expected"),
    [
        ("*.tf", "main.tf", True),
        ("*.tf", "a/main.tf", False),
        ("*.tf", ".tf", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "acb", False),
        ("a*a", "a", False),
        ("a*bc*c", "abc", False),
        ("ab*b*c", "abxc", False),
        ("a*b*b*c", "abbc", True),
        ("a*b*b*c", "abc", False),
        ("*a*.tf", "a.tf", True),
        ("?", "é", True),
        ("a?b", "a/b", False),
        ("**", "a/b", True),
        ("**/*.tf", "main.tf", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**b", "a/xb", False),
        ("a/b/*/x.tf", "a/b/c/x.tf", True),
        ("**foo", "barfoo", True),
        ("**foo", "boo", False),
        ("**foo", "oo", False),
        ("**?b", "xb", True),
        ("**/foo", "barfoo", False),
        ("**/foo", "a/foo", True),
        ("a/**", "a/x", True),
        ("a/**", "a", False),
        ("a**", "abc/d", True),
        ("abc**", "abx", False),
        ("abc*x**", "abcyxz", True),
        ("a?**", "abz", True),
        ("*/**", "a/b", True),
        ("*/**", "a", False),
        ("[a-c].tf", "b.tf", True),
        ("[^a].tf", "b.tf", True),
        ("[!a].tf", "b.tf", False),
        ("[!a].tf", "!.tf", True),
        ("x[^a]y", "x/y", True),
        ("[[:alpha:]].tf", "z.tf", True),
        ("[*].tf", "*.tf", False),
        ("\\*.tf", "*.tf", True),
        ("\\*.tf", "a.tf", False),
        ("\\d*", "7x", True),
        ("a.b", "axb", False),
        ("a+(b)$*", "a+(b)$c", True),
        ("a.b?", "axbc", False),
        ("a+(b)$?", "a+(b)$c", True),
        ("a^b", "a^b", True),
        ("a^b*", "a^bc", False),
        ("^a*", "ab", True),
        ("x.TF", "x.tf", False),
        ("X?.tf", "Xa.tf", True),
        ("/a", "a", False),
        ("a", "/a", False),
        ("/a", "/a", True),
        ("a/../*.tf", "x.tf", True),
        (" a ", "a", True),
        ("\x1ca", "\x1ca", True),
        ("", "a", False),
        (".", "a", False),
        ("../a", "a", False),
    ],
)
def test_a_pattern_matches_what_it_says(pattern: str, file: str, expected: bool) -> None:
    assert matches([pattern], file) is expected


@pytest.mark.parametrize(
    ("pattern", "file", "expected"),
    [
        ("{a,b}.tf", "a.tf", False),
        ("{a,b}.tf", "{a,b}.tf", True),
        ("{a,b}*.tf", "{a,b}x.tf", True),
        ("a{2}*.tf", "aax.tf", True),
        ("a{2}*.tf", "a{2}x.tf", False),
        ("a/{2}*", "a//x", True),
        ("a|b", "a|b", True),
        ("a|b*", "anything", True),
        ("a|*b", "ends-with-b", True),
        ("a|*b", "xc", False),
    ],
)
def test_braces_and_bars_act_as_in_an_expression_once_there_is_a_wildcard(pattern: str, file: str, expected: bool) -> None:
    assert matches([pattern], file) is expected


@pytest.mark.parametrize(
    ("pattern", "file"),
    [("*", "a/b/c"), ("x.tf", "x.tf/readme"), ("**/*.tf*", "foo.tfx/readme.md"), ("modules", "modules/a/b"), ("a/*", "a/b/c")],
)
def test_a_pattern_that_matches_a_directory_matches_what_lies_in_it(pattern: str, file: str) -> None:
    assert matches([pattern], file)


@pytest.mark.parametrize(
    ("patterns", "file", "expected"),
    [
        (["*.tf", "!a.tf"], "a.tf", False),
        (["!a.tf", "*.tf"], "a.tf", True),
        (["*.tf", "!a.tf", "a.tf"], "a.tf", True),
        (["**/*.tf", "!p"], "p/q/a.tf", False),
        (["**/*.tf", "!p", "p/q/*.tf"], "p/q/a.tf", True),
        (["**/*.tf", "!p/*.tf"], "p/q/a.tf", True),
        (["*", "!!a"], "!a", False),
        (["*.tf", "! a.tf"], "a.tf", True),
    ],
)
def test_the_last_pattern_that_applies_decides(patterns: list[str], file: str, expected: bool) -> None:
    assert matches(patterns, file) is expected


@pytest.mark.parametrize(
    "pattern", ["[a", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-b-c]", "a\\", "[a\\", "[\\]", "!", "!/", "a/../!", "x" * 1_901]
)
def test_a_list_with_a_bad_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(["*.tf", pattern])


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]a]", "a class in brackets is empty or holds half a range"),
        ("[a", "a class in brackets is not closed, or a backslash stands at the end"),
        ("!", "a pattern that is only `!` excludes nothing"),
        ("x" * 1_901, "a pattern of 1901 characters is longer than 1900"),
    ],
)
def test_a_bad_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse([pattern])

    assert str(caught.value) == reason


@pytest.mark.parametrize("pattern", ["[[a]", "[\\]]", "[a\\-b]", "[^a]", "[X]", "a]", "[[:alpha:]]", "!a", "!!", "x" * 1_900])
def test_an_odd_but_correct_pattern_is_accepted(pattern: str) -> None:
    assert len(parse([pattern])) == 1


@pytest.mark.parametrize("broken", ["\\q.tf", "[b-a].tf", "[[:nope:]]", "a*{1001}", "\\C"])
def test_a_pattern_that_cannot_be_evaluated_fails_on_the_files_that_reach_it(broken: str) -> None:
    first, last, excluding = parse([broken, "*.tf"]), parse(["*.tf", broken]), parse(["*.tf", f"!{broken}"])
    twice = parse([broken, "*.tf", broken])
    matcher = Matcher([first, last, excluding, twice], ["a.tf", "b.md"])
    assert matcher.result(first) == (0b00, 0b11)
    assert matcher.result(last) == (0b01, 0b10)
    assert matcher.result(excluding) == (0b00, 0b01)
    assert matcher.result(twice) == (0b00, 0b11)
    assert [matcher.touches(patterns) for patterns in (first, last, excluding)] == [False, True, False]


@pytest.mark.parametrize(
    ("pattern", "file", "expected"),
    [
        ("**/*.tf", "a\nb/x.tf", False),
        ("**/x.tf", "a\nb/x.tf", True),
        ("a/**/x.tf", "a/b\n/x.tf", False),
        ("*.tf", "a\nb.tf", True),
        ("a/**", "a/b\nc", True),
        ("a*/**", "ab/\n", False),
    ],
)
def test_a_newline_in_a_path_is_no_character_that_two_stars_match_in_an_expression(pattern: str, file: str, expected: bool) -> None:
    assert matches([pattern], file) is expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("a", ("a",)),
        ("a/b", ("a/b", "a")),
        ("a/b/c", ("a/b/c", "a", "a/b")),
        ("/a/b", ("/a/b", "", "/a")),
        ("", ("",)),
        ("a//b", ("a//b", "a")),
    ],
)
def test_a_file_is_compared_with_the_directories_above_it(file: str, expected: tuple[str, ...]) -> None:
    assert candidates(file) == expected


@pytest.mark.parametrize("pattern", ["**/" * 300 + "x", "*a" * 300 + "x", "(a*)" * 200 + "*", "?*" * 400 + "x", "[a-z]*" * 200 + "9"])
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    started = time.perf_counter()
    matches([pattern], "/".join(["aaaaaaaa"] * 200))
    assert time.perf_counter() - started < 5
