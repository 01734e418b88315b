"""GitHub's published contracts, and checking that canned answers keep to them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLError, build_schema, graphql_sync
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

if TYPE_CHECKING:
    from graphql import GraphQLAbstractType, GraphQLResolveInfo, GraphQLSchema

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "npm"
PACKAGES = ROOT / "node_modules" / "@octokit"
# What stands behind an interface where the question does not ask for it.
KINDS = {"GitObject": "Commit", "GitSignature": "GpgSignature"}


@functools.cache
def graphql_schema() -> GraphQLSchema:
    """Read GitHub's GraphQL schema. The published file breaks a few rules of schemas itself, so those are taken for granted."""
    file = PACKAGES / "graphql-schema" / "schema.graphql"
    if not file.is_file():
        pytest.skip("not run: needs npm package @octokit/graphql-schema@15.26.1 (npm ci)")
    return build_schema(file.read_text(encoding="utf-8"), assume_valid=True)


@functools.cache
def _openapi() -> Registry[Any]:
    file = npm_file("@octokit/openapi@23.0.2", "generated/api.github.com.json")
    registry: Registry[Any] = Registry().with_resource("urn:github", DRAFT4.create_resource(json.loads(file.read_text(encoding="utf-8"))))
    return registry


def described(*path: str) -> Any:
    """Return one place of GitHub's OpenAPI description."""
    found: Any = _openapi().get_or_retrieve("urn:github").value.contents
    for name in path:
        found = found[name]
    return found


def npm_file(package: str, member: str) -> Path:
    """Return one file of an npm package that `make contract-test` has fetched; the test that needs it is skipped without it."""
    file = CACHE / package.replace("/", "_") / Path(member).name
    if not file.is_file():
        pytest.skip(f"not run: needs the npm package {package} (make contract-test)")
    return file


def graphql_problems(query: str, variables: dict[str, Any], data: dict[str, Any]) -> list[str]:
    """Return what is wrong with a canned GraphQL answer: it is executed as if it were the data, and must come out as it went in."""

    def resolve(source: dict[str, Any], info: GraphQLResolveInfo[Any], **_: Any) -> Any:
        if info.path.key not in source:
            raise GraphQLError(f"the answer lacks {info.path.as_list()}")
        return source[str(info.path.key)]

    def kind(value: dict[str, Any], _: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
        return str(value.get("__typename") or KINDS[abstract.name])

    result = graphql_sync(graphql_schema(), query, data, variable_values=variables, field_resolver=resolve, type_resolver=kind)
    problems = [problem.message for problem in result.errors or []]
    return problems or ([] if result.data == data else ["the answer holds more than was asked for"])


def rest_problems(path: str, method: str, status: int, body: Any) -> list[str]:
    """Return what is wrong with a canned REST answer by GitHub's OpenAPI description; fields that the gate does not read may lack."""
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in ("paths", path, method, "responses", str(status)))
    schema = {"$ref": f"urn:github#/{pointer}/content/application~1json/schema"}
    problems = OAS30Validator(schema, registry=_openapi()).iter_errors(body)
    return [f"{problem.json_path}: {problem.message}" for problem in problems if problem.validator != "required"]
