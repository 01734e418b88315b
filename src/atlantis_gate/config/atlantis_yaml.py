"""Reading atlantis.yaml, a repository's own configuration."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from atlantis_gate import doublestar
from atlantis_gate.config import rules
from atlantis_gate.config.document import read_yaml
from atlantis_gate.config.findings import Findings
from atlantis_gate.config.globs import Expander, TooManyError
from atlantis_gate.config.kinds import Reader
from atlantis_gate.config.nodes import is_null
from atlantis_gate.config.parsed import ConfiguredProject, RepoConfig, ServerConfig, Source
from atlantis_gate.config.permissions import ROOT_KEYS, check_permissions
from atlantis_gate.config.remarks import remark_repo
from atlantis_gate.config.repos_yaml import slashed
from atlantis_gate.config.schema import ATLANTIS_YAML, OVERRIDES, PROJECT
from atlantis_gate.config.settings_of import discovery_of, origin, settings_of
from atlantis_gate.config.structs import NO_RECORD, Record
from atlantis_gate.config.uniqueness import check_unique
from atlantis_gate.config.workflows import read_workflows, split_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.config.nodes import Node
    from atlantis_gate.tree import Tree

# https://www.runatlantis.io/docs/repo-level-atlantis-yaml#autoplan
DEFAULT_WHEN_MODIFIED = ("**/*.tf*", "**/*.tofu", "**/*.tofu.json", "**/terragrunt.hcl", "**/.terraform.lock.hcl")
_SPLITTING_VERSION = 2
_ORIGIN_KEYS = ("dir", "name", "workspace", "branch", "depends_on", "execution_order_group")
_AUTOPLAN_KEYS = {"when_modified": "when_modified", "enabled": "autoplan_enabled"}
_ROOT_EXTRAS = ("automerge", "parallel_plan", "parallel_apply", "emoji_reaction")


def load_repo(source: Source, server: ServerConfig, repo_id: str, base_branch: str, tree: Tree | None) -> RepoConfig:
    """Read a repository's file for the repo `host/owner/name` and the base branch of a pull request ("": every branch).

    With a tree, patterns in `dir` are expanded over it; without one they stay as they are.
    Raises ConfigError with every problem, the server's permissions included; what has no effect is in `warnings`.
    """
    findings = Findings(source.file)
    root = read_yaml(source.data, findings)
    record = None if root is None or is_null(root) else ATLANTIS_YAML.read(root, Reader(findings))
    if record is None and findings.problems:
        findings.raise_errors()
    record = record or NO_RECORD
    _check_root(record, findings)
    projects = [
        (project, entry)
        for project, entry in _Projects(source.file, tree, findings).read(record.get("projects") or ())
        if not base_branch or project.branch_regex is None or project.branch_regex.search(base_branch)
    ]
    check_unique(projects, findings)
    config = _config(record, projects, source.file, findings)
    check_permissions(record, projects, server, repo_id, findings)
    findings.raise_errors()
    return remark_repo(config, record, server, repo_id, findings)


def _check_root(record: Record, findings: Findings) -> None:
    ATLANTIS_YAML.check_required(record, record.node, findings)
    for name, (value, node) in record.fields.items():
        if name != "projects":
            ATLANTIS_YAML.keys[name].kind.check(value, node, findings)


def _config(record: Record, projects: list[tuple[ConfiguredProject, Record]], file: str, findings: Findings) -> RepoConfig:
    table = record.get("workflows") or {}
    workflows = read_workflows(table)
    if record.get("version") == _SPLITTING_VERSION:
        workflows = split_commands(workflows, {name: key for name, (_, key) in table.items()}, findings)
    discovery = record.get("autodiscover")
    extras = {key: record.get(key) for key in _ROOT_EXTRAS}
    extras["abort_on_execution_order_fail"] = record.get("abort_on_execution_order_fail", False)
    return RepoConfig(
        version=record.get("version", 0),
        projects=tuple(project for project, _ in projects),
        workflows=workflows,
        settings=settings_of(record, ROOT_KEYS, file),
        autodiscover=None if discovery is None else discovery_of(discovery),
        allowed_regexp_prefixes=tuple(text for text, _ in record.get("allowed_regexp_prefixes") or ()),
        extras=extras,
    )


class _Projects:
    """Turns the entries of `projects` into projects: patterns expanded first, then each entry checked, as Atlantis does."""

    def __init__(self, file: str, tree: Tree | None, findings: Findings) -> None:
        self.file = file
        self.findings = findings
        self.expander = None if tree is None else Expander(tree)

    def read(self, items: tuple[tuple[Record, Node], ...]) -> Iterator[tuple[ConfiguredProject, Record]]:
        for record, node in items:
            directory: str = record.get("dir", "")
            if self.expander is not None and doublestar.has_glob(directory):
                yield from self.expanded(record, node, directory, self.expander)
            else:
                self.check(record, node)
                yield self.project(record, cleaned(directory), record.get("name")), record

    def check(self, record: Record, node: Node) -> None:
        PROJECT.check(record, node, self.findings)
        if record.has("name") and doublestar.has_glob(record.get("dir", "")):
            self.findings.error(record.key("name"), "a project whose `dir` is a pattern cannot have a `name`, since it stands for several")

    def expanded(self, record: Record, node: Node, directory: str, expander: Expander) -> Iterator[tuple[ConfiguredProject, Record]]:
        """Yield one nameless project for each directory; an entry that matches none is not even checked."""
        place = record.key("dir")
        if rules.project_dir(directory):
            PROJECT.check(record, node, self.findings)
            return
        try:
            found = expander.expand(cleaned(directory))
        except TooManyError as error:
            self.findings.error(place, f"this pattern is not expanded: {error}")
            return
        if not found:
            self.findings.warn(place, "no directory with terraform files matches this pattern, so this entry has no effect")
            return
        nameless = Record(record.node, {key: entry for key, entry in record.fields.items() if key != "name"})
        PROJECT.check(nameless, node, self.findings)
        if record.has("name"):
            self.findings.warn(record.key("name"), "`name` is dropped, since `dir` is a pattern for several projects")
        for path in found:
            yield self.project(nameless, path, None), nameless

    def project(self, record: Record, directory: str, name: str | None) -> ConfiguredProject:
        autoplan: Record = record.get("autoplan") or NO_RECORD
        patterns = autoplan.get("when_modified")
        depends_on = record.get("depends_on")
        version: str | None = record.get("terraform_version")
        branch: str | None = record.get("branch")
        origins = {key: origin(record, key, self.file) for key in _ORIGIN_KEYS if key in record.fields}
        for key in autoplan.fields:
            origins[_AUTOPLAN_KEYS[key]] = origin(autoplan, key, self.file)
        return ConfiguredProject(
            dir=directory,
            workspace=record.get("workspace") or "default",
            name=name,
            branch_regex=slashed(branch) if branch else None,
            when_modified=DEFAULT_WHEN_MODIFIED if patterns is None else tuple(text for text, _ in patterns),
            autoplan_enabled=autoplan.get("enabled", True),
            terraform_version=rules.normal_version(version) if version else None,
            terraform_distribution=record.get("terraform_distribution"),
            depends_on=None if depends_on is None else tuple(text for text, _ in depends_on),
            execution_order_group=record.get("execution_order_group", 0),
            settings=settings_of(record, OVERRIDES, self.file),
            origins=origins,
        )


def cleaned(directory: str) -> str:
    """Return a directory relative to the root, without superfluous slashes and dots."""
    return posixpath.normpath("./" + directory)
