"""From configuration and changed files to the projects that are judged, by the head's and the base branch's version together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate import config, selection
from atlantis_gate.errors import ConfigError, UsageError
from atlantis_gate.frozen import field, frozen, replace
from atlantis_gate.model import Origin, Requirement
from atlantis_gate.selection import Scope, Target, TargetRules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atlantis_gate.arguments import Settings
    from atlantis_gate.config import RepoConfig, ServerConfig, Source
    from atlantis_gate.decisions import Judged
    from atlantis_gate.model import Project
    from atlantis_gate.tree import Tree

Key = tuple[str, str, str]
# What users may ask for; policies_passed is added by its own flag alone.
NAMES: Final = ("approved", "mergeable", "undiverged")


@frozen(kw_only=True)
class Version:
    """One version of the repo config: every configured project, what discovery and targets work with, and the projects it selects."""

    projects: tuple[Project, ...]
    scope: Scope
    selected: tuple[Project, ...] = ()


@frozen(kw_only=True)
class Selected:
    """The projects to judge, remarks on how they were found, the versions that found them, and the files that these were read from."""

    projects: tuple[Project, ...]
    notes: tuple[str, ...] = ()
    versions: tuple[Version, ...] = field(default=(), repr=False)
    judged: tuple[Judged, ...] = ()

    def concerned(self, files: Sequence[str]) -> Mapping[Key, tuple[str, ...]]:
        """Return, by project key, those of `files` that concern the project in any version."""
        found = [selection.concerned(self.projects, version.projects, files, version.scope) for version in self.versions]
        if len(found) == 1:
            return found[0]
        wanted = {project.key: {file for each in found for file in each.get(project.key, files)} for project in self.projects}
        return {key: tuple(file for file in files if file in concerned) for key, concerned in wanted.items()}


@frozen(kw_only=True)
class Question:
    """All that the selection rests on besides the repo config; `repo_id` and `base_branch` are empty where none is known."""

    settings: Settings
    server: ServerConfig
    repo_id: str
    base_branch: str
    tree: Tree
    tell: Callable[[str], None]
    changed_files: tuple[str, ...] = ()


def repo_config(question: Question, source: Source | None) -> RepoConfig | None:
    """Load a version of the repo config against the server config. Raises ConfigError with all that is wrong."""
    if source is None:
        return None
    return config.load_repo(source, question.server, question.repo_id, question.base_branch, question.tree)


def is_valid_alone(question: Question, source: Source | None) -> bool:
    """Tell whether a version of the repo config is valid in a repository without any directory, so that nothing but its text counts."""
    try:
        repo_config(replace(question, tree=selection.ListingTree(())), source)
    except ConfigError:
        return False
    return True


def flags(settings: Settings) -> config.Flags:
    """Return the options that bear on configuration. Raises UsageError for a requirement that nobody may ask for."""
    wrong = next((name for name in settings.require if name not in NAMES), None)
    if wrong is not None:
        raise UsageError(f"--require: {wrong!r} is not a requirement", advice=f"Requirements are {', '.join(NAMES)}.")
    asked = tuple(Requirement(name, Origin(option="--require")) for name in settings.require)
    old = (settings.require_approval, settings.require_mergeable, settings.require_undiverged)
    options = ("--require-approval", "--require-mergeable", "--require-undiverged")
    everywhere = tuple(Requirement(name, Origin(option=option)) for name, option, wanted in zip(NAMES, options, old, strict=True) if wanted)
    require = {"plan": (), "apply": everywhere, "import": ()}
    require[settings.command] = (*asked, *require[settings.command])
    return config.Flags(require=require, enable_policy_checks=settings.enable_policy_checks, autodiscover_mode=settings.autodiscover_mode)


def for_base(question: Question) -> Question:
    """Return the question for the base branch's version: every changed path counts as being there, so nothing moves out of sight."""
    return replace(question, tree=selection.Overlay(question.tree, question.changed_files))


def select(question: Question, head: RepoConfig | None) -> Selected:
    """Select by one version of the repo config."""
    version = _version(question, head, question.tree)
    return Selected(projects=_in_order(version.selected), versions=(version,))


def everything(question: Question, head: RepoConfig | None) -> Selected:
    """Take every configured project in file order, whatever changed."""
    given = flags(question.settings)
    return Selected(projects=config.projects(question.server, head, question.repo_id, given))


