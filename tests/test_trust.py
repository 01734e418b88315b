"""A pull request cannot weaken its own gate: changed configuration is judged together with the base branch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.sources import base_source
from fake_github import TOKEN, FakeGitHub, Repository, step
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OLD = """\
version: 3
projects:
- dir: prod
  apply_requirements: [approved]
"""
OPEN = """\
repos:
- id: /.*/
  allowed_overrides: [apply_requirements]
"""
STRICT = """\
repos:
- id: /.*/
  apply_requirements: [approved]
"""


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def judge(folder: Path, github: FakeGitHub, files: Mapping[str, str], change: Mapping[str, str | None], server: str = OPEN) -> Ran:
    repository = github.repository("acme/infra", files)
    pull = repository.open_pull(change)
    return run(folder, github, repository, pull.number, server)


def run(folder: Path, github: FakeGitHub, repository: Repository, number: int, server: str) -> Ran:
    path = workspace(folder / "config", {"repos.yaml": server}) / "repos.yaml"
    made = step(folder, github, repository, repository.pulls[number], TOKEN, repos_yaml=str(path))
    return gate("--format", "json", env=made.env)


def ids(ran: Ran) -> list[str]:
    return [project["id"] for project in ran.document["projects"]]


@pytest.mark.parametrize(
    "new",
    [
        pytest.param("version: 3\nprojects:\n- dir: prod\n  apply_requirements: []\n", id="dropped requirement"),
        pytest.param("version: 3\nprojects: []\nautodiscover: {mode: disabled}\n", id="deleted project"),
        pytest.param("version: 3\nprojects:\n- dir: prod\n  autoplan: {when_modified: []}\n", id="emptied when_modified"),
        pytest.param("version: 3\nprojects:\n- dir: prod\n  autoplan: {when_modified: [nothing]}\n", id="changed when_modified"),
        pytest.param("version: 3\nprojects:\n- dir: prod\n  branch: /never/\n", id="branch that does not match"),
        pytest.param("version: 3\nprojects:\n- dir: prod\n  workspace: other\n", id="renamed workspace"),
        pytest.param("version: 3\nprojects:\n- dir: prod\n  name: other\n", id="renamed project"),
        pytest.param(None, id="deleted file"),
    ],
)
def test_a_weakened_atlantis_yaml_is_held_to_the_old_one(tmp_path: Path, github: FakeGitHub, new: str | None) -> None:
    ran = judge(tmp_path, github, {"atlantis.yaml": OLD, "prod/main.tf": "# 1\n"}, {"atlantis.yaml": new, "prod/main.tf": "# 2\n"})
    assert ran.code == 1, ran.err
    assert ran.document["outcome"] == "blocked"
    blocked = [project for project in ran.document["projects"] if project["outcome"] == "blocked"]
    assert [(project["dir"], [each["name"] for each in project["requirements"]]) for project in blocked] == [("prod", ["approved"])]
    assert any("atlantis.yaml" in note for note in ran.document["notes"])


def test_a_moved_directory_is_still_held_to_the_old_requirements(tmp_path: Path, github: FakeGitHub) -> None:
    files = {"atlantis.yaml": OLD, "prod/main.tf": "resource x\n"}
    moved = {"atlantis.yaml": "version: 3\nprojects:\n- dir: live\n", "prod/main.tf": None, "live/main.tf": "resource x\n"}
    ran = judge(tmp_path, github, files, moved)
    assert ran.code == 1, ran.err
    assert "prod/default" in ids(ran)


def test_a_strengthened_atlantis_yaml_counts_at_once(tmp_path: Path, github: FakeGitHub) -> None:
    files = {"atlantis.yaml": "version: 3\nprojects:\n- dir: prod\n", "prod/main.tf": "# 1\n"}
    assert judge(tmp_path, github, files, {"atlantis.yaml": OLD, "prod/main.tf": "# 2\n"}).code == 1


def test_a_first_atlantis_yaml_is_held_to_discovery_and_the_server_config(tmp_path: Path, github: FakeGitHub) -> None:
    files = {"prod/main.tf": "# 1\n"}
    change: dict[str, str | None] = {"atlantis.yaml": "version: 3\nprojects:\n- dir: other\n", "prod/main.tf": "# 2\n"}
    ran = judge(tmp_path, github, files, change, STRICT)
    assert ran.code == 1, ran.err
    assert "prod/default" in ids(ran)


def test_a_base_version_that_is_refused_does_not_keep_its_own_repair_out(tmp_path: Path, github: FakeGitHub) -> None:
    files = {"atlantis.yaml": "version: 99\n", "prod/main.tf": "# 1\n"}
    ran = judge(tmp_path, github, files, {"atlantis.yaml": "version: 3\nprojects:\n- dir: prod\n", "prod/main.tf": "# 2\n"})
    assert ran.code == 0, ran.err
    assert ids(ran) == ["prod/default"]


@pytest.mark.parametrize(("new", "note"), [("repos: []\n", "changes"), ("repos:\n- id: /.*/\n  apply_requirements: []\n", "changes")])
def test_a_repos_yaml_that_the_pull_request_changes_is_read_from_the_base_branch(
    tmp_path: Path, github: FakeGitHub, new: str, note: str
) -> None:
    ran = with_server_inside(
        tmp_path, github, {"conf/repos.yaml": STRICT, "prod/main.tf": "# 1\n"}, {"conf/repos.yaml": new, "prod/main.tf": "# 2\n"}
    )
    assert ran.code == 1, ran.err
    assert any(f"{note} conf/repos.yaml" in text for text in ran.document["notes"])
    (project,) = ran.document["projects"]
    origin = project["requirements"][0]["origin"]
    assert origin["file"].startswith("conf/repos.yaml@")


def test_a_repos_yaml_that_the_pull_request_adds_counts_for_nothing(tmp_path: Path, github: FakeGitHub) -> None:
    ran = with_server_inside(tmp_path, github, {"prod/main.tf": "# 1\n"}, {"conf/repos.yaml": STRICT, "prod/main.tf": "# 2\n"})
    assert ran.code == 2
    assert "counts for nothing before it is merged" in ran.err


def with_server_inside(folder: Path, github: FakeGitHub, files: Mapping[str, str], change: Mapping[str, str | None]) -> Any:
    repository = github.repository("acme/infra", files)
    pull = repository.open_pull(change)
    made = step(folder, github, repository, pull, TOKEN)
    return gate("--format", "json", "--repos-yaml", str(made.workspace / "conf" / "repos.yaml"), env=made.env)


def test_once_merged_the_new_file_stands_alone(tmp_path: Path, github: FakeGitHub) -> None:
    repository = github.repository("acme/infra", {"atlantis.yaml": OLD, "prod/main.tf": "# 1\n"})
    first = repository.open_pull({"atlantis.yaml": "version: 3\nprojects:\n- dir: prod\n"})
    repository.merge(first)
    later = repository.open_pull({"prod/main.tf": "# 2\n"})
    assert run(tmp_path, github, repository, later.number, OPEN).code == 0


def test_a_path_that_is_not_in_its_shortest_form_is_seen_to_change(tmp_path: Path, github: FakeGitHub) -> None:
    server = OPEN + "  repo_config_file: ./conf//atlantis.yaml\n"
    files = {"conf/atlantis.yaml": OLD, "prod/main.tf": "# 1\n"}
    change: dict[str, str | None] = {"conf/atlantis.yaml": "version: 3\nprojects:\n- dir: prod\n", "prod/main.tf": "# 2\n"}
    assert judge(tmp_path, github, files, change, server).code == 1


def test_a_file_behind_a_link_is_seen_to_change(tmp_path: Path, github: FakeGitHub) -> None:
    repository = github.repository("acme/infra", {"conf/real.yaml": OLD, "prod/main.tf": "# 1\n"})
    pull = repository.open_pull({"conf/real.yaml": "version: 3\nprojects:\n- dir: prod\n", "prod/main.tf": "# 2\n"})
    path = workspace(tmp_path / "config", {"repos.yaml": OPEN}) / "repos.yaml"
    made = step(tmp_path, github, repository, pull, TOKEN, repos_yaml=str(path))
    (made.workspace / "atlantis.yaml").symlink_to("conf/real.yaml")
    ran = gate("--format", "json", env=made.env)
    assert ran.code == 1, ran.err
    assert any("changes conf/real.yaml" in note for note in ran.document["notes"])


def test_a_pattern_of_the_old_file_still_finds_what_is_moved_away(tmp_path: Path, github: FakeGitHub) -> None:
    old = "version: 3\nprojects:\n- dir: live/*\n  apply_requirements: [approved]\n"
    files = {"atlantis.yaml": old, "live/prod/main.tf": "resource x\n"}
    moved = {"atlantis.yaml": "version: 3\nprojects:\n- dir: new/prod\n", "live/prod/main.tf": None, "new/prod/main.tf": "resource x\n"}
    ran = judge(tmp_path, github, files, moved)
    assert ran.code == 1, ran.err
    assert "live/prod/default" in ids(ran)


def test_a_link_in_the_place_of_repos_yaml_is_seen_to_change(tmp_path: Path, github: FakeGitHub) -> None:
    repository = github.repository("acme/infra", {"conf/repos.yaml": STRICT, "weak.yaml": "repos: []\n", "prod/main.tf": "# 1\n"})
    # The stand-in knows no links: what GitHub lists as a changed file is one in the checkout.
    pull = repository.open_pull({"conf/repos.yaml": "../weak.yaml", "prod/main.tf": "# 2\n"})
    made = step(tmp_path, github, repository, pull, TOKEN)
    linked = made.workspace / "conf" / "repos.yaml"
    linked.unlink()
    linked.symlink_to("../weak.yaml")
    ran = gate("--format", "json", "--repos-yaml", str(linked), env=made.env)
    assert ran.code == 1, ran.err


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a": b"version: 3\n"}, b"version: 3\n"),
        ({"a": b"conf/b", "conf/b": b"version: 3\n"}, b"version: 3\n"),
        ({"conf/b": b"../c", "c": b"x: 1\n", "a": b"conf/b"}, b"x: 1\n"),
        ({"a": b"gone"}, None),
        ({"a": b"a"}, b"a"),
        ({}, None),
    ],
)
def test_links_on_the_base_branch_are_followed_within_bounds(files: dict[str, bytes], expected: bytes | None) -> None:
    found = base_source("a", "1" * 40, lambda path, _: files.get(path))
    assert (None if found is None else found.data) == expected


def test_an_old_file_that_only_the_pull_requests_directories_break_is_not_done_away_with(tmp_path: Path, github: FakeGitHub) -> None:
    old = "version: 3\nprojects:\n- dir: live/*\n  apply_requirements: [approved]\n- dir: live/new\n"
    files = {"atlantis.yaml": old, "live/prod/main.tf": "# 1\n"}
    change: dict[str, str | None] = {
        "atlantis.yaml": "version: 3\nprojects:\n- dir: live/prod\n",
        "live/prod/main.tf": "# 2\n",
        "live/new/main.tf": "# 1\n",
    }
    ran = judge(tmp_path, github, files, change)
    assert ran.code == 2, ran.out
    assert "atlantis.yaml@" in ran.err
