"""Workflows: what a stage runs when the file leaves it out, and how version 2 splits commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.config.parsed import Step, Workflow
from atlantis_gate.config.schema import STAGES
from atlantis_gate.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.config.findings import Findings
    from atlantis_gate.config.nodes import Scalar
    from atlantis_gate.config.structs import Record

# https://www.runatlantis.io/docs/custom-workflows#default-workflow
BUILT_IN_STAGES: Mapping[str, tuple[Step, ...]] = {
    "plan": (Step(step="init"), Step(step="plan")),
    "apply": (Step(step="apply"),),
    "policy_check": (Step(step="show"), Step(step="policy_check")),
    "import": (Step(step="init"), Step(step="import")),
    "state_rm": (Step(step="init"), Step(step="state_rm")),
}
DEFAULT_WORKFLOW = Workflow("default", BUILT_IN_STAGES)
_RESPLIT_STAGES = ("plan", "apply")


def read_workflows(table: dict[str, tuple[Record, Scalar]]) -> dict[str, Workflow]:
    """Return the workflows of a file by name; stages that a workflow leaves out run the built-in steps."""
    return {name: Workflow(name, {stage: _steps(record, stage) for stage in STAGES}) for name, (record, _) in table.items()}


def _steps(record: Record, stage: str) -> tuple[Step, ...]:
    found: Record | None = record.get(stage)
    steps = found.get("steps") if found is not None else None
    return BUILT_IN_STAGES[stage] if steps is None else tuple(step for step, _ in steps)


def split_commands(workflows: Mapping[str, Workflow], places: Mapping[str, Scalar], findings: Findings) -> dict[str, Workflow]:
    """Return workflows as version 2 reads them: commands of plan and apply lose quotes and comments."""
    return {name: _resplit(workflow, places[name], findings) for name, workflow in workflows.items()}


def _resplit(workflow: Workflow, place: Scalar, findings: Findings) -> Workflow:
    stages = dict(workflow.stages)
    for stage in _RESPLIT_STAGES:
        steps = []
        for step in stages[stage]:
            words = split_words(step.command) if step.step == "run" else [step.command]
            if words is None:
                findings.error(place, f"a run command in {stage} has an open quote or a trailing backslash, which version 2 cannot split")
                words = []
            steps.append(replace(step, command=" ".join(words)))
        stages[stage] = tuple(steps)
    return Workflow(workflow.name, stages)


def split_words(text: str) -> list[str] | None:
    """Split a command into words as Atlantis' version 2 does, None when a quote is open at the end or nothing follows a backslash.

    Quotes group, a backslash escapes outside of quotes and within double ones, `#` at the start of a word comments out the line's rest.
    """
    words: list[str] = []
    word: list[str] | None = None
    chars = iter(text)
    for char in chars:
        if char in " \t\r\n":
            words += ["".join(word)] if word is not None else []
            word = None
        elif char == "#" and word is None:
            for skipped in chars:
                if skipped == "\n":
                    break
        else:
            piece = next(chars, None) if char == "\\" else _quoted(char, chars) if char in "\"'" else char
            if piece is None:
                return None
            word = [*(word or []), piece]
    return words if word is None else [*words, "".join(word)]


def _quoted(quote: str, chars: Iterator[str]) -> str | None:
    """Return what stands before the closing quote, None when there is none."""
    found: list[str] = []
    for char in chars:
        if char == quote:
            return "".join(found)
        if char == "\\" and quote == '"':
            escaped = next(chars, None)
            if escaped is None:
                return None
            found.append(escaped)
        else:
            found.append(char)
    return None
