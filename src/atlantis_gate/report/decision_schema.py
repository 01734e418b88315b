"""The JSON Schema of the decision document."""

from __future__ import annotations

from typing import Final, get_args

from atlantis_gate.decisions import RefusalKind
from atlantis_gate.model import COMMANDS, Outcome, State, Verdict

Schema = dict[str, object]


def _record(description: str, properties: dict[str, Schema], *optional: str, **more: object) -> Schema:
    """Describe an object that has these properties and no others; all but the optional ones must be there."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **more,
    }


def _text(description: str, **more: object) -> Schema:
    return {"type": "string", "description": description, **more}


def _list(description: str, items: object) -> Schema:
    return {"type": "array", "description": description, "items": items}


_PULL_REQUEST: Final = _record(
    "The pull request (on GitLab the merge request) at the moment it was read.",
    {
        "host": _text("Kind of host, such as github or gitlab.", minLength=1),
        "repo": _text("Full path of the repository on its host.", minLength=1),
        "number": {"type": "integer", "description": "Number of the pull request.", "minimum": 1},
        "url": _text("Web page of the pull request."),
        "author": _text("User who opened it."),
        "state": {"enum": [state.value for state in State], "description": "Where it stands in its life."},
        "draft": {"type": "boolean", "description": "Whether it is marked as not ready."},
        "fork": {"type": "boolean", "description": "Whether its head lies in another repository."},
        "head_sha": _text("Head commit that was judged.", minLength=1),
        "head_branch": _text("Branch of the head."),
        "base_sha": _text("Tip of the base branch it was judged against.", minLength=1),
        "base_branch": _text("Branch it is to be merged into."),
    },
)
_ORIGIN: Final[Schema] = {
    "description": "Where the requirement was written.",
    "oneOf": [
        _record(
            "A line of a file.",
            {
                "file": _text("Name of the file.", minLength=1),
                "line": {"type": "integer", "description": "Line, counted from 1; 0 where it is not known.", "minimum": 0},
                "key": _text("Key in the file, such as apply_requirements."),
            },
        ),
        _record("An option or an environment variable.", {"option": _text("Its name.", minLength=1)}),
    ],
}
_REQUIREMENT: Final = _record(
    "What was found on one requirement.",
    {
        "name": _text("Name of the requirement, such as approved.", minLength=1),
        "outcome": {"enum": [verdict.value for verdict in Verdict], "description": "Whether it is met; unknown satisfies nothing."},
        "reason": _text("Why."),
        "advice": _text("What to do about it; empty when there is nothing to do."),
        "evidence": _list("What the reason rests on.", {"type": "string"}),
        "origin": {"$ref": "#/$defs/origin"},
    },
)
_DECIDED: Final = [Outcome.ALLOWED.value, Outcome.BLOCKED.value, Outcome.UNDETERMINED.value]
_PROJECT: Final = _record(
    "A project that the pull request touches, with what was found.",
    {
        "id": _text("Its name, or dir/workspace.", minLength=1),
        "name": {"type": ["string", "null"], "description": "Its name in atlantis.yaml, if it has one."},
        "dir": _text("Directory, relative to the root of the repository.", minLength=1),
        "workspace": _text("Terraform workspace.", minLength=1),
        "execution_order_group": {"type": "integer", "description": "Groups run in ascending order."},
        "depends_on": _list("Names of the projects to be applied before it.", {"type": "string"}),
        "outcome": {"enum": _DECIDED, "description": "Whether the command may run for this project."},
        "requirements": _list("Every requirement of the command, in order.", {"$ref": "#/$defs/requirement"}),
    },
)
_REFUSAL: Final = _record(
    "Why nothing was evaluated.",
    {
        "kind": {"enum": list(get_args(RefusalKind)), "description": "Which check refused."},
        "reason": _text("Why."),
        "advice": _text("What to do about it."),
    },
)


_JUDGED: Final = _record(
    "A configuration file as it was judged.",
    {
        "role": {"enum": ["server", "head", "base"], "description": "The server config, or the repo config of head or base."},
        "file": _text("Its path, or the variable that it came in.", minLength=1),
        "sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$", "description": "Its digest; null where there is no such file."},
    },
)


def _projects_when(outcome: str, projects: Schema) -> Schema:
    """Say what `projects` holds in a document of this outcome."""
    return {"if": {"properties": {"outcome": {"const": outcome}}}, "then": {"properties": {"projects": projects}}}


def _some_project_is(outcome: str) -> Schema:
    return {"contains": {"properties": {"outcome": {"const": outcome}}}}


def _nothing_evaluated(outcome: str) -> Schema:
    return {"properties": {"outcome": {"const": outcome}, "projects": {"maxItems": 0}}}


_ALL_ALLOWED: Final[Schema] = {"minItems": 1, "items": {"properties": {"outcome": {"const": "allowed"}}}}
_EVALUATED: Final[Schema] = {
    "allOf": [
        _projects_when("allowed", _ALL_ALLOWED),
        _projects_when("nothing_to_do", {"maxItems": 0}),
        _projects_when("blocked", _some_project_is("blocked")),
        _projects_when("undetermined", _some_project_is("undetermined")),
    ],
}

DECISION_SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "atlantis-gate decision",
    **_record(
        "What atlantis-gate decided for one command of one pull request, and why.",
        {
            "version": {"const": 1, "description": "Version of this format."},
            "command": {"enum": list(COMMANDS), "description": "The command that was gated."},
            "outcome": {"enum": [outcome.value for outcome in Outcome], "description": "Only allowed lets the command run."},
            "pull_request": {"$ref": "#/$defs/pull_request"},
            "projects": _list("The projects that the command concerns; empty in a refusal.", {"$ref": "#/$defs/project"}),
            "refusal": {"$ref": "#/$defs/refusal"},
            "error": _text("Why nothing could be evaluated, where that is so; the outcome is undetermined then.", minLength=1),
            "notes": {**_list("Remarks a reader should see.", {"type": "string"}), "minItems": 1},
            "config": {**_list("The configuration files that the decision rests on.", {"$ref": "#/$defs/config"}), "minItems": 1},
        },
        "refusal",
        "error",
        "notes",
        "config",
    ),
    "if": {"required": ["refusal"]},
    "then": _nothing_evaluated("blocked"),
    "else": {"if": {"required": ["error"]}, "then": _nothing_evaluated("undetermined"), "else": _EVALUATED},
    "$defs": {
        "pull_request": _PULL_REQUEST,
        "project": _PROJECT,
        "requirement": _REQUIREMENT,
        "origin": _ORIGIN,
        "refusal": _REFUSAL,
        "config": _JUDGED,
    },
}
