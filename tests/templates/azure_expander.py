"""What Azure makes of a pipeline with templates before it runs: parameters checked, `${{ }}` replaced, one file without templates left.

https://learn.microsoft.com/en-us/azure/devops/pipelines/process/template-expressions
https://learn.microsoft.com/en-us/azure/devops/pipelines/process/template-parameters
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from templates.azure_expressions import ExpressionError, Scope, Value, evaluate, text_of, truth_of

Node = Any
# Repositories by alias, `self` the pipeline's own: the texts of files by path.
Files = Mapping[str, Mapping[str, str]]
SELF: Final = "self"
_EXPRESSION: Final = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_DIRECTIVE: Final = re.compile(r"\$\{\{\s*(?:(if)\s+(.+?)|each\s+(\w+)\s+in\s+(.+?)|(insert))\s*\}\}")
# What a step list holds after its check: https://github.com/microsoft/azure-pipelines-yaml/issues/499
_TASKS: Final = {
    "bash": ("Bash@3", "script"),
    "script": ("CmdLine@2", "script"),
    "checkout": ("6d15af64-176c-496d-b583-fd2ae21d4df4@1", "repository"),
}
_OF_EVERY_STEP: Final = {
    "condition",
    "continueOnError",
    "displayName",
    "target",
    "enabled",
    "env",
    "name",
    "timeoutInMinutes",
    "retryCountOnTaskFailure",
}


@dataclass(frozen=True)
class _Place:
    """Where a file's text was found, and what its aliases mean."""

    files: Files
    repository: str = SELF
    aliases: frozenset[str] = frozenset()


def pipeline(files: Files, path: str = "azure-pipelines.yml") -> dict[str, Node]:
    """Return the pipeline in a repository with all templates put in. Raises ExpressionError for what Azure would refuse."""
    return _root(_load(files[SELF][path]), Scope({"parameters": {}, "variables": {}}), _Place(files))


def _root(content: dict[str, Node], scope: Scope, place: _Place) -> dict[str, Node]:
    named = content.get("resources", {}).get("repositories", [])
    place = replace(place, aliases=place.aliases | {each["repository"] for each in named})
    inside = {key: value for key, value in content.items() if key not in {"parameters", "extends", "resources"}}
    found: dict[str, Node] = expand(inside, scope)
    for kind in ("stages", "jobs", "steps"):
        if kind in found:
            found[kind] = [each for item in found[kind] for each in _included(item, kind, place)]
    if "extends" in content:
        extends = expand(content["extends"], scope)
        found.update(_template(extends, place))
    if named:
        found["resources"] = content["resources"]
    return found


def _included(item: Node, kind: str, place: _Place) -> list[Node]:
    if "template" not in item:
        return [item]
    if set(item) - {"template", "parameters"}:
        raise ExpressionError(f"unexpected {sorted(set(item) - {'template', 'parameters'})} beside a template")
    found: list[Node] = _template(item, place)[kind]
    return found


def _template(reference: Mapping[str, Node], place: _Place) -> dict[str, Node]:
    path, _, alias = str(reference["template"]).partition("@")
    if alias and alias not in place.aliases | {SELF}:
        raise ExpressionError(f"no repository resource {alias!r}")
    repository = alias or place.repository
    content = _load(place.files[repository][path])
    scope = Scope({"parameters": parameters(content, reference.get("parameters") or {}), "variables": {}})
    return _root(content, scope, replace(place, repository=repository))


def _load(text: str) -> dict[str, Node]:
    content: dict[str, Node] = yaml.safe_load(text)
    return content


def parameters(template: Mapping[str, Node], given: Mapping[str, Node]) -> dict[str, Value]:
    """Return every parameter's value, checked by its type and `values`. Raises ExpressionError for a wrong or unknown one."""
    declared = {each["name"]: each for each in template.get("parameters", ())}
    if set(given) - set(declared):
        raise ExpressionError(f"unexpected parameters {sorted(set(given) - set(declared))}")
    missing = [name for name, each in declared.items() if name not in given and "default" not in each]
    if missing:
        raise ExpressionError(f"a value for {missing} must be provided")
    return {name: _typed(each, given.get(name, each.get("default"))) for name, each in declared.items()}


