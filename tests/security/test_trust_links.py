"""Links cannot hide that a pull request changes a configuration file, wherever on the way to it they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_github import TOKEN, FakeGitHub, step
from programs import Ran, gate, workspace
from test_trust import OPEN, STRICT, ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fake_github import Step

STRONG = "version: 3\nprojects:\n- dir: prod\n  apply_requirements: [approved]\n"
WEAK = "version: 3\nprojects:\n- dir: prod\n"
TF = "prod/main.tf"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def judge(
    folder: Path,
    github: FakeGitHub,
    files: Mapping[str, str],
    change: Mapping[str, str | None],
    links: tuple[str, ...],
    server: str = OPEN,
    *options: str,
) -> Ran:
    """Judge a pull request; what git keeps of a link is its target, and in the checkout `links` are links again."""
    made = laid_out(folder, github, files, change, links, server)
    return gate("--format", "json", *(option.format(workspace=made.workspace) for option in options), env=made.env)


def laid_out(
    folder: Path, github: FakeGitHub, files: Mapping[str, str], change: Mapping[str, str | None], links: tuple[str, ...], server: str
) -> Step:
    repository = github.repository("acme/infra", {**files, TF: "# 1\n"})
    pull = repository.open_pull({**change, TF: "# 2\n"})
    mounted = workspace(folder / "config", {"repos.yaml": server}) / "repos.yaml"
    made = step(folder, github, repository, pull, TOKEN, repos_yaml=str(mounted))
    for name in links:
        path = made.workspace / name
        target = path.read_text(encoding="utf-8")
        path.unlink()
        path.symlink_to(target)
    return made


# The pull request changes one link of the way, and each file that it can lead to was there before.
BOTH = {"real/strong.yaml": STRONG, "real/weak.yaml": WEAK}
FOLDERS = {"strong/atlantis.yaml": STRONG, "weak/atlantis.yaml": WEAK}
IN_CONF = f"{OPEN}  repo_config_file: conf/atlantis.yaml\n"


@pytest.mark.parametrize(
    ("files", "change", "links", "server"),
    [
        pytest.param(
            {**BOTH, "atlantis.yaml": "real/strong.yaml"},
            {"atlantis.yaml": "real/weak.yaml"},
            ("atlantis.yaml",),
            OPEN,
            id="the file's link",
        ),
        pytest.param(
            {**BOTH, "atlantis.yaml": "next", "next": "real/strong.yaml"},
            {"next": "real/weak.yaml"},
            ("atlantis.yaml", "next"),
            OPEN,
            id="a link in the middle",
        ),
        pytest.param({**FOLDERS, "conf": "strong"}, {"conf": "weak"}, ("conf",), IN_CONF, id="the folder's link"),
        pytest.param(
            {**FOLDERS, "conf": "next", "next": "strong"},
            {"next": "weak"},
            ("conf", "next"),
            IN_CONF,
            id="a link in the middle of the folder's",
        ),
        pytest.param(
            {"strong/atlantis.yaml": STRONG, "conf": "strong"},
            {"conf": None, "conf/atlantis.yaml": WEAK},
            (),
            IN_CONF,
            id="a folder in the link's place",
        ),
        pytest.param(
            {"conf/atlantis.yaml": STRONG, "weak/atlantis.yaml": WEAK},
            {"conf/atlantis.yaml": None, "conf": "weak"},
            ("conf",),
            IN_CONF,
            id="a link in the folder's place",
        ),
        pytest.param(
            {**FOLDERS, "conf": "strong"}, {"strong/atlantis.yaml": WEAK}, ("conf",), IN_CONF, id="the file behind the folder's link"
        ),
        pytest.param(
            {"atlantis.yaml": STRONG, "weak.yaml": WEAK},
            {"atlantis.yaml": "weak.yaml"},
            ("atlantis.yaml",),
            OPEN,
            id="a link in the file's place",
        ),
        pytest.param(
            {"real.yaml": STRONG, "atlantis.yaml": "real.yaml"}, {"atlantis.yaml": WEAK}, (), OPEN, id="a file in the link's place"
        ),
    ],
)
def test_a_link_on_the_way_to_the_repo_config_is_seen_to_change(
    tmp_path: Path,
    github: FakeGitHub,
    files: Mapping[str, str],
    change: Mapping[str, str | None],
    links: tuple[str, ...],
    server: str,
) -> None:
    ran = judge(tmp_path, github, files, change, links, server)
    assert ran.code == 1, ran.out + ran.err
    assert ids(ran) == ["prod/default"]
    assert any("judged by its own version and by the one on main" in note for note in ran.document["notes"])


@pytest.mark.parametrize(
    ("files", "change", "links"),
    [
        ({"a/repos.yaml": STRICT, "b/repos.yaml": "repos: []\n", "conf": "a"}, {"conf": "b"}, ("conf",)),
        (
            {"strict.yaml": STRICT, "weak.yaml": "repos: []\n", "conf/repos.yaml": "../next", "next": "strict.yaml"},
            {"next": "weak.yaml"},
            ("conf/repos.yaml", "next"),
        ),
    ],
)
def test_a_link_on_the_way_to_the_server_config_is_seen_to_change(
    tmp_path: Path, github: FakeGitHub, files: Mapping[str, str], change: Mapping[str, str | None], links: tuple[str, ...]
) -> None:
    ran = judge(tmp_path, github, files, change, links, "repos: []\n", "--repos-yaml", "{workspace}/conf/repos.yaml")
    assert ran.code == 1, ran.out + ran.err
    assert any("changes conf/repos.yaml: the version on main is used" in note for note in ran.document["notes"])


def test_a_mounted_link_into_the_checkout_is_followed_with_the_same_care(tmp_path: Path, github: FakeGitHub) -> None:
    outside = tmp_path / "mounted.yaml"
    outside.symlink_to(tmp_path / "workspace" / "link.yaml")
    files = {"strict.yaml": STRICT, "weak.yaml": "repos: []\n", "link.yaml": "strict.yaml"}
    ran = judge(tmp_path, github, files, {"link.yaml": "weak.yaml"}, ("link.yaml",), "repos: []\n", "--repos-yaml", str(outside))
    assert ran.code == 1, ran.out + ran.err


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.yaml", "../workspace/../outside.yaml", "/proc/self/environ"])
def test_a_link_that_leads_out_of_the_checkout_is_never_read_as_config(tmp_path: Path, github: FakeGitHub, target: str) -> None:
    workspace(tmp_path, {"outside.yaml": WEAK})
    ran = judge(tmp_path, github, {"atlantis.yaml": STRONG}, {"atlantis.yaml": target}, ("atlantis.yaml",))
    assert ran.code == 2, ran.out
    assert "is not a file that can be read" in ran.err or "cannot be read" in ran.err


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.yaml", "/proc/self/environ", "/dev/zero"])
def test_nor_is_one_where_an_option_names_the_file(tmp_path: Path, github: FakeGitHub, target: str) -> None:
    workspace(tmp_path, {"outside.yaml": WEAK})
    named = ("--atlantis-yaml", "{workspace}/conf.yaml")
    ran = judge(tmp_path, github, {"conf.yaml": STRONG}, {"conf.yaml": target}, ("conf.yaml",), OPEN, *named)
    assert ran.code == 2, ran.out
    assert "a link that leads out of the checkout" in ran.err


def test_a_file_of_flags_that_the_pull_request_changes_is_refused(tmp_path: Path, github: FakeGitHub) -> None:
    files = {"server.yaml": "repo-allowlist: localhost/none/*\n"}
    named = ("--config", "{workspace}/server.yaml")
    ran = judge(tmp_path, github, files, {"server.yaml": "allow-fork-prs: true\n"}, (), OPEN, *named)
    assert ran.code == 2, ran.out
    assert "the flags in it cannot be trusted" in ran.err
    assert judge(tmp_path / "again", github, files, {}, (), OPEN, *named).code == 1


def test_a_link_to_itself_is_no_config(tmp_path: Path, github: FakeGitHub) -> None:
    ran = judge(tmp_path, github, {"atlantis.yaml": STRONG}, {"atlantis.yaml": "atlantis.yaml"}, ("atlantis.yaml",))
    assert (ran.code, ids(ran)) == (1, ["prod/default"])


def test_a_folder_that_leads_out_of_the_checkout_holds_no_config_and_no_project(tmp_path: Path, github: FakeGitHub) -> None:
    workspace(tmp_path, {"outside/atlantis.yaml": WEAK, "outside/main.tf": "x"})
    files = {"conf/atlantis.yaml": STRONG}
    ran = judge(tmp_path, github, files, {"conf/atlantis.yaml": None, "conf": "../outside"}, ("conf",), IN_CONF)
    assert ran.code in {1, 2}, ran.out
    assert "outside" not in ran.out


def test_what_is_recorded_is_enough_to_see_it_again(tmp_path: Path, github: FakeGitHub) -> None:
    files = {**FOLDERS, "conf": "next", "next": "strong"}
    made = laid_out(tmp_path, github, files, {"next": "weak"}, ("conf", "next"), IN_CONF)
    facts = str(tmp_path / "facts.json")
    assert gate("record", "--output", facts, env=made.env).code == 0
    asked = len(github.requests)
    ran = gate("check", "--format", "json", "--facts", facts, env=made.env)
    assert (ran.code, ids(ran), len(github.requests)) == (1, ["prod/default"], asked), ran.err
