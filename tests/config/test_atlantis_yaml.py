"""atlantis.yaml: every problem is told at once, with its place and what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.config import Flags, load_server
from config.files import REPO, problems_of, repo

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDENS = Path(__file__).parent / "goldens"
WRONG = """\
versoin: 3
automerge: si
projects:
- dir: ../network
  name: my network
  workspace: a b
  branch: main
  terraform_version: ~> 1.5
  terraform_distribution: open-tofu
  plan_requirements: [aproved]
  apply_requirements: [policies_passed]
  workflow: terragrnt
  autoplan: {when_modfied: [a]}
  execution_order_group: "1"
- {}
- dir: a
  name: one
- dir: b
  name: one
- dir: ./a
- dir: 'x['
- name: 'x*'
  dir: y
workflows:
  terragrunt:
    plan: {steps: [init, paln]}
"""


def test_every_problem_is_told_at_once_with_its_place_and_what_was_meant(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "atlantis_yaml_problems.txt", "\n".join(problems_of(WRONG)) + "\n")


def test_what_the_server_does_not_allow_is_told_with_what_would_allow_it(golden: Callable[[Path, str], None]) -> None:
    keys = ["workflow: a", "apply_requirements: []", "repo_locks: {}", "custom_policy_check: false", "silence_pr_comments: [aply]"]
    text = "version: 3\nprojects:\n- dir: a\n  " + "\n  ".join(keys) + "\nworkflows: {a: ~}\n"

    golden(GOLDENS / "permission_problems.txt", "\n".join(problems_of(text, None)) + "\n")


def test_null_keys_are_not_set_and_need_no_permission() -> None:
    loaded = repo("version: 3\nprojects:\n- dir: a\n  workflow: ~\n  apply_requirements: ~\n", None)

    assert loaded.projects[0].settings == {}


@pytest.mark.parametrize(
    ("text", "directory"),
    [("/", "."), ("./", "."), ("///", "."), ("/a/b", "a/b"), ("a//b/./c/", "a/b/c"), ("{a,b}", "{a,b}"), ("2026-06-26", "2026-06-26")],
)
def test_directories_are_cleaned(text: str, directory: str) -> None:
    assert repo(f"version: 3\nprojects:\n- dir: '{text}'\n").projects[0].dir == directory


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1", "1.0.0"),
        ("1.10", "1.10.0"),
        ("v1.2.3", "1.2.3"),
        ("1.2beta", "1.2.0-beta"),
        ("1.2.3-rc.1+m", "1.2.3-rc.1+m"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_versions_are_completed(text: str, version: str) -> None:
    assert repo(f"version: 3\nprojects:\n- dir: a\n  terraform_version: {text}\n").projects[0].terraform_version == version


@pytest.mark.parametrize("text", ["latest", "1.5.x", "'~> 1.0'", "V1", "' 1'", "''", "99999999999999999999", "1" * 300])
def test_what_is_no_version_is_refused(text: str) -> None:
    assert "is not a version such as" in problems_of(f"version: 3\nprojects:\n- dir: a\n  terraform_version: {text}\n")[0]


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a..b", "..", ".", "-a", "~a", "a$b", "a b", "a\u00a0b", "a\tb", "a\u0085b"])
def test_workspaces_that_could_do_harm_are_refused(name: str) -> None:
    escaped = name.encode("unicode_escape").decode() if not name.isascii() or "\t" in name else name.replace("\\", "\\\\")

    assert "the workspace" in problems_of(f'version: 3\nprojects:\n- dir: a\n  workspace: "{escaped}"\n')[0]


def test_projects_for_other_base_branches_are_left_out_before_names_are_compared() -> None:
    text = "version: 3\nprojects:\n- {dir: a, name: n, branch: /^main$/}\n- {dir: b, name: n, branch: /^dev$/}\n"

    assert [project.dir for project in repo(text, branch="main").projects] == ["a"]
    assert repo(text, branch="other").projects == ()
    assert problems_of(text) == ['atlantis.yaml:4:12: the name "n" is taken by the project on line 3']


def test_an_unnamed_project_may_come_before_a_named_one_of_the_same_place_but_not_after() -> None:
    assert len(repo("version: 3\nprojects:\n- {dir: a}\n- {dir: a, name: n}\n").projects) == 2
    assert problems_of("version: 3\nprojects:\n- {dir: a, name: n}\n- {dir: a}\n") == [
        'atlantis.yaml:4:4: the directory "a" with workspace "default" is already on line 3; give both projects a `name`'
    ]


@pytest.mark.parametrize("text", ["", "~", "---\n", "# nothing\n"])
def test_an_empty_file_lacks_a_version(text: str) -> None:
    assert problems_of(text) == ["atlantis.yaml:1:1: `version` is required; write `version: 3`"]


def test_a_file_that_is_no_map_is_refused() -> None:
    assert problems_of("[]") == ["atlantis.yaml:1:1: atlantis.yaml (a map) is expected here, not a list"]


def test_the_origin_of_every_setting_is_kept() -> None:
    project = repo("version: 3\nprojects:\n- dir: a\n  apply_requirements:\n  - approved\n\n  - mergeable\n").projects[0]

    origins = [requirement.origin for requirement in project.settings["apply_requirements"].value]
    assert [(origin.file, origin.line, origin.key) for origin in origins] == [
        ("atlantis.yaml", 5, "apply_requirements"),
        ("atlantis.yaml", 7, "apply_requirements"),
    ]
    assert (project.origins["dir"].line, project.settings["apply_requirements"].origin.line) == (3, 4)


def test_without_a_server_file_nothing_is_allowed_but_the_default() -> None:
    assert [entry.id_regex and entry.id_regex.text for entry in load_server(None, Flags()).entries] == [".*"]
    assert load_server(None, Flags()).entries[0].matches(REPO)
