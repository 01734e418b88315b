"""verify, right before apply: a decision stands only while everything that it rests on is still the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fake_github import TOKEN, FakeGitHub, Pull, Repository, Step, step
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ATLANTIS_YAML = "version: 3\nprojects:\n- name: staging\n  dir: staging\n- name: prod\n  dir: prod\n"
REPOS_YAML = "repos:\n- id: /.*/\n  apply_requirements: [approved, mergeable, undiverged]\n"
FILES = {"atlantis.yaml": ATLANTIS_YAML, "staging/main.tf": "# 1\n", "prod/main.tf": "# 1\n", "README.md": "# x\n"}


class Scene:
    """A pull request on a stand-in for GitHub that the gate has allowed, and the decision that it left."""

    def __init__(self, folder: Path, github: FakeGitHub, files: dict[str, str | None]) -> None:
        self.folder, self.github = folder, github
        self.server = workspace(folder / "config", {"repos.yaml": REPOS_YAML}) / "repos.yaml"
        self.repository: Repository = github.repository("acme/infra", FILES)
        self.pull: Pull = self.repository.open_pull(files)
        self.repository.review(self.pull, "alice")
        self.decision = folder / "decision.json"
        self.runs = 0

    def step(self, **inputs: str) -> Step:
        self.runs += 1
        return step(
            self.folder / str(self.runs), self.github, self.repository, self.pull, TOKEN, **{"repos_yaml": str(self.server), **inputs}
        )

    def decide(self, **inputs: str) -> Any:
        gate(env=self.step(decision_file=str(self.decision), **inputs).env)
        return json.loads(self.decision.read_text(encoding="utf-8"))

    def verify(self, *argv: str, **inputs: str) -> Ran:
        return gate("verify", *argv, env=self.step(decision=str(self.decision), **inputs).env)

    def change(self, **parts: Any) -> None:
        document = json.loads(self.decision.read_text(encoding="utf-8"))
        self.decision.write_text(json.dumps({**document, **parts}), encoding="utf-8")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with FakeGitHub() as github:
        made = Scene(tmp_path, github, {"staging/main.tf": "# 2\n"})
        assert made.decide()["outcome"] == "allowed"
        yield made


def test_nothing_moved_so_the_decision_stands(scene: Scene) -> None:
    run = scene.step(decision=str(scene.decision), subcommand="verify")
    before = scene.repository.statuses(scene.repository.head(scene.pull))
    ran = gate(env=run.env)

    assert ran.code == 0, ran.out + ran.err
    assert run.outputs()["allowed"] == "true"
    assert scene.repository.statuses(scene.repository.head(scene.pull)) == before
    assert scene.verify("-p", "staging").code == 0


def stopped(ran: Ran, *words: str) -> None:
    assert ran.code == 1, ran.out + ran.err
    text = " ".join(ran.out.split())
    for word in words:
        assert word in text, ran.out


def test_a_new_commit_undoes_it(scene: Scene) -> None:
    old = scene.repository.head(scene.pull)
    scene.repository.push(scene.pull.branch, {"staging/main.tf": "# 3\n"})
    scene.repository.review(scene.pull, "alice")
    stopped(scene.verify(), f"the head was {old} when the decision was made and is {scene.repository.head(scene.pull)} now")


def test_a_decision_that_does_not_stand_leaves_no_project_to_apply(scene: Scene) -> None:
    scene.repository.push("main", {"README.md": "# y\n"})
    run = scene.step(decision=str(scene.decision), subcommand="verify")
    assert gate(env=run.env).code == 1
    assert (run.outputs()["allowed"], run.outputs()["projects"]) == ("false", "[]")


def test_a_base_that_moved_undoes_it_though_nothing_there_concerns_the_project(scene: Scene) -> None:
    scene.repository.push("main", {"README.md": "# y\n"})
    stopped(scene.verify(), "the base commit was", "Run the gate again")


def test_another_base_branch_undoes_it(scene: Scene) -> None:
    scene.repository.branches["release"] = scene.repository.branches["main"]
    scene.pull.base = "release"
    stopped(scene.verify(), "the base branch was main when the decision was made and is release now")


def test_an_approval_that_is_taken_back_undoes_it(scene: Scene) -> None:
    scene.repository.review(scene.pull, "alice", "CHANGES_REQUESTED")
    stopped(scene.verify(), "nobody approves")


def test_another_server_config_undoes_it(scene: Scene) -> None:
    scene.server.write_text(REPOS_YAML + "# later\n", encoding="utf-8")
    stopped(scene.verify(), "the server config", "is another one than when the decision was made")


def test_fewer_requirements_than_were_decided_on_are_not_enough(scene: Scene) -> None:
    scene.server.write_text(REPOS_YAML.replace("approved, ", ""), encoding="utf-8")
    stopped(scene.verify(), "the decision asked for approved of staging, and this run does not")


def test_a_project_that_the_decision_does_not_know_is_not_allowed_by_it(scene: Scene) -> None:
    document = json.loads(scene.decision.read_text(encoding="utf-8"))
    scene.change(projects=[{**document["projects"][0], "id": "prod"}])
    stopped(scene.verify(), "the decision does not know the project staging")


def test_a_decision_that_did_not_allow_the_project_does_not_allow_it_later(scene: Scene) -> None:
    document = json.loads(scene.decision.read_text(encoding="utf-8"))
    scene.change(outcome="blocked", projects=[{**document["projects"][0], "outcome": "blocked"}])
    stopped(scene.verify(), "the decision does not allow the project staging")


def test_a_decision_about_another_command_or_pull_request_counts_for_nothing(scene: Scene) -> None:
    stopped(scene.verify(command="plan"), "the decision is about apply, not about plan")
    pull = json.loads(scene.decision.read_text(encoding="utf-8"))["pull_request"]
    scene.change(pull_request={**pull, "number": 99, "repo": "acme/other"})
    stopped(scene.verify(), "the number was 99", "the repository was acme/other")


def test_a_decision_that_there_was_nothing_to_do_allows_nothing(scene: Scene) -> None:
    scene.change(outcome="nothing_to_do", projects=[])
    stopped(scene.verify(), "the decision does not know the project staging")


def test_with_nothing_to_do_then_and_now_nothing_is_allowed(tmp_path: Path) -> None:
    with FakeGitHub() as github:
        scene = Scene(tmp_path, github, {"README.md": "# y\n"})
        assert scene.decide()["outcome"] == "nothing_to_do"
        stopped(scene.verify(), "it allows nothing")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "pull_request": {}, "projects": [1]}'])
def test_a_file_that_is_no_decision_ends_in_exit_2(scene: Scene, text: str) -> None:
    scene.decision.write_text(text, encoding="utf-8")
    ran = scene.verify()
    assert (ran.code, ran.err.partition(":")[0]) == (2, "usage error")
    assert "check --decision-file" in ran.err


def test_without_the_decision_it_says_what_it_needs(scene: Scene) -> None:
    run = scene.step(subcommand="verify")
    ran = gate(env=run.env)
    assert (ran.code, run.outputs()["allowed"]) == (2, "false")
    assert "--decision (ATLANTIS_GATE_DECISION)" in ran.err
    scene.decision.unlink()
    assert "cannot read" in scene.verify().err


def test_a_host_that_does_not_answer_ends_in_exit_2(scene: Scene) -> None:
    scene.github.fail("POST", "/graphql", 500)
    assert scene.verify(timeout="3").code == 2


def test_a_text_in_the_decision_becomes_no_command(scene: Scene) -> None:
    pull = json.loads(scene.decision.read_text(encoding="utf-8"))["pull_request"]
    scene.change(pull_request={**pull, "head_sha": "x\n::set-output name=allowed::true\n##[set-output name=allowed]true"})
    ran = scene.verify()
    stopped(ran)
    assert "##[" not in ran.out
    assert not [line for line in ran.out.splitlines() if line.startswith("::set-output")]
