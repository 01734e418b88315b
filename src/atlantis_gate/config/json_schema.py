"""The JSON Schemas of atlantis.yaml and repos.yaml for editors, made from the table that validates."""

from __future__ import annotations

from typing import Any

from atlantis_gate.config.schema import ATLANTIS_YAML, REPOS_YAML, STAGE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _definitions() -> dict[str, Any]:
    return {STAGE.shared: STAGE.definition()}


def atlantis_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of atlantis.yaml."""
    return {
        "$schema": _DIALECT,
        "title": "atlantis.yaml",
        "description": "The projects and workflows of a repository.",
        **ATLANTIS_YAML.schema(),
        "type": "object",
        "$defs": _definitions(),
    }


def repos_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of repos.yaml."""
    return {
        "$schema": _DIALECT,
        "title": "repos.yaml",
        "description": "Server-side settings of repositories.",
        **REPOS_YAML.schema(),
        "$defs": _definitions(),
    }
