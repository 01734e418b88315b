"""What a pull request's own atlantis.yaml may not say is refused in every spelling, and what it lowers is shown everywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fake_github import TOKEN, FakeGitHub, step
from programs import Ran, gate, workspace
from test_trust import ids, judge, with_server_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CLOSED = "repos:\n- id: /.*/\n  apply_requirements: [approved]\n  plan_requirements: [approved]\n  import_requirements: [approved]\n"
OPEN = CLOSED + "  allowed_overrides: [apply_requirements, plan_requirements, import_requirements]\n"
OLD = "version: 3\nprojects:\n- dir: prod\n"
TF = {"prod/main.tf": "# 1\n"}
CHANGED: Mapping[str, str | None] = {"prod/main.tf": "# 2\n"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.mark.parametrize(
    "said",
    [
        "apply_requirements: []",
        "apply_requirements: [mergeable]",
        '"apply_requirements": []',
        "? apply_requirements\n  : []",
        "<<: {apply_requirements: []}",
        "<<: [{apply_requirements: []}]",
        "!!str apply_requirements: []",
        "apply_requirements: !!seq []",
        "apply_requirements: [undiverged]\n  apply_requirements: []",
        "plan_requirements: []",
        "import_requirements: []",
        "workflow: none",
        "delete_source_branch_on_merge: true",
        "repo_locking: false",
        "repo_locks: {mode: disabled}",
        "custom_policy_check: true",
        "silence_pr_comments: [apply]",
    ],
)
def test_an_override_beyond_those_allowed_is_refused(tmp_path: Path, github: FakeGitHub, said: str) -> None:
    new = f"{OLD}  {said}\nworkflows: {{}}\n"
    ran = judge(tmp_path, github, {"atlantis.yaml": OLD, **TF}, {**CHANGED, "atlantis.yaml": new}, CLOSED)
    assert ran.code == 2, ran.out
    assert "atlantis.yaml:" in ran.err


@pytest.mark.parametrize(
    "new",
    [
        "version: 3\nworkflows:\n  mine: {apply: {steps: [run: 'true']}}\nprojects:\n- dir: prod\n  workflow: mine\n",
        "version: 3\nworkflows:\n  default: {apply: {steps: [run: 'true']}}\nprojects:\n- dir: prod\n",
    ],
)
def test_a_workflow_of_its_own_is_refused(tmp_path: Path, github: FakeGitHub, new: str) -> None:
    ran = judge(tmp_path, github, {"atlantis.yaml": OLD, **TF}, {**CHANGED, "atlantis.yaml": new}, CLOSED)
    assert ran.code == 2, ran.out
    assert "allow_custom_workflows" in ran.err


# Each leaves the server's `approved` in force: what is accepted and has no effect, or is no key at all.
@pytest.mark.parametrize(
    "new",
    [
        f"{OLD}  apply_requirements: null\n",
        f"{OLD}  apply_requirements: ~\n",
        f"{OLD}  Apply_Requirements: []\n",
        f"{OLD}  apply-requirements: []\n",
        f"{OLD}apply_requirements: []\n",
        f"{OLD}  policy_check: false\n",
        f"{OLD}---\nversion: 3\nprojects: []\n",
        f"version: 3\nprojects: []\n---\n{OLD}",
        "version: 3\nautodiscover: {mode: disabled}\n",
        "version: 3\nautodiscover: {mode: auto, ignore_paths: [prod, '**']}\n",
        "version: 3\nprojects:\n- dir: prod\n  autoplan: {enabled: false, when_modified: []}\n",
        "version: 3\nprojects:\n- dir: prod\n  autoplan: {when_modified: ['!**']}\n",
        "version: 3\nprojects:\n- dir: ./prod/../other\n- dir: prod/.\n",
        "version: 3\nprojects:\n- dir: other\n  name: prod\n",
        "version: 2\nprojects:\n- dir: prod\n  autoplan: {when_modified: [never]}\n",
        "",
    ],
)
@pytest.mark.parametrize("server", [CLOSED, OPEN], ids=["closed", "open"])
def test_no_other_text_opens_the_gate(tmp_path: Path, github: FakeGitHub, new: str, server: str) -> None:
    change = {**CHANGED, "atlantis.yaml": new, "other/main.tf": "x\n"}
    ran = judge(tmp_path, github, {"atlantis.yaml": OLD, **TF}, change, server)
    assert ran.code in {1, 2}, ran.out
    assert ran.code == 2 or "prod/default" in ids(ran)


@pytest.mark.parametrize("command", ["plan", "apply", "import"])
def test_what_the_head_lowers_is_shown_to_everybody(tmp_path: Path, github: FakeGitHub, command: str) -> None:
    old = f"version: 3\nprojects:\n- dir: prod\n  {command}_requirements: [approved]\n- dir: gone\n"
    new = f"version: 3\nprojects:\n- dir: prod\n  {command}_requirements: []\n"
    repository = github.repository("acme/infra", {"atlantis.yaml": old, "gone/main.tf": "", **TF})
    pull = repository.open_pull({**CHANGED, "atlantis.yaml": new, "gone/main.tf": "# 2\n"})
    path = workspace(tmp_path / "config", {"repos.yaml": OPEN}) / "repos.yaml"
    made = step(tmp_path, github, repository, pull, TOKEN, repos_yaml=str(path), command=command, comment="always")
    ran = gate("--decision-file", str(tmp_path / "decision.json"), env=made.env)
    assert ran.code == 1, ran.err
    notes = json.loads((tmp_path / "decision.json").read_text(encoding="utf-8"))["notes"]
    assert any(f"prod/default: {command} no longer asks for approved" in note and "still counts" in note for note in notes)
    assert any("gone/default" in note for note in notes)
    comment = repository.comments[0].body
    for shown in (ran.out, comment, made.summary()):
        plain = " ".join(shown.replace("&#95;", "_").split())
        assert all(word in plain for word in ("no longer asks for approved", "gone/default", "the one on main")), shown


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"conf/repos.yaml": CLOSED.replace("- id", "- repo_config_file: weak.yaml\n  id")}, 1, id="another repo_config_file"),
        pytest.param({"conf/repos.yaml": OPEN.replace("approved", "undiverged")}, 1, id="another requirement"),
        pytest.param({"conf/repos.yaml": None}, 2, id="deleted"),
        pytest.param({"conf/repos.yaml": None, "conf/moved.yaml": CLOSED}, 2, id="moved"),
        pytest.param({"conf/repos.yaml": "repos: ["}, 1, id="broken"),
        pytest.param({"conf/repos.yaml": ""}, 2, id="emptied"),
    ],
)
def test_a_repos_yaml_in_the_checkout_is_the_base_branchs(
    tmp_path: Path, github: FakeGitHub, change: Mapping[str, str | None], code: int
) -> None:
    files = {
        "conf/repos.yaml": CLOSED,
        "atlantis.yaml": OLD,
        "weak.yaml": "version: 3\nprojects: []\nautodiscover: {mode: disabled}\n",
        **TF,
    }
    ran: Ran = with_server_inside(tmp_path, github, files, {**CHANGED, **change})
    assert ran.code == code, ran.out + ran.err
    assert code == 2 or ids(ran) == ["prod/default"]


@pytest.mark.parametrize("moved", ["conf/atlantis.yaml", "atlantis.yml", "Atlantis.yaml", "atlantis.yaml.bak"])
def test_a_repo_config_that_is_moved_away_still_counts(tmp_path: Path, github: FakeGitHub, moved: str) -> None:
    old = f"{OLD}  apply_requirements: [approved, undiverged]\n"
    change = {**CHANGED, "atlantis.yaml": None, moved: old}
    ran = judge(tmp_path, github, {"atlantis.yaml": old, **TF}, change, "repos:\n- id: /.*/\n  allowed_overrides: [apply_requirements]\n")
    assert ran.code == (2 if moved == "atlantis.yml" else 1), ran.out + ran.err