def _typed(declared: Mapping[str, Node], value: Node) -> Value:
    name, kind = declared["name"], declared.get("type", "string")
    if kind == "object":
        return value
    if kind == "stepList":
        return [_step(each, name) for each in value or ()]
    if isinstance(value, Mapping | list):
        raise ExpressionError(f"{name}: a {kind} is wanted")
    text = text_of(value)
    if "values" in declared and text not in map(text_of, declared["values"]):
        raise ExpressionError(f"{name}: {text!r} is none of {declared['values']}")
    if kind == "boolean":
        if text.lower() not in {"true", "false"}:
            raise ExpressionError(f"{name}: {text!r} is no boolean")
        return text.lower() == "true"
    if kind == "number":
        return _number(name, text)
    return text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ExpressionError(f"{name}: {text!r} is no number") from None


def _step(step: Node, name: str) -> Node:
    """Return a step as the check of a step list leaves it: shortcuts such as `bash` have become tasks."""
    if not isinstance(step, Mapping):
        raise ExpressionError(f"{name}: a list of steps is wanted")
    first = next(iter(step))
    if first == "task":
        return dict(step)
    if first not in _TASKS:
        raise ExpressionError(f"{name}: this expander knows no step {first!r}")
    task, field = _TASKS[first]
    rest = {key: value for key, value in step.items() if key != first}
    own = {key: rest.pop(key) for key in list(rest) if key in _OF_EVERY_STEP}
    kind = {"targetType": "inline"} if first == "bash" else {}
    return {"task": task, **own, "inputs": {**kind, field: step[first], **rest}}


def expand(node: Node, scope: Scope) -> Node:
    """Return a part of a file with all `${{ }}` in it replaced."""
    if isinstance(node, Mapping):
        return _mapping(node, scope)
    if isinstance(node, list):
        return [each for item in node for each in _item(item, scope)]
    return _scalar(node, scope) if isinstance(node, str) else node


def _scalar(text: str, scope: Scope) -> Value:
    whole = _EXPRESSION.fullmatch(text)
    if whole and "${{" not in whole[1]:
        value = evaluate(whole[1], scope)
        return text_of(value) if isinstance(value, float) else value
    return _EXPRESSION.sub(lambda found: text_of(evaluate(found[1], scope)), text)


def _item(item: Node, scope: Scope) -> Iterator[Node]:
    """Yield what an item of a sequence becomes: a sequence put into a sequence is flattened."""
    only = next(iter(item)) if isinstance(item, Mapping) and len(item) == 1 else ""
    directive = _DIRECTIVE.fullmatch(str(only))
    if directive and isinstance(item[only], list):
        for inner in _scopes(directive, scope):
            yield from expand(item[only], inner)
        return
    value = expand(item, scope)
    if isinstance(value, list) and isinstance(item, str):
        yield from value
    else:
        yield value


def _mapping(node: Mapping[str, Node], scope: Scope) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, value in node.items():
        for name, each in _pairs(str(key), value, scope):
            if name in found:
                raise ExpressionError(f"{name!r} is already defined")
            found[name] = each
    return found


def _pairs(key: str, value: Node, scope: Scope) -> Iterator[tuple[str, Node]]:
    directive = _DIRECTIVE.fullmatch(key)
    if directive is None:
        yield text_of(_scalar(key, scope)), expand(value, scope)
        return
    for inner in _scopes(directive, scope):
        inserted = expand(value, inner)
        if not isinstance(inserted, Mapping):
            raise ExpressionError(f"{key}: a mapping is wanted")
        yield from inserted.items()


def _scopes(directive: re.Match[str], scope: Scope) -> Iterator[Scope]:
    """Yield the scope of every time that the content of a directive is put in."""
    condition, name, collection, insert = directive[2], directive[3], directive[4], directive[5]
    if insert:
        yield scope
    elif condition:
        if truth_of(evaluate(condition, scope)):
            yield scope
    else:
        each = evaluate(collection, scope)
        items = [{"key": key, "value": value} for key, value in each.items()] if isinstance(each, Mapping) else each
        for item in items:
            yield replace(scope, values={**scope.values, name: item})
