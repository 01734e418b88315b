"""What the product makes of a configuration, in the words of the conformance data."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from atlantis_gate.config.merge import chosen_workflow, overridden, server_settings
from atlantis_gate.config.parsed import NOTHING_SET, REQUIREMENT_KEYS, Setting
from atlantis_gate.config.schema import OVERRIDES
from atlantis_gate.model import Origin

if TYPE_CHECKING:
    from atlantis_gate.config.parsed import ConfiguredProject, Entry, RepoConfig, ServerConfig, Settings, Workflow

_NAMES = frozenset(REQUIREMENT_KEYS.values())
_GRANTED = Origin(option="granted for the test")


def plain(value: Any) -> Any:
    """Turn tuples into lists, all the way down."""
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def fields_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, without tuples."""
    return {key: plain(item) for key, item in asdict(value).items()}


def granting_everything(server: ServerConfig) -> ServerConfig:
    """Return a server whose built-in entry grants all overrides but one, and custom workflows."""
    first, *others = server.entries
    allowed = tuple(key for key in OVERRIDES if key != "custom_policy_check")
    grants = {"allowed_overrides": Setting(allowed, _GRANTED), "allow_custom_workflows": Setting(True, _GRANTED)}
    return replace(server, entries=(replace(first, settings={**first.settings, **grants}), *others))


def workflow_facts(workflow: Workflow) -> dict[str, Any]:
    return {"name": workflow.name} | {stage: [fields_of(step) for step in steps] for stage, steps in workflow.stages.items()}


def setting_facts(settings: Settings, server: ServerConfig) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for key, setting in settings.items():
        value = setting.value
        if key in _NAMES:
            value = [requirement.name for requirement in value]
        elif key == "repo_locks":
            value = {"mode": value}
        elif key == "autodiscover":
            value = asdict(value)
        elif key == "workflow" and value in server.workflows:
            value = workflow_facts(server.workflows[value])
        facts[key] = plain(value)
    return facts


def entry_facts(entry: Entry, server: ServerConfig) -> dict[str, Any]:
    return setting_facts(entry.settings, server) | {
        "id": entry.id,
        "id_regex": entry.id_regex and entry.id_regex.text,
        "branch_regex": entry.branch_regex and entry.branch_regex.text,
        "repo_config_file": entry.repo_config_file,
        "pre_workflow_hooks": [asdict(hook) for hook in entry.pre_workflow_hooks],
        "post_workflow_hooks": [asdict(hook) for hook in entry.post_workflow_hooks],
    }


def server_facts(server: ServerConfig) -> dict[str, Any]:
    return {key: plain(value) for key, value in server.extras.items()} | {
        "repos": [entry_facts(entry, server) for entry in server.entries],
        "workflows": {name: workflow_facts(workflow) for name, workflow in server.workflows.items()},
        "policies": fields_of(server.policies),
    }


def project_facts(project: ConfiguredProject, server: ServerConfig) -> dict[str, Any]:
    settings = setting_facts({key: value for key, value in project.settings.items() if key != "workflow"}, server)
    workflow = project.settings.get("workflow")
    return settings | {
        "dir": project.dir,
        "workspace": project.workspace,
        "name": project.name,
        "branch_regex": project.branch_regex and project.branch_regex.text,
        "workflow": workflow and workflow.value,
        "terraform_version": project.terraform_version,
        "terraform_distribution": project.terraform_distribution,
        "autoplan": {"enabled": project.autoplan_enabled, "when_modified": plain(project.when_modified)},
        "depends_on": project.depends_on and plain(project.depends_on),
        "execution_order_group": project.execution_order_group,
    }


def repo_facts(repo: RepoConfig, server: ServerConfig) -> dict[str, Any]:
    return setting_facts(repo.settings, server) | {
        **plain(repo.extras),
        "version": repo.version,
        "parallel_policy_check": repo.extras["parallel_plan"],
        "projects": [project_facts(project, server) for project in repo.projects],
        "workflows": {name: workflow_facts(workflow) for name, workflow in repo.workflows.items()},
        "autodiscover": repo.autodiscover and fields_of(repo.autodiscover),
        "allowed_regexp_prefixes": plain(repo.allowed_regexp_prefixes),
    }


def merged_facts(server: ServerConfig, repo_id: str, repo: RepoConfig, project: ConfiguredProject) -> dict[str, Any]:
    """Return the settings that hold for a configured project."""
    settings = overridden(server_settings(server, repo_id), repo.settings, project.settings)
    own = project_facts(project, server)
    return setting_facts(settings, server) | {
        **{key: own[key] for key in ("dir", "workspace", "execution_order_group", "terraform_version", "depends_on")},
        "name": project.name or "",
        "workflow": workflow_facts(chosen_workflow(server, repo, settings, project)),
        "autoplan_enabled": project.autoplan_enabled,
        "autoplan_when_modified": plain(project.when_modified),
        "repo_cfg_version": repo.version,
        "policies": fields_of(server.policies),
    }


def default_facts(server: ServerConfig, repo_id: str, directory: str, workspace: str) -> dict[str, Any]:
    """Return the settings that hold for a project that no file lists."""
    settings = overridden(server_settings(server, repo_id), NOTHING_SET, NOTHING_SET)
    return setting_facts(settings, server) | {
        "dir": directory,
        "workspace": workspace,
        "name": "",
        "autoplan_enabled": True,
        "autoplan_when_modified": [],
        "execution_order_group": 0,
        "terraform_version": None,
        "depends_on": None,
        "repo_cfg_version": 0,
        "policies": fields_of(server.policies),
    }


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return where `actual` differs from partial facts; lists are full, keys that are absent are unset."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [text for key, value in expected.items() for text in differences(value, actual.get(key), f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [text for index, pair in enumerate(zip(expected, actual, strict=True)) for text in differences(*pair, f"{path}[{index}]")]
    return [] if expected == actual and type(expected) is type(actual) else [f"{path}: expected {expected!r}, got {actual!r}"]
