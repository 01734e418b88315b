"""Turning the keys of a project or of a repos entry into settings with their origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate.config.parsed import NOTHING_SET, REQUIREMENT_KEYS, AutoDiscover, Setting, Settings
from atlantis_gate.model import Origin, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.config.nodes import Node
    from atlantis_gate.config.structs import Record

_LISTS = frozenset({"allowed_overrides", "allowed_workflows", "silence_pr_comments"})
_REQUIREMENTS = frozenset(REQUIREMENT_KEYS.values())


def settings_of(record: Record, keys: Iterable[str], file: str) -> Settings:
    """Return those of `keys` that a record sets, as values of the model."""
    found = {key: Setting(_value(key, *record.fields[key], file), origin(record, key, file)) for key in keys if key in record.fields}
    return found or NOTHING_SET


def origin(record: Record, key: str, file: str) -> Origin:
    """Return where a key is written."""
    return Origin(file, record.key(key).line, key)


def _value(key: str, value: Any, node: Node, file: str) -> Any:
    if key in _REQUIREMENTS:
        return tuple(Requirement(name, Origin(file, place.line, key)) for name, place in value)
    if key in _LISTS:
        return tuple(text for text, _ in value)
    if key == "repo_locks":
        return value.get("mode", "on_plan")
    if key == "autodiscover":
        return discovery_of(value)
    del node
    return value


def discovery_of(record: Record) -> AutoDiscover:
    """Return an autodiscover block; without a mode it means auto."""
    paths = record.get("ignore_paths")
    return AutoDiscover(record.get("mode", "auto"), None if paths is None else tuple(text for text, _ in paths))
