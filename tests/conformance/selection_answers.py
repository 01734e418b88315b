"""What the gate answers to the selection cases of project-cases.yaml and to undiverged_impact of host-cases.yaml, one function a kind."""

from __future__ import annotations

import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from atlantis_gate.config import Flags, Source, discovery, load_repo, load_server, projects, targeting
from atlantis_gate.errors import ConfigError, UsageError
from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import ListingTree, Scope, Target, TargetRules, concerned, target, touched
from atlantis_gate.selection.autodiscovery import is_ignored
from atlantis_gate.selection.matching import Matcher
from atlantis_gate.selection.modules import ModuleIndex, no_index
from atlantis_gate.selection.patterns import PatternError, parse
from atlantis_gate.selection.projects import touched_with
from atlantis_gate.selection.targets import by_dir, by_name, clean_dir
from atlantis_gate.selection.workspaces import workspace_of, workspace_problem
from atlantis_gate.settings import DEFAULT_FILE_LIST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.config import RepoConfig, ServerConfig
    from atlantis_gate.tree import Tree

Case = dict[str, Any]
REPO = "github.com/acme/infra"
OFF = Discovery(enabled=False)
ON = Discovery(enabled=True)


def split(patterns: str | None) -> tuple[str, ...]:
    """Split a comma-separated option; nothing gives nothing."""
    return tuple(patterns.split(",")) if patterns else ()


def tree_of(files: Sequence[str] | Mapping[str, str] | None) -> ListingTree:
    contents = dict(files) if isinstance(files, dict) else dict.fromkeys(files or (), "")
    return ListingTree(contents, read=lambda path: contents[path].encode())


def index_of(given: Mapping[str, Sequence[str]] | None) -> ModuleIndex:
    """Make an index that answers as the one of a case."""
    callers = {module: frozenset(users) for module, users in (given or {}).items()}
    return ModuleIndex(roots=frozenset(user for users in callers.values() for user in users), callers=callers) if given else no_index()


def bare(given: Mapping[str, Any]) -> Project:
    patterns = tuple(given.get("when_modified") or ())
    return Project(dir=given["dir"], workspace=given.get("workspace") or "default", name=given.get("name") or None, when_modified=patterns)


def shown(project: Project) -> dict[str, str]:
    return {"name": project.name or "", "dir": project.dir, "workspace": project.workspace}


