"""Bitbucket's published contracts, and checking that requests and canned answers keep to them."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

if TYPE_CHECKING:
    from collections.abc import Collection

    from hosts.bitbucket_wire import Asked

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
NO_CONTENT = 204


@functools.cache
def _read(name: str) -> dict[str, Any]:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip("not run: needs ../shared")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@functools.cache
def _registry(name: str) -> Registry[Any]:
    registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT4.create_resource(_read(name)))
    return registry


@dataclass(frozen=True)
class Contract:
    """A published description and the address that its paths are below."""

    file: str
    root: str

    def problems(self, asked: Asked) -> list[str]:
        """Return what is wrong with a request and the answer to it; fields that the gate does not read may lack, or be null."""
        template = self._template(asked)
        if template is None:
            return [f"there is no {asked.method} {asked.path}"]
        operation = _read(self.file)["paths"][template][asked.method.lower()]
        pointer = f"paths/{_escaped(template)}/{asked.method.lower()}"
        found = []
        if asked.body is not None:
            (kind,) = operation["requestBody"]["content"]
            found += self._invalid(f"{pointer}/requestBody/content/{_escaped(kind)}/schema", asked.body, "request")
        if asked.reply.body is not None and asked.reply.status < NO_CONTENT and isinstance(asked.reply.body, dict | list):
            found += self._invalid(f"{pointer}/responses/{asked.reply.status}/content/application~1json/schema", asked.reply.body, "answer")
        return found + self._unknown(template, operation, asked.query)

    def _template(self, asked: Asked) -> str | None:
        """Return the described path that a request is for, the most specific one."""
        path = urlsplit(asked.url).path.removeprefix(urlsplit(self.root).path)
        found = [each for each, verbs in _read(self.file)["paths"].items() if asked.method.lower() in verbs and _matches(each, path)]
        return min(found, key=lambda each: each.count("{"), default=None)

    def _invalid(self, pointer: str, body: Any, what: str) -> list[str]:
        schema = {"$ref": f"urn:contract#/{pointer}"}
        errors = OAS30Validator(schema, registry=_registry(self.file)).iter_errors(body)
        return [f"{what} {error.json_path}: {error.message[:200]}" for error in errors if _matters(error)]

    def _unknown(self, template: str, operation: dict[str, Any], query: Collection[str]) -> list[str]:
        shared = _read(self.file)["paths"][template].get("parameters", [])
        known = {each["name"] for each in [*shared, *operation.get("parameters", [])]} | PAGING
        return [f"there is no parameter {name}" for name in query if name not in known]


# Every list may be paged, filtered and sorted though not every description says so, and links of Bitbucket's own have one more.
PAGING = {"page", "pagelen", "sort", "from_pullrequest_id", "start", "limit"}


def _matters(error: Any) -> bool:
    """Tell a mistake from what a description leaves out: fields that may lack, and null where nothing is set."""
    return error.validator != "required" and error.instance is not None


def _matches(template: str, path: str) -> bool:
    pattern = "".join(
        "(.+)" if part in {"{path}", "{spec}"} else "[^/]+" if part.startswith("{") else re.escape(part) for part in _parts(template)
    )
    return re.fullmatch(f"{pattern}/?", path) is not None


def _parts(template: str) -> list[str]:
    return re.split(r"(\{[^}]+\})", template)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
