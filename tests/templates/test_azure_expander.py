"""The expander of these tests does with templates what Azure documents."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import yaml

from templates.azure_expander import expand, pipeline
from templates.azure_expressions import ExpressionError, Scope

PARAMETERS = {"toolset": "msbuild", "debug": True, "more": {"b": "2", "c": "3"}, "list": ["x", "y"], "none": [], "steps": [{"task": "A@1"}]}


def expanded(text: str, **parameters: Any) -> Any:
    return expand(yaml.safe_load(dedent(text)), Scope({"parameters": {**PARAMETERS, **parameters}}))


# https://learn.microsoft.com/en-us/azure/devops/pipelines/process/template-expressions: insertion, conditional and iterative
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[first, '${{ parameters.list }}', last]", ["first", "x", "y", "last"]),
        ("[first, '${{ parameters.none }}']", ["first"]),
        ("{a: '1', '${{ insert }}': '${{ parameters.more }}'}", {"a": "1", "b": "2", "c": "3"}),
        ("- ${{ if eq(parameters.toolset, 'msbuild') }}:\n  - yes\n  - twice\n- last", [True, "twice", "last"]),
        ("- ${{ if eq(parameters.toolset, 'dotnet') }}:\n  - yes\n- last", ["last"]),
        ("a:\n  ${{ if eq(parameters.debug, true) }}:\n    b: c", {"a": {"b": "c"}}),
        ("- ${{ each each in parameters.list }}:\n  - say ${{ each }}", ["say x", "say y"]),
        ("${{ each pair in parameters.more }}:\n  ${{ if ne(pair.key, 'b') }}:\n    ${{ pair.key }}: ${{ pair.value }}", {"c": "3"}),
        ("pool: ${{ parameters.more }}", {"pool": {"b": "2", "c": "3"}}),
        ("a: is ${{ parameters.debug }} and ${{ parameters.toolset }}", {"a": "is True and msbuild"}),
        ("a: ${{ 'my${{value' }}", {"a": "my${{value"}),
    ],
)
def test_a_directive_puts_in_what_azure_documents(text: str, found: Any) -> None:
    assert expanded(text) == found


@pytest.mark.parametrize(
    "text", ["{a: '1', '${{ insert }}': {a: '2'}}", "a:\n  ${{ if true }}:\n  - b", "a: ${{ parameters. }}", "a: ${{ nothing.a }}"]
)
def test_what_azure_refuses_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        expanded(text)


def files(text: str, **others: str) -> dict[str, dict[str, str]]:
    resources = "resources:\n  repositories:\n    - repository: other\n      type: git\n      name: a/b\n"
    return {
        "self": {"azure-pipelines.yml": resources + dedent(text)},
        "other": {f"{name}.yml": dedent(each) for name, each in others.items()},
    }


def test_a_template_of_another_repository_finds_its_own_files_first() -> None:
    found = pipeline(
        files(
            "extends:\n  template: outer.yml@other\n  parameters:\n    said: hello\n",
            outer="""
                parameters:
                - name: said
                stages:
                - template: inner.yml
                  parameters:
                    steps:
                    - bash: echo ${{ parameters.said }}
                """,
            inner="""
                parameters:
                - name: steps
                  type: stepList
                stages:
                - stage: a
                  jobs:
                  - job: b
                    steps: ${{ parameters.steps }}
                """,
        )
    )
    step = {"task": "Bash@3", "inputs": {"targetType": "inline", "script": "echo hello"}}
    assert found["stages"] == [{"stage": "a", "jobs": [{"job": "b", "steps": [step]}]}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stages:\n- template: inner.yml@nowhere\n", "no repository resource 'nowhere'"),
        ("stages:\n- template: inner.yml@other\n", "must be provided"),
        ("stages:\n- template: inner.yml@other\n  condition: always()\n", "unexpected \\['condition'\\] beside a template"),
    ],
)
def test_a_template_that_cannot_be_used_so_is_refused(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        pipeline(files(text, inner="parameters:\n- name: a\n  type: number\nstages: []\n"))
