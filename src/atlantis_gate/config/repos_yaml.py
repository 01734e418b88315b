"""Reading repos.yaml, the server-side configuration, from YAML or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate.config.document import read_yaml
from atlantis_gate.config.findings import Findings, either, meant, shown
from atlantis_gate.config.json_document import read_json
from atlantis_gate.config.kinds import Reader
from atlantis_gate.config.nodes import is_null
from atlantis_gate.config.parsed import POLICY_FLAG, Entry, Flags, ServerConfig, Setting, Source
from atlantis_gate.config.policies import read_policies, remark_policies
from atlantis_gate.config.remarks import remark_entries
from atlantis_gate.config.rules import is_regex
from atlantis_gate.config.schema import REPOS_YAML
from atlantis_gate.config.settings_of import origin, settings_of
from atlantis_gate.config.structs import NO_RECORD, Record
from atlantis_gate.config.workflows import DEFAULT_WORKFLOW, read_workflows
from atlantis_gate.errors import ConfigError, Problem
from atlantis_gate.model import Origin, Requirement
from atlantis_gate.regex import Regex, RegexError, compile_regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUILT_IN = Origin(option="built-in default")
_ENTRY_KEYS = (
    "plan_requirements",
    "apply_requirements",
    "import_requirements",
    "workflow",
    "allowed_workflows",
    "allowed_overrides",
    "allow_custom_workflows",
    "delete_source_branch_on_merge",
    "repo_locking",
    "repo_locks",
    "policy_check",
    "custom_policy_check",
    "silence_pr_comments",
    "autodiscover",
)


def load_server(source: Source | None, flags: Flags, *, json: bool = False) -> ServerConfig:
    """Read repos.yaml (`json`: its JSON form); without a source, what Atlantis does without the file.

    Raises ConfigError with every problem of the file; what is accepted but has no effect is in `warnings`.
    """
    if source is None:
        return _server(NO_RECORD, (), flags, ())
    findings = Findings(source.file)
    record = _record(source, findings, json=json)
    REPOS_YAML.check(record, record.node, findings)
    _check_stores(record, findings)
    _check_workflow_names(record, findings)
    findings.raise_errors()
    entries = tuple(_entry(item, source.file) for item, _ in record.get("repos") or ())
    if record.get("policies") is not None:
        remark_policies(record.get("policies"), findings)
    remark_entries(record, entries, findings)
    return _server(record, entries, flags, tuple(findings.warnings))


def _record(source: Source, findings: Findings, *, json: bool) -> Record:
    if not source.data and not json:
        raise ConfigError((Problem(source.file, 0, 0, "the file is empty; leave the option out to run without it"),))
    root = read_json(source.data, findings) if json else read_yaml(source.data, findings)
    record = None if root is None or is_null(root) else REPOS_YAML.read(root, Reader(findings, json))
    return record or NO_RECORD


def _server(record: Record, entries: tuple[Entry, ...], flags: Flags, warnings: tuple[Problem, ...]) -> ServerConfig:
    workflows = {"default": DEFAULT_WORKFLOW, **read_workflows(record.get("workflows") or {})}
    return ServerConfig(
        entries=(_default_entry(flags), *entries),
        workflows=workflows,
        policies=read_policies(record.get("policies") or NO_RECORD),
        extras=_extras(record),
        policy_checks=flags.enable_policy_checks,
        warnings=warnings,
    )


def _default_entry(flags: Flags) -> Entry:
    values: Mapping[str, Any] = {
        "plan_requirements": (),
        "apply_requirements": (Requirement("policies_passed", POLICY_FLAG),) if flags.enable_policy_checks else (),
        "import_requirements": (),
        "workflow": "default",
        "allowed_workflows": (),
        "allowed_overrides": (),
        "allow_custom_workflows": False,
        "delete_source_branch_on_merge": False,
        "repo_locks": "on_plan",
        "policy_check": flags.enable_policy_checks,
        "custom_policy_check": False,
    }
    everything = compile_regex(".*")
    settings = {key: Setting(value, POLICY_FLAG if value is True else _BUILT_IN) for key, value in values.items()}
    return Entry(
        id=None,
        id_regex=everything,
        branch_regex=everything,
        repo_config_file="",
        settings=settings,
        origin=_BUILT_IN,
        branch_origin=_BUILT_IN,
    )


def _entry(record: Record, file: str) -> Entry:
    text = record.get("id", "")
    branch = record.get("branch", "")
    return Entry(
        id=None if is_regex(text) else text,
        id_regex=slashed(text) if is_regex(text) else None,
        branch_regex=slashed(branch) if branch else None,
        repo_config_file=record.get("repo_config_file", ""),
        settings=settings_of(record, _ENTRY_KEYS, file),
        origin=Origin(file, record.key("id").line, "id"),
        branch_origin=origin(record, "branch", file),
        pre_workflow_hooks=tuple(hook for hook, _ in record.get("pre_workflow_hooks") or ()),
        post_workflow_hooks=tuple(hook for hook, _ in record.get("post_workflow_hooks") or ()),
    )


def slashed(text: str) -> Regex | None:
    """Compile an expression between slashes; None when it is none, which has been noted already."""
    try:
        return compile_regex(text[1:-1]) if is_regex(text) and len(text) > 1 else None
    except RegexError:
        return None


def _check_workflow_names(record: Record, findings: Findings) -> None:
    table = record.get("workflows") or {}
    known = tuple(sorted({"default", *table}))
    for item, _ in record.get("repos") or ():
        named = [item.fields["workflow"]] if "workflow" in item.fields else []
        for name, node in [*named, *(item.get("allowed_workflows") or ())]:
            if name != "default" and name not in table and not _was_written(record, name):
                hint = meant(name, known) or f"; it has {either(known[:20])}"
                findings.error(node, f"the workflow {shown(name)} is not defined in this file{hint}")


def _was_written(record: Record, name: str) -> bool:
    """Tell whether a workflow is written, if wrongly, which is a problem of its own."""
    found = record.node.pairs.get("workflows")
    return found is not None and name in getattr(found[1], "pairs", {})


def _check_stores(record: Record, findings: Findings) -> None:
    stores: Record = record.get("external_stores") or NO_RECORD
    store: Record = stores.get("plan_store") or NO_RECORD
    kind = store.get("type", "")
    if kind and kind != "s3":
        findings.error(store.key("type"), f"the plan store {shown(kind)} is not supported; only `s3` is")
    s3: Record = store.get("s3") or NO_RECORD
    for key in ("bucket", "region") if kind == "s3" else ():
        if not s3.get(key):
            findings.error(store.key("s3"), f"a plan store of type `s3` needs `s3.{key}`")


def _extras(record: Record) -> Mapping[str, Any]:
    """Return the blocks that mean nothing to the gate, for those who compare: metrics and team_authz."""
    metrics: Record = record.get("metrics") or NO_RECORD
    statsd, prometheus = metrics.get("statsd"), metrics.get("prometheus")
    team: Record = record.get("team_authz") or NO_RECORD
    return {
        "metrics": {
            "statsd": statsd and {"host": statsd.get("host"), "port": statsd.get("port")},
            "prometheus": {"endpoint": prometheus.get("endpoint")} if prometheus and not statsd else None,
        },
        "team_authz": {"command": team.get("command", ""), "args": tuple(text for text, _ in team.get("args") or ())},
    }
