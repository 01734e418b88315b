"""The reference for selection: every pattern of every project put to every changed file, one after another."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlantis_gate.model import Project


def selected(projects: Iterable[Project], files: Sequence[str]) -> list[Project]:
    """Return the projects of which a file matches; the last pattern that matches it decides, and `!` takes it back."""
    return [project for project in projects if any(_concerns(project, file) for file in files)]


def _concerns(project: Project, file: str) -> bool:
    found = False
    for text in project.when_modified:
        excluded = text.startswith("!")
        if found == excluded and _expression(posixpath.normpath(f"{project.dir}/{text.removeprefix('!')}")).fullmatch(file):
            found = not excluded
    return found


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Translate `**/`, `**`, `*` and `?`; a pattern that matches a directory matches what lies below it."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts) + "(?:/.*)?", re.DOTALL)
