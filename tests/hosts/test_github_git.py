"""How git logs in to a GitHub, and which addresses lead there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hosts.github_apps import APP, TOKEN_ROUTE, Reply, Stage, installed
from logins import log_in
from real_git import asked_instead, fill

if TYPE_CHECKING:
    from pathlib import Path

REPO = "acme/infra"
TOKEN = "ghp_" + "s" * 36
ENV = {"GITHUB_TOKEN": TOKEN}
USER = "x-access-token"


@pytest.mark.parametrize(
    "token", [TOKEN, "github_pat_11AAAAAAA0x", "gho_x123456", "ghu_x123456", "ghs_x123456", "0123456789abcdef" * 2 + "01234567"]
)
def test_every_kind_of_token_logs_in_under_one_name(token: str, tmp_path: Path) -> None:
    log_in(tmp_path, "github", "", REPO, {"GITHUB_TOKEN": token})
    assert fill(tmp_path, "https", "github.com", "path=acme/modules.git") == (USER, token)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com", "github.com"),
        ("https://api.github.com", "github.com"),
        ("https://www.github.com/", "github.com"),
        ("https://octocorp.ghe.com", "octocorp.ghe.com"),
        ("https://api.octocorp.ghe.com", "octocorp.ghe.com"),
        ("https://GHE.example.com:8443", "ghe.example.com:8443"),
        ("https://api.example.com", "api.example.com"),
    ],
)
def test_the_server_is_the_one_that_serves_git(url: str, host: str, tmp_path: Path) -> None:
    log_in(tmp_path, "github", url, REPO, ENV)
    assert fill(tmp_path, "https", host) == (USER, TOKEN)
    name = host.partition(":")[0]
    assert asked_instead(tmp_path, f"git@{name}:{REPO}.git") == f"https://{host}/{REPO}.git"


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@github.com/acme/modules.git",
        "ssh://git@github.com:22/acme/modules.git",
        "git@github.com:acme/modules.git",
        "git@github.com:/acme/modules.git",
        "ssh://git@ssh.github.com:443/acme/modules.git",
    ],
)
def test_every_address_over_ssh_leads_to_https(url: str, tmp_path: Path) -> None:
    log_in(tmp_path, "github", "", REPO, ENV)
    assert asked_instead(tmp_path, url) == "https://github.com/acme/modules.git"


@pytest.mark.parametrize(
    "url",
    ["https://github.com/acme/modules.git", "ssh://git@github.com.evil.org/a/b.git", "git@gitlab.com:a/b.git", "ssh://me@github.com/a/b"],
)
def test_other_addresses_stay_as_they_are(url: str, tmp_path: Path) -> None:
    log_in(tmp_path, "github", "", REPO, ENV)
    assert asked_instead(tmp_path, url) == url


def test_a_jobs_token_ends_with_the_job_and_others_do_not(tmp_path: Path) -> None:
    assert "The token ends with this job." in log_in(tmp_path, "github", "", REPO, {"GITHUB_TOKEN": "ghs_" + "s" * 36}).err
    assert "ends with this job" not in log_in(tmp_path, "github", "", REPO, ENV).err


def test_an_apps_token_is_made_for_fetching_from_all_its_repositories_and_replaces_the_last_one(stage: Stage, tmp_path: Path) -> None:
    tokens = [Reply({"token": f"ghs_traded{number}", "expires_at": f"2099-01-01T0{number}:30:00+00:30"}, 201) for number in range(4)]
    installed(stage, *tokens)
    ran = log_in(tmp_path, "github", "", REPO, {**APP, "GITHUB_TOKEN": "unused-token"})
    assert fill(tmp_path, "https", "github.com") == (USER, "ghs_traded1")
    assert "The token ends at 2099-01-01 01:00:00 UTC" in ran.err
    assert "GitHub App 12's installation access token from ATLANTIS_GH_APP_ID (GITHUB_TOKEN also set, and not used)" in ran.err
    again = log_in(tmp_path, "github", "", REPO, APP)
    assert (tmp_path / ".git-credentials").read_text() == "https://x-access-token:ghs_traded3@github.com\n"
    assert "ghs_" not in ran.out + ran.err + again.out + again.err + (tmp_path / ".gitconfig").read_text()
    bodies = [asked.body for asked in stage.asked if re.fullmatch(TOKEN_ROUTE, asked.path)]
    assert bodies[1] == {"permissions": {"contents": "read"}}
