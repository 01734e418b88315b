"""How git logs in to a Gitea or Forgejo, and which addresses lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logins import log_in
from real_git import asked_instead, fill

if TYPE_CHECKING:
    from pathlib import Path

REPO = "acme/infra"
TOKEN = "t" * 40
ENV = {"GITEA_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("env", "token", "job"),
    [
        (ENV, TOKEN, False),
        ({"FORGEJO_TOKEN": TOKEN}, TOKEN, False),
        ({"GITHUB_TOKEN": "j" * 40, "GITEA_ACTIONS": "true"}, "j" * 40, True),
        ({**ENV, "GITHUB_TOKEN": "j" * 40, "GITEA_ACTIONS": "true"}, TOKEN, False),
    ],
)
def test_the_token_is_the_password(env: dict[str, str], token: str, job: bool, tmp_path: Path) -> None:
    ran = log_in(tmp_path, "gitea", "https://git.example.com/gitea", REPO, env)
    assert fill(tmp_path, "https", "git.example.com", "path=gitea/acme/modules.git") == ("oauth2", token)
    assert ("The token ends with this job." in ran.err) is job


@pytest.mark.parametrize(
    "given",
    [
        "git@git.example.com:acme/modules.git",
        "ssh://git@git.example.com/acme/modules.git",
        "ssh://git@git.example.com:22/acme/modules.git",
        "ssh://git@git.example.com:2222/acme/modules.git",
    ],
)
def test_every_address_over_ssh_leads_to_https(given: str, tmp_path: Path) -> None:
    log_in(tmp_path, "gitea", "https://git.example.com:3000/gitea", REPO, ENV)
    assert asked_instead(tmp_path, given) == "https://git.example.com:3000/gitea/acme/modules.git"