class Setting:
    """The configuration that a case describes, read as the gate reads it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        mode = given.get("server_autodiscover_mode") or given.get("autodiscover_mode") or "auto"
        self.flags = Flags(autodiscover_mode=mode)
        written = given.get("repos_yaml")
        self.server: ServerConfig = load_server(Source("repos.yaml", written.encode()) if written else None, self.flags)
        self.tree: Tree = tree_of(given.get("files"))
        text = given.get("atlantis_yaml")
        self.repo: RepoConfig | None = None
        if text is not None:
            self.repo = load_repo(Source("atlantis.yaml", text.encode()), self.server, REPO, given.get("base_branch", ""), self.tree)
        self.projects = projects(self.server, self.repo, REPO, self.flags)
        self.discovery = discovery(self.server, self.repo, REPO, self.flags)
        self.changed = (*(given.get("modified_files") or ()), *(given.get("untracked_files") or ()))
        self.scope = Scope(
            tree=self.tree,
            discovery=self.discovery,
            file_list=split(given.get("autoplan_file_list") or DEFAULT_FILE_LIST),
            modules=split(given.get("autoplan_modules_from_projects")),
        )


def pattern_match(given: Case) -> Case:
    try:
        patterns = parse(given["patterns"])
    except PatternError:
        return {"pattern_error": True}
    result = Matcher([patterns], [given["file"]]).result(patterns)
    return {"match_error": True} if result.failed else {"match": bool(result.matched)}


def projects_via_config(given: Case) -> Case:
    scope = Scope(tree=tree_of(given["tree"]), discovery=OFF, file_list=(), assume_dirs=not given.get("cloned", True))
    try:
        found = touched_with(
            index_of(given.get("modules_index")), [bare(each) for each in given["projects"]], given["modified_files"], scope
        )
    except ConfigError:
        return {"error": True}
    return {"dirs": [project.dir for project in found.configured]}


def projects_without_config(given: Case) -> Case:
    scope = Scope(tree=tree_of(given["tree"]), discovery=ON, file_list=split(given["autoplan_file_list"]))
    found = touched_with(index_of(given.get("modules_index")), [], given["modified_files"], scope)
    return {"dirs": [directory for directory, _ in found.discovered]}


def autodiscover_enabled(given: Case) -> Case:
    entries = "".join(f"- dir: p{number}\n" for number in range(given["configured_projects"]))
    return {
        "enabled": Setting({"autodiscover_mode": given["mode"], "atlantis_yaml": f"version: 3\nprojects:\n{entries}"}).discovery.enabled
    }


def _repos_yaml(mode: str | None, ignore_paths: Sequence[str] | None) -> str:
    lines = [f"    mode: {mode}"] if mode else []
    lines += [f"    ignore_paths: {list(ignore_paths)}"] if ignore_paths is not None else []
    return "\n".join(["repos:", "- id: /.*/", *(["  autodiscover:", *lines] if lines else [])])


def autodiscover_precedence(given: Case) -> Case:
    block = given["repo_file"]
    entries = "".join(f"- dir: p{number}\n" for number in range(given["configured_projects"]))
    own = f"autodiscover: {block}\n" if block is not None else ""
    setting = Setting(
        {
            "autodiscover_mode": given["server_flag"],
            "repos_yaml": _repos_yaml(given["global_repos_mode"], None),
            "atlantis_yaml": f"version: 3\n{own}projects:\n{entries}",
        }
    )
    return {"enabled": setting.discovery.enabled}


def autodiscover_ignore_precedence(given: Case) -> Case:
    repo_paths, server_paths = given["repo_ignore_paths"], given["global_ignore_paths"]
    own = f"autodiscover: {{mode: enabled, ignore_paths: {repo_paths}}}\n" if repo_paths is not None else ""
    setting = Setting({"repos_yaml": _repos_yaml("enabled", server_paths), "atlantis_yaml": f"version: 3\n{own}"})
    return {"ignored": is_ignored(given["path"], setting.discovery.ignore_paths)}


def autodiscover_path_ignored(given: Case) -> Case:
    return {"ignored": is_ignored(given["path"], given["ignore_paths"])}


def find_projects_by_name_regex(given: Case) -> Case:
    configured = [Project(dir=name, workspace="default", name=name) for name in given["names"]]
    found = by_name(configured, given["regex"], regexp=True, prefixes=given["allowed_regexp_prefixes"])
    return {"names": [project.name for project in found]}


def find_projects_by_dir_pattern(given: Case) -> Case:
    found = by_dir([bare(each) for each in given["projects"]], given["pattern"], given["workspace"])
    return {"dirs": [project.dir for project in found]}


def workspace_name(given: Case) -> Case:
    return {"error": workspace_problem(given["workspace"])}


def module_graph(given: Case) -> Case:
    index = Setting(given).scope.index
    modules = sorted(index.callers)
    return {"dependants": {module: list(index.users_of(module)) for module in modules}, "warnings": index.warnings}


def hcl_workspace(given: Case) -> Case:
    try:
        return {"workspace": workspace_of(".", tree_of(given["files"]), opentofu=given["distribution"] == "opentofu")[0]}
    except ConfigError as error:
        return {"error_contains": str(error)}


def select_plan_all(given: Case) -> Case:
    setting = Setting(given)
    found = touched(setting.projects, setting.changed, setting.scope)
    discovered = [{"name": "", "dir": directory, "workspace": workspace} for directory, workspace in found.discovered]
    return {"projects": [*map(shown, found.configured), *discovered]}


def select_autoplan(given: Case) -> Case:
    """Autoplan is what a typed plan selects without the projects that switch it off."""
    off = {project.key for project in Setting(given).projects if not project.autoplan_enabled}
    found = select_plan_all(given)["projects"]
    return {"projects": [each for each in found if (each["name"], each["dir"], each["workspace"]) not in off]}


def select_targeted(given: Case) -> Case:
    setting = Setting(given)
    rules = TargetRules(
        config_file="atlantis.yaml" if setting.repo else None,
        regexp=given.get("enable_regexp_cmd", False),
        allowed_regexp_prefixes=targeting(setting.repo),
        silence=given.get("silence_no_projects", False),
        discovery=setting.discovery,
        restrict_to=setting.changed if given.get("restrict_file_list") else None,
    )
    asked = given["target"]
    wanted = Target(name=asked["project"]) if asked["project"] else Target(dir=asked["dir"], workspace=asked["workspace"])
    try:
        found = target(setting.projects, wanted, rules)
    except UsageError:
        return {"error": True}
    ad_hoc = [{"name": "", "dir": found.ad_hoc[0], "workspace": found.ad_hoc[1]}] if found.ad_hoc else []
    return {"projects": [*map(shown, found.projects), *ad_hoc]}


def comment_target(given: Case) -> Case:
    """Read the options of a typed command as options of the gate."""
    words = shlex.split(given["comment"], comments=True)[2:]
    options = {"-d": "dir", "--dir": "dir", "-w": "workspace", "--workspace": "workspace", "-p": "name", "--project": "name"}
    wanted = Target(**{options[word]: value for word, value in pairwise(words) if word in options})
    try:
        target([Project(dir="elsewhere", workspace="default", name=wanted.name)], wanted, TargetRules(config_file="atlantis.yaml"))
    except UsageError:
        return {"error": True}
    return {"dir": clean_dir(wanted.dir or ""), "workspace": wanted.workspace or "", "project": wanted.name or ""}


def undiverged_target(given: Case) -> Case:
    setting = Setting(given)
    asked = bare(given["project"])
    selected = next((project for project in setting.projects if project.key == asked.key), asked)
    files = given["diverged_files"]
    return _impact(concerned([selected], setting.projects, files, setting.scope)[selected.key], files)


def _impact(found: Sequence[str], files: Sequence[str]) -> Case:
    """Say whether a project is concerned, and whether by every file: what Atlantis calls the full check."""
    return {"impacted": bool(found), "full": list(found) == list(files)}


def undiverged_impact(given: Case) -> Case:
    """Answer for host-cases.yaml; where a case names no files, one that no pattern is about stands for whatever changed."""
    config = given.get("repo_config")
    text = None if config is None else f"version: 3\nprojects: {config['projects']}"
    mode = given.get("server_autodiscover")
    setting = Setting(
        {
            "files": given.get("tree"),
            "atlantis_yaml": text,
            "autoplan_modules_from_projects": given["autoplan_modules_patterns"],
            "repos_yaml": _repos_yaml(mode, None) if mode else None,
        }
    )
    asked = Project(dir=given["project_dir"], workspace=given["workspace"])
    if "repo_config_version_in_context" in given:
        asked = Project(dir=given["project_dir"], workspace=given["workspace"], when_modified=("generated-only/**",), configured=True)
    selected = next((project for project in setting.projects if project.key == asked.key), asked)
    files = given["diverged_files"] or ["project1/generated-only/x", "elsewhere/x"]
    return _impact(concerned([selected], setting.projects, files, setting.scope)[selected.key], files)
