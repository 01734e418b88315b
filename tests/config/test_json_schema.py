"""The published JSON Schemas are those of the code, and never refuse what the program accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from atlantis_gate.config.document import read_yaml
from atlantis_gate.config.findings import Findings
from atlantis_gate.config.json_schema import atlantis_schema, repos_schema
from atlantis_gate.config.nodes import Mapping, Node, Sequence, integer, kind_of
from atlantis_gate.errors import ConfigError
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEMAS = {"atlantis": atlantis_schema(), "repos": repos_schema()}
KINDS = {"repo_cfg": "atlantis", "global_cfg": "repos"}
# What the program refuses and Atlantis does not, on purpose.
STRICTER = "repo_cfg/glob/expansion-happens-before-validation"
# What only the program refuses, by how the ids of cases begin, each with the reason.
CROSS_CHECKS = {
    "repo_cfg/permission/": "the server's file decides",
    "repo_cfg/validate_against_server/": "the server's file decides",
    "repo_cfg/parse/referencing-workflow": "another key must exist",
    "repo_cfg/parse/two-projects": "projects are compared",
    "repo_cfg/uniqueness/": "projects are compared",
    "repo_cfg/glob/explicit-plus-glob": "projects are compared",
    "repo_cfg/branch/same-name": "projects are compared",
    "repo_cfg/project/name-with-glob": "keys are compared",
    "global_cfg/parse/workflow-doesn-t-exist": "another key must exist",
    "global_cfg/repo/workflow-empty": "another key must exist",
    "global_cfg/external_stores/": "keys are compared",
    "repo_cfg/branch/look-ahead": "grammar of expressions",
    "repo_cfg/branch/back-reference": "grammar of expressions",
    "global_cfg/parse/invalid-id-regex": "grammar of expressions",
    "global_cfg/parse/invalid-branch-regex": "grammar of expressions",
    "repo_cfg/glob/invalid-glob": "grammar of patterns",
    "repo_cfg/project/dir-with-invalid-glob": "grammar of patterns",
    "global_cfg/autodiscover/ignore-set": "grammar of patterns",
    "repo_cfg/v2_shell/": "grammar of a shell",
    "repo_cfg/terraform_version/": "grammar of versions",
    "repo_cfg/project/dir-empty": "null is accepted for a key that is required",
    "repo_cfg/step/": "the type of a value decides on the shape of a step",
}


def instance(node: Node | None) -> Any:
    """Return what an editor makes of a document: numbers and booleans are such, everything else is text."""
    if isinstance(node, Mapping):
        return {name: instance(value) for name, (_, value) in node.pairs.items()}
    if isinstance(node, Sequence):
        return [instance(item) for item in node.items]
    if node is None or kind_of(node) == "null":
        return None
    if kind_of(node) in {"int", "float"}:
        whole = integer(node)
        return 1.5 if whole is None else whole
    return node.text.lower() == "true" if kind_of(node) == "bool" else node.text


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_one_of_the_code(name: str, golden: Callable[[Path, str], None]) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    golden(ROOT / f"schemas/{name}.schema.json", json.dumps(SCHEMAS[name], indent=2, ensure_ascii=False) + "\n")


def judged(shared: Path) -> list[tuple[str, bool, bool]]:
    """Return for each case whether Atlantis accepts it and whether the schema does; what is no YAML is left out."""
    cases = yaml.load((shared / "conformance/config-cases.yaml").read_bytes(), yaml.CSafeLoader)["cases"]
    validators = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
    found = []
    for case in cases:
        if case["kind"] in KINDS and case.get("format") != "json" and case["input"].strip():
            findings = Findings("x")
            try:
                root = instance(read_yaml(case["input"].encode(), findings))
            except ConfigError:
                continue
            if root is not None and not findings.problems:
                accepted = case["expect"]["ok"] and not case["id"].startswith(STRICTER)
                found.append((case["id"], accepted, validators[KINDS[case["kind"]]].is_valid(root)))
    return found


def test_the_schema_accepts_whatever_the_program_accepts(shared: Path) -> None:
    found = judged(shared)

    assert len(found) > 300
    assert [name for name, accepted, valid in found if accepted and not valid] == []


def test_what_the_program_refuses_and_the_schema_accepts_is_known(shared: Path) -> None:
    lenient = [name for name, accepted, valid in judged(shared) if not accepted and valid]

    assert [name for name in lenient if not name.startswith(tuple(CROSS_CHECKS))] == []
    assert [start for start in CROSS_CHECKS if not any(name.startswith(start) for name in lenient)] == []
