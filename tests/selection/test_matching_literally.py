"""The index of many lists and files answers as the rules do when each list is put to each file."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from atlantis_gate.errors import ConfigError
from atlantis_gate.model import Discovery, Project
from atlantis_gate.regex import RegexError, compile_regex
from atlantis_gate.selection import ListingTree, Scope, touched
from atlantis_gate.selection.patterns import PatternError, parse

if TYPE_CHECKING:
    from atlantis_gate.selection import Touched

SPACE = " \t\n"
WORDS = ["a", "b", "ab", "x.tf", "modules", "é", "a b", "{a}", "a|b", "!a", "^a"]
PIECES = [
    *WORDS,
    "*",
    "**",
    "*.tf",
    "*.tf*",
    "?",
    "[ab]",
    "[^a]",
    "**a",
    "a**",
    "**/a",
    "*a*",
    "\\*",
    "\\q",
    "a{2}",
    "..",
    ".",
    "",
    " ",
    "[b-a]",
]
paths = st.lists(st.sampled_from([*WORDS, "aa", "main.tf", "*", "a\nb"]), min_size=1, max_size=4).map("/".join)
directories = st.one_of(st.just("."), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("/".join))
patterns = st.builds(
    lambda mark, parts: mark + "/".join(parts),
    st.sampled_from(["", "", "", "!", " !", "! "]),
    st.lists(st.sampled_from(PIECES), max_size=4),
)
entries = st.lists(st.tuples(directories, st.lists(patterns, max_size=4)), max_size=6)


class BadError(Exception):
    """A pattern that fails when it is evaluated."""


def clean(path: str) -> str:
    return posixpath.normpath(path)


def relative_to_root(directory: str, pattern: str) -> str:
    pattern = pattern.strip(SPACE)
    mark = "!" if pattern.startswith("!") else ""
    return mark + clean(f"{directory}/{pattern.removeprefix(mark)}")


def expression(pattern: str) -> tuple[str, str]:
    """Translate character by character, with the way of matching found on the way."""
    out, way, at, first = "^", "exact", 0, True
    while at < len(pattern):
        char, at = pattern[at], at + 1
        if char == "*" and pattern[at : at + 1] == "*":
            at += 2 if pattern[at + 1 : at + 2] == "/" else 1
            if at == len(pattern) and way == "exact":
                way = "prefix"
            else:
                out, way = out + (".*" if at == len(pattern) else "(.*/)?"), "regex"
            way = "suffix" if first else way
        elif char in "*?":
            out, way = out + {"*": "[^/]*", "?": "[^/]"}[char], "regex"
        elif char in ".+()$":
            out += "\\" + char
        elif char == "\\":
            out, at, way = out + "\\" + pattern[at], at + 1, "regex"
        else:
            out, way = out + char, "regex" if char in "[]" else way
        first = False
    return out + "$", way


def match_one(pattern: str, path: str) -> bool:
    text, way = expression(pattern)
    if way == "exact":
        return path == pattern
    if way == "prefix":
        return path.startswith(pattern[:-2])
    if way == "suffix":
        return path.endswith(pattern[2:]) or (pattern[2:3] == "/" and path == pattern[3:])
    try:
        return compile_regex(text).search(path)
    except RegexError as error:
        raise BadError from error


def match_list(wanted: list[str], file: str) -> bool:
    matched = False
    above = posixpath.dirname(file).split("/") if "/" in file else []
    for text in wanted:
        pattern = clean(text.strip(SPACE))
        exclusion = pattern.startswith("!")
        if exclusion != matched:
            continue
        tried = [file, *("/".join(above[: count + 1]) for count in range(len(above)))]
        if any(match_one(pattern[exclusion:], path) for path in tried):
            matched = not exclusion
    return matched


def literally(projects: list[Project], files: list[str], existing: ListingTree) -> list[Project]:
    found = []
    for project in projects:
        wanted = [relative_to_root(project.dir, pattern) for pattern in project.when_modified]
        for file in files:
            try:
                hit = match_list(wanted, file)
            except BadError:
                continue
            if hit:
                found += [project] if existing.exists(project.dir) else []
                break
    return found


def answer(projects: list[Project], files: list[str], tree: ListingTree) -> Touched | None:
    try:
        return touched(projects, files, Scope(tree=tree, discovery=Discovery(enabled=False), file_list=()))
    except ConfigError:
        return None


def refused(project: Project) -> bool:
    try:
        parse(relative_to_root(project.dir, pattern) for pattern in project.when_modified)
    except PatternError:
        return True
    return False


@settings(max_examples=400)
@given(entries=entries, files=st.lists(paths, max_size=8), others=st.lists(paths, max_size=4))
@example(entries=[("a", ["../**/x.tf", "!../b"])], files=["b/x.tf", "x.tf"], others=["a/x"])
@example(entries=[("a/b", ["../../../x", "../../*.tf", "", "!"])], files=["a.tf", "a/b/c"], others=["a/b/c"])
@example(entries=[("a", ["x.tf/ /."])], files=["a/x.tf"], others=[])
@example(entries=[("!a", ["*"])], files=["!a/x"], others=[])
@example(entries=[("a", [f"../**/{word}/b" for word in "cdefghij"]), ("a", ["../**/modules/b"])], files=["modules/b"], others=["a/b"])
@example(entries=[("a|b", ["*"]), ("a", ["b|*a"])], files=["a/a", "a|b/x"], others=["a/a", "a|b/c"])
@example(entries=[("a", ["\\q", "../b"]), ("a", ["../b", "\\q"])], files=["b/x"], others=["a/b"])
def test_many_projects_and_files_are_selected_as_one_by_one(
    entries: list[tuple[str, list[str]]], files: list[str], others: list[str]
) -> None:
    projects = [
        Project(dir=clean(place), workspace=f"w{number}", when_modified=tuple(wanted)) for number, (place, wanted) in enumerate(entries)
    ]
    tree = ListingTree([*files, *others])
    found = answer(projects, files, tree)
    if found is None:
        assert any(map(refused, projects))
    else:
        assert list(found.configured) == literally(projects, files, tree)
