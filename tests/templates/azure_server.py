"""What Azure's server does with an expanded pipeline: which stage and job runs, with which variables, and what a run's result is.

https://learn.microsoft.com/en-us/azure/devops/pipelines/process/conditions
https://learn.microsoft.com/en-us/azure/devops/pipelines/process/variables#expansion-of-variables
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from templates.azure_agent import Job, JobResult, Machine, Variables, worse
from templates.azure_expressions import Function, Scope, Value, evaluate, text_of, truth_of

_RUNTIME: Final = re.compile(r"\$\[(.*)\]", re.DOTALL)
_GOOD: Final = {"Succeeded", "SucceededWithIssues"}


@dataclass(frozen=True)
class StageResult:
    """How a stage ended; a job of a matrix is listed as `job leg`."""

    result: str
    jobs: Mapping[str, JobResult] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, str]:
        """The output variables of its jobs as `job.step.variable`."""
        return {f"{job}.{name}": value for job, result in self.jobs.items() for name, value in result.outputs.items()}


Results = Mapping[str, StageResult]


@dataclass(frozen=True)
class Server:
    """A run: the pipeline, the machine, predefined variables, those given to the run by a person or a group, and secrets."""

    pipeline: Mapping[str, Any]
    machine: Machine
    predefined: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, StageResult]:
        """Run every stage whose condition holds, in the order of the file."""
        results: dict[str, StageResult] = {}
        for stage in self._stages():
            results[stage["stage"]] = self._stage(stage, results)
        return results

    def rerun(self, name: str, results: Results) -> StageResult:
        """Run a stage again, as "Rerun failed jobs" does: what other stages put out before is kept."""
        stage = next(stage for stage in self._stages() if stage["stage"] == name)
        return self._stage(stage, {key: value for key, value in results.items() if key != name})

    def starts(self, name: str, results: Results) -> bool:
        """Tell whether a stage would run after these results of others."""
        stage = next(stage for stage in self._stages() if stage["stage"] == name)
        return truth_of(evaluate(stage.get("condition", "succeeded()"), self._of_stage(stage, results)))

    def _stages(self) -> list[dict[str, Any]]:
        content = self.pipeline
        if "stages" in content:
            return list(content["stages"])
        jobs = content.get("jobs") or [{"job": "job", "steps": content["steps"]}]
        return [{"stage": "stage", "jobs": jobs}]

    def _of_stage(self, stage: Mapping[str, Any], results: Results) -> Scope:
        depends = _listed(stage.get("dependsOn", list(results)[-1:]))
        dependencies = {name: {"result": results[name].result, "outputs": results[name].outputs} for name in depends}
        before = self._before(depends, results)
        return Scope({"dependencies": dependencies, "variables": {**self.predefined, **self.given}}, status_functions(before))

    def _before(self, depends: Sequence[str], results: Results) -> dict[str, str]:
        """Return the results of all stages that come before, directly or not."""
        found = {name: results[name].result for name in depends}
        for stage in self._stages():
            if stage["stage"] in found:
                found |= self._before(_listed(stage.get("dependsOn", [])), results)
        return found

    def _stage(self, stage: Mapping[str, Any], results: Results) -> StageResult:
        if not truth_of(evaluate(stage.get("condition", "succeeded()"), self._of_stage(stage, results))):
            return StageResult("Skipped")
        jobs: dict[str, JobResult] = {}
        for job in stage["jobs"]:
            jobs |= self._job(stage, job, jobs, results)
        return StageResult(reduce(worse, (job.result for job in jobs.values()), "Skipped"), jobs)

    def _job(
        self, stage: Mapping[str, Any], job: Mapping[str, Any], jobs: Mapping[str, JobResult], results: Results
    ) -> dict[str, JobResult]:
        depends = _listed(job.get("dependsOn", []))
        values: dict[str, Value] = {
            "dependencies": {name: {"result": jobs[name].result, "outputs": jobs[name].outputs} for name in depends},
            "stageDependencies": _by_stage(_listed(stage.get("dependsOn", [])), results),
            "variables": {**self.predefined, **self.given},
        }
        scope = Scope(values, status_functions({name: jobs[name].result for name in depends}))
        if not truth_of(evaluate(job.get("condition", "succeeded()"), scope)):
            return {job["job"]: JobResult("Skipped")}
        return {name: self._on_agent(stage, job, leg, scope) for name, leg in _legs(job, scope).items()}

    def _on_agent(self, stage: Mapping[str, Any], job: Mapping[str, Any], leg: Mapping[str, str], scope: Scope) -> JobResult:
        """Run one job; what the file says of a variable wins over what the run was given, the closest place over the others."""
        written = {**self.pipeline.get("variables", {}), **stage.get("variables", {}), **job.get("variables", {}), **leg}
        public = {**self.predefined, **self.given}
        for name, value in written.items():
            runtime = _RUNTIME.fullmatch(str(value))
            same = [known for known in public if known.lower() == name.lower()]
            for known in same:
                del public[known]
            public[name] = text_of(evaluate(runtime[1], scope)) if runtime else text_of(value)
        result = Job(self.machine, Variables(public, self.secrets)).run(job)
        if result.result == "Failed" and job.get("continueOnError"):
            return JobResult("SucceededWithIssues", result.outputs, result.steps)
        return result


def result_of(results: Results) -> str:
    """Return a run's result."""
    return reduce(worse, (stage.result for stage in results.values()), "Succeeded")


def status_functions(before: Mapping[str, str]) -> dict[str, Function]:
    """Return the status functions over the results of everything that comes before.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/expressions#job-status-check-functions
    """

    def chosen(names: tuple[str, ...]) -> list[str]:
        return [before[name] for name in names] if names else list(before.values())

    return {
        "always": lambda: True,
        "canceled": lambda: "Canceled" in before.values(),
        "failed": lambda *names: "Failed" in chosen(names),
        "succeeded": lambda *names: set(chosen(names)) <= _GOOD,
        "succeededOrFailed": lambda: "Canceled" not in before.values(),
    }


def _by_stage(depends: Sequence[str], results: Results) -> dict[str, Value]:
    return {name: {job: {"outputs": result.outputs} for job, result in results[name].jobs.items()} for name in depends}


def _legs(job: Mapping[str, Any], scope: Scope) -> dict[str, Mapping[str, str]]:
    """Return the jobs that a job stands for: itself, or one for each entry of its matrix, an object of objects."""
    matrix = job.get("strategy", {}).get("matrix")
    if matrix is None:
        return {job["job"]: {}}
    runtime = _RUNTIME.fullmatch(str(matrix))
    found = json.loads(text_of(evaluate(runtime[1], scope))) if runtime else matrix
    # https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/jobs-job-strategy
    for name, variables in found.items():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", name), name
        assert all(isinstance(value, str) for value in variables.values()), variables
    return {f"{job['job']} {name}": variables for name, variables in found.items()}


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