def select_by_both(question: Question, head: RepoConfig | None, base: RepoConfig | None) -> Selected:
    """Select by the head's and the base branch's version: what either selects, each project with the requirements of both.

    For the base branch's version every changed path counts as being there: a directory that the pull request moves away still concerns it.
    """
    ours, theirs = _both(question, head, base)
    keys = {project.key for version in (ours, theirs) for project in version.selected}
    projects, notes = config.judged_by_both(_judged(ours, keys), _judged(theirs, keys))
    return Selected(projects=_in_order(projects), notes=notes, versions=(ours, theirs))


def _both(question: Question, head: RepoConfig | None, base: RepoConfig | None) -> tuple[Version, Version]:
    """Select by each version. A target that only one of them knows is that one's; one that neither knows is an error."""
    overlay = for_base(question).tree
    try:
        ours = _version(question, head, question.tree)
    except UsageError:
        theirs = _version(question, base, overlay, assume_dirs=True)
        return _unselected(question, head, question.tree), theirs
    try:
        return ours, _version(question, base, overlay, assume_dirs=True)
    except UsageError:
        return ours, _unselected(question, base, overlay)


def _judged(version: Version, keys: set[Key]) -> tuple[Project, ...]:
    """Return what a version selects, and what it knows of projects that only the other version selects."""
    selected = {project.key for project in version.selected}
    known = (project for project in version.projects if project.key in keys and project.key not in selected)
    return (*version.selected, *known)


def _in_order(projects: Sequence[Project]) -> tuple[Project, ...]:
    """Sort by execution order group; projects of one group keep their order."""
    return tuple(sorted(projects, key=lambda project: project.execution_order_group))


def _version(question: Question, repo: RepoConfig | None, tree: Tree, *, assume_dirs: bool = False) -> Version:
    version = _unselected(question, repo, tree, assume_dirs=assume_dirs)
    return replace(version, selected=_selected(question, repo, version))


def _unselected(question: Question, repo: RepoConfig | None, tree: Tree, *, assume_dirs: bool = False) -> Version:
    settings, given = question.settings, flags(question.settings)
    scope = Scope(
        tree=tree,
        discovery=config.discovery(question.server, repo, question.repo_id, given),
        file_list=settings.autoplan_file_list,
        modules=_modules(settings),
        opentofu=settings.default_tf_distribution == "opentofu",
        assume_dirs=assume_dirs,
    )
    return Version(projects=config.projects(question.server, repo, question.repo_id, given), scope=scope)


def _modules(settings: Settings) -> tuple[str, ...]:
    """Return where to look for users of modules: a list of its own switches the index on by itself, as in Atlantis."""
    if settings.autoplan_modules_from_projects:
        return settings.autoplan_modules_from_projects
    return settings.autoplan_file_list if settings.autoplan_modules else ()


def _selected(question: Question, repo: RepoConfig | None, version: Version) -> tuple[Project, ...]:
    settings = question.settings
    wanted = Target(name=settings.project, dir=settings.dir, workspace=settings.workspace)
    if wanted.given:
        return _targeted(question, repo, version, wanted)
    found = selection.touched(version.projects, question.changed_files, version.scope)
    for warning in found.warnings:
        question.tell(warning)
    return (*found.configured, *(_default(question, place) for place in found.discovered))


def _targeted(question: Question, repo: RepoConfig | None, version: Version, wanted: Target) -> tuple[Project, ...]:
    settings = question.settings
    restrict = settings.restrict_file_list and settings.command == "plan"
    rules = TargetRules(
        config_file=config.repo_config_file(question.server, question.repo_id) if repo else None,
        regexp=settings.enable_regexp_cmd,
        allowed_regexp_prefixes=config.targeting(repo),
        discovery=version.scope.discovery,
        restrict_to=question.changed_files if restrict else None,
        tree=version.scope.tree,
    )
    found = selection.target(version.projects, wanted, rules)
    return found.projects if found.ad_hoc is None else (_default(question, found.ad_hoc),)


def _default(question: Question, place: tuple[str, str]) -> Project:
    directory, workspace = place
    return config.default_project(question.server, question.repo_id, flags(question.settings), dir=directory, workspace=workspace)
