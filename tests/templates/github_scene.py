"""The example repository on a stand-in for GitHub, a pull request that changes it, and what the steps of its workflow do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conftest import ROOT
from fake_github import TOKEN, FakeGitHub, Step, step
from programs import Ran, gate
from templates.github_run import Action, Command, Done, Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fake_github import Pull, Repository
    from templates.github_expressions import GitHubExpressions

EXAMPLE = ROOT / "examples" / "repository"
FILE = EXAMPLE / ".github" / "workflows" / "terraform.yml"
GATE = "atlantis-gate/atlantis-gate"
ATLANTIS_YAML = "version: 3\nprojects:\n" + "".join(
    f"  - name: {name}\n    dir: {name}\n    autoplan:\n      when_modified: ['*.tf', ../modules/**]\n"
    for name in ("staging", "production")
)
CHANGE = {"staging/main.tf": "# second\n", "production/main.tf": "# second\n"}


@dataclass
class Scene:
    """A pull request of the example repository and what happens to it. `broken` lets the gate die before it says anything.

    `variables` are the organization's; `failing` commands end with exit code 1; `gates` lists what each run of the gate printed.
    """

    github: FakeGitHub
    repository: Repository
    pull: Pull
    prepared: Step
    variables: Mapping[str, str] = field(default_factory=dict)
    broken: bool = False
    failing: bool = False
    gates: list[Ran] = field(default_factory=list)

    def run(self, expressions: GitHubExpressions, text: str) -> Run:
        """Return a run of a workflow for the pull request as it is now."""
        return Run(expressions, expressions.parse(text), self.act, {"pull_request": {"number": self.pull.number}}, self.variables)

    def act(self, reached: Action | Command) -> Done:
        """Do what a step does: the gate is the real program, other actions and commands only end."""
        if isinstance(reached, Command):
            return Done(int(self.failing))
        return self._gate(reached) if reached.name.startswith(f"{GATE}@") else Done()

    def _gate(self, reached: Action) -> Done:
        if self.broken:
            return Done(137)
        commands = self.prepared.folder / "file_commands"
        for name in ("output", "summary"):
            (commands / name).write_text("", encoding="utf-8")
        given = {f"INPUT_{name.upper()}": value for name, value in reached.inputs.items()}
        ran = gate(env={**self.prepared.variables, **reached.env, "INPUT_TOKEN": TOKEN, "INPUT_TIMEOUT": "3", **given})
        self.gates.append(ran)
        return Done(ran.code, self.prepared.outputs())


def scene(
    folder: Path, github: FakeGitHub, change: Mapping[str, str | None] = CHANGE, *, fork: bool = False, atlantis_yaml: str = ATLANTIS_YAML
) -> Scene:
    """Open a pull request that nobody approves yet, of the example repository with requirements from the workflow alone.

    Its run finds an empty workspace: nothing is checked out.
    """
    files = {str(path.relative_to(EXAMPLE)): path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*") if path.is_file()}
    repository = github.repository("acme/infra", {"README.md": "# first\n", **files, "atlantis.yaml": atlantis_yaml})
    pull = repository.open_pull(change, fork=fork)
    prepared = step(folder, github, repository, pull, TOKEN)
    empty = folder / "empty"
    empty.mkdir()
    prepared.variables["GITHUB_WORKSPACE"] = str(empty)
    return Scene(github, repository, pull, prepared)
