"""The one target of a run given with -p, -d and -w: a project by name or expression, or a directory and workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate import doublestar
from atlantis_gate.errors import UsageError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import Discovery
from atlantis_gate.regex import RegexError, compile_regex
from atlantis_gate.selection import restriction
from atlantis_gate.selection.autodiscovery import is_ignored
from atlantis_gate.selection.paths import clean, join
from atlantis_gate.selection.workspaces import DEFAULT, workspace_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Project
    from atlantis_gate.tree import Tree


@frozen(kw_only=True)
class Target:
    """What was asked for, as typed; an empty value is the same as none."""

    name: str | None = None
    dir: str | None = None
    workspace: str | None = None

    @property
    def given(self) -> bool:
        """Tell whether anything was asked for."""
        return bool(self.name or self.dir or self.workspace)


@frozen(kw_only=True)
class TargetRules:
    """What a target is looked up by.

    `config_file` is the repo config's name, None where the repository has none. `regexp` lets a name be an expression
    (`--enable-regexp-cmd`). `silence` turns a target that nothing is configured for into an empty result (`--silence-no-projects`).
    `restrict_to` holds the changed files that `--restrict-file-list` holds a plan to, None where it does not apply. With `tree`, a
    directory that no project is configured for must exist.
    """

    config_file: str | None = None
    regexp: bool = False
    allowed_regexp_prefixes: tuple[str, ...] = ()
    silence: bool = False
    discovery: Discovery = field(default_factory=lambda: Discovery(enabled=False))
    restrict_to: tuple[str, ...] | None = None
    tree: Tree | None = None


@frozen(kw_only=True)
class Targeted:
    """What a target names: configured projects, or one directory and workspace without a project, or (if silenced) nothing."""

    projects: tuple[Project, ...] = ()
    ad_hoc: tuple[str, str] | None = None


def target(configured: Sequence[Project], wanted: Target, rules: TargetRules) -> Targeted:
    """Look up a target among the configured projects. Raises UsageError for one that cannot be used, is ambiguous or names nothing."""
    directory = clean_dir(wanted.dir or "")
    workspace = _checked_workspace(wanted.workspace or "")
    if not wanted.name:
        return _by_place(configured, directory, workspace, rules)
    if directory or workspace:
        raise UsageError(
            "-p/--project cannot be used together with -d/--dir or -w/--workspace",
            advice="A project's name already says its directory and workspace.",
        )
    return _by_name(configured, wanted.name, rules)


def clean_dir(text: str) -> str:
    """Return a directory given with -d relative to the root and clean; `` stays ``. Raises UsageError for one outside the repository."""
    if not text:
        return ""
    if doublestar.has_glob(text):
        if ".." in text:
            raise UsageError(f"-d/--dir: the pattern {text!r} holds '..'", advice="Write it relative to the root of the repository.")
        if not doublestar.valid(text):
            raise UsageError(f"-d/--dir: {text!r} is no valid pattern", advice="Close every [ and {, or put a backslash before it.")
        return clean(text.removeprefix("./").removeprefix("/"))
    cleaned = join(".", clean(text))
    if cleaned.startswith(".."):
        raise UsageError(f"-d/--dir: {text!r} leads out of the repository", advice="Give a directory relative to its root.")
    return cleaned


def _checked_workspace(text: str) -> str:
    reason = workspace_problem(text)
    if reason:
        raise UsageError(f"-w/--workspace: {text!r} {reason}", advice="Give the workspace as Terraform knows it.")
    return text


def by_name(configured: Sequence[Project], name: str, *, regexp: bool, prefixes: Sequence[str]) -> tuple[Project, ...]:
    """Return the projects whose name is `name` or, with `regexp`, matches it.

    An expression that matches several must itself start with one of `prefixes`, where there are any, else it matches nothing.
    """
    if not regexp:
        return next(((project,) for project in configured if project.name == name), ())
    try:
        # Without a group around the name, as in Atlantis: `a|b` is what starts with a or ends with b.
        expression = compile_regex(f"^{name}$")
    except RegexError:
        return ()
    found = tuple(project for project in configured if project.name and expression.search(project.name))
    allowed = len(found) <= 1 or not prefixes or name.startswith(tuple(prefixes))
    return found if allowed else ()


def by_dir(configured: Sequence[Project], directory: str, workspace: str) -> tuple[Project, ...]:
    """Return the projects in a directory, or in those that a pattern matches, that have exactly this workspace."""
    if doublestar.has_glob(directory):
        return tuple(project for project in configured if project.workspace == workspace and doublestar.matches(directory, project.dir))
    return tuple(project for project in configured if (project.dir, project.workspace) == (directory, workspace))


def _by_name(configured: Sequence[Project], name: str, rules: TargetRules) -> Targeted:
    if rules.config_file is None:
        raise UsageError(
            f"-p/--project: {name!r} cannot be looked up, because the repository has no repo config",
            advice="Add an atlantis.yaml that configures projects, or give -d/--dir and -w/--workspace.",
        )
    if rules.restrict_to is not None:
        named = by_name(configured, name, regexp=True, prefixes=rules.allowed_regexp_prefixes)
        restriction.check_name(name, named, rules.restrict_to)
    found = by_name(configured, name, regexp=rules.regexp, prefixes=rules.allowed_regexp_prefixes)
    if rules.restrict_to is not None and len(found) > 1:
        found = restriction.directly_changed(name, found, rules.restrict_to)
    if not found and not (rules.silence and configured):
        raise UsageError(f"no project named {name!r} is configured in {rules.config_file}", advice=_name_advice(configured, rules))
    return Targeted(projects=found)


def _name_advice(configured: Sequence[Project], rules: TargetRules) -> str:
    names = sorted(project.name for project in configured if project.name)
    known = f"Known names: {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}." if names else "No project there has a name."  # noqa: PLR2004
    if rules.regexp and rules.allowed_regexp_prefixes:
        return f"{known} An expression that matches several must start with one of: {', '.join(rules.allowed_regexp_prefixes)}."
    return known if rules.regexp else f"{known} Expressions need --enable-regexp-cmd."


def _by_place(configured: Sequence[Project], given: str, given_workspace: str, rules: TargetRules) -> Targeted:
    directory, workspace = given or ".", given_workspace or DEFAULT
    if given:
        _check_not_ignored(configured, directory, rules.discovery)
        if rules.restrict_to is not None:
            restriction.check_dir(directory, rules.restrict_to)
    found = by_dir(configured, directory, workspace)
    if found and doublestar.has_glob(directory):
        return Targeted(projects=found)
    if len(found) > 1:
        names = ", ".join(project.name or project.id for project in found)
        raise UsageError(f"{directory!r} in workspace {workspace!r} is more than one project: {names}", advice="Give -p/--project.")
    if found:
        return Targeted(projects=found)
    return _unconfigured(configured, directory, workspace, rules)


def _check_not_ignored(configured: Sequence[Project], directory: str, discovery: Discovery) -> None:
    if doublestar.has_glob(directory) or not discovery.enabled or any(project.dir == directory for project in configured):
        return
    if is_ignored(directory, discovery.ignore_paths):
        raise UsageError(
            f"-d/--dir: {directory!r} is ignored: it matches autodiscover.ignore_paths and no project is configured for it",
            advice="Configure a project for the directory, or take it out of ignore_paths.",
        )


def _unconfigured(configured: Sequence[Project], directory: str, workspace: str, rules: TargetRules) -> Targeted:
    """Return the directory and workspace themselves as the target, with Atlantis' limits."""
    if rules.silence and configured:
        return Targeted()
    spaces = [project.workspace for project in configured if project.dir == directory]
    if spaces:
        raise UsageError(
            f"workspace {workspace!r} is not allowed: {directory!r} is only configured for {', '.join(spaces)}",
            advice="Give -w/--workspace with one of these.",
        )
    if rules.tree is not None and not rules.tree.exists(directory):
        raise UsageError(f"-d/--dir: there is no {directory!r} in the repository", advice="Check the path; it is relative to the root.")
    return Targeted(ad_hoc=(directory, workspace))
