"""What --restrict-file-list holds a targeted plan to: the directories of the changed files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.errors import UsageError
from atlantis_gate.selection.paths import parent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Project

_SHOWN = 10


def check_dir(directory: str, files: Sequence[str]) -> None:
    """Raise UsageError unless a changed file lies directly in the directory."""
    if not any(parent(file) == directory for file in files):
        raise UsageError(
            f"-d/--dir: the pull request changes no file directly in {directory!r}",
            advice="--restrict-file-list allows a plan only where the pull request changes something.",
        )


def check_name(name: str, projects: Sequence[Project], files: Sequence[str]) -> None:
    """Raise UsageError unless every changed file lies directly in the directory of one of the projects."""
    directories = {project.dir for project in projects}
    others = sorted({parent(file) for file in files} - directories)
    if others:
        shown = ", ".join(others[:_SHOWN]) + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
        raise UsageError(
            f"-p/--project: the pull request also changes files outside of {name!r}: {shown}",
            advice="--restrict-file-list allows a plan only of a project that holds every changed file.",
        )


def directly_changed(name: str, projects: Sequence[Project], files: Sequence[str]) -> tuple[Project, ...]:
    """Return the projects with a changed file directly in their directory. Raises UsageError when there is none."""
    directories = {parent(file) for file in files}
    found = tuple(project for project in projects if project.dir in directories)
    if not found:
        raise UsageError(f"-p/--project: no changed file lies in a project that {name!r} matches", advice="Nothing is to be planned there.")
    return found
