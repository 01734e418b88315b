"""From changed files to the projects they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.selection.autodiscovery import discover
from atlantis_gate.selection.effective import all_effective
from atlantis_gate.selection.matching import Matcher, broken
from atlantis_gate.selection.paths import parent
from atlantis_gate.selection.scope import Touched
from atlantis_gate.selection.workspaces import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Project
    from atlantis_gate.selection.modules import ModuleIndex
    from atlantis_gate.selection.scope import Scope


def touched(projects: Sequence[Project], changed_files: Sequence[str], scope: Scope) -> Touched:
    """Select the projects that changed files touch: configured ones by module use or `when_modified`, then discovered ones.

    `projects` are all configured ones (their directories are never discovered). Raises ConfigError for patterns or names that cannot be
    used and UsageError for a file list that cannot be read.
    """
    return touched_with(scope.index, projects, changed_files, scope)


def touched_with(index: ModuleIndex, projects: Sequence[Project], changed_files: Sequence[str], scope: Scope) -> Touched:
    """Do what `touched` does with a module index at hand."""
    configured, gone = _configured(projects, changed_files, scope, index)
    discovered, warnings = _discovered(projects, changed_files, scope, index)
    return Touched(configured=configured, discovered=discovered, warnings=(*index.warnings, *gone, *warnings))


def _configured(
    projects: Sequence[Project], files: Sequence[str], scope: Scope, index: ModuleIndex
) -> tuple[tuple[Project, ...], tuple[str, ...]]:
    """Return the projects touched, in the given order, and a remark on each whose directory is gone."""
    users = index.users_of_any({parent(file) for file in files})
    lists = all_effective(projects)
    matcher = Matcher(lists, files)
    found: list[Project] = []
    warnings: list[str] = []
    for project, patterns in zip(projects, lists, strict=True):
        if project.dir in users:
            found.append(project)
        elif matcher.touches(patterns):
            if scope.assume_dirs or scope.tree.exists(project.dir):
                found.append(project)
            else:
                warnings.append(f"project {project.id} is left out: changed files match it, but its directory is gone")
        elif any(map(broken, patterns)):
            warnings.append(f"project {project.id} may be left out wrongly: a pattern of its when_modified fails on every file")
    return tuple(found), tuple(warnings)


def _discovered(
    projects: Sequence[Project], files: Sequence[str], scope: Scope, index: ModuleIndex
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    if not scope.discovery.enabled:
        return (), ()
    configured = {project.dir for project in projects}
    found: list[tuple[str, str]] = []
    warnings: list[str] = []
    for directory in discover(files, scope, index):
        if directory not in configured:
            workspace, remark = workspace_of(directory, scope.tree, opentofu=scope.opentofu)
            found.append((directory, workspace))
            warnings += [remark] if remark else []
    return tuple(found), tuple(warnings)
