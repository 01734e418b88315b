"""The `when_modified` patterns of projects relative to the repo root, made once for projects that differ only in their directory."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from atlantis_gate.errors import ConfigError, Problem
from atlantis_gate.model import Origin
from atlantis_gate.selection.paths import SPACE, clean, join
from atlantis_gate.selection.patterns import Pattern, PatternError, parse, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Project

_SPECIAL: Final = frozenset("*?[]\\^|{")


class _Relative(NamedTuple):
    """A pattern relative to a project: directories to go up, then the pattern (its directory relative; no rest: the directory itself)."""

    ups: int
    pattern: Pattern


def effective(project: Project) -> tuple[Pattern, ...]:
    """Return a project's patterns relative to the repo root. Raises PatternError."""
    return _effective(project.dir, project.when_modified)


def all_effective(projects: Sequence[Project]) -> list[tuple[Pattern, ...]]:
    """Return the patterns of each project. Raises ConfigError that names every project whose patterns cannot be read."""
    found: list[tuple[Pattern, ...]] = []
    problems: list[Problem] = []
    for project in projects:
        try:
            found.append(effective(project))
        except PatternError as error:
            problems.append(_problem(project, error))
    if problems:
        raise ConfigError(tuple(problems), advice="Write a literal `[`, `*`, `?` or `\\` with a backslash before it.")
    return found


def _problem(project: Project, error: PatternError) -> Problem:
    origin = project.origins.get("when_modified", Origin(file="atlantis.yaml"))
    return Problem(origin.file, origin.line, 0, f"project {project.id}: when_modified {list(project.when_modified)}: {error}")


def _effective(directory: str, when_modified: tuple[str, ...]) -> tuple[Pattern, ...]:
    if not _is_plain(directory):
        return parse(_joined(directory, text) for text in when_modified)
    parts = directory.split("/")
    found: list[Pattern] = []
    for text, relative in zip(when_modified, _relative(when_modified), strict=True):
        if relative is None or relative.ups >= len(parts):
            found += parse((_joined(directory, text),))
        else:
            found.append(_below("/".join(parts[: len(parts) - relative.ups]), relative.pattern))
    return tuple(found)


def _below(directory: str, pattern: Pattern) -> Pattern:
    exclusion, lead, kind, rest = pattern
    if not rest:
        above, _, name = directory.rpartition("/")
        return Pattern(exclusion, above, "exact", name)
    return Pattern(exclusion, f"{directory}/{lead}" if lead else directory, kind, rest)


def _is_plain(directory: str) -> bool:
    """Tell whether putting a directory before a pattern leaves both as they are."""
    return (
        directory != "."
        and directory == clean(directory.strip(SPACE))
        and not directory.startswith(("!", "/", ".."))
        and _SPECIAL.isdisjoint(directory)
    )


def _joined(directory: str, text: str) -> str:
    """Write a pattern relative to the repo root as Atlantis does: trim, set one `!` aside, join, put the `!` back."""
    trimmed = text.strip(SPACE)
    if trimmed.startswith("!"):
        return f"!{join(directory, trimmed[1:])}"
    return join(directory, trimmed)


@lru_cache(maxsize=256)
def _relative(when_modified: tuple[str, ...]) -> tuple[_Relative | None, ...]:
    return tuple(_relative_one(text.strip(SPACE)) for text in when_modified)


def _relative_one(text: str) -> _Relative | None:
    """Read a trimmed pattern apart from any project; None when joining it changes more than its start."""
    exclusion = text.startswith("!")
    cleaned = clean(text[exclusion:].lstrip("/"))
    ups = 0
    while cleaned == ".." or cleaned.startswith("../"):
        ups += 1
        cleaned = cleaned[3:] or "."
    if cleaned == ".":
        return _Relative(ups, split(exclusion, ""))
    if cleaned[-1] in SPACE or "|" in cleaned or "{" in cleaned:
        return None
    # A directory stands before the pattern, so `**` is never at the very start.
    below = split(exclusion, f"x/{cleaned}")
    return _Relative(ups, below._replace(directory=below.directory[2:]))
