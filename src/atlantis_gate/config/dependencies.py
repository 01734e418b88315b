"""Warnings about `depends_on`, which Atlantis does not check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config.findings import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.parsed import ConfiguredProject
    from atlantis_gate.config.structs import Record


def remark_dependencies(projects: Sequence[ConfiguredProject], records: Sequence[Record], findings: Findings) -> None:
    """Warn of names that no project has, of projects that depend on themselves, and of circles."""
    if not any(project.depends_on for project in projects):
        return
    kept = {project.name for project in projects if project.name}
    named = {record.get("name"): record for record in records if record.get("name") in kept}
    choices = tuple(named)
    for record in records:
        for name, node in record.get("depends_on") or ():
            if name not in named:
                findings.warn(node, f"no project is named {shown(name)}, so this dependency has no effect", (name, choices))
    graph = {project.name: project.depends_on or () for project in projects if project.name}
    for name in _circular(graph):
        findings.warn(named[name].key("depends_on"), f"the project {shown(name)} depends on itself, so it can never be applied first")


def _circular(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """Return every name on a circle: what stays when names without open dependencies, and those nobody needs, are taken away."""
    known = {name: {other for other in others if other in graph} for name, others in graph.items()}
    users: dict[str, set[str]] = {name: set() for name in known}
    for name, others in known.items():
        for other in others:
            users[other].add(name)
    remaining = _peeled(known, users, set(known))
    return sorted(_peeled(users, known, remaining))


def _peeled(needs: Mapping[str, set[str]], users: Mapping[str, set[str]], names: set[str]) -> set[str]:
    """Take away, again and again, the names that need none of the others."""
    left = set(names)
    open_needs = {name: len(needs[name] & left) for name in left}
    pending = [name for name, count in open_needs.items() if not count]
    while pending:
        name = pending.pop()
        left.discard(name)
        for user in users[name] & left:
            open_needs[user] -= 1
            if not open_needs[user]:
                pending.append(user)
    return left
