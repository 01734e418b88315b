"""What Azure's agent does with one job: variables, conditions, real git, real bash, and the commands in what a step prints.

After its source: https://github.com/microsoft/azure-pipelines-agent/tree/master/src/Agent.Worker (TaskRunner, StepsRunner, Handler,
TaskCommandExtension, Variables). Tasks other than checkout and scripts are taken to succeed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ci.azure_pipelines_agent import Command, commands
from templates.azure_expressions import Scope, evaluate, text_of, truth_of

if TYPE_CHECKING:
    from pathlib import Path

_MACRO: Final = re.compile(r"\$\(([^()]+)\)")
_GOOD: Final = ("Succeeded", "SucceededWithIssues")
_DEEPEST: Final = 20
_CHECKOUT: Final = "6d15af64-176c-496d-b583-fd2ae21d4df4@1"


@dataclass(frozen=True)
class Machine:
    """An agent's machine: its work folder, its PATH, and the repository with the ref and the commit that the run is of."""

    folder: Path
    path: str
    repository: Path
    ref: str
    commit: str

    @property
    def sources(self) -> Path:
        """Build.SourcesDirectory."""
        return self.folder / "s"

    @property
    def temp(self) -> Path:
        """Agent.TempDirectory."""
        return self.folder / "_temp"


@dataclass(frozen=True)
class StepResult:
    """How a step ended and what it printed."""

    title: str
    result: str
    printed: str = ""


@dataclass(frozen=True)
class JobResult:
    """How a job ended, with the output variables of its steps as `step.variable`."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[StepResult] = ()

    @property
    def printed(self) -> str:
        """The job's log."""
        return "".join(f"== {step.title}: {step.result}\n{step.printed}" for step in self.steps)


class Variables:
    """A job's variables by name without regard to case; `$(name)` in a value is replaced anew before every step."""

    def __init__(self, public: Mapping[str, str], secret: Mapping[str, str]) -> None:
        self._raw = {name.lower(): (name, value) for name, value in public.items()}
        self._secret = {name.lower(): value for name, value in secret.items()}
        self._fixed: set[str] = set()

    def set(self, name: str, value: str, *, fixed: bool) -> bool:
        """Set a variable, False for one that is read-only."""
        if name.lower() in self._fixed:
            return False
        self._raw[name.lower()] = (name, value)
        if fixed:
            self._fixed.add(name.lower())
        return True

    def expand(self, text: str, depth: int = 0) -> str:
        """Replace `$(name)` by the variable's value; one that does not exist stays as it is."""
        if depth > _DEEPEST:
            return text

        def value(found: re.Match[str]) -> str:
            name = found[1].lower()
            if name in self._secret:
                return self._secret[name]
            return self.expand(self._raw[name][1], depth + 1) if name in self._raw else found[0]

        return _MACRO.sub(value, text)

    def values(self) -> dict[str, str]:
        """Return every public variable's value now."""
        return {name: self.expand(value) for name, value in self._raw.values()}

    def environment(self) -> dict[str, str]:
        """Return what steps get as environment variables: all but the secrets."""
        return {re.sub(r"[. ]", "_", name).upper(): value for name, value in self.values().items()}


