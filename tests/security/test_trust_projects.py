"""No link, move or pattern takes a project out of the gate's sight, in a checkout and in a host's listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_github import TOKEN, FakeGitHub, step
from programs import Ran, gate, workspace
from test_trust import OPEN, STRICT, ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SEEN = ("checkout", "listing")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def judge(
    folder: Path,
    github: FakeGitHub,
    files: Mapping[str, str],
    change: Mapping[str, str | None],
    seen: str,
    server: str = OPEN,
    link: str = "",
) -> Ran:
    """Judge a pull request in its checkout, where `link` is a link, or with nothing but what the host lists."""
    repository = github.repository("acme/infra", files)
    pull = repository.open_pull(change)
    mounted = workspace(folder / "config", {"repos.yaml": server}) / "repos.yaml"
    made = step(folder, github, repository, pull, TOKEN, repos_yaml=str(mounted))
    if link:
        target = (made.workspace / link).read_text(encoding="utf-8")
        (made.workspace / link).unlink()
        (made.workspace / link).symlink_to(target)
    (folder / "empty").mkdir()
    root = ("--root", str(folder / "empty")) if seen == "listing" else ()
    return gate("--format", "json", *root, env=made.env)


def config(said: str, directory: str = "prod") -> str:
    return f"version: 3\nprojects:\n- dir: '{directory}'\n  apply_requirements: [approved]\n  {said}\n"


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(
    ("directory", "link", "target"), [("prod", "prod", "real"), ("prod/eu", "prod", "real"), ("prod/eu", "prod/eu", "../real/eu")]
)
def test_a_project_whose_directory_becomes_a_link_is_judged(
    tmp_path: Path, github: FakeGitHub, directory: str, link: str, target: str, seen: str
) -> None:
    """In a listing the link is a file, and what was below it is gone."""
    files = {"atlantis.yaml": config("name: p", directory), f"{directory}/main.tf": "# 1\n", "real/main.tf": "", "real/eu/main.tf": ""}
    ran = judge(tmp_path, github, files, {f"{directory}/main.tf": None, link: target}, seen, link=link)
    assert (ran.code, ids(ran)) == (1, ["p"]), ran.out + ran.err


GONE = [
    pytest.param(config("autoplan: {when_modified: ['*.tf']}"), config("autoplan: {when_modified: ['*.tofu']}"), id="a glob of files"),
    pytest.param(
        config("autoplan: {when_modified: ['../mod*/**']}"), config("autoplan: {when_modified: ['../gone*/**']}"), id="one outside"
    ),
    pytest.param(config("autoplan: {when_modified: ['**']}"), config("autoplan: {when_modified: ['**', '!**']}"), id="an exclusion"),
    pytest.param(config("autoplan: {enabled: true}"), config("autoplan: {enabled: false}"), id="no autoplan"),
    pytest.param(config("autoplan: {enabled: true}"), config("autoplan: {when_modified: []}"), id="emptied"),
    pytest.param(config("workspace: w", "pro*"), config("workspace: w", "nothing*"), id="a glob of directories"),
    pytest.param(config("workspace: w", "p*"), config("workspace: w", "{prodx,p[!r]*}"), id="a class and braces"),
    pytest.param(config("branch: /main/"), config("branch: /^release$/"), id="a branch"),
]


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(("old", "new"), GONE)
def test_what_no_longer_matches_in_the_head_matches_in_the_base(tmp_path: Path, github: FakeGitHub, old: str, new: str, seen: str) -> None:
    new = f"{new}autodiscover: {{mode: disabled}}\n"
    files = {"atlantis.yaml": old, "prod/main.tf": "# 1\n", "modules/main.tf": "# 1\n"}
    ran = judge(tmp_path, github, files, {"atlantis.yaml": new, "prod/main.tf": "# 2\n", "modules/main.tf": "# 2\n"}, seen)
    assert ran.code == 1, ran.out + ran.err
    (project,) = ran.document["projects"]
    assert (project["dir"], [each["name"] for each in project["requirements"]]) == ("prod", ["approved"])
    assert any("judged by its own version and by the one on main" in note for note in ran.document["notes"])


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"atlantis.yaml": None, "old/atlantis.yaml": config("")}, id="moved away"),
        pytest.param({"weak.yaml": None, "atlantis.yaml": "version: 3\n"}, id="another moved in its place"),
        pytest.param({"atlantis.yaml": None, "atlantis.yaml/x": ""}, id="a folder in its place"),
    ],
)
def test_a_renamed_atlantis_yaml_still_counts(tmp_path: Path, github: FakeGitHub, change: Mapping[str, str | None], seen: str) -> None:
    files = {"atlantis.yaml": config(""), "weak.yaml": "version: 3\n", "prod/main.tf": "# 1\n"}
    ran = judge(tmp_path, github, files, {**change, "prod/main.tf": "# 2\n"}, seen)
    assert ran.code in {1, 2}, ran.out
    assert ran.code == 2 or "prod/default" in ids(ran)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("moved", ["live/main.tf", "prod.tf", "prod/sub/main.tf"])
def test_files_that_are_moved_out_of_a_project_concern_it(tmp_path: Path, github: FakeGitHub, moved: str, seen: str) -> None:
    files = {"atlantis.yaml": config("") + "- dir: other\n", "prod/main.tf": "resource x\n", "prod/b.tf": "b", "other/main.tf": ""}
    ran = judge(
        tmp_path, github, files, {"prod/main.tf": None, moved: "resource x\n"}, seen, STRICT + "  allowed_overrides: [apply_requirements]\n"
    )
    assert ran.code == 1, ran.out + ran.err
    assert "prod/default" in ids(ran)
