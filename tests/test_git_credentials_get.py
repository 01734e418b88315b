"""git-credentials get: what git is answered, and what it is not."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT
from hosts.github_apps import APP, Reply, Stage, installed
from logins import log_in
from programs import Ran, gate
from real_git import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Get = Callable[..., Ran]

# Where each host's git is, and who logs in there with what.
HOSTS = {
    "github": ("", "acme/infra", {"GITHUB_TOKEN": "ghp_" + "s" * 36}, "github.com", "x-access-token"),
    "gitlab": ("https://git.example.com:8443/gitlab", "a/b", {"CI_JOB_TOKEN": "glcbt-64_x"}, "git.example.com:8443", "gitlab-ci-token"),
    "bitbucket-cloud": ("", "acme/infra", {"BITBUCKET_ACCESS_TOKEN": "ATCTT3xxxx"}, "bitbucket.org", "x-token-auth"),
    "bitbucket-data-center": ("https://bb.example.com", "A/b", {"BITBUCKET_TOKEN": "BBDC-xxxx"}, "bb.example.com", "x-token-auth"),
    "azure-devops": ("", "acme/p/infra", {"SYSTEM_ACCESSTOKEN": "eyJ.x.y"}, "dev.azure.com", "acme"),
    "gitea": ("https://gitea.example.com", "a/b", {"GITEA_TOKEN": "p%ss=w0rd\\'\""}, "gitea.example.com", "oauth2"),
}


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Get:
    """Ask the helper about a host of a kind as git does."""

    def ask(kind: str, *lines: str, env: Mapping[str, str] | None = None) -> Ran:
        url, repo, plain, _, _ = HOSTS[kind]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("".join(f"{line}\n" for line in lines).encode())))
        where = ["--host", kind, *(["--host-url", url] if url else []), "--repo", repo]
        return gate("git-credentials", "get", *where, env=plain if env is None else env)

    return ask


@pytest.mark.parametrize("kind", HOSTS)
def test_git_is_told_name_and_password_of_the_own_host(kind: str, get: Get) -> None:
    _, _, env, host, user = HOSTS[kind]
    ran = get(kind, "capability[]=authtype", "protocol=https", f"host={host}", 'wwwauth[]=Basic realm="x"', "")
    assert ran == Ran(0, f"username={user}\npassword={next(iter(env.values()))}\n", "")


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize(
    "change",
    [
        ("protocol=http",),
        ("protocol=ssh",),
        ("host=evil.example.com",),
        ("host={host}.evil.org",),
        ("host=evil.{host}",),
        ("host={host}:444",),
        ("host=",),
        ("username=somebody",),
    ],
)
def test_git_is_told_nothing_about_anything_else(kind: str, change: tuple[str, ...], get: Get) -> None:
    host = HOSTS[kind][3]
    assert get(kind, "protocol=https", f"host={host}", *(line.format(host=host) for line in change)) == Ran(0, "", "")


@pytest.mark.parametrize("kind", HOSTS)
def test_another_host_is_answered_nothing_even_without_a_credential(kind: str, get: Get) -> None:
    assert get(kind, "protocol=https", "host=evil.example.com", env={}) == Ran(0, "", "")
    assert get(kind, env={}) == Ran(0, "", "")
    ran = get(kind, "protocol=https", f"host={HOSTS[kind][3]}", env={})
    assert (ran.code, ran.out, "no credential for" in ran.err) == (2, "", True)


def test_the_own_user_may_be_named(get: Get) -> None:
    assert get("github", "protocol=https", "host=github.com", "username=x-access-token", "path=a/b.git").out.startswith("username=")


def test_a_server_below_a_path_answers_for_that_alone(get: Get) -> None:
    at = ("protocol=https", "host=git.example.com:8443")
    assert get("gitlab", *at, "path=gitlab/a/b.git").out.startswith("username=")
    assert get("gitlab", *at, "path=other/a/b.git").out == ""


def test_the_end_of_an_apps_token_is_told(get: Get, stage: Stage) -> None:
    installed(stage, Reply({"token": "ghs_traded", "expires_at": "2099-01-01T00:00:00Z"}, 201))
    ran = get("github", "protocol=https", "host=github.com", env=APP)
    assert ran == Ran(0, "username=x-access-token\npassword=ghs_traded\npassword_expiry_utc=4070908800\n", "")


def test_an_apps_token_that_would_be_two_lines_is_refused(get: Get, stage: Stage) -> None:
    installed(stage, Reply({"token": "ghs_x\nhost=evil.org", "expires_at": "2099-01-01T00:00:00Z"}, 201))
    ran = get("github", "protocol=https", "host=github.com", env=APP)
    assert (ran.code, ran.out) == (2, "")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


def test_git_itself_asks_the_helper_as_the_docs_say(tmp_path: Path) -> None:
    program = tmp_path / "atlantis-gate"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m atlantis_gate "$@"\n')
    program.chmod(0o755)
    page = (ROOT / "docs" / "git-credentials.md").read_text(encoding="utf-8")
    helper = next(line.strip() for line in page.splitlines() if line.strip().startswith("helper = "))
    (tmp_path / ".gitconfig").write_text(f'[credential "https://gitea.example.com"]\n\t{helper}\n')
    env = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "ATLANTIS_GATE_HOST": "gitea",
        "ATLANTIS_GATE_HOST_URL": "https://gitea.example.com",
        "ATLANTIS_GATE_REPO": "acme/infra",
        "GITEA_TOKEN": "p%ss=w0rd",
    }
    assert fill(tmp_path, "https", "gitea.example.com", "path=acme/modules.git", env=env) == ("oauth2", "p%ss=w0rd")
    assert fill(tmp_path, "https", "other.example.com", env=env) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitconfig", "atlantis-gate"]


def test_the_console_hides_the_password_everywhere_but_in_the_answer(get: Get, tmp_path: Path) -> None:
    token = "p%ss=w0rd"
    ran = log_in(tmp_path, "gitea", f"https://{'x' * 8}.example.com", "acme/infra", {"GITEA_TOKEN": token})
    assert token not in ran.out + ran.err
    assert token in get("gitea", "protocol=https", "host=gitea.example.com", env={"GITEA_TOKEN": token}).out
