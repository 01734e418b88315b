"""projects and validate, as a person and a program use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fake_github import TOKEN, FakeGitHub, step
from programs import gate, workspace

if TYPE_CHECKING:
    from pathlib import Path

ATLANTIS_YAML = """\
version: 3
projects:
- name: staging
  dir: staging
  apply_requirements: [approved]
  autoplan:
    when_modified: ["*.tf"]
- dir: prod
  workspace: blue
  execution_order_group: -1
  branch: /main/
"""
REPOS_YAML = """\
repos:
- id: /.*/
  apply_requirements: [mergeable]
  allowed_overrides: [apply_requirements]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"atlantis.yaml": ATLANTIS_YAML, "staging/main.tf": "", "prod/main.tf": "", "conf/repos.yaml": REPOS_YAML}
    return workspace(tmp_path / "repo", files)


def test_all_lists_every_configured_project_with_origins(root: Path) -> None:
    ran = gate("projects", "--all", "--root", str(root), "--repos-yaml", str(root / "conf" / "repos.yaml"), "--format", "json")
    assert ran.code == 0, ran.err
    staging, prod = ran.document
    assert staging["apply_requirements"] == ["approved"]
    assert staging["origins"]["apply_requirements"] == [{"file": "atlantis.yaml", "line": 5, "key": "apply_requirements"}]
    assert (staging["id"], staging["name"], staging["when_modified"], staging["workflow"]) == ("staging", "staging", ["*.tf"], "default")
    assert prod["apply_requirements"] == ["mergeable"]
    assert prod["origins"]["apply_requirements"] == [{"file": "conf/repos.yaml", "line": 3, "key": "apply_requirements"}]
    assert (prod["id"], prod["name"], prod["workspace"], prod["execution_order_group"]) == ("prod/blue", None, "blue", -1)
    assert (prod["autoplan_enabled"], prod["depends_on"], prod["plan_requirements"]) == (True, [], [])


def test_without_a_base_branch_no_branch_filter_applies(root: Path) -> None:
    assert len(gate("projects", "--all", "--root", str(root), "--format", "json", *server(root)).document) == 2
    other = gate("projects", "--all", "--root", str(root), "--base-branch", "release", "--format", "json", *server(root))
    assert [project["id"] for project in other.document] == ["staging"]


def server(root: Path) -> list[str]:
    return ["--repos-yaml", str(root / "conf" / "repos.yaml")]


def test_changed_files_select_and_groups_order(root: Path, tmp_path: Path) -> None:
    listed = tmp_path / "files.txt"
    listed.write_text("staging/main.tf\n\nprod/main.tf\n")
    ran = gate("projects", "--changed-files", str(listed), "--root", str(root), "--base-branch", "main", "--format", "json", *server(root))
    assert [project["id"] for project in ran.document] == ["prod/blue", "staging"]


def test_a_flag_adds_what_no_file_removes(root: Path) -> None:
    ran = gate("projects", "-p", "staging", "--require", "undiverged,approved", "--root", str(root), "--format", "json", *server(root))
    (project,) = ran.document
    assert project["apply_requirements"] == ["approved", "undiverged"]
    assert project["origins"]["apply_requirements"][1] == {"option": "--require"}


def test_a_target_needs_no_changed_files_and_one_that_names_nothing_is_an_error(root: Path) -> None:
    assert gate("projects", "-d", "prod", "-w", "blue", "--root", str(root), *server(root)).code == 0
    ran = gate("projects", "-p", "nothing", "--root", str(root), *server(root))
    assert ran.code == 2
    assert "no project named 'nothing'" in ran.err


def test_an_ad_hoc_project_has_the_servers_requirements_and_no_patterns(root: Path) -> None:
    workspace(root, {"other/main.tf": ""})
    (project,) = gate("projects", "-d", "other", "--root", str(root), "--format", "json", *server(root)).document
    assert (project["when_modified"], project["apply_requirements"]) == ([], ["mergeable"])


