"""git-credentials as a whole: what it writes, what it leaves alone, and that it can be undone; judged by the real git."""

from __future__ import annotations

import stat
import string
from typing import TYPE_CHECKING

import pytest

from logins import log_in
from programs import gate, workspace
from real_git import asked_instead, fill, git

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "glpat-" + "s" * 20
ENV = {"GITLAB_TOKEN": TOKEN}
REPO = "acme/infra"
GITEA = "https://git.example.com"
CONFIG = "[user]\n\tname = Bob\n[credential]\n\thelper = cache\n\tusername = bob\n\tuseHttpPath = true\n"


def erase(home: Path, *options: str) -> str:
    ran = gate("git-credentials", "--erase", *options, env={"HOME": str(home)})
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_password_is_in_one_file_alone_which_is_its_owners(tmp_path: Path) -> None:
    ran = log_in(tmp_path, "gitlab", "", REPO, ENV)
    files = f"{tmp_path}/.gitconfig names {tmp_path}/.git-credentials, which holds the password"
    assert ran.out == f"git logs in to https://gitlab.com as oauth2: {files}\n"
    assert [path.name for path in tmp_path.iterdir() if TOKEN in path.read_text()] == [".git-credentials"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git-credentials", ".gitconfig"]
    assert (mode_of(tmp_path / ".git-credentials"), mode_of(tmp_path / ".gitconfig")) == (0o600, 0o644)


@pytest.mark.parametrize("token", [string.punctuation, "%41%2F%", "a%00b", "x'\"\\$(id)`id`;&|#", "=" * 50])
def test_every_character_of_a_password_reaches_git(token: str, tmp_path: Path) -> None:
    log_in(tmp_path, "gitea", GITEA, REPO, {"GITEA_TOKEN": token})
    assert fill(tmp_path, "https", "git.example.com", "path=acme/modules.git") == ("oauth2", token)


def test_a_second_run_replaces_the_first_and_leaves_what_others_wrote(tmp_path: Path) -> None:
    others = "https://bob:x@github.com\nhttps://oauth2:other@gitlab.example.com\n"
    workspace(tmp_path, {".git-credentials": others, ".gitconfig": CONFIG})
    (tmp_path / ".git-credentials").chmod(0o644)
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    once = (tmp_path / ".gitconfig").read_text()
    log_in(tmp_path, "gitlab", "", REPO, {"GITLAB_TOKEN": "glpat-" + "n" * 20})
    assert (tmp_path / ".git-credentials").read_text() == f"https://oauth2:glpat-{'n' * 20}@gitlab.com\n{others}"
    assert (tmp_path / ".gitconfig").read_text() == once
    assert once.startswith(CONFIG)
    assert mode_of(tmp_path / ".git-credentials") == 0o600
    assert fill(tmp_path, "https", "gitlab.com", "path=acme/modules.git") == ("oauth2", "glpat-" + "n" * 20)


def test_two_hosts_stand_beside_each_other(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    log_in(tmp_path, "gitea", GITEA, REPO, {"GITEA_TOKEN": "t" * 40})
    assert fill(tmp_path, "https", "gitlab.com") == ("oauth2", TOKEN)
    assert fill(tmp_path, "https", "git.example.com") == ("oauth2", "t" * 40)
    assert fill(tmp_path, "https", "github.com") is None
    assert asked_instead(tmp_path, "git@gitlab.com:a/b") == "https://gitlab.com/a/b"
    assert asked_instead(tmp_path, "git@git.example.com:a/b") == "https://git.example.com/a/b"
    assert erase(tmp_path).startswith("git no longer logs in to https://gitlab.com, https://git.example.com: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("config", [CONFIG, CONFIG.rstrip("\n"), "", "\n", "# ü\r\n[a]\r\n\tb = c\\\\\r\n"])
@pytest.mark.parametrize("store", ["https://bob:x@github.com\n", "https://bob:x@github.com", "", "nonsense\n\n"])
def test_erase_brings_the_bytes_back(config: str, store: str, tmp_path: Path) -> None:
    for name, text in ((".gitconfig", config), (".git-credentials", store)):
        (tmp_path / name).write_bytes(text.encode())
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    log_in(tmp_path, "gitea", GITEA, REPO, {"GITEA_TOKEN": "t" * 40})
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    assert fill(tmp_path, "https", "gitlab.com") == ("oauth2", TOKEN)
    erase(tmp_path)
    assert ((tmp_path / ".gitconfig").read_bytes(), (tmp_path / ".git-credentials").read_bytes()) == (config.encode(), store.encode())
    assert "holds nothing of atlantis-gate's" in erase(tmp_path)
    assert ((tmp_path / ".gitconfig").read_bytes(), (tmp_path / ".git-credentials").read_bytes()) == (config.encode(), store.encode())


def test_erase_keeps_what_was_written_into_its_files_since(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    git(tmp_path, "config", "--global", "user.name", "Bob")
    with (tmp_path / ".git-credentials").open("a") as file:
        file.write("https://bob:x@github.com\n")
    erase(tmp_path)
    assert (tmp_path / ".gitconfig").read_text() == "[user]\n\tname = Bob\n"
    assert (tmp_path / ".git-credentials").read_text() == "https://bob:x@github.com\n"


def test_files_that_several_runs_made_go_with_the_last_login(tmp_path: Path) -> None:
    for env in (ENV, {"GITLAB_TOKEN": "glpat-" + "n" * 20}, {"CI_JOB_TOKEN": "glcbt-64_x"}, ENV):
        log_in(tmp_path, "gitlab", "", REPO, env)
    erase(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_erase_without_anything_to_erase_needs_nothing_and_makes_nothing(tmp_path: Path) -> None:
    assert "holds nothing of atlantis-gate's" in erase(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_gone_already_keeps_nothing_from_being_erased(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    (tmp_path / ".git-credentials").unlink()
    erase(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_login_that_moves_to_another_file_leaves_the_first_one(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    (tmp_path / "d").mkdir()
    log_in(tmp_path, "gitlab", "", REPO, ENV, "--credentials-file", str(tmp_path / "d" / "store"))
    assert not (tmp_path / ".git-credentials").exists()
    assert fill(tmp_path, "https", "gitlab.com") == ("oauth2", TOKEN)
    erase(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["d"]


def test_files_beside_each_other_work_wherever_their_folder_is_mounted(tmp_path: Path) -> None:
    inside = tmp_path / "we ird'\"$}ä"
    inside.mkdir()
    log_in(tmp_path, "gitlab", "", REPO, ENV, "--git-config", str(inside / "the config"))
    outside = inside.rename(tmp_path / "elsewhere")
    env = {"GIT_CONFIG_GLOBAL": str(outside / "the config")}
    assert fill(tmp_path, "https", "gitlab.com", env=env) == ("oauth2", TOKEN)
    assert fill(outside, "https", "gitlab.com", env={"GIT_CONFIG_GLOBAL": "the config"}) == ("oauth2", TOKEN)
    assert asked_instead(tmp_path, "git@gitlab.com:a/b", env=env) == "https://gitlab.com/a/b"
    erase(tmp_path, "--git-config", str(outside / "the config"))
    assert list(outside.iterdir()) == []


def test_files_beside_each_other_work_when_another_configuration_includes_theirs(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    log_in(tmp_path, "gitlab", "", REPO, ENV, "--git-config", str(tmp_path / "d" / "theirs"))
    (tmp_path / ".gitconfig").write_text("[include]\n\tpath = d/theirs\n")
    assert fill(tmp_path, "https", "gitlab.com") == ("oauth2", TOKEN)


@pytest.mark.parametrize("config", [".gitconfig", "named"])
def test_files_apart_from_each_other_are_named_in_full(config: str, tmp_path: Path) -> None:
    folder = tmp_path / "we ird'\"$}ä"
    folder.mkdir()
    options = ["--git-config", str(tmp_path / config)] if config == "named" else []
    log_in(tmp_path, "gitlab", "", REPO, ENV, "--credentials-file", str(folder / "the 'store'"), *options)
    assert fill(tmp_path, "https", "gitlab.com", env={"GIT_CONFIG_GLOBAL": str(tmp_path / config)}) == ("oauth2", TOKEN)


def test_the_configuration_that_git_reads_is_the_one_that_is_written(tmp_path: Path) -> None:
    env = {"GIT_CONFIG_GLOBAL": str(tmp_path / "global")}
    log_in(tmp_path, "gitlab", "", REPO, {**ENV, **env})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git-credentials", "global"]
    assert fill(tmp_path, "https", "gitlab.com", env=env) == ("oauth2", TOKEN)


def test_the_program_needs_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    erase(tmp_path)
    assert list(tmp_path.iterdir()) == []
