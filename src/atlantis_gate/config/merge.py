"""Merging the server's entries and a project's own keys into the settings that hold for the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config.parsed import NOTHING_SET, POLICY_FLAG, REQUIREMENT_KEYS, AutoDiscover, Setting, Settings
from atlantis_gate.model import Discovery, Origin, Project, Requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.config.parsed import ConfiguredProject, Flags, RepoConfig, ServerConfig, Workflow

DEFAULT_REPO_FILE = "atlantis.yaml"
_POLICIES_PASSED = "policies_passed"
_SHOWN_ORIGINS = (*REQUIREMENT_KEYS.values(), "workflow")


def server_settings(server: ServerConfig, repo_id: str) -> Settings:
    """Return what the server says for a repo: for each key the last matching entry that sets it.

    With policy checks on, `policies_passed` is added to what the files ask of apply; it never takes the place of anything.
    """
    found: dict[str, Setting] = {}
    policies = False
    for index, entry in enumerate(server.entries):
        if not entry.matches(repo_id):
            continue
        found.update(entry.settings)
        check = entry.settings.get("policy_check")
        if check is None or check.value:
            policies = server.policy_checks
        elif index and "apply_requirements" in entry.settings:
            policies = False
    found["apply_requirements"] = _with_policies(found["apply_requirements"], POLICY_FLAG, wanted=policies)
    locking = found.get("repo_locking")
    if locking is not None and not locking.value:
        found["repo_locks"] = Setting("disabled", locking.origin)
    return found


def _with_policies(setting: Setting, origin: Origin, *, wanted: bool) -> Setting:
    """Return a list of requirements with `policies_passed` at its end, or without it."""
    others = tuple(requirement for requirement in setting.value if requirement.name != _POLICIES_PASSED)
    return Setting((*others, Requirement(_POLICIES_PASSED, origin)) if wanted else others, setting.origin)


def overridden(server: Settings, root: Settings, project: Settings) -> Settings:
    """Return the server's settings with what the root and a project of atlantis.yaml may override, in the order of allowed_overrides."""
    result = dict(server)
    for key in server["allowed_overrides"].value:
        _RULES.get(key, _from_project)(key, result, root, project)
    return result


def _from_project(key: str, result: dict[str, Setting], root: Settings, project: Settings) -> None:
    del root
    if key in project:
        result[key] = project[key]


def _apply_requirements(key: str, result: dict[str, Setting], root: Settings, project: Settings) -> None:
    del root
    if key in project:
        check = result["policy_check"]
        result[key] = _with_policies(project[key], check.origin, wanted=check.value)


def _root_then_project(key: str, result: dict[str, Setting], root: Settings, project: Settings) -> None:
    for level in (root, project):
        if key in level:
            result[key] = level[key]


def _repo_locking(key: str, result: dict[str, Setting], root: Settings, project: Settings) -> None:
    del root
    setting = project.get(key)
    if setting is None:
        return
    if not setting.value:
        result["repo_locks"] = Setting("disabled", setting.origin)
    elif result["repo_locks"].value == "disabled":
        result["repo_locks"] = Setting("on_plan", setting.origin)


_RULES: Mapping[str, Callable[[str, dict[str, Setting], Settings, Settings], None]] = {
    "apply_requirements": _apply_requirements,
    "delete_source_branch_on_merge": _root_then_project,
    "repo_locks": _root_then_project,
    "silence_pr_comments": _root_then_project,
    "repo_locking": _repo_locking,
}


def chosen_workflow(server: ServerConfig, repo: RepoConfig, settings: Settings, project: ConfiguredProject) -> Workflow:
    """Return the workflow of a project: the repo's own of that name where the project may and does choose it, else the server's."""
    name = settings["workflow"].value
    chosen = "workflow" in project.settings and "workflow" in settings["allowed_overrides"].value
    if chosen and settings["allow_custom_workflows"].value and name in repo.workflows:
        return repo.workflows[name]
    return server.workflows[name]


class _Final:
    """What the model's projects share: requirement lists and origins of one group of settings."""

    def __init__(self, settings: Settings, flags: Flags) -> None:
        self.requirements = {command: _required(settings[key].value, flags, command) for command, key in REQUIREMENT_KEYS.items()}
        self.origins = {key: settings[key].origin for key in _SHOWN_ORIGINS if settings[key].origin.file}
        self.workflow: str = settings["workflow"].value


def _required(written: tuple[Requirement, ...], flags: Flags, command: str) -> tuple[Requirement, ...]:
    names = {requirement.name for requirement in written}
    return (*written, *(requirement for requirement in flags.require.get(command, ()) if requirement.name not in names))


def projects(server: ServerConfig, repo: RepoConfig | None, repo_id: str, flags: Flags) -> tuple[Project, ...]:
    """Return the projects of atlantis.yaml with the settings that hold for them, in the order of the file."""
    if repo is None:
        return ()
    settings = server_settings(server, repo_id)
    shared = _Final(overridden(settings, repo.settings, NOTHING_SET), flags)
    return tuple(
        _project(project, _Final(overridden(settings, repo.settings, project.settings), flags) if project.settings else shared)
        for project in repo.projects
    )


def _project(project: ConfiguredProject, final: _Final) -> Project:
    return Project(
        dir=project.dir,
        workspace=project.workspace,
        name=project.name,
        requirements=final.requirements,
        when_modified=project.when_modified,
        autoplan_enabled=project.autoplan_enabled,
        workflow=final.workflow,
        execution_order_group=project.execution_order_group,
        depends_on=project.depends_on or (),
        configured=True,
        origins={**final.origins, **project.origins},
    )


def default_project(server: ServerConfig, repo_id: str, flags: Flags, *, dir: str, workspace: str) -> Project:  # noqa: A002  the model's word
    """Return a project that no file lists, with the server's settings: a discovered one, or one that a target names."""
    final = _Final(server_settings(server, repo_id), flags)
    return Project(dir=dir, workspace=workspace, requirements=final.requirements, workflow=final.workflow, origins=final.origins)


def discovery(server: ServerConfig, repo: RepoConfig | None, repo_id: str, flags: Flags) -> Discovery:
    """Return whether directories are discovered: the server's block wins over the repo's, the repo's over the flag."""
    setting = server_settings(server, repo_id).get("autodiscover")
    served: AutoDiscover | None = None if setting is None else setting.value
    own = None if repo is None else repo.autodiscover
    block = served or own
    mode = (flags.autodiscover_mode or "auto") if block is None else block.mode
    none_kept = repo is None or not repo.projects
    paths = own.ignore_paths if own is not None else None
    if served is not None and served.ignore_paths is not None:
        paths = served.ignore_paths
    return Discovery(mode == "enabled" or (mode == "auto" and none_kept), paths or ())


def targeting(repo: RepoConfig | None) -> tuple[str, ...]:
    """Return the prefixes that an expression for several project names must begin with; none: every expression is fine."""
    return () if repo is None else repo.allowed_regexp_prefixes


def repo_config_file(server: ServerConfig, repo_id: str) -> str:
    """Return the path of the repo's own file: what the last matching entry says, and only that one."""
    last = [entry for entry in server.entries if entry.matches(repo_id)][-1]
    return last.repo_config_file or DEFAULT_REPO_FILE


def branch_refusal(server: ServerConfig, repo_id: str, base_branch: str) -> Origin | None:
    """Return where the last matching entry limits the base branch to others than this one, None where the pull request may go on."""
    last = [entry for entry in server.entries if entry.matches(repo_id)][-1]
    if not base_branch or last.branch_regex is None or last.branch_regex.search(base_branch):
        return None
    return last.branch_origin
