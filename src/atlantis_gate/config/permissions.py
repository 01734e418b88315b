"""What the server lets a repository's own file say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate.config.findings import either, shown
from atlantis_gate.config.merge import server_settings
from atlantis_gate.config.nodes import Mapping
from atlantis_gate.config.schema import SILENCED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.parsed import ConfiguredProject, ServerConfig, Settings
    from atlantis_gate.config.structs import Record

# A project may always say policy_check; without permission it has no effect.
RESTRICTED = (
    "workflow",
    "apply_requirements",
    "plan_requirements",
    "import_requirements",
    "delete_source_branch_on_merge",
    "repo_locking",
    "repo_locks",
    "custom_policy_check",
    "silence_pr_comments",
)
ROOT_KEYS = ("delete_source_branch_on_merge", "repo_locks", "silence_pr_comments")


def check_permissions(
    root: Record, projects: Sequence[tuple[ConfiguredProject, Record]], server: ServerConfig, repo_id: str, findings: Findings
) -> None:
    """Note every key, workflow definition and workflow choice that the server does not allow to the repo."""
    settings = server_settings(server, repo_id)
    allowed = settings["allowed_overrides"].value
    for _, record in projects:
        _check_keys(record, allowed, findings)
    _check_definitions(root, settings, findings)
    choice = _Choice(_defined(root), set(server.workflows), settings, findings)
    for _, record in projects:
        choice.check(record)
    _remark_ignored(root, [record for _, record in projects], allowed, findings)


def _check_keys(record: Record, allowed: tuple[str, ...], findings: Findings) -> None:
    for key in RESTRICTED:
        if key in record.node.pairs and record.has(key) and key not in allowed:
            findings.error(record.key(key), f"this repository may not set `{key}`: repos.yaml needs `allowed_overrides: [{key}]` for it")
    for value, node in record.get("silence_pr_comments") or ():
        if value not in SILENCED:
            findings.error(node, f"{shown(value)} is not a command that can be silenced; use {either(SILENCED)}", (value, SILENCED))


def _check_definitions(root: Record, settings: Settings, findings: Findings) -> None:
    if settings["allow_custom_workflows"].value:
        return
    for name, (_, key) in (root.get("workflows") or {}).items():
        findings.error(key, f"this repository may not define the workflow {shown(name)}: repos.yaml needs `allow_custom_workflows: true`")


def _defined(root: Record) -> set[str]:
    """Return the names of all workflows that the file defines, those with mistakes too."""
    written = root.node.pairs.get("workflows")
    return set(written[1].pairs) if written is not None and isinstance(written[1], Mapping) else set()


class _Choice:
    """Judges which workflow a project may name."""

    def __init__(self, own: set[str], served: set[str], settings: Settings, findings: Findings) -> None:
        self.own = own
        self.known = own | served
        self.choices = tuple(sorted(self.known))
        self.allowed: tuple[str, ...] = settings["allowed_workflows"].value
        self.custom: bool = settings["allow_custom_workflows"].value
        self.findings = findings

    def check(self, record: Record) -> None:
        found: Any = record.fields.get("workflow")
        if found is None:
            return
        name, node = found
        if name not in self.known:
            self.findings.error(node, f"the workflow {shown(name)} is not defined anywhere", (name, self.choices))
        elif self.allowed and name not in self.allowed and not (self.custom and name in self.own):
            self.findings.error(
                node,
                f"this repository may not use the workflow {shown(name)}: `allowed_workflows` of repos.yaml has {either(self.allowed)}",
            )


def _remark_ignored(root: Record, records: Sequence[Record], allowed: tuple[str, ...], findings: Findings) -> None:
    """Warn of keys that are accepted without permission and then have no effect."""
    for key in ROOT_KEYS:
        if root.has(key) and key not in allowed:
            findings.warn(root.key(key), f"`{key}` has no effect: repos.yaml needs `allowed_overrides: [{key}]` for it")
    for record in records:
        if "policy_check" in record.fields and "policy_check" not in allowed:
            findings.warn(record.key("policy_check"), "`policy_check` has no effect: repos.yaml needs `allowed_overrides: [policy_check]`")
