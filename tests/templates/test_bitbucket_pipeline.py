"""The pipeline to copy stops its apply step whenever the gate does not say yes: its scripts in a shell, with the real gate."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conftest import ROOT
from hosts.stories import FINE, HEAD, STORIES
from templates.bitbucket_commands import Commands
from templates.bitbucket_scene import FILE, MOVED, TOKEN, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from templates.bitbucket_run import Pipeline

Tree = dict[str, Any]

EXAMPLE: Tree = yaml.safe_load(FILE.read_text(encoding="utf-8"))
APPLIED = [f"git checkout --detach {HEAD}", "terraform init -input=false", "terraform apply -auto-approve -input=false"]
STORY = {story.name: story for story in STORIES}
EXAMPLE_SCRIPT = EXAMPLE["pipelines"]["pull-requests"]["**"][1]["step"]["script"]
SKIPPED = {"condition": {"state": "NEVER == true"}}
NOTHING = replace(FINE, files=("README.md",))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    with Commands(scene.act) as commands:
        scene.commands = commands
        yield scene
        assert commands.failures == []


def edited(**changes: Tree) -> Tree:
    """Return the example with keys of its steps changed; None takes a key out."""
    tree = copy.deepcopy(EXAMPLE)
    for item in tree["pipelines"]["pull-requests"]["**"]:
        step = item["step"]
        step |= changes.get(step["name"], {})
        item["step"] = {key: value for key, value in step.items() if value is not None}
    return tree


def as_final_step() -> Tree:
    """Return the example with its apply step as the one that always runs."""
    tree = edited(apply={"condition": None, "deployment": None})
    steps = tree["pipelines"]["pull-requests"]["**"]
    steps[1] = {"final": steps[1]["step"]}
    return tree


@pytest.mark.parametrize("mounted", [True, False])
def test_an_approved_pull_request_is_applied(mounted: bool, here: Scene) -> None:
    here.mounted = mounted
    run = here.pipeline()
    assert run.start() == {"gate": "successful", "apply": "successful"}, run.ended
    assert here.ran == APPLIED


def test_an_abbreviated_commit_is_the_head_too(here: Scene) -> None:
    run = here.pipeline()
    run.variables = {**run.variables, "BITBUCKET_COMMIT": HEAD[:12]}
    assert run.start()["apply"] == "successful"
    assert here.ran[0] == f"git checkout --detach {HEAD[:12]}"


def test_the_second_step_is_told_what_the_first_one_lists(here: Scene) -> None:
    run = here.pipeline(edited(gate={"output-variables": ["ATLANTIS_GATE_ALLOWED", "NEVER_WRITTEN"]}))
    assert run.start()["apply"] == "successful"
    assert run.shared == {"ATLANTIS_GATE_ALLOWED": "true"}


def story(name: str) -> Callable[[Scene], None]:
    def tell(here: Scene) -> None:
        here.story = STORY[name]

    return tell


def the_head_moves(here: Scene) -> None:
    here.head = MOVED


def bitbucket_refuses_to_answer(here: Scene) -> None:
    here.refused = True


NOS = {
    "nobody approves": story("approved by nobody"),
    "the approval is taken back": story("approval taken back"),
    "changes are requested": story("changes requested"),
    "a build fails": story("failed check"),
    "the base moves under a project": story("behind in a file that matters"),
    "it becomes a draft": story("draft"),
    "it is declined": story("closed"),
    "the head moves": the_head_moves,
    "Bitbucket refuses to answer": bitbucket_refuses_to_answer,
}
LATER = ["the approval is taken back", "the head moves", "Bitbucket refuses to answer"]
# What people write when they want a step to run after all.
EDITS = {
    "no condition": edited(apply={"condition": None}),
    "gate may fail": edited(gate={"on-fail": {"strategy": "ignore"}}),
    "gate may fail, no condition": edited(gate={"on-fail": {"strategy": "ignore"}}, apply={"condition": None}),
    "gate's exit code is hidden": edited(
        gate={"script": ["export ATLANTIS_GATE_REQUIRE=approved", "atlantis-gate check || true"]}, apply={"condition": None}
    ),
    "as the final step": as_final_step(),
    "gate is skipped": edited(gate=SKIPPED),
    "gate is skipped, no condition": edited(gate=SKIPPED, apply={"condition": None}),
    "gate is skipped, not false": edited(gate=SKIPPED, apply={"condition": {"state": "ATLANTIS_GATE_ALLOWED != false"}}),
}


@pytest.mark.parametrize("no", NOS)
def test_the_step_that_fails_stops_the_pipeline(no: str, here: Scene) -> None:
    NOS[no](here)
    assert here.pipeline().start() == {"gate": "failed"}
    assert here.ran == []


# A no, and no answer at all.
@pytest.mark.parametrize("no", ["nobody approves", "Bitbucket refuses to answer"])
@pytest.mark.parametrize("edit", EDITS)
def test_terraform_is_not_reached_whatever_the_pipeline_is_made_to_say(edit: str, no: str, here: Scene) -> None:
    NOS[no](here)
    run = here.pipeline(EDITS[edit])
    run.start()
    assert run.ended["apply"].word in {"failed", "skipped"} if "apply" in run.ended else run.ended["gate"].word == "failed"
    assert here.ran == []


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit != "gate is skipped"])
def test_what_is_allowed_is_applied_under_every_edit(edit: str, here: Scene) -> None:
    here.pipeline(EDITS[edit]).start()
    assert here.ran == APPLIED


def test_nothing_to_do_leaves_the_apply_step_out_and_the_pipeline_green(here: Scene) -> None:
    here.story = NOTHING
    assert here.pipeline().start() == {"gate": "successful", "apply": "skipped"}
    assert here.ran == []


@pytest.mark.parametrize("edit", EDITS)
def test_nothing_to_do_applies_nothing(edit: str, here: Scene) -> None:
    here.story = NOTHING
    here.pipeline(EDITS[edit]).start()
    assert here.ran == []


def test_a_variable_of_the_repository_cannot_stand_in_for_the_gate(here: Scene) -> None:
    here.story = STORY["approved by nobody"]
    run = here.pipeline(EDITS["gate is skipped"], {**TOKEN, "ATLANTIS_GATE_ALLOWED": "true"})
    assert run.start() == {"gate": "skipped", "apply": "failed"}
    assert here.ran == []


@pytest.mark.parametrize("tell", [story("approved by nobody"), lambda here: setattr(here, "story", NOTHING)])
def test_a_decision_that_is_committed_counts_for_nothing(tell: Callable[[Scene], None], here: Scene) -> None:
    tell(here)
    here.committed = {"atlantis-gate.json": '{\n  "version": 1,\n  "outcome": "allowed",\n  "projects": []\n}\n'}
    assert here.pipeline(EDITS["gate is skipped, no condition"]).start()["apply"] == "failed"
    assert here.ran == []


def test_a_pipe_without_its_token_stops(here: Scene) -> None:
    tree = copy.deepcopy(EXAMPLE)
    del tree["pipelines"]["pull-requests"]["**"][1]["step"]["script"][0]["variables"]["ATLANTIS_BITBUCKET_TOKEN"]
    run = here.pipeline(tree)
    assert run.start() == {"gate": "successful", "apply": "failed"}
    assert "no credential for Bitbucket Cloud" in run.ended["apply"].log
    assert here.ran == []


@pytest.mark.parametrize(("told", "word"), [("approved by another", "successful"), ("approved by nobody", "failed")])
def test_a_copy_of_the_pipe_takes_everything_from_the_variables_of_its_step(told: str, word: str, here: Scene) -> None:
    here.story = STORY[told]
    content = yaml.safe_load((ROOT / "pipe.yml").read_text(encoding="utf-8"))
    pipe = {"pipe": f"docker://{content['image']}", "variables": {each["name"]: each["default"] for each in content["variables"]}}
    settings = {"REQUIRE": "approved,mergeable,undiverged", "DECISION_FILE": "$BITBUCKET_CLONE_DIR/atlantis-gate.json"}
    lines = [f"export ATLANTIS_GATE_{name}={value}" for name, value in settings.items()]
    run = here.pipeline(edited(gate=SKIPPED, apply={"condition": None, "script": [*lines, pipe, *EXAMPLE_SCRIPT[1:]]}))
    assert run.start() == {"gate": "skipped", "apply": word}, run.ended
    assert here.ran == (APPLIED if word == "successful" else [])


def step_of_a_project() -> Tree:
    """Return the example with the page's step of one project in the place of its apply step."""
    page = (ROOT / "docs" / "ci" / "bitbucket-pipelines.md").read_text(encoding="utf-8")
    (shown,) = yaml.safe_load(re.findall(r"^```ya?ml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1])
    tree = copy.deepcopy(EXAMPLE)
    tree["pipelines"]["pull-requests"]["**"][1] = shown
    return tree


def test_a_step_of_one_project_applies_that_project(here: Scene) -> None:
    assert here.pipeline(step_of_a_project()).start() == {"gate": "successful", "apply staging": "successful"}
    assert here.ran[1:] == ["terraform -chdir=staging init -input=false", "terraform -chdir=staging apply -auto-approve -input=false"]


@pytest.mark.parametrize("no", LATER)
def test_a_step_of_one_project_meets_the_gate_even_when_nothing_is_touched(no: str, here: Scene) -> None:
    tree = step_of_a_project()
    tree["pipelines"]["pull-requests"]["**"][0]["step"] |= SKIPPED
    NOS[no](here)
    here.story = replace(here.story, files=("README.md",))
    assert here.pipeline(tree).start() == {"gate": "skipped", "apply staging": "failed"}
    assert here.ran == []


def fail_once(here: Scene) -> Pipeline:
    """Let everything be allowed, and terraform fail: what "rerun failed steps" is for."""
    here.failing = {APPLIED[-1]}
    run = here.pipeline()
    assert run.start() == {"gate": "successful", "apply": "failed"}
    assert here.ran == APPLIED
    here.failing = set()
    here.ran.clear()
    return run


def test_a_failed_step_is_run_again_while_the_gate_still_says_yes(here: Scene) -> None:
    assert fail_once(here).rerun_failed_steps() == {"gate": "successful", "apply": "successful"}
    assert here.ran == APPLIED


@pytest.mark.parametrize("no", NOS)
def test_a_re_run_of_failed_steps_meets_the_gate_with_its_old_variable_still_saying_yes(no: str, here: Scene) -> None:
    run = fail_once(here)
    NOS[no](here)
    assert run.rerun_failed_steps() == {"gate": "successful", "apply": "failed"}
    assert run.shared["ATLANTIS_GATE_ALLOWED"] == "true"
    assert here.ran == []


def test_a_re_run_with_nothing_left_to_do_applies_nothing(here: Scene) -> None:
    run = fail_once(here)
    here.story = NOTHING
    assert run.rerun_failed_steps()["apply"] == "failed"
    assert here.ran == []


@pytest.mark.parametrize("no", LATER)
def test_a_manual_step_meets_the_gate_when_it_is_started(no: str, here: Scene) -> None:
    run = here.pipeline(edited(apply={"trigger": "manual"}))
    assert run.start() == {"gate": "successful", "apply": "paused"}
    NOS[no](here)
    assert run.run_manually("apply")["apply"] == "failed"
    assert here.ran == []


@pytest.mark.parametrize("no", LATER)
def test_a_redeployment_meets_the_gate(no: str, here: Scene) -> None:
    run = here.pipeline()
    run.start()
    here.ran.clear()
    NOS[no](here)
    assert run.run_manually("apply")["apply"] == "failed"
    assert here.ran == []


def test_a_redeployment_after_the_merge_does_not_roll_back_what_came_later(here: Scene) -> None:
    run = here.pipeline()
    run.start()
    here.ran.clear()
    here.story = replace(STORY["merged"], base_files=("staging/network.tf",))
    assert run.run_manually("apply")["apply"] == "failed"
    assert here.ran == []


def test_terraform_does_not_apply_what_it_could_not_set_up(here: Scene) -> None:
    here.failing = {"terraform init -input=false"}
    assert here.pipeline().start() == {"gate": "successful", "apply": "failed"}
    assert here.ran == APPLIED[:2]
