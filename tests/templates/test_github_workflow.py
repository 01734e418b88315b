"""The workflow to copy stops its apply job whenever the gate does not say yes: GitHub's own evaluator and the real gate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fake_github import FakeGitHub
from templates.github_expressions import GitHubExpressions
from templates.github_scene import CHANGE, FILE, GATE, Scene, scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from templates.github_run import Run

TEXT = FILE.read_text(encoding="utf-8")
CONDITION = "    if: needs.gate.outputs.allowed == 'true'\n"
REQUIRE = {"ATLANTIS_GATE_REQUIRE": "approved,mergeable,undiverged"}
TERRAFORM = "terraform init -input=false\nterraform apply -auto-approve -input=false\n"


@pytest.fixture(scope="module")
def expressions() -> Iterator[GitHubExpressions]:
    with GitHubExpressions() as running:
        yield running


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, github: FakeGitHub) -> Scene:
    return scene(tmp_path, github)


def edited(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def approve(here: Scene) -> None:
    here.repository.review(here.pull, "alice")


def test_an_approved_pull_request_is_applied_project_by_project(expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    run = here.run(expressions, TEXT)
    assert run.start() == {"gate": "success", "apply": "success"}, here.gates
    head = here.repository.head(here.pull)
    assert [(command.script, command.directory, command.env) for command in run.commands] == [
        (TERRAFORM, "staging", {**REQUIRE, "TF_WORKSPACE": "default"}),
        (TERRAFORM, "production", {**REQUIRE, "TF_WORKSPACE": "default"}),
    ]
    checkouts = [action.inputs for action in run.actions if action.name.startswith("actions/checkout@")]
    assert checkouts == [{"ref": head, "persist-credentials": "false"}] * 2


def test_the_gate_comes_first_in_every_apply_job(expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    run = here.run(expressions, TEXT)
    run.start()
    assert [action.name.split("@")[0] for action in run.actions] == [GATE, *[GATE, "actions/checkout", "hashicorp/setup-terraform"] * 2]
    first, again = run.actions[0].inputs, run.actions[1].inputs
    assert again == {**first, "no-status": "true", "comment": "never"}


def test_the_gate_in_the_apply_job_leaves_statuses_and_comments_to_the_first_one(expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    here.run(expressions, TEXT).start()
    posts = [request.path for request in here.github.requests if request.method == "POST" and "/statuses/" in request.path]
    assert len(posts) == len({"atlantis-gate/apply", "atlantis-gate/apply: staging", "atlantis-gate/apply: production"})
    assert here.repository.comments == []


def nobody_approves(here: Scene) -> None:
    pass


def the_head_moves(here: Scene) -> None:
    approve(here)
    here.repository.push(here.pull.branch, {"staging/main.tf": "# third\n"})
    here.repository.review(here.pull, "alice")


def the_base_moves_under_a_project(here: Scene) -> None:
    approve(here)
    here.repository.push("main", {"modules/network/main.tf": "# other\n"})


def changes_are_requested(here: Scene) -> None:
    approve(here)
    here.repository.review(here.pull, "alice", "CHANGES_REQUESTED")


def a_required_check_fails(here: Scene) -> None:
    approve(here)
    here.repository.rules.checks = {"build"}
    here.repository.status(here.repository.head(here.pull), "build", "failure")


def it_becomes_a_draft(here: Scene) -> None:
    approve(here)
    here.pull.draft = True


def it_is_closed(here: Scene) -> None:
    approve(here)
    here.pull.closed = True


def github_refuses_to_answer(here: Scene) -> None:
    approve(here)
    here.github.fail("POST", "/graphql", 401)


def the_gate_dies(here: Scene) -> None:
    approve(here)
    here.broken = True


NOS: list[Callable[[Scene], None]] = [
    nobody_approves,
    the_head_moves,
    the_base_moves_under_a_project,
    changes_are_requested,
    a_required_check_fails,
    it_becomes_a_draft,
    it_is_closed,
    github_refuses_to_answer,
    the_gate_dies,
]
# What people write when they want a job to run after all.
EDITS = {
    "as it is": TEXT,
    "no condition": edited(CONDITION, ""),
    "always": edited(CONDITION, "    if: always()\n"),
    "not cancelled": edited(CONDITION, "    if: ${{ !cancelled() }}\n"),
    "on failure": edited(CONDITION, "    if: failure()\n"),
    "always and not false": edited(CONDITION, "    if: always() && needs.gate.outputs.allowed != 'false'\n"),
    "gate's step may fail": TEXT.replace(f"uses: {GATE}@v0.1.0 #", f"continue-on-error: true\n        uses: {GATE}@v0.1.0 #"),
    "gate's job may fail": edited("  gate:\n", "  gate:\n    continue-on-error: true\n"),
    "gate's step may fail, no condition": TEXT.replace("      - id: gate\n", "      - id: gate\n        continue-on-error: true\n").replace(
        CONDITION, ""
    ),
    "gate is skipped": edited("  gate:\n", "  gate:\n    if: false\n"),
    "gate is skipped, always": edited("  gate:\n", "  gate:\n    if: false\n").replace(CONDITION, "    if: always()\n"),
}


# One for each thing that the outputs can be: a no, a no for want of an answer, and nothing at all.
@pytest.mark.parametrize("no", [nobody_approves, github_refuses_to_answer, the_gate_dies])
@pytest.mark.parametrize("edit", EDITS)
def test_terraform_is_not_reached_whatever_the_workflow_is_made_to_say(
    no: Callable[[Scene], None], edit: str, expressions: GitHubExpressions, here: Scene
) -> None:
    no(here)
    run = here.run(expressions, EDITS[edit])
    run.start()
    assert run.commands == []


@pytest.mark.parametrize("no", NOS)
def test_a_run_that_is_not_allowed_fails_its_gate_and_skips_its_apply_job(
    no: Callable[[Scene], None], expressions: GitHubExpressions, here: Scene
) -> None:
    no(here)
    run = here.run(expressions, TEXT)
    assert run.start() == {"gate": "failure", "apply": "skipped"}
    assert run.commands == []


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit not in {"gate is skipped", "gate is skipped, always", "on failure"}])
def test_what_is_allowed_is_applied_under_every_edit(edit: str, expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    run = here.run(expressions, EDITS[edit])
    run.start()
    assert [command.directory for command in run.commands] == ["staging", "production"]


@pytest.mark.parametrize("edit", EDITS)
def test_nothing_to_do_applies_nothing(edit: str, expressions: GitHubExpressions, tmp_path: Path, github: FakeGitHub) -> None:
    here = scene(tmp_path, github, {"README.md": "# second\n"})
    run = here.run(expressions, EDITS[edit])
    ended = run.start()
    assert run.commands == []
    if edit == "as it is":
        assert ended == {"gate": "success", "apply": "skipped"}


def test_a_fork_is_refused(expressions: GitHubExpressions, tmp_path: Path, github: FakeGitHub) -> None:
    here = scene(tmp_path, github, CHANGE, fork=True)
    approve(here)
    run = here.run(expressions, TEXT)
    assert run.start() == {"gate": "failure", "apply": "skipped"}
    assert run.commands == []


def test_always_does_not_apply_the_allowed_part_of_what_is_blocked(expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    here.repository.push("main", {"staging/other.tf": "# only staging is behind\n"})
    run = here.run(expressions, EDITS["always"])
    run.start()
    assert [project["id"] for project in json.loads(run.results["gate"].outputs["projects"])] == ["production"]
    assert run.commands == []


def fail_once(expressions: GitHubExpressions, here: Scene) -> Run:
    """Let everything be allowed, and terraform fail: what "re-run failed jobs" is for."""
    approve(here)
    here.failing = True
    run = here.run(expressions, TEXT)
    assert run.start() == {"gate": "success", "apply": "failure"}
    assert [command.directory for command in run.commands] == ["staging"]
    here.failing = False
    run.reached.clear()
    return run


def test_failed_jobs_are_run_again_while_the_gate_still_says_yes(expressions: GitHubExpressions, here: Scene) -> None:
    run = fail_once(expressions, here)
    assert run.rerun_failed_jobs() == {"gate": "success", "apply": "success"}
    assert [command.directory for command in run.commands] == ["staging", "production"]


def dismissed(here: Scene) -> None:
    here.repository.review(here.pull, "alice", "DISMISSED")


@pytest.mark.parametrize("no", [dismissed, *(no for no in NOS if no is not nobody_approves)])
def test_a_re_run_of_failed_jobs_meets_the_gate_with_its_old_outputs_still_saying_yes(
    no: Callable[[Scene], None], expressions: GitHubExpressions, here: Scene
) -> None:
    run = fail_once(expressions, here)
    no(here)
    assert run.rerun_failed_jobs() == {"gate": "success", "apply": "failure"}
    assert run.results["gate"].outputs["allowed"] == "true"
    assert run.commands == []


@pytest.mark.parametrize("no", [dismissed, the_head_moves, github_refuses_to_answer, the_gate_dies])
def test_what_changes_while_the_apply_job_waits_counts(no: Callable[[Scene], None], expressions: GitHubExpressions, here: Scene) -> None:
    approve(here)
    run = here.run(expressions, TEXT)
    run.between = lambda job: no(here) if job == "apply" else None
    assert run.start() == {"gate": "success", "apply": "failure"}
    assert run.commands == []


@pytest.mark.parametrize(
    ("projects", "reached"),
    [
        ('[{"id":"staging"},{"id":"production"}]', True),
        ('[{"id":"production"}]', False),
        ('[{"id":"staging/default"}]', False),
        ("[]", False),
    ],
)
def test_terraform_runs_for_a_project_that_the_gate_names_now(projects: str, reached: bool, expressions: GitHubExpressions) -> None:
    *_, condition = expressions.parse(TEXT).conditions["apply"]["steps"]
    contexts = {"steps": {"gate": {"outputs": {"projects": projects}}}, "matrix": {"project": {"id": "staging"}}}
    assert expressions.evaluate(condition, contexts) is reached
