"""Each of many patterns finds its own files, and sets of files come back as they went in."""

from __future__ import annotations

import pytest

from atlantis_gate.selection.matching import Matcher, bits, numbers
from atlantis_gate.selection.patterns import parse

# Patterns with a mark of their own (#: a long one, %: a short one), each with a file that it matches and none that has another mark.
SHAPES = {
    "#.tf": "#.tf",
    "a/#/b": "a/#/b",
    "#**": "#/x",
    "a/x#**": "a/x#y/z",
    "**/#.tf": "a/b/#.tf",
    "**/in/#.tf": "in/#.tf",
    "**#.tf": "a/b#.tf",
    "#*.tf": "#x.tf",
    "*#*.tf": "x#x.tf",
    "**/*#.tf": "a/b/x#.tf",
    "*/#/?.tf": "a/#/x.tf",
    "a/**/#*/x": "a/b/c/#d/x",
    "**/*#/*": "#/x",
    "#[ab]*": "#ax",
    "[ab]#/*": "b#/x",
    "#\\*x*": "#*xy",
    "a#{2}*": "a#9y",
    "#*|zzzz": "#yy",
    "^#*": "#yy",
    "x*%*y.tf": "x-%-y.tf",
    "[x]%[x]*": "x%xy",
    "x{2}%*": "xx%y",
    "x\\.%\\.*": "x.%.y",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_of_many_patterns_finds_its_own_file(shape: str) -> None:
    marks = [(f"mark{number:04}9", f"{number:02}") for number in range(20)]
    patterns, files = ([text.replace("#", long).replace("%", short) for long, short in marks] for text in (shape, SHAPES[shape]))
    lists = [parse([pattern]) for pattern in patterns]

    for given in (lists, lists[:5]):
        matcher = Matcher(given, files)
        assert [numbers(matcher.result(each).matched) for each in given] == [[number] for number in range(len(given))]


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 63, 64, 65, 500, 2_000])
def test_files_come_back_in_order_however_many_there_are(size: int) -> None:
    everything = list(range(size))

    assert numbers(bits(everything, size)) == everything
    assert numbers(bits(everything[::-3], size)) == sorted(everything[::-3])
    assert numbers(bits(everything[-1:], size)) == everything[-1:]
