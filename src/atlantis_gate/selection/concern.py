"""Which of the files that changed on the base branch concern which project."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from atlantis_gate.selection.autodiscovery import is_ignored, sources
from atlantis_gate.selection.effective import all_effective
from atlantis_gate.selection.matching import Matcher, bits, numbers
from atlantis_gate.selection.paths import parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlantis_gate.model import Project
    from atlantis_gate.selection.matching import Bits
    from atlantis_gate.selection.scope import Scope

    Key = tuple[str, str, str]


def concerned(
    selected: Sequence[Project], configured: Sequence[Project], files: Sequence[str], scope: Scope
) -> Mapping[Key, tuple[str, ...]]:
    """Return, by project key, those of `files` that concern each selected project, in their order.

    A project with patterns is concerned by what selects it (a pattern that fails on a file, or a directory that is gone, does not spare
    it); a discovered one by what discovery puts down to it; every other one by every file, and so is each one when the modules cannot be
    read in full. Where `configured` holds a project of the same key, its patterns count as well. Raises ConfigError and UsageError as
    `touched` does.
    """
    if not files or scope.index.warnings:
        return {project.key: tuple(files) for project in selected}
    found = _by_rule(selected, configured, files, _Rules(configured, files, scope))

    @cache
    def listed(concerning: Bits) -> tuple[str, ...]:
        return tuple(files[number] for number in numbers(concerning))

    return {key: listed(concerning) for key, concerning in found.items()}


class _Rules:
    """What the rules for all projects of one run share."""

    def __init__(self, configured: Sequence[Project], files: Sequence[str], scope: Scope) -> None:
        self.everything: Bits = (1 << len(files)) - 1
        self._scope = scope
        self._dirs = {project.dir for project in configured}
        self._by_user = _by_directory((number, scope.index.users_of(parent(file))) for number, file in enumerate(files))
        found = sources(files, scope, scope.index) if scope.discovery.enabled else {}
        self._by_dir = _by_directory((number, found.get(file, ())) for number, file in enumerate(files))

    def using(self, directory: str) -> Bits:
        """Return the files that lie in modules which a project uses."""
        return bits(self._by_user.get(directory, ()), self.everything.bit_length())

    def without_patterns(self, project: Project) -> Bits:
        """Return what concerns a project without patterns."""
        discovery = self._scope.discovery
        own = not (project.configured or project.name) and discovery.enabled and project.dir not in self._dirs
        if not own or is_ignored(project.dir, discovery.ignore_paths):
            return self.everything
        return bits(self._by_dir.get(project.dir, ()), self.everything.bit_length())


def _by_rule(selected: Sequence[Project], configured: Sequence[Project], files: Sequence[str], rules: _Rules) -> dict[Key, Bits]:
    """Apply to each selected project the rule of each version of it that is known."""
    versions = _versions(selected, configured)
    lists = all_effective(versions)
    matcher = Matcher(lists, files)
    found: defaultdict[Key, Bits] = defaultdict(int)
    for project, patterns in zip(versions, lists, strict=True):
        if project.when_modified:
            result = matcher.result(patterns)
            found[project.key] |= result.matched | result.failed | rules.using(project.dir)
        else:
            found[project.key] |= rules.without_patterns(project)
    return found


def _versions(selected: Sequence[Project], configured: Sequence[Project]) -> list[Project]:
    """Return what is to be asked for each selected project: itself, unless it is configured after all, and its configured version."""
    known = {project.key: project for project in configured}
    found: list[Project] = []
    for project in selected:
        other = known.get(project.key)
        if other is None or project.configured:
            found.append(project)
        if other is not None and (other.when_modified != project.when_modified or not project.configured):
            found.append(other)
    return found


def _by_directory(pairs: Iterable[tuple[int, Iterable[str]]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, directories in pairs:
        for directory in directories:
            found[directory].append(number)
    return dict(found)
