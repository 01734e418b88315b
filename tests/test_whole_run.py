"""Whole runs in GitHub Actions against a stand-in for GitHub: environment in, statuses, outputs, summary, comment and exit code out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT
from fake_github import RUN_ID, TOKEN, FakeGitHub, Pull, Repository, Step, step
from programs import gate, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ATLANTIS_YAML = """\
version: 3
projects:
- name: staging
  dir: staging
- name: prod
  dir: prod
"""
REPOS_YAML = """\
repos:
- id: /.*/
  apply_requirements: [approved, mergeable, undiverged]
"""
FILES = {"atlantis.yaml": ATLANTIS_YAML, "staging/main.tf": "# 1\n", "prod/main.tf": "# 1\n", "README.md": "# x\n"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    return github.repository("acme/infra", FILES)


def prepare(folder: Path, github: FakeGitHub, repository: Repository, pull: Pull, **inputs: str) -> Step:
    server = workspace(folder / "config", {"repos.yaml": REPOS_YAML}) / "repos.yaml"
    return step(folder, github, repository, pull, TOKEN, **{"repos_yaml": str(server), **inputs})


def test_a_pull_request_is_stopped_until_somebody_else_approves(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    head = repository.head(pull)

    stopped = prepare(tmp_path / "first", github, repository, pull)
    ran = gate(env=stopped.env)

    assert ran.code == 1, ran.err
    assert "nobody approves" in ran.out
    assert "repos.yaml:3" in ran.out
    assert repository.statuses(head) == {"atlantis-gate/apply": "failure", "atlantis-gate/apply: staging": "failure"}
    assert stopped.outputs() == {
        "outcome": "blocked",
        "allowed": "false",
        "projects": "[]",
        "blocked-projects": '[{"id":"staging","name":"staging","dir":"staging","workspace":"default"}]',
        "head-sha": head,
        "base-sha": repository.branches["main"],
    }
    assert "nobody approves" in stopped.summary()
    assert [comment.pull for comment in repository.comments] == [pull.number]

    repository.review(pull, "alice")
    opened = prepare(tmp_path / "second", github, repository, pull)
    ran = gate(env=opened.env)

    assert ran.code == 0, ran.err
    assert opened.outputs()["allowed"] == "true"
    assert json.loads(opened.outputs()["projects"]) == [{"id": "staging", "name": "staging", "dir": "staging", "workspace": "default"}]
    assert repository.statuses(head) == {"atlantis-gate/apply": "success", "atlantis-gate/apply: staging": "success"}
    assert len(repository.comments) == 1
    assert "may" in repository.comments[0].body


def test_the_gates_own_running_check_and_earlier_status_do_not_block_it(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    repository.rules.checks = {"gate", "atlantis-gate/apply"}
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    repository.check(repository.head(pull), "gate", "pending", run_id=RUN_ID)
    repository.status(repository.head(pull), "atlantis-gate/apply", "failure")
    assert gate(env=prepare(tmp_path, github, repository, pull).env).code == 0


def test_a_required_check_of_another_run_blocks(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    repository.rules.checks = {"build"}
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    repository.check(repository.head(pull), "build", "pending", run_id=RUN_ID + 1)
    ran = gate(env=prepare(tmp_path, github, repository, pull).env)
    assert ran.code == 1
    assert "build" in ran.out


def test_only_what_concerns_a_project_diverges_it(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n", "prod/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    repository.push("main", {"staging/other.tf": "# new\n"})
    ran = gate("--format", "json", env=prepare(tmp_path, github, repository, pull).env)
    assert ran.code == 1, ran.err
    assert {project["id"]: project["outcome"] for project in ran.document["projects"]} == {"staging": "blocked", "prod": "allowed"}


def test_a_plan_on_todays_base_counts_as_the_starting_point(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    tip = repository.push("main", {"staging/other.tf": "# new\n"})
    assert gate(env=prepare(tmp_path / "1", github, repository, pull).env).code == 1
    assert gate(env=prepare(tmp_path / "2", github, repository, pull, planned_on=tip).env).code == 0
    assert gate(env=prepare(tmp_path / "3", github, repository, pull, planned_on="merge-commit").env).code == 0
    assert gate(env=prepare(tmp_path / "4", github, repository, pull, planned_on=repository.head(pull)).env).code == 2


def test_a_head_that_moved_since_the_run_began_is_refused(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    old = prepare(tmp_path, github, repository, pull)
    repository.push(pull.branch, {"staging/main.tf": "# 3\n"})
    ran = gate(env=old.env)
    assert ran.code == 1
    assert "now at" in ran.out
    assert repository.comments == []


def test_a_run_after_the_merge_is_judged_on_what_was_merged(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    made = prepare(tmp_path, github, repository, pull)
    commit = repository.merge(pull)
    event = {"ref": "refs/heads/main", "before": pull.base_sha, "after": commit, "repository": {"full_name": "acme/infra"}}
    (tmp_path / "workflow" / "event.json").write_text(json.dumps(event))
    env = made.env | {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": commit, "GITHUB_REF": "refs/heads/main"}
    assert gate(env=env).code == 1
    repository.review(pull, "alice")
    assert gate(env=env).code == 0


def test_without_a_checkout_the_files_come_from_the_host(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n"})
    repository.review(pull, "alice")
    made = prepare(tmp_path, github, repository, pull)
    empty = workspace(tmp_path / "empty", {"unrelated.txt": "x"})
    ran = gate("--format", "json", env=made.env | {"GITHUB_WORKSPACE": str(empty)})
    assert ran.code == 0, ran.err
    assert [project["id"] for project in ran.document["projects"]] == ["staging"]


def test_what_is_recorded_is_evaluated_the_same_without_a_host(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "# 2\n", "atlantis.yaml": ATLANTIS_YAML + "  workspace: blue\n"})
    made = prepare(tmp_path, github, repository, pull)
    online = gate("check", "--format", "json", "--no-status", env=made.env)
    facts = tmp_path / "facts.json"
    recorded = gate("record", "--output", str(facts), env=made.env)
    assert recorded.code == 0, recorded.err
    github.requests.clear()
    offline = gate("check", "--format", "json", "--facts", str(facts), env=made.env)
    assert (offline.code, offline.document) == (online.code, online.document)
    assert github.requests == []


def test_the_module_is_the_same_program(tmp_path: Path, github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"README.md": "# y\n"})
    made = prepare(tmp_path, github, repository, pull)
    env = made.env | {"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]}
    ran = subprocess.run([sys.executable, "-m", "atlantis_gate"], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert made.outputs()["outcome"] == "nothing_to_do"
    assert made.outputs()["allowed"] == "false"
    assert repository.statuses(repository.head(pull)) == {"atlantis-gate/apply": "success"}
