"""Execution of GraphQL queries by GitHub's published schema over nested dictionaries."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLSchema, build_schema, get_named_type, graphql_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql import GraphQLOutputType, GraphQLResolveInfo

SCHEMA = Path(__file__).resolve().parents[2] / "node_modules" / "@octokit" / "graphql-schema" / "schema.graphql"
NEUTRAL = {"Boolean": False, "Int": 0, "Float": 0.0, "String": "", "URI": "https://example.com", "DateTime": "2026-01-01T00:00:00Z"}


@functools.cache
def schema() -> GraphQLSchema:
    """Read GitHub's schema; the test that needs it is skipped where `npm ci` did not run."""
    if not SCHEMA.is_file():
        pytest.skip("not run: needs the npm packages (npm ci)")
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid=True)


def answer(query: str, variables: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """Execute a query as GitHub does: an invalid one, or one that asks for what cannot be known here, gets `errors`."""
    result = graphql_sync(schema(), query, root, variable_values=dict(variables), field_resolver=_resolve)
    return dict(result.formatted)


def _resolve(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if info.field_name not in source:
        return _neutral(info.return_type, f"{info.parent_type.name}.{info.field_name}")
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _neutral(kind: GraphQLOutputType, place: str) -> Any:
    """Return what stands for a field that is not modelled: null or something empty, but never an empty page and never a made-up word."""
    name = get_named_type(kind).name
    if isinstance(kind, GraphQLNonNull) and isinstance(kind.of_type, GraphQLList):
        return []
    if not isinstance(kind, GraphQLNonNull) and not name.endswith("Connection"):
        return None
    if isinstance(get_named_type(kind), GraphQLEnumType) or name not in NEUTRAL:
        message = f"the stand-in for GitHub does not know {place}"
        raise LookupError(message)
    return NEUTRAL[name]


def connection(items: Callable[..., Iterable[Mapping[str, Any]]]) -> Callable[..., dict[str, Any]]:
    """Return a field that pages through a list the way GitHub does; `items` is given the field's other arguments."""

    def cut(first: int | None = None, after: str | None = None, last: int | None = None, **arguments: Any) -> dict[str, Any]:
        if (first or last or 0) not in range(1, 101):
            message = "You must provide a `first` or `last` value between 1 and 100 to properly paginate the connection."
            raise ValueError(message)
        every = list(items(**arguments))
        start = int(after or 0) if first else max(0, len(every) - (last or 0))
        end = min(len(every), start + (first or last or 0))
        info = {"hasNextPage": end < len(every), "hasPreviousPage": start > 0, "endCursor": str(end), "startCursor": str(start)}
        nodes = every[start:end]
        edges = [{"node": node, "cursor": str(start + index + 1)} for index, node in enumerate(nodes)]
        return {"nodes": nodes, "edges": edges, "totalCount": len(every), "pageInfo": info}

    return cut
