"""The JSON Schema of a workflow's step, for editors."""

from __future__ import annotations

from typing import Any

_SCALAR = {"type": ["string", "number", "boolean", "null"]}
_SHELL = {
    "shell": {"description": "The shell that runs the command.", **_SCALAR},
    "shellArgs": {"description": "The shell's arguments: -c unless set.", "type": ["string", "array", "null"], "items": {"type": "string"}},
}
_NEEDS = {"shell": ["command"], "shellArgs": ["shell"]}
_EXTRA = {
    "type": "object",
    "properties": {"extra_args": {"description": "Arguments for terraform.", "type": ["array", "null"], "items": _SCALAR}},
    "additionalProperties": False,
}
_ENV = {
    "type": "object",
    "properties": {
        "name": {"description": "The variable.", **_SCALAR},
        "value": {"description": "Its value, in quotes unless it is text.", **_SCALAR},
        "command": {"description": "A command that prints its value.", **_SCALAR},
        **_SHELL,
    },
    "required": ["name"],
    "not": {"required": ["value", "command"]},
    "dependentRequired": _NEEDS,
    "additionalProperties": False,
}


def _running(outputs: tuple[str, ...]) -> dict[str, Any]:
    output = {
        "description": "What of the command's output is shown.",
        "anyOf": [{"enum": [*outputs]}, {"type": ["array", "object", "number", "boolean", "null"]}],
    }
    return {
        "type": "object",
        "properties": {"command": {"description": "The command.", "type": "string"}, "output": output, **_SHELL},
        "required": ["command"],
        "dependentRequired": _NEEDS,
        "additionalProperties": False,
    }


def step_schema(built_in: tuple[str, ...], outputs: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the schema of a step, given the names of built-in steps and what run and multienv may show."""
    options: dict[str, Any] = dict.fromkeys(built_in, _EXTRA) | {
        "run": {"description": "Run a command.", "anyOf": [_SCALAR, _running(outputs["run"])]},
        "multienv": {"description": "Set variables that a command prints.", "anyOf": [_SCALAR, _running(outputs["multienv"]), _EXTRA]},
        "env": {"description": "Set a variable.", "anyOf": [_ENV, _EXTRA]},
    }
    one = {"type": "object", "properties": options, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": [*built_in, None]}, one]}
