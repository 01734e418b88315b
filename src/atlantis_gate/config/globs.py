"""Expanding the `dir` of a project over the directories of a checkout."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from atlantis_gate import doublestar

if TYPE_CHECKING:
    from atlantis_gate.tree import Tree

# https://www.runatlantis.io/docs/repo-level-atlantis-yaml: a directory is a project when it directly holds such a file.
_PROJECT_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
_PROJECT_FILE = "terragrunt.hcl"
# A comparison counts once, and again for every so many characters of pattern times path.
MAX_TRIALS = 1_000_000
_WEIGHT = 2_000
_ONCE = 10
_TOO_MANY = "the patterns of `dir` and the directories of the checkout are too many to compare"
MAX_DIRECTORIES = 200_000


class TooManyError(Exception):
    """Expanding the patterns would take too long."""


class Expander:
    """Expands patterns over one tree, which is walked once."""

    def __init__(self, tree: Tree) -> None:
        """Take the tree; nothing is read before the first pattern."""
        self.tree = tree
        self.trials = 0

    @cached_property
    def directories(self) -> list[tuple[str, ...]]:
        """All directories that are projects, as parts, each before those below it; the root is ()."""
        found: list[tuple[str, ...]] = []
        pending: list[tuple[str, ...]] = [()]
        seen = 0
        while pending:
            parts = pending.pop()
            seen += 1
            if seen > MAX_DIRECTORIES:
                raise TooManyError(f"the checkout has more than {MAX_DIRECTORIES:,} directories")
            entries = self.tree.entries("/".join(parts) or ".")
            if any(not entry.is_dir and _is_project_file(entry.name) for entry in entries):
                found.append(parts)
            pending += [(*parts, entry.name) for entry in entries if entry.is_dir]
        return sorted(found)

    def expand(self, pattern: str) -> list[str]:
        """Return the project directories that a cleaned, valid pattern matches, in the order of a walk; raise TooManyError past a limit."""
        prefix, effort = _fixed(pattern), doublestar.effort(pattern)
        self.trials += effort // _ONCE
        if self.trials > MAX_TRIALS:
            raise TooManyError(_TOO_MANY)
        known = self.directories
        start = bisect_left(known, prefix)
        found = []
        for index in range(start, len(known)):
            parts = known[index]
            if parts[: len(prefix)] != prefix:
                break
            path = "/".join(parts) or "."
            self.trials += 1 + effort * len(path) // _WEIGHT
            if self.trials > MAX_TRIALS:
                raise TooManyError(_TOO_MANY)
            if doublestar.matches(pattern, path):
                found.append((parts, path))
        return [path for _, path in sorted(found, key=lambda item: _walk_order(pattern, item[0]))]


def _is_project_file(name: str) -> bool:
    return name == _PROJECT_FILE or name.endswith(_PROJECT_SUFFIXES)


def _fixed(pattern: str) -> tuple[str, ...]:
    """Return the leading segments that hold nothing special."""
    parts = []
    for part in pattern.split("/")[:-1]:
        if any(char in part for char in "*?[{}\\"):
            break
        parts.append(part)
    return tuple(parts)


def _walk_order(pattern: str, parts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sort as doublestar finds: behind a `**` in the middle, the matches of a directory come before those of its subdirectories."""
    segments = pattern.split("/")
    if "**" not in segments[:-1] or segments[-1] == "**":
        return parts, parts
    below = len(segments) - 1 - max(index for index, segment in enumerate(segments) if segment == "**")
    return parts[: max(0, len(parts) - below)], parts