class Job:
    """One run of one job on a machine."""

    def __init__(self, machine: Machine, variables: Variables) -> None:
        self._machine = machine
        self._variables = variables
        self._outputs: dict[str, str] = {}
        self._status = "Succeeded"

    def run(self, job: Mapping[str, Any]) -> JobResult:
        """Run the steps one after another."""
        machine = self._machine
        if job.get("workspace", {}).get("clean") == "all":
            shutil.rmtree(machine.sources, ignore_errors=True)
        shutil.rmtree(machine.temp, ignore_errors=True)
        machine.temp.mkdir(parents=True)
        machine.sources.mkdir(exist_ok=True)
        steps = [self._step(step) for step in job["steps"]]
        return JobResult(self._status, self._outputs, steps)

    def _step(self, step: Mapping[str, Any]) -> StepResult:
        kind, what = next(iter(step.items()))
        title = str(step.get("displayName") or step.get("name") or kind)
        if not truth_of(evaluate(text_of(step.get("condition", "succeeded()")), self._scope())):
            return StepResult(title, "Skipped")
        code, printed = self._ran(step, kind, str(what))
        result = self._obeyed(step, printed, "Failed" if code else "Succeeded")
        if result == "Failed" and step.get("continueOnError"):
            result = "SucceededWithIssues"
        self._status = worse(self._status, result)
        return StepResult(title, result, printed)

    def _scope(self) -> Scope:
        status = self._status
        functions = {
            "succeeded": lambda: status in _GOOD,
            "failed": lambda: status == "Failed",
            "always": lambda: True,
            "succeededOrFailed": lambda: True,
            "canceled": lambda: False,
        }
        return Scope({"variables": {**self._variables.values(), "Agent.JobStatus": status}}, functions)

    def _ran(self, step: Mapping[str, Any], kind: str, what: str) -> tuple[int, str]:
        """Run a step; return its exit code and what it printed."""
        inputs = step.get("inputs", {}) if kind == "task" else step
        if kind == "checkout" or what == _CHECKOUT:
            return self._checkout(inputs)
        if kind in {"bash", "script"}:
            return self._script(step, what, inputs)
        if what in {"Bash@3", "CmdLine@2"}:
            return self._script(step, str(inputs["script"]), inputs)
        return 0, ""

    def _script(self, step: Mapping[str, Any], script: str, inputs: Mapping[str, Any]) -> tuple[int, str]:
        own = {name: self._variables.expand(str(value)) for name, value in step.get("env", {}).items()}
        # In this order: a variable of the run wins over the step's own.
        env = {"PATH": self._machine.path, **own, **self._variables.environment()}
        file = self._machine.temp / "script.sh"
        file.write_text(self._variables.expand(script), encoding="utf-8")
        where = self._machine.sources / self._variables.expand(str(inputs.get("workingDirectory", "")))
        ran = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", str(file)],
            cwd=where,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        return ran.returncode, ran.stdout

    def _checkout(self, inputs: Mapping[str, Any]) -> tuple[int, str]:
        """Fetch and check out the run's commit, as the agent does: all branches too, unless the fetch is shallow."""
        machine, depth = self._machine, str(inputs.get("fetchDepth", "1"))
        refs = [f"+{machine.ref}:refs/remotes/run"]
        shallow = [f"--depth={depth}"] if depth != "0" else []
        if not shallow:
            refs.append("+refs/heads/*:refs/remotes/origin/*")
        for arguments in (["init", "--quiet"], ["fetch", "--quiet", *shallow, f"file://{machine.repository}", *refs]):
            git(machine.sources, *arguments)
        git(machine.sources, "checkout", "--quiet", "--force", "--detach", machine.commit)
        return 0, ""

    def _obeyed(self, step: Mapping[str, Any], printed: str, result: str) -> str:
        """Obey the commands that a step printed; return the step's result."""
        target = step.get("target")
        allowed = target.get("settableVariables") if isinstance(target, Mapping) else None
        for command in commands(printed):
            if command.name == "task.complete":
                result = worse(result, command.properties.get("result", result))
            if command.name == "task.setvariable" and _may_set(command, allowed) and not self._set(step, command):
                result = "Failed"
        return result

    def _set(self, step: Mapping[str, Any], command: Command) -> bool:
        properties = {name.lower(): value for name, value in command.properties.items()}
        name, fixed = properties["variable"], properties.get("isreadonly", "").lower() == "true"
        if properties.get("isoutput", "").lower() == "true":
            name = f"{step.get('name', '')}.{name}"
            self._outputs[name] = command.data
        return self._variables.set(name, command.data, fixed=fixed)


def _may_set(command: Command, allowed: Sequence[str] | str | None) -> bool:
    if allowed is None:
        return True
    return allowed != "none" and command.properties.get("variable", "").lower() in [name.lower() for name in allowed]


def worse(one: str, other: str) -> str:
    """Return the worse of two results; what was skipped says nothing."""
    order = ("Skipped", *_GOOD, "Canceled", "Failed")
    return max(one, other, key=order.index)


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody without a configuration."""
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Bob",
        "GIT_AUTHOR_EMAIL": "bob@example.com",
        "GIT_COMMITTER_NAME": "Bob",
        "GIT_COMMITTER_EMAIL": "bob@example.com",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    }
    ran = subprocess.run(["git", "-C", str(folder), *arguments], env=env, text=True, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
