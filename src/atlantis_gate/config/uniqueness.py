"""Projects of one file must be told apart by name, or by directory and workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config.findings import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.parsed import ConfiguredProject
    from atlantis_gate.config.structs import Record


def check_unique(projects: Sequence[tuple[ConfiguredProject, Record]], findings: Findings) -> None:
    """Note names that occur twice, and nameless projects that repeat the directory and workspace of an earlier one."""
    names: dict[str, Record] = {}
    places: dict[tuple[str, str], Record] = {}
    for project, record in projects:
        if project.name is not None:
            earlier = names.setdefault(project.name, record)
            if earlier is not record:
                findings.error(record.key("name"), f"the name {shown(project.name)} is taken by the project on line {earlier.node.line}")
        place = (project.dir, project.workspace)
        if not record.get("dir"):
            continue
        if place not in places:
            places[place] = record
        elif project.name is None:
            findings.error(
                record.key("dir"),
                f"the directory {shown(project.dir)} with workspace {shown(project.workspace)} is already on line "
                f"{places[place].node.line}; give both projects a `name`",
            )
