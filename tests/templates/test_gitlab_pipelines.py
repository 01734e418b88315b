"""Whole pipelines of GitLab CI, as users include the template and the component: plan, gate and apply with a real Terraform."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ci.test_gitlab_ci_files import taken
from conftest import ROOT
from hosts.stories import MERGE
from templates.gitlab_pipeline import Ended, Project, images
from templates.gitlab_server import FakeGitLab

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.extra

EXAMPLE = (ROOT / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8")
TERRAFORM = 'terraform {\n  backend "local" {\n    path = "%s"\n  }\n}\noutput "network" {\n  value = "staging"\n}\n'
COMPONENT = """\
include:
  - component: $CI_SERVER_FQDN/atlantis-gate/atlantis-gate/gate@v0.1.0
    inputs:
      require: approved,mergeable,undiverged
"""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("images")
    yield images(folder)
    shutil.rmtree(folder)


@pytest.fixture
def project(tmp_path: Path, paths: dict[str, str]) -> Iterator[Project]:
    with FakeGitLab("", {}) as gitlab:
        made = Project(tmp_path / "infra", gitlab, paths)
        made.commit({".gitlab-ci.yml": EXAMPLE, "main.tf": TERRAFORM % (tmp_path / "applied.tfstate")})
        yield made


def applied(project: Project) -> Mapping[str, Any] | None:
    """Return the outputs that Terraform has applied, None where it never did."""
    state = project.folder.parent / "applied.tfstate"
    return json.loads(state.read_text(encoding="utf-8"))["outputs"] if state.exists() else None


def changed(project: Project, text: str) -> None:
    """Let the user's file have more in it; what is there twice is merged, as with an included file."""
    tree = yaml.safe_load(EXAMPLE)
    for name, job in yaml.safe_load(text).items():
        tree[name] = {**tree.get(name, {}), **job}
    project.commit({".gitlab-ci.yml": yaml.safe_dump(tree, sort_keys=False)})


def approved(project: Project) -> Ended:
    """Run a pipeline of an approved merge request."""
    project.gitlab.approved_by.add("alice")
    ended = project.run()
    assert ended.jobs == {"plan": "PASS", "atlantis-gate": "PASS", "apply": "PASS"}, ended.log
    (project.folder.parent / "applied.tfstate").unlink()
    return ended


def stopped(project: Project, ended: Ended, why: str) -> None:
    """See that the apply job ran, stopped before Terraform, and said why."""
    assert ended.jobs.get("apply") == "FAIL", ended.log
    assert f"atlantis-gate stops this job: {why}" in ended.log
    assert applied(project) is None


def test_a_merge_request_that_nobody_approves_is_not_applied(project: Project) -> None:
    ended = project.run()
    assert ended.jobs == {"plan": "PASS", "atlantis-gate": "FAIL"}, ended.log
    assert "approved    not met   nobody approves" in ended.log
    assert applied(project) is None
    assert taken(project.left("atlantis-gate", "atlantis-gate.env"))["ATLANTIS_GATE_ALLOWED"] == "false"
    assert json.loads(project.left("atlantis-gate", "atlantis-gate.json"))["outcome"] == "blocked"
    assert [status["state"] for status in project.gitlab.statuses] == ["failed", "failed"]


def test_an_approved_one_is_applied(project: Project) -> None:
    project.run()
    project.gitlab.approved_by.add("alice")
    ended = project.run("atlantis-gate", "apply")
    assert ended.jobs == {"atlantis-gate": "PASS", "apply": "PASS"}, ended.log
    assert applied(project) == {"network": {"value": "staging", "type": "string"}}
    assert f"{project.gitlab.head} may be applied." in ended.log
    assert taken(project.left("atlantis-gate", "atlantis-gate.env"))["ATLANTIS_GATE_CHECKED_AT"].isdecimal()
    assert len(project.gitlab.notes) == 1


@pytest.mark.parametrize(("approvals", "jobs"), [(set[str](), {"plan": "PASS", "atlantis-gate": "FAIL"}), ({"alice"}, None)])
def test_the_component_does_the_same(approvals: set[str], jobs: dict[str, str] | None, project: Project) -> None:
    _, _, rest = EXAMPLE.partition("\n.terraform:\n")
    project.commit({".gitlab-ci.yml": f"{COMPONENT}\n.terraform:\n{rest}"})
    project.gitlab.approved_by |= approvals
    ended = project.run()
    assert ended.jobs == (jobs or {"plan": "PASS", "atlantis-gate": "PASS", "apply": "PASS"}), ended.log
    assert (applied(project) is None) == bool(jobs)


