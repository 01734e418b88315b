"""Short ways to read configuration texts in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.config import Flags, Source, load_repo, load_server, projects
from atlantis_gate.errors import ConfigError

if TYPE_CHECKING:
    from atlantis_gate.config import RepoConfig, ServerConfig
    from atlantis_gate.model import Project
    from atlantis_gate.tree import Tree

REPO = "github.com/acme/infra"
EVERYTHING = """
repos:
- id: /.*/
  allow_custom_workflows: true
  allowed_overrides:
  - plan_requirements
  - apply_requirements
  - import_requirements
  - workflow
  - delete_source_branch_on_merge
  - repo_locking
  - repo_locks
  - policy_check
  - custom_policy_check
  - silence_pr_comments
"""


def server(text: str | None = None, flags: Flags | None = None, *, json: bool = False) -> ServerConfig:
    """Read a repos.yaml."""
    return load_server(None if text is None else Source("repos.yaml", text.encode()), flags or Flags(), json=json)


def repo(text: str, served: str | None = EVERYTHING, branch: str = "", tree: Tree | None = None) -> RepoConfig:
    """Read an atlantis.yaml under a repos.yaml that allows everything, or another."""
    return load_repo(Source("atlantis.yaml", text.encode()), server(served), REPO, branch, tree)


def merged(text: str, served: str | None = EVERYTHING, flags: Flags | None = None) -> tuple[Project, ...]:
    """Return the projects of an atlantis.yaml."""
    loaded = server(served, flags)
    found = load_repo(Source("atlantis.yaml", text.encode()), loaded, REPO, "", None)
    return projects(loaded, found, REPO, flags or Flags())


def names(project: Project, command: str = "apply") -> list[str]:
    """Return the names of what a command requires of a project."""
    return [requirement.name for requirement in project.requirements[command]]


def problems_of(text: str, served: str | None = EVERYTHING, tree: Tree | None = None) -> list[str]:
    """Return the problems of an atlantis.yaml that is refused."""
    with pytest.raises(ConfigError) as caught:
        repo(text, served, tree=tree)
    return [str(problem) for problem in caught.value.problems]


def server_problems_of(text: str, *, json: bool = False) -> list[str]:
    """Return the problems of a repos.yaml that is refused."""
    with pytest.raises(ConfigError) as caught:
        server(text, json=json)
    return [str(problem) for problem in caught.value.problems]


def warnings_of(loaded: RepoConfig | ServerConfig) -> list[str]:
    """Return the warnings of a file without the words all of them share."""
    return [str(warning).replace("warning: ", "") for warning in loaded.warnings]
