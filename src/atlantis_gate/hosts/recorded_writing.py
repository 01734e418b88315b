"""From the nouns to a facts document, and its JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from atlantis_gate.model import BlockerKind, HostKind, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.model import Approvals, Divergence, Facts, Mergeability

VERSION: Final = 1


def document(facts: Facts, files: Mapping[str, Mapping[str, str | None]]) -> dict[str, Any]:
    """Return facts as JSON values. `files` are texts of the head and of the base branch that the evaluation read, by path."""
    made: dict[str, Any] = {
        "version": VERSION,
        "pull_request": facts.pull_request.document(),
        "changed_files": _unknown(facts.changed_files) if isinstance(facts.changed_files, Unknown) else list(facts.changed_files),
        "approvals": _unknown(facts.approvals) if isinstance(facts.approvals, Unknown) else _approvals(facts.approvals),
        "mergeability": _unknown(facts.mergeability) if isinstance(facts.mergeability, Unknown) else _mergeability(facts.mergeability),
        "divergence": _unknown(facts.divergence) if isinstance(facts.divergence, Unknown) else _divergence(facts.divergence),
    }
    if any(files.values()):
        made["files"] = {side: dict(texts) for side, texts in files.items() if texts}
    return made


def _unknown(fact: Unknown) -> dict[str, str]:
    return {"unknown": fact.reason}


def _approvals(fact: Approvals) -> dict[str, Any]:
    given = [{"user": approval.user, **({"commit": approval.commit} if approval.commit else {})} for approval in fact.by]
    return {"by": given, "still_required": fact.still_required}


def _mergeability(fact: Mergeability) -> dict[str, Any]:
    return {"blockers": [{"kind": each.kind, "name": each.name, "text": each.text, "own": each.own} for each in fact.blockers]}


def _divergence(fact: Divergence) -> dict[str, Any]:
    return {"base_sha": fact.base_sha, "planned_on": fact.planned_on, "files": list(fact.files)}


def _object(properties: dict[str, Any], *optional: str, closed: bool = True) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": not closed}


def _fact(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [schema, {"$ref": "#/$defs/unknown"}]}


_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_BOOL: Final = {"type": "boolean"}
_COMMIT: Final = {"type": ["string", "null"], "description": "The commit it was given on: evidence only."}
_PULL_REQUEST: Final = _object(
    {
        "host": {"enum": list(get_args(HostKind))},
        "repo": _TEXT,
        "number": {"type": "integer", "minimum": 1},
        "url": {"type": "string", "description": "Its web page; the host's name in repo ids comes from it.", "pattern": "^[a-z]+://"},
        "author": _TEXT,
        "state": {"enum": [state.value for state in State]},
        "draft": _BOOL,
        "fork": _BOOL,
        "head_sha": _TEXT,
        "head_branch": _TEXT,
        "base_sha": _TEXT,
        "base_branch": _TEXT,
    },
    closed=False,
)
_APPROVAL: Final = _object({"user": {"type": "string", "minLength": 1}, "commit": _COMMIT}, "commit")
_BLOCKER: Final = _object({"kind": {"enum": list(get_args(BlockerKind))}, "name": _TEXT, "text": _TEXT, "own": _BOOL}, "own")

FACTS_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "atlantis-gate facts",
    "description": "What atlantis-gate read of a pull request, for `check --facts`. A fact that is not there is unknown.",
    **_object(
        {
            "version": {"const": VERSION},
            "pull_request": _PULL_REQUEST,
            "changed_files": _fact(_TEXTS),
            "approvals": _fact(
                _object(
                    {"by": {"type": "array", "items": _APPROVAL}, "still_required": {"type": "integer", "minimum": 0}}, "still_required"
                )
            ),
            "mergeability": _fact(_object({"blockers": {"type": "array", "items": _BLOCKER}})),
            "divergence": _fact(_object({"base_sha": _TEXT, "planned_on": _TEXT, "files": _TEXTS})),
            "files": {
                "type": "object",
                "description": "Texts of the head and the base branch that the evaluation needs, by path; null for an absent file.",
                "additionalProperties": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            },
        },
        "changed_files",
        "approvals",
        "mergeability",
        "divergence",
        "files",
        closed=False,
    ),
    "$defs": {"unknown": _object({"unknown": {"type": "string", "description": "Why it could not be read."}})},
}
