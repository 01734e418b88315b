"""The CI/CD component, made from the template to be included: what is a variable there is an input here, and job names have a prefix."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atlantis_gate.settings import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADING: Final = (
    "# The gate as a CI/CD component: docs/ci/gitlab-ci.md. Made by `make update` from .gitlab-ci-template.yml and the table of options.\n"
)
PREFIX: Final = "$[[ inputs.job-prefix ]]"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input. `variable` is the one that takes its value, empty where the value stands in the jobs; there it must match `pattern`."""

    name: str
    text: str
    default: str | int | bool = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    variable: str = ""

    def lines(self) -> Iterator[str]:
        """Return the input as part of the header; https://docs.gitlab.com/ci/inputs/."""
        kind = {bool: "boolean", int: "number", str: ""}[type(self.default)]
        yield f"    {self.name}:"
        yield f"      description: {json.dumps(self.text)}"
        yield from [f"      type: {kind}"] if kind else []
        yield from [f"      options: [{', '.join(self.choices)}]"] if self.choices else []
        yield from [f"      regex: '{self.pattern}'"] if self.pattern else []
        yield f"      default: {json.dumps(self.default)}"

    def setting(self) -> Iterator[str]:
        """Return the variable with the value in a block, out of which no quote, colon or hash leads."""
        yield f"    {self.variable}: |-"
        yield f"      $[[ inputs.{self.name} ]]"


def options() -> tuple[Option, ...]:
    """Return the options that are inputs of the gate's job."""
    return tuple(option for option in OPTIONS if option.input and "check" in option.commands)


def inputs(defaults: Mapping[str, str]) -> tuple[Input, ...]:
    """Return every input; `defaults` are the variables that the template sets."""
    own = (
        Input(name="stage", text="the stage of the gate's job", default="test", pattern=r"^[A-Za-z0-9_. -]+$"),
        Input(name="job-prefix", text="what the jobs' names begin with", default="atlantis-gate", pattern="^[A-Za-z][A-Za-z0-9_-]*$"),
        Input(name="after-merge", text="apply in the pipeline after the merge, not in the merge request's", default=False),
        Input(name="image", text="the image of the gate", default=defaults["ATLANTIS_GATE_IMAGE"], variable="ATLANTIS_GATE_IMAGE"),
        Input(
            name="max-age",
            text="seconds that the answer holds for a job whose image lacks the gate",
            default=int(defaults["ATLANTIS_GATE_MAX_AGE"]),
            variable="ATLANTIS_GATE_MAX_AGE",
        ),
    )
    return (*own, *(_of(option, defaults.get(option.variable, option.default)) for option in options()))


def _of(option: Option, default: str) -> Input:
    value: str | int | bool = default
    if option.kind == "switch":
        value = default == "true"
    if option.kind == "number":
        value = int(default)
    return Input(name=option.name, text=option.help, default=value, choices=option.choices, variable=option.variable)


def component(template: str) -> str:
    """Return the component, made from the text of the template."""
    variables, _, jobs = template.partition("\natlantis-gate:\n")
    given = inputs(dict(re.findall(r'^  ([A-Z_]+): "?([^"\n]+)"?$', variables, re.MULTILINE)))
    header = "\n".join(line for each in given for line in each.lines())
    settings = "\n".join(line for each in given if each.variable for line in each.setting())
    jobs = _renamed(f"atlantis-gate:\n{jobs}")
    return f'{HEADING}spec:\n  inputs:\n{header}\n---\n".{PREFIX}-settings":\n  variables:\n{settings}\n\n{jobs}'


def _renamed(jobs: str) -> str:
    """Return jobs with the prefix in their names and inputs in the place of what the template has."""
    jobs = re.sub(r"^\.atlantis-gate(\S*):$", rf'".{PREFIX}\1":\n  extends: ".{PREFIX}-settings"', jobs, flags=re.MULTILINE)
    for found, wanted in {
        r"^atlantis-gate:$": f'"{PREFIX}":',
        r"^  extends: \.atlantis-gate$": f'  extends: ".{PREFIX}"',
        r"^  needs: \[atlantis-gate\]$": f'  needs: ["{PREFIX}"]',
        r"^  stage: test$": '  stage: "$[[ inputs.stage ]]"',
        r"\$ATLANTIS_GATE_AFTER_MERGE\b": '"$[[ inputs.after-merge ]]"',
    }.items():
        assert re.search(found, jobs, re.MULTILINE), found
        jobs = re.sub(found, wanted.replace("\\", r"\\"), jobs, flags=re.MULTILINE)
    return jobs
