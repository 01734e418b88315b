"""The list of projects with their effective settings, as data and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate.model import COMMANDS
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Origin, Project

_KEYS = tuple(f"{command}_requirements" for command in COMMANDS)


def documents(projects: Sequence[Project]) -> list[dict[str, Any]]:
    """Return each project as JSON values. Requirement lists are final and in order; `origins` says where each setting was written."""
    return [_document(project) for project in projects]


def _document(project: Project) -> dict[str, Any]:
    lists = {f"{command}_requirements": project.requirements[command] for command in COMMANDS}
    origins: dict[str, Any] = {key: [_origin(each.origin) for each in found] for key, found in lists.items()}
    origins.update({key: _origin(origin) for key, origin in project.origins.items() if key not in _KEYS})
    return {
        "id": project.id,
        "name": project.name,
        "dir": project.dir,
        "workspace": project.workspace,
        **{key: [each.name for each in found] for key, found in lists.items()},
        "workflow": project.workflow,
        "when_modified": list(project.when_modified),
        "autoplan_enabled": project.autoplan_enabled,
        "execution_order_group": project.execution_order_group,
        "depends_on": list(project.depends_on),
        "origins": origins,
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"option": origin.option} if origin.option else {"file": origin.file, "line": origin.line, "key": origin.key}


def text(projects: Sequence[Project], notes: Sequence[str]) -> str:
    """Return what a person reads: each project with its requirements and where they come from."""
    lines = [f"note: {one_line(note)}" for note in notes]
    lines += [line for project in projects for line in _lines(project)]
    count = "1 project" if len(projects) == 1 else f"{len(projects)} projects"
    return "\n".join([*lines, count])


def _lines(project: Project) -> list[str]:
    place = "" if project.name is None else f"  (dir {one_line(project.dir)}, workspace {one_line(project.workspace)})"
    lines = [f"{one_line(project.id)}{place}"]
    for command in COMMANDS:
        asked = ", ".join(f"{each.name} ({one_line(str(each.origin))})" for each in project.requirements[command])
        lines.append(f"  {command:<7}{asked or 'nothing required'}")
    if project.workflow != "default":
        lines.append(f"  workflow {one_line(project.workflow)}")
    if project.execution_order_group:
        lines.append(f"  execution order group {project.execution_order_group}")
    if project.depends_on:
        lines.append(f"  depends on {', '.join(map(one_line, project.depends_on))}")
    return lines
