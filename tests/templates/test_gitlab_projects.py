"""One apply job a project on GitLab: the child pipeline that is made of the decision, and its jobs, with a real Terraform."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ci.test_gitlab_ci_files import taken
from conftest import ROOT
from programs import gate
from report.hostile import HOSTILE
from templates.gitlab_pipeline import Ended, Project, images
from templates.gitlab_server import FakeGitLab
from templates.test_gitlab_template import schema_accepts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "ci" / "gitlab-ci.md").read_text(encoding="utf-8").partition("## One job a project")[2].partition("\n## ")[0]
PARENT, CHILD = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
TEMPLATE = yaml.safe_load((ROOT / ".gitlab-ci-template.yml").read_text(encoding="utf-8"))
(SCRIPT,) = TEMPLATE[".atlantis-gate-projects"]["script"]


@pytest.fixture(scope="module")
def decision(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the decision on the example's approved pull request, as the gate's job leaves it."""
    path, examples = tmp_path_factory.mktemp("decision") / "decision.json", ROOT / "examples"
    what = ["--facts", str(examples / "pull-requests" / "13-approved.json"), "--root", str(examples / "repository")]
    assert gate("check", *what, "--repos-yaml", str(examples / "repos.yaml"), "--decision-file", str(path)).code == 0
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def made(folder: Path, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the job's script on a decision; what it makes is in atlantis-gate-projects.yml."""
    (folder / "decision.json").write_text(json.dumps(document), encoding="utf-8")
    env = {"PATH": "/usr/bin:/bin", "ATLANTIS_GATE_DECISION_FILE": "decision.json"}
    return subprocess.run(["sh", "-ec", SCRIPT], cwd=folder, env=env, check=False, capture_output=True, text=True, timeout=60)


def pipeline(folder: Path) -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load((folder / "atlantis-gate-projects.yml").read_text(encoding="utf-8"))
    return jobs


def test_each_project_gets_a_job_with_its_names_as_variables(decision: dict[str, Any], tmp_path: Path) -> None:
    assert made(tmp_path, decision).returncode == 0
    jobs = pipeline(tmp_path)
    assert set(jobs) == {"stages", "apply production", "apply staging"}
    assert jobs["apply staging"] == {
        "extends": ".apply-project",
        "stage": "group 0",
        "resource_group": "terraform/staging/default",
        "variables": {"PROJECT_NAME": "staging", "PROJECT_DIR": "staging", "PROJECT_WORKSPACE": "default"},
    }
    path = tmp_path / "child.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(CHILD), **jobs}), encoding="utf-8")
    assert schema_accepts(path) == ""


def test_groups_follow_each_other_by_number(decision: dict[str, Any], tmp_path: Path) -> None:
    first, second = decision["projects"]
    groups = [{**first, "execution_order_group": 10}, {**second, "execution_order_group": 9}]
    assert made(tmp_path, {**decision, "projects": groups}).returncode == 0
    assert pipeline(tmp_path)["stages"] == ["test", "deploy", "group 9", "group 10"]


def test_without_a_project_the_pipeline_is_one_that_does_nothing(decision: dict[str, Any], tmp_path: Path) -> None:
    assert made(tmp_path, {**decision, "outcome": "nothing_to_do", "projects": []}).returncode == 0
    assert pipeline(tmp_path) == {"nothing to do": {"rules": [{"when": "on_success"}], "script": ["echo no project is touched"]}}
    assert schema_accepts(tmp_path / "atlantis-gate-projects.yml") == ""


@pytest.mark.parametrize("outcome", ["blocked", "undetermined", ""])
def test_nothing_is_made_of_a_decision_that_says_no(outcome: str, decision: dict[str, Any], tmp_path: Path) -> None:
    ran = made(tmp_path, {**decision, "outcome": outcome})
    assert (ran.returncode, (tmp_path / "atlantis-gate-projects.yml").read_text(encoding="utf-8")) == (1, "")
    assert "so no job may be made of it" in ran.stderr


@pytest.mark.parametrize("text", ["a b", "$CI_JOB_TOKEN", "a;b", "a\nscript: x", '"', "'", "-chdir=x", "/etc", "ä", "a:b", *HOSTILE])
@pytest.mark.parametrize("name", ["id", "name", "dir", "workspace"])
def test_a_name_that_is_not_plain_makes_no_pipeline(name: str, text: str, decision: dict[str, Any], tmp_path: Path) -> None:
    first, second = decision["projects"]
    ran = made(tmp_path, {**decision, "projects": [first, {**second, name: text}]})
    assert (ran.returncode, (tmp_path / "atlantis-gate-projects.yml").read_text(encoding="utf-8")) == (1, "")
    assert "is more than letters, digits" in ran.stderr
    assert ran.stderr.isascii()


STATE = 'terraform {\n  backend "local" {\n    path = "%s"\n  }\n}\noutput "name" {\n  value = "%s"\n}\n'
NAMES = ("production", "staging")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    paths = images(tmp_path / "images")
    with FakeGitLab("", {}) as gitlab:
        including = "include:\n  - {project: atlantis-gate/atlantis-gate, ref: v0.1.0, file: /.gitlab-ci-template.yml}\n"
        including += "variables: {ATLANTIS_GATE_REQUIRE: approved}\n"
        made_of = dict.fromkeys(("atlantis-gate", "atlantis-gate-projects"), "gate")
        project = Project(tmp_path / "infra", gitlab, paths, made_of)
        terraform = {f"{name}/main.tf": STATE % (tmp_path / name, name) for name in NAMES}
        project.commit({".gitlab-ci.yml": including + PARENT, ".gitlab/apply-project.yml": CHILD, **terraform})
        gitlab.approved_by.add("alice")
        yield project
    shutil.rmtree(tmp_path / "images")


def apply_jobs(ended: Ended) -> dict[str, str]:
    return {name: how for name, how in ended.jobs.items() if name.startswith("apply ")}


def child(project: Project) -> Ended:
    """Run the child pipeline by itself, with the variables and the artifact that GitLab hands it: gitlab-ci-local hands it none."""
    jobs = json.loads(project.left("atlantis-gate-projects", "atlantis-gate-projects.yml"))
    (project.folder / ".gitlab-ci-local-child.yml").write_text(yaml.safe_dump({**yaml.safe_load(CHILD), **jobs}), encoding="utf-8")
    report: dict[str, object] = {**taken(project.left("atlantis-gate", "atlantis-gate.env"))}
    project.variables = {"CI_PIPELINE_SOURCE": "parent_pipeline"}
    project.images.clear()
    project.instead = {".apply-project": {"needs": [], "variables": {**report, "PATH": project.paths["terraform"]}}}
    return project.run(isolated=False, file=".gitlab-ci-local-child.yml")


@pytest.mark.extra
def test_the_documented_child_applies_every_project(project: Project) -> None:
    before = project.run("atlantis-gate", "atlantis-gate-projects", isolated=False)
    assert before.jobs == {"atlantis-gate": "PASS", "atlantis-gate-projects": "PASS"}, before.log
    ended = child(project)
    assert ended.jobs == {"apply production/default": "PASS", "apply staging/default": "PASS"}, ended.log
    outputs = {name: json.loads((project.folder.parent / name).read_text(encoding="utf-8"))["outputs"]["name"]["value"] for name in NAMES}
    assert outputs == {"production": "production", "staging": "staging"}


@pytest.mark.extra
def test_a_push_in_between_stops_every_project(project: Project) -> None:
    project.run("atlantis-gate", "atlantis-gate-projects", isolated=False)
    project.gitlab.head = "9" * 40
    ended = child(project)
    assert ended.jobs == {"apply production/default": "FAIL", "apply staging/default": "FAIL"}, ended.log
    assert [name for name in NAMES if (project.folder.parent / name).exists()] == []


@pytest.mark.extra
def test_the_documented_parent_starts_the_child_only_where_the_gate_says_yes(project: Project) -> None:
    project.instead = {".apply-project": {"needs": []}}
    project.images.clear()
    project.variables = {"PATH": project.paths["gate"]}
    started = project.run(isolated=False)
    assert set(apply_jobs(started)) == {"apply production/default", "apply staging/default"}, started.log
    project.gitlab.approved_by.clear()
    assert project.run(isolated=False).jobs == {"atlantis-gate": "FAIL"}
