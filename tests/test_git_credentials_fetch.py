"""The real git fetches a module over HTTP from a server that asks for a name and a password."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from git_server import Server, serving
from logins import log_in
from programs import gate, workspace
from real_git import git, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "p:a%s/s@w?o#r&d='\"\\$`"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def gitea(tmp_path: Path) -> Iterator[Server]:
    """Serve below a path, as addresses over SSH do not tell."""
    with serving(tmp_path / "server", "acme/modules.git", "/tools/gitea", ("oauth2", TOKEN)) as made:
        yield made


def written(server: Server, home: Path) -> None:
    log_in(home, "gitea", f"{server.url}/tools/gitea", "acme/infra", {"GITEA_TOKEN": TOKEN})


@pytest.mark.parametrize(
    "url",
    [
        "{server}/tools/gitea/acme/modules.git",
        "ssh://git@127.0.0.1/acme/modules.git",
        "ssh://git@127.0.0.1:2222/acme/modules.git",
        "git@127.0.0.1:acme/modules.git",
    ],
)
def test_every_way_to_name_a_module_fetches_it(url: str, gitea: Server, home: Path) -> None:
    written(gitea, home)
    git(home, "clone", "--quiet", url.format(server=gitea.url), "module")
    assert (home / "module" / "main.tf").read_text() == "# a module\n"
    assert {login for _, login in gitea.seen} == {"", f"oauth2:{TOKEN}"}
    assert TOKEN not in (home / "module" / ".git" / "config").read_text()


@pytest.mark.skipif(shutil.which("terraform") is None, reason="not run: needs terraform")
@pytest.mark.parametrize(
    "source",
    [
        "git::{server}/tools/gitea/acme/modules.git",
        "git::ssh://git@127.0.0.1/acme/modules.git?ref={branch}",
        "git@127.0.0.1:acme/modules.git",
    ],
)
def test_terraform_fetches_its_modules(source: str, gitea: Server, home: Path) -> None:
    written(gitea, home)
    branch = git(home, "ls-remote", "--symref", "git@127.0.0.1:acme/modules.git", "HEAD").split()[1].removeprefix("refs/heads/")
    work = workspace(home / "work", {"main.tf": f'module "m" {{\n  source = "{source.format(server=gitea.url, branch=branch)}"\n}}\n'})
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "false"}
    ran = subprocess.run(["terraform", "get", "-no-color"], cwd=work, env=env, capture_output=True, check=False, timeout=120, text=True)
    assert ran.returncode == 0, ran.stderr
    assert (work / ".terraform" / "modules" / "m" / "main.tf").read_text() == "# a module\n"
    assert {login for _, login in gitea.seen} == {"", f"oauth2:{TOKEN}"}


def test_a_module_of_a_bitbucket_data_center_is_fetched_from_below_scm(tmp_path: Path, home: Path) -> None:
    with serving(tmp_path / "server", "ACME/modules.git", "/context/scm", ("bob", "BBDC-x")) as server:
        env = {"BITBUCKET_TOKEN": "BBDC-x", "ATLANTIS_BITBUCKET_USER": "bob"}
        log_in(home, "bitbucket-data-center", f"{server.url}/context", "ACME/infra", env)
        assert "refs/heads/" in git(home, "ls-remote", "ssh://git@127.0.0.1:7999/ACME/modules.git")


def test_the_password_goes_nowhere_else(gitea: Server, home: Path) -> None:
    written(gitea, home)
    ran = run(home, "ls-remote", f"{gitea.url}/tools/other/acme/modules.git")
    assert "terminal prompts disabled" in ran.stderr
    assert {login for _, login in gitea.seen} == {""}


def test_no_other_helper_is_asked_first_or_given_the_password_to_keep(gitea: Server, home: Path) -> None:
    (home / ".gitconfig").write_text(
        f'[credential]\n\thelper = "!f() {{ cat >> {home}/overheard; echo username=x; echo password=x; }}; f"\n'
    )
    written(gitea, home)
    git(home, "ls-remote", f"{gitea.url}/tools/gitea/acme/modules.git")
    assert not (home / "overheard").exists()


def test_git_changes_nothing_whether_the_password_is_right_or_wrong(gitea: Server, home: Path) -> None:
    for token, code in ((TOKEN, 0), ("wrong", 128)):
        log_in(home, "gitea", f"{gitea.url}/tools/gitea", "acme/infra", {"GITEA_TOKEN": token})
        before = (home / ".git-credentials").read_bytes()
        assert run(home, "ls-remote", "git@127.0.0.1:acme/modules.git").returncode == code
        assert (home / ".git-credentials").read_bytes() == before


def test_once_erased_nothing_is_fetched_any_more(gitea: Server, home: Path) -> None:
    written(gitea, home)
    assert gate("git-credentials", "--erase", env={"HOME": str(home)}).code == 0
    assert run(home, "ls-remote", f"{gitea.url}/tools/gitea/acme/modules.git").returncode == 128
    assert run(home, "ls-remote", "ssh://git@127.0.0.1/acme/modules.git").returncode == 128
    assert {login for _, login in gitea.seen} == {""}


def test_a_new_token_is_used_by_the_next_fetch(gitea: Server, home: Path) -> None:
    log_in(home, "gitea", f"{gitea.url}/tools/gitea", "acme/infra", {"GITEA_TOKEN": "ended"})
    assert run(home, "ls-remote", "git@127.0.0.1:acme/modules.git").returncode == 128
    written(gitea, home)
    assert "refs/heads/" in git(home, "ls-remote", "git@127.0.0.1:acme/modules.git")
