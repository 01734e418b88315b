"""Warnings of what Atlantis accepts without a word although it has no effect, or another than it seems to have."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from atlantis_gate.config.dependencies import remark_dependencies
from atlantis_gate.config.findings import shown
from atlantis_gate.config.merge import overridden, server_settings
from atlantis_gate.config.parsed import REQUIREMENT_KEYS
from atlantis_gate.config.rules import ignore_path
from atlantis_gate.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.parsed import ConfiguredProject, Entry, RepoConfig, ServerConfig, Settings
    from atlantis_gate.config.structs import Record

_EVERYTHING = frozenset({"", ".*", "^.*$", "^.*", ".*$", ".+", "^", "$"})
_LOOKS_EXACT = re.compile(r"[A-Za-z0-9._/-]+/[A-Za-z0-9._-]+")
_LAST_ONLY = ("branch", "repo_config_file")


def remark_entries(record: Record, entries: Sequence[Entry], findings: Findings) -> None:
    """Warn of entries of repos.yaml that later ones shadow, of lists that clear, and of expressions that match more than they say."""
    records = [item for item, _ in record.get("repos") or ()]
    shadow = _Shadow()
    for item, entry in reversed(list(zip(records, entries, strict=True))):
        shadow.remark(item, entry, findings)
    for item, entry in zip(records, entries, strict=True):
        _remark_lists(item, findings)
        regex = entry.id_regex
        if regex is not None and _LOOKS_EXACT.fullmatch(regex.text):
            findings.warn(
                item.key("id"),
                f"this expression matches every id that contains {shown(regex.text)}; without the slashes it is that id alone",
            )


class _Shadow:
    """What later entries set, for every repo and for single ids."""

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, int]] = {}

    def remark(self, record: Record, entry: Entry, findings: Findings) -> None:
        name = entry.id if entry.id_regex is None else f"/{entry.id_regex.text}/"
        everywhere = entry.id_regex is not None and entry.id_regex.text in _EVERYTHING
        later = {**self.keys.get(name or "", {}), **self.keys.get("*", {})}
        for key in _LAST_ONLY:
            if record.get(key) and "id" in later:
                findings.warn(
                    record.key(key),
                    f"`{key}` has no effect: only the last matching entry counts for it, and the one on line {later['id']} comes later",
                )
        keys = set(entry.settings)
        if keys and keys <= set(later) and not entry.pre_workflow_hooks and not entry.post_workflow_hooks:
            lines = ", ".join(str(line) for line in sorted({later[key] for key in keys}))
            findings.warn(record.key("id"), f"nothing of this entry has an effect: later entries (line {lines}) match too and set its keys")
        known = self.keys.setdefault("*" if everywhere else name or "", {})
        for key in (*entry.settings, "id"):
            known.setdefault(key, entry.origin.line)


def _remark_lists(record: Record, findings: Findings) -> None:
    for key in REQUIREMENT_KEYS.values():
        found = record.get(key)
        if found is not None and not found:
            findings.warn(
                record.key(key),
                f"`{key}: []` clears what earlier entries ask for, as documented; Atlantis' own server ignores it",
            )
        _remark_repeated(record, key, findings)


def _remark_repeated(record: Record, key: str, findings: Findings) -> None:
    seen: set[str] = set()
    for name, node in record.get(key) or ():
        if name in seen:
            findings.warn(node, f"`{name}` is listed twice")
        seen.add(name)


def remark_repo(config: RepoConfig, record: Record, server: ServerConfig, repo_id: str, findings: Findings) -> RepoConfig:
    """Warn of what has no effect in atlantis.yaml; return the configuration with all warnings, sorted by place."""
    settings = server_settings(server, repo_id)
    _remark_root(record, settings, findings)
    entries = [item for item, _ in record.get("projects") or ()]
    for item in entries:
        for key in REQUIREMENT_KEYS.values():
            _remark_repeated(item, key, findings)
    remark_dependencies(config.projects, entries, findings)
    for project in config.projects:
        _remark_undiverged(project, config, settings, findings)
    return replace(config, warnings=tuple(sorted(findings.warnings, key=lambda problem: (problem.line, problem.column))))


def _remark_root(record: Record, settings: Settings, findings: Findings) -> None:
    if record.has("policies"):
        findings.warn(record.key("policies"), "`policies` has no effect in this file; only those of repos.yaml count")
    if record.get("emoji_reaction"):
        findings.warn(record.key("emoji_reaction"), "`emoji_reaction` has no effect in this file; Atlantis only reads its flag")
    served = settings.get("autodiscover")
    if record.has("autodiscover") and served is not None:
        findings.warn(record.key("autodiscover"), f"the autodiscover mode of repos.yaml (line {served.origin.line}) wins over this one")
    discovery: Record | None = record.get("autodiscover")
    if discovery is None:
        return
    if discovery.get("mode") == "":
        findings.warn(discovery.key("mode"), "an empty mode turns discovery off")
    for pattern, node in discovery.get("ignore_paths") or ():
        wrong = ignore_path(pattern)
        if wrong:
            findings.warn(node, f"{wrong}; it ignores nothing")


def _remark_undiverged(project: ConfiguredProject, config: RepoConfig, settings: Settings, findings: Findings) -> None:
    """Warn where `undiverged` is asked of a project whose patterns cannot match any file, so that nothing would ever count."""
    if not project.when_modified or any(_can_match(project.dir, pattern) for pattern in project.when_modified):
        return
    final = overridden(settings, config.settings, project.settings)
    if any(requirement.name == "undiverged" for key in REQUIREMENT_KEYS.values() for requirement in final[key].value):
        place = project.origins.get("when_modified", project.origins["dir"])
        findings.warn(_Line(place.line), "`undiverged` is asked for, but no file can match `when_modified`, so nothing ever diverges")


class _Line:
    """A line as a place."""

    column = 1

    def __init__(self, line: int) -> None:
        self.line = line


def _can_match(directory: str, pattern: str) -> bool:
    text = pattern.strip()
    if text.startswith("!"):
        return False
    joined = posixpath.normpath(posixpath.join(directory, text.lstrip("/")))
    return joined != "." and not joined.startswith("../") and joined != ".."
