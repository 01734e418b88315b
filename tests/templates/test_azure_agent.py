"""The server and the agent of these tests do what Azure documents of stages, jobs, conditions and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from templates.azure_agent import Machine
from templates.azure_scenes import Repository, repository
from templates.azure_server import Server, StageResult, result_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(tmp_path_factory.mktemp("made") / "repository")


class Runs:
    """Runs pipelines on a machine of their own."""

    def __init__(self, folder: Path, made: Repository) -> None:
        self._machine = Machine(folder, "/usr/local/bin:/usr/bin:/bin", made.path, "refs/pull/7/merge", made.merge)

    def __call__(self, text: str, **given: str) -> dict[str, StageResult]:
        content: dict[str, Any] = yaml.safe_load(text)
        return Server(content, self._machine, {"Build.Reason": "PullRequest"}, given, {"token": "hidden"}).run()

    def said(self, text: str, **given: str) -> str:
        """Return what all steps printed."""
        return "".join(step.printed for stage in self(text, **given).values() for job in stage.jobs.values() for step in job.steps)


@pytest.fixture
def runs(tmp_path: Path, made: Repository) -> Runs:
    return Runs(tmp_path, made)


def test_a_variable_wins_over_the_steps_own_environment(runs: Runs) -> None:
    """See https://github.com/microsoft/azure-pipelines-agent/issues/3091 for this very pipeline."""
    text = "variables:\n  foo: bar\nsteps:\n- bash: echo $FOO\n- bash: echo $FOO $OWN\n  env:\n    FOO: baz\n    OWN: mine\n"
    assert runs.said(text) == "bar\nbar mine\n"


def test_what_the_file_says_of_a_variable_wins_over_what_the_run_was_given(runs: Runs) -> None:
    text = """
variables: {a: pipeline, b: pipeline, c: pipeline}
stages:
- stage: a
  variables: {b: stage, c: stage}
  jobs:
  - job: c
    variables: {c: job}
    steps: [{bash: echo $A $B $C $D}]
"""
    assert runs.said(text, a="run", b="run", c="run", d="run") == "pipeline stage job run\n"


def test_a_variable_in_a_variable_is_replaced_before_every_step_and_an_unknown_one_stays(runs: Runs) -> None:
    text = """
variables: {a: $(b.c)}
steps:
- bash: echo '##vso[task.setvariable variable=c;isOutput=true]set'; echo "$A"
  name: b
- bash: echo "$A $(a)"
"""
    assert runs.said(text).splitlines()[1:] == ["$(b.c)", "set set"]


def test_a_secret_reaches_only_the_step_that_maps_it(runs: Runs) -> None:
    assert runs.said('steps:\n- bash: echo "<$TOKEN>"\n- bash: echo "<$MINE>"\n  env: {MINE: $(token)}\n') == "<>\n<hidden>\n"


def test_a_step_sets_only_what_its_target_lets_it_set(runs: Runs) -> None:
    """See https://learn.microsoft.com/en-us/azure/devops/pipelines/process/variables#configure-settable-variables-for-steps."""
    setting = "echo '##vso[task.setvariable variable=Sauce;]tomatoes'; echo '##vso[task.setvariable variable=secretSauce;]garlic'"
    text = f'steps:\n- bash: "{setting}"\n  target: {{settableVariables: [sauce]}}\n- bash: echo $SAUCE $SECRETSAUCE\n'
    assert runs.said(text).splitlines()[-1] == "tomatoes"


def test_a_read_only_variable_stays_and_who_sets_it_again_fails(runs: Runs) -> None:
    once = "echo '##vso[task.setvariable variable=a;isreadonly=true]{0}'"
    steps = f'steps:\n- bash: "{once.format("first")}"\n- bash: "{once.format("second")}"\n- bash: echo $A\n  condition: always()\n'
    assert runs.said(steps).splitlines()[-1] == "first"
    assert runs(steps)["stage"].result == "Failed"


def test_steps_after_a_failed_one_run_by_their_conditions(runs: Runs) -> None:
    conditions = ("succeeded()", "failed()", "always()", "and(succeeded(), true)")
    steps = "".join(f"- bash: echo '{condition}'\n  condition: {condition}\n" for condition in conditions)
    assert runs.said(f"steps:\n- bash: exit 1\n- bash: echo usual\n{steps}") == "failed()\nalways()\n"
    assert runs(f"steps:\n- bash: exit 1\n{steps}")["stage"].result == "Failed"


def test_a_failure_that_may_be_passed_over_leaves_a_success_with_issues(runs: Runs) -> None:
    text = "steps:\n- bash: exit 1\n  continueOnError: true\n- bash: echo usual\n"
    assert (runs.said(text), runs(text)["stage"].result) == ("usual\n", "SucceededWithIssues")


def test_jobs_and_stages_see_outputs_of_those_they_depend_on(runs: Runs) -> None:
    text = """
stages:
- stage: A
  jobs:
  - job: A1
    steps:
    - bash: echo '##vso[task.setvariable variable=shouldrun;isOutput=true]true'
      name: printvar
  - job: A2
    dependsOn: A1
    condition: eq(dependencies.A1.outputs['printvar.shouldrun'], 'true')
    steps: [{bash: echo A2}]
- stage: B
  dependsOn: A
  condition: and(succeeded(), eq(dependencies.A.outputs['A1.printvar.shouldrun'], 'true'))
  jobs:
  - job: B1
    variables:
      mine: $[ stageDependencies.A.A1.outputs['printvar.shouldrun'] ]
    steps: [{bash: echo B1 $MINE}]
- stage: C
  dependsOn: A
  condition: eq(dependencies.A.outputs['A1.printvar.other'], 'true')
  jobs: [{job: C1, steps: [{bash: echo C1}]}]
- stage: D
  dependsOn: [C]
  jobs: [{job: D1, steps: [{bash: echo D1}]}]
"""
    assert runs.said(text).splitlines()[1:] == ["A2", "B1 true"]
    results = runs(text)
    assert {name: stage.result for name, stage in results.items()} == {"A": "Succeeded", "B": "Succeeded", "C": "Skipped", "D": "Skipped"}
    assert result_of(results) == "Succeeded"


def test_a_matrix_may_be_made_while_the_pipeline_runs(runs: Runs) -> None:
    text = """
jobs:
- job: generator
  steps:
  - bash: echo '##vso[task.setvariable variable=legs;isOutput=true]{"a":{"myvar":"A"}, "b":{"myvar":"B"}}'
    name: mtrx
- job: runner
  dependsOn: generator
  strategy:
    matrix: $[ dependencies.generator.outputs['mtrx.legs'] ]
  steps: [{bash: echo $MYVAR}]
"""
    assert runs.said(text).splitlines()[1:] == ["A", "B"]
    assert list(runs(text)["stage"].jobs) == ["generator", "runner a", "runner b"]
