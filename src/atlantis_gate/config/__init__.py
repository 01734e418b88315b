"""atlantis.yaml and repos.yaml: read, checked and merged as Atlantis does."""

from __future__ import annotations

from atlantis_gate.config.atlantis_yaml import load_repo
from atlantis_gate.config.merge import (
    branch_refusal,
    default_project,
    discovery,
    projects,
    repo_config_file,
    targeting,
)
from atlantis_gate.config.parsed import Flags, RepoConfig, ServerConfig, Source
from atlantis_gate.config.repos_yaml import load_server
from atlantis_gate.config.versions import judged_by_both

__all__ = [
    "Flags",
    "RepoConfig",
    "ServerConfig",
    "Source",
    "branch_refusal",
    "default_project",
    "discovery",
    "judged_by_both",
    "load_repo",
    "load_server",
    "projects",
    "repo_config_file",
    "targeting",
]