def test_an_input_of_the_component_is_no_command(project: Project) -> None:
    hostile = """approved'"; touch ran; $(touch ran) `touch ran`"""
    tree = yaml.safe_load(COMPONENT)
    tree["include"][0]["inputs"] = {"require": hostile, "job-prefix": "prod"}
    project.commit({".gitlab-ci.yml": yaml.safe_dump(tree)})
    project.images = {"prod": "gate"}
    ended = project.run()
    assert ended.jobs == {"prod": "FAIL"}, ended.log
    assert "usage error" in ended.log
    assert list(project.folder.rglob("ran")) == []


def test_a_gate_that_may_fail_lets_nothing_through(project: Project) -> None:
    changed(project, "atlantis-gate: {allow_failure: true}")
    ended = project.run()
    assert ended.jobs["atlantis-gate"] == "WARN"
    stopped(project, ended, "the gate did not let it through (blocked); its job says why.")


def test_an_apply_that_always_runs_applies_nothing(project: Project) -> None:
    changed(project, "apply: {when: always}")
    ended = project.run()
    assert ended.jobs["atlantis-gate"] == "FAIL"
    stopped(project, ended, "the gate did not let it through (blocked); its job says why.")


@pytest.mark.parametrize("when", ["on_success", "always"])
def test_without_the_gate_nothing_is_applied(when: str, project: Project) -> None:
    text = "{rules: [{when: never}]}"
    needs = "[{job: plan}, {job: atlantis-gate, optional: true}]"
    changed(project, f"atlantis-gate: {text}\napply: {{when: {when}, needs: {needs}}}")
    stopped(project, project.run(), "the gate left no answer: its job did not run,")


def test_a_report_that_is_not_handed_on_lets_nothing_through(project: Project) -> None:
    changed(project, "apply: {needs: [{job: plan}, {job: atlantis-gate, artifacts: false}]}")
    project.gitlab.approved_by.add("alice")
    stopped(project, project.run(), "the gate left no answer: its job did not run,")


def test_an_empty_report_lets_nothing_through(project: Project) -> None:
    changed(project, "atlantis-gate: {script: ['>atlantis-gate.env']}")
    stopped(project, project.run(), "the gate did not let it through (no outcome); its job says why.")


def test_a_retry_after_a_push_applies_nothing(project: Project) -> None:
    approved(project)
    project.gitlab.head = "9" * 40
    stopped(project, project.run("apply"), "!7 is no longer at ")


def test_a_retry_after_the_target_branch_moved_applies_nothing(project: Project) -> None:
    approved(project)
    project.gitlab.base = "9" * 40
    stopped(project, project.run("apply"), "main has moved since the gate looked;")
    assert project.run("atlantis-gate", "apply").jobs == {"atlantis-gate": "PASS", "apply": "PASS"}
    assert applied(project) is not None


def test_a_retry_is_judged_anew_where_the_image_has_the_gate(project: Project) -> None:
    project.images["apply"] = "both"
    assert approved(project).log.count("Apply may run now") == 2
    project.gitlab.approved_by.clear()
    ended = project.run("apply")
    assert ended.jobs == {"apply": "FAIL"}
    assert "nobody approves" in ended.log
    assert applied(project) is None


def test_where_no_project_is_touched_apply_does_nothing_and_succeeds(project: Project) -> None:
    project.gitlab.unchanged = frozenset({"main.tf"})
    ended = project.run()
    assert ended.jobs == {"plan": "PASS", "atlantis-gate": "PASS", "apply": "PASS"}, ended.log
    assert "atlantis-gate: nothing to do, no project is touched." in ended.log
    assert applied(project) is None


MERGED: dict[str, str | None] = {
    "ATLANTIS_GATE_AFTER_MERGE": "true",
    "CI_PIPELINE_SOURCE": "push",
    "CI_COMMIT_BRANCH": "main",
    **dict.fromkeys(["CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_EVENT_TYPE", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"]),
    **dict.fromkeys(["CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_PATH"]),
}


def test_what_was_merged_is_applied_afterwards_where_that_is_asked_for(project: Project) -> None:
    changed(project, "plan: {rules: [{when: on_success}]}")
    project.gitlab.approved_by.add("alice")
    project.variables = {"ATLANTIS_GATE_AFTER_MERGE": "true"}
    assert project.run().jobs == {"plan": "PASS", "atlantis-gate": "PASS"}
    project.gitlab.merge = project.gitlab.base = project.gitlab.head
    project.gitlab.head = MERGE
    project.variables = MERGED
    ended = project.run()
    assert ended.jobs == {"plan": "PASS", "atlantis-gate": "PASS", "apply": "PASS"}, ended.log
    assert applied(project) is not None


def test_in_a_merge_train_the_gate_runs_and_nothing_is_applied(project: Project) -> None:
    project.gitlab.approved_by.add("alice")
    project.variables = {"CI_MERGE_REQUEST_EVENT_TYPE": "merge_train", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": project.gitlab.head}
    ended = project.run()
    assert ended.jobs == {"plan": "PASS", "atlantis-gate": "PASS"}, ended.log
