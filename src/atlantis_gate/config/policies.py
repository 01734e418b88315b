"""The policies block, which Atlantis loads without checking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate.config.findings import meant, shown
from atlantis_gate.config.parsed import Owners, Policies, PolicySet
from atlantis_gate.config.rules import normal_version, regex_problem, version

if TYPE_CHECKING:
    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.structs import Record

_SOURCES = ("local", "github")
_EVERYTHING = "(?s).+"


def read_policies(record: Record) -> Policies:
    """Return the block with what its sets inherit from it."""
    count = _positive(record.get("approve_count", 1)) or 1
    sticky = record.get("sticky_policy_approvals", False)
    regex = record.get("policy_item_regex", _EVERYTHING)
    sets = record.get("policy_sets") or ()
    return Policies(
        conftest_version=normal_version(record.get("conftest_version", "")),
        owners=_owners(record),
        approve_count=count,
        sticky_policy_approvals=sticky,
        policy_item_regex=regex,
        policy_sets=tuple(_policy_set(item, count, sticky, regex) for item, _ in sets),
    )


def _positive(count: int) -> int:
    return max(count, 0)


def _policy_set(record: Record, count: int, sticky: bool, regex: str) -> PolicySet:
    return PolicySet(
        name=record.get("name", ""),
        path=record.get("path", ""),
        source=record.get("source", ""),
        owners=_owners(record),
        approve_count=_positive(record.get("approve_count", 0)) or count,
        sticky_policy_approvals=record.get("sticky_policy_approvals", sticky),
        policy_item_regex=record.get("policy_item_regex", regex),
        prevent_self_approve=record.get("prevent_self_approve", False),
    )


def _owners(record: Record) -> Owners:
    found: Record | None = record.get("owners")
    if found is None:
        return Owners()
    return Owners(*(tuple(text for text, _ in found.get(key) or ()) or None for key in ("users", "teams")))


def remark_policies(record: Record, findings: Findings) -> None:
    """Warn of what Atlantis loads without a word although its documentation asks for something else."""
    if not record.get("policy_sets"):
        findings.warn(record.node, "`policies` names no `policy_sets`, so no policy is checked")
    if record.get("conftest_version") is not None:
        _warn(record, "conftest_version", version(record.get("conftest_version")), findings)
    _remark_regex(record, findings)
    for item, _ in record.get("policy_sets") or ():
        _remark_set(item, findings)


def _remark_set(record: Record, findings: Findings) -> None:
    for key in ("name", "path"):
        if not record.get(key):
            findings.warn(record.key(key), f"a policy set needs a `{key}`")
    source = record.get("source", "")
    if source and source not in _SOURCES:
        findings.warn(record.key("source"), f"{shown(source)} is not a source; use `local` or `github`{meant(source, _SOURCES)}")
    _remark_regex(record, findings)


def _remark_regex(record: Record, findings: Findings) -> None:
    _warn(record, "policy_item_regex", regex_problem(record.get("policy_item_regex", "")), findings)


def _warn(record: Record, key: str, wrong: str, findings: Findings) -> None:
    if wrong:
        place: Any = record.key(key)
        findings.warn(place, f"{wrong}; Atlantis loads this without a word")