def test_text_is_for_people(root: Path) -> None:
    ran = gate("projects", "--all", "--root", str(root), *server(root))
    assert "  apply  approved (atlantis.yaml:5)" in ran.out.splitlines()
    assert ran.out.endswith("2 projects\n")


def test_the_pull_requests_own_projects_show_what_it_lowers(tmp_path: Path) -> None:
    with FakeGitHub() as github:
        repository = github.repository("acme/infra", {"atlantis.yaml": ATLANTIS_YAML, "staging/main.tf": "1", "prod/main.tf": "1"})
        lowered = ATLANTIS_YAML.replace("[approved]", "[]")
        pull = repository.open_pull({"atlantis.yaml": lowered, "staging/main.tf": "2"})
        path = workspace(tmp_path / "config", {"repos.yaml": REPOS_YAML}) / "repos.yaml"
        made = step(tmp_path, github, repository, pull, TOKEN, repos_yaml=str(path))
        ran = gate("projects", env=made.env)
    assert ran.code == 0, ran.err
    assert "no longer asks for approved" in ran.out


def test_valid_files_are_said_to_be_valid(root: Path) -> None:
    ran = gate("validate", "--root", str(root), *server(root))
    assert (ran.code, ran.out) == (0, f"{root}/conf/repos.yaml and atlantis.yaml: valid\n")


def test_every_problem_is_told_with_its_place_and_a_suggestion(root: Path) -> None:
    workspace(root, {"atlantis.yaml": "version: 3\nprojects:\n- dir: a\n  apply_requirments: [approved]\n- dir: b\n  workflow: x\n"})
    ran = gate("validate", "--root", str(root), *server(root))
    assert ran.code == 2
    lines = ran.out.splitlines()
    assert lines[0].startswith("atlantis.yaml:4:3: ")
    assert "apply_requirements" in lines[0]
    assert all(line.startswith("atlantis.yaml:6:") for line in lines[1:3])
    assert lines[-1] == "3 problems"


def test_problems_of_a_server_config_are_told_too(root: Path) -> None:
    workspace(root, {"conf/repos.yaml": "repos:\n- id: /(/\n- branch: main\n"})
    ran = gate("validate", "--root", str(root), "--format", "json", *server(root))
    assert ran.code == 2
    assert [(problem["file"], problem["line"], problem["severity"]) for problem in ran.document if problem["severity"] == "error"] == [
        ("conf/repos.yaml", 2, "error"),
        ("conf/repos.yaml", 3, "error"),
        ("conf/repos.yaml", 3, "error"),
    ]


def test_a_server_config_as_json_is_checked(root: Path) -> None:
    good = json.dumps({"repos": [{"id": "/.*/", "allowed_overrides": ["apply_requirements"]}]})
    assert gate("validate", "--root", str(root), env={"ATLANTIS_REPO_CONFIG_JSON": good}).code == 0
    assert gate("validate", "--root", str(root), env={"ATLANTIS_REPO_CONFIG_JSON": "{"}).code == 2
    both = gate("validate", "--root", str(root), *server(root), env={"ATLANTIS_REPO_CONFIG_JSON": good})
    assert both.code == 2


def test_warnings_do_not_fail(root: Path) -> None:
    workspace(root, {"conf/repos.yaml": REPOS_YAML + "- id: /.*/\n  apply_requirements: []\n  allowed_overrides: [apply_requirements]\n"})
    ran = gate("validate", "--root", str(root), *server(root))
    assert ran.code == 0, ran.out
    assert "warning" in ran.out


def test_a_repository_without_files_has_nothing_to_check(tmp_path: Path) -> None:
    ran = gate("validate", "--root", str(tmp_path))
    assert (ran.code, ran.out) == (0, "no atlantis.yaml and no --repos-yaml: nothing to check\n")


@pytest.mark.parametrize("option", ["--root", "--repos-yaml", "--atlantis-yaml", "--changed-files"])
def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path, option: str) -> None:
    command = "projects" if option == "--changed-files" else "validate"
    ran = gate(command, "--root", str(tmp_path), option, str(tmp_path / "none"))
    assert ran.code == 2
    assert f"{tmp_path}/none" in ran.err
