"""Judging a pull request by the versions of atlantis.yaml on both of its ends, so that it cannot weaken its own gate."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from atlantis_gate.frozen import replace
from atlantis_gate.model import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Project, Requirement


def judged_by_both(head: Sequence[Project], base: Sequence[Project]) -> tuple[tuple[Project, ...], tuple[str, ...]]:
    """Return the projects of both versions, each with the requirements of both, and texts on what the head's version drops or lowers.

    Head's projects come first, in order, then those that only base knows, with base's settings. A project is the same when name, directory
    and workspace are; one that was renamed is the same when its directory and workspace have a single project left over on each side.
    """
    partners = _partners(head, base)
    texts: list[str] = []
    union: list[Project] = []
    for project in head:
        earlier = partners.get(project.key)
        if earlier is None or project.requirements == earlier.requirements:
            union.append(project)
            continue
        texts += _lowered(project, earlier)
        union.append(replace(project, requirements={command: _both(project, earlier, command) for command in COMMANDS}))
    kept = {earlier.key for earlier in partners.values()}
    for project in base:
        if project.key not in kept:
            texts.append(f"project {project.id}{_where(project)} is not in this version any more; it is judged as before")
            union.append(project)
    return tuple(union), tuple(texts)


def _partners(head: Sequence[Project], base: Sequence[Project]) -> dict[tuple[str, str, str], Project]:
    """Return base's project for each key of head that has one."""
    known = {project.key: project for project in base}
    found = {project.key: known[project.key] for project in head if project.key in known}
    left: dict[tuple[str, str], tuple[list[Project], list[Project]]] = defaultdict(lambda: ([], []))
    for side, projects in enumerate((head, base)):
        for project in projects:
            if project.key not in found:
                left[project.dir, project.workspace][side].append(project)
    for renamed, candidates in left.values():
        if len(renamed) == 1 and len(candidates) == 1:
            found[renamed[0].key] = candidates[0]
    return found


def _both(project: Project, earlier: Project, command: str) -> tuple[Requirement, ...]:
    union: dict[str, Requirement] = {}
    for side in (earlier, project):
        for requirement in side.requirements.get(command, ()):
            union.setdefault(requirement.name, requirement)
    return tuple(union.values())


def _lowered(project: Project, earlier: Project) -> list[str]:
    texts = []
    for command in COMMANDS:
        names = {requirement.name for requirement in project.requirements.get(command, ())}
        texts += [
            f"project {project.id}: {command} no longer asks for {requirement.name} (as {requirement.origin} does); it still counts here"
            for requirement in {requirement.name: requirement for requirement in earlier.requirements.get(command, ())}.values()
            if requirement.name not in names
        ]
    return texts


def _where(project: Project) -> str:
    origin = project.origins.get("dir")
    return f" ({origin})" if origin is not None else ""
