"""A run of a workflow, job by job and step by step, as GitHub and its runner go through it; what steps do is handed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from templates.github_expressions import ExpressionError, GitHubExpressions, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from templates.github_expressions import Workflow

Tree = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """How a step ended: its exit code and outputs."""

    code: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A `run` step that was reached; `env` is the workflow's and the step's."""

    script: str
    directory: str
    env: Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """A `uses` step that was reached; `env` is the workflow's and the step's."""

    name: str
    inputs: Mapping[str, str]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """How a job ended: success, failure or skipped, and its outputs."""

    word: str
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """One workflow run. `act` does what an action or a command does; `between` is called before each job, when time has passed.

    `variables` are the repository's and the organization's.
    """

    github: GitHubExpressions
    workflow: Workflow
    act: Callable[[Action | Command], Done]
    event: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    between: Callable[[str], None] = lambda _: None
    results: dict[str, Result] = field(default_factory=dict)
    reached: list[Action | Command] = field(default_factory=list)

    def start(self) -> dict[str, str]:
        """Run every job that has no result yet, in the order of the file, and return how each ended."""
        for name, job in self.workflow.tree["jobs"].items():
            if name not in self.results:
                self.between(name)
                self.results[name] = self._job(name, job)
        return {name: result.word for name, result in self.results.items()}

    def rerun_failed_jobs(self) -> dict[str, str]:
        """Run failed jobs, and those that were skipped for them, once more; the others keep their results and outputs.

        https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
        """
        self.results = {name: result for name, result in self.results.items() if result.word == "success"}
        return self.start()

    @property
    def commands(self) -> list[Command]:
        """The `run` steps that were reached."""
        return [step for step in self.reached if isinstance(step, Command)]

    @property
    def actions(self) -> list[Action]:
        """The `uses` steps that were reached."""
        return [step for step in self.reached if isinstance(step, Action)]

    def _job(self, name: str, job: Tree) -> Result:
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs") or []
        contexts = {**self._everywhere(), "needs": {need: _as_context(self.results[need]) for need in needs}}
        condition = self.workflow.conditions[name]["if"]
        try:
            if not self.github.evaluate(condition, contexts, _status([self.results[need].word for need in needs])):
                return Result("skipped")
            matrix = list(self._matrix(job, contexts))
        except ExpressionError:
            return Result("failure")
        # A matrix without any values fails its job, as an expression that cannot be evaluated does.
        ended = Result("failure")
        for values in matrix:
            ended = self._steps(name, job, {**contexts, "matrix": values})
            # strategy.fail-fast is true unless it is set.
            if ended.word == "failure":
                break
        return ended

    def _everywhere(self) -> Tree:
        return {
            "github": {"event": self.event, "token": "the job's token"},
            "env": {},
            "vars": dict(self.variables),
            "secrets": {},
            "runner": {},
        }

    def _matrix(self, job: Tree, contexts: Tree) -> Iterator[Tree]:
        """Yield the values of a matrix of at most one dimension."""
        dimensions = job.get("strategy", {}).get("matrix", {})
        assert len(dimensions) <= 1
        if not dimensions:
            yield {}
        for name, values in dimensions.items():
            found = self.github.fill(values, contexts)
            yield from ({name: value} for value in (found if isinstance(found, list) else []))

    def _steps(self, name: str, job: Tree, contexts: Tree) -> Result:
        done: dict[str, Any] = {}
        word = "success"
        for step, condition in zip(job["steps"], self.workflow.conditions[name]["steps"], strict=True):
            try:
                now = {**contexts, "steps": done, "job": {"status": word}}
                if not self.github.evaluate(condition, now, word):
                    continue
                ended = self._step(step, now)
            except ExpressionError:
                ended = Done(1)
            tolerated = step.get("continue-on-error") is True
            done[step.get("id", f"__{len(done)}")] = {"outputs": dict(ended.outputs), "outcome": _word(ended)}
            word = "failure" if ended.code and not tolerated else word
        # What a job is worth to those that need it when its failure is tolerated: the reading that lets most through.
        word = "success" if job.get("continue-on-error") is True else word
        outputs = self.github.fill(job.get("outputs", {}), {**contexts, "steps": done})
        return Result(word, {key: text_of(value) for key, value in outputs.items()})

    def _step(self, step: Tree, contexts: Tree) -> Done:
        env = _texts(self.github.fill({**self.workflow.tree.get("env", {}), **step.get("env", {})}, contexts))
        if "uses" in step:
            reached: Action | Command = Action(step["uses"], _texts(self.github.fill(step.get("with", {}), contexts)), env)
        else:
            filled = self.github.fill({key: step.get(key, "") for key in ("run", "working-directory")}, contexts)
            reached = Command(filled["run"], filled["working-directory"], env)
        self.reached.append(reached)
        return self.act(reached)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: text_of(value) for key, value in values.items()}


def _word(done: Done) -> str:
    return "failure" if done.code else "success"


def _as_context(result: Result) -> Tree:
    return {"result": result.word, "outputs": dict(result.outputs)}


def _status(words: list[str]) -> str:
    """Return what the status functions go by: a job that was skipped is no success, and no failure either."""
    return next((word for word in ("failure", "cancelled", "skipped") if word in words), "success")
