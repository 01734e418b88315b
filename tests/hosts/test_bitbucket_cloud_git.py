"""How git logs in to Bitbucket Cloud, and which addresses lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logins import log_in, refused
from real_git import asked_instead, fill

if TYPE_CHECKING:
    from pathlib import Path

REPO = "acme/infra"
ACCESS = "ATCTT3" + "s" * 40
PERSONAL = "ATATT3" + "p" * 40 + "=1234ABCD"
OWNER = {"ATLANTIS_BITBUCKET_API_USER": "bob@example.com"}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"BITBUCKET_ACCESS_TOKEN": ACCESS}, ("x-token-auth", ACCESS)),
        ({"ATLANTIS_BITBUCKET_TOKEN": ACCESS, **OWNER}, ("x-token-auth", ACCESS)),
        ({"ATLANTIS_BITBUCKET_TOKEN": PERSONAL, **OWNER}, ("x-bitbucket-api-token-auth", PERSONAL)),
        ({"ATLANTIS_BITBUCKET_TOKEN": "of-no-known-form", **OWNER}, ("x-bitbucket-api-token-auth", "of-no-known-form")),
        ({"ATLANTIS_BITBUCKET_TOKEN": "of-no-known-form"}, ("x-token-auth", "of-no-known-form")),
    ],
)
def test_a_persons_token_and_one_of_nobodys_have_names_of_their_own(env: dict[str, str], expected: tuple[str, str], tmp_path: Path) -> None:
    log_in(tmp_path, "bitbucket-cloud", "", REPO, env)
    assert fill(tmp_path, "https", "bitbucket.org", "path=acme/modules.git") == expected


def test_when_the_kind_of_token_changes_the_old_login_is_gone(tmp_path: Path) -> None:
    log_in(tmp_path, "bitbucket-cloud", "", REPO, {"BITBUCKET_ACCESS_TOKEN": ACCESS})
    log_in(tmp_path, "bitbucket-cloud", "", REPO, {"ATLANTIS_BITBUCKET_TOKEN": PERSONAL, **OWNER})
    assert ACCESS not in (tmp_path / ".git-credentials").read_text()
    assert fill(tmp_path, "https", "bitbucket.org") == ("x-bitbucket-api-token-auth", PERSONAL)


def test_an_app_password_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "bitbucket-cloud", "", REPO, {"ATLANTIS_BITBUCKET_TOKEN": "ATBB" + "x" * 20, **OWNER})
    assert "app password" in said


@pytest.mark.parametrize("server", ["", "https://bitbucket.org", "https://api.bitbucket.org", "https://www.bitbucket.org"])
@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@bitbucket.org/acme/modules.git",
        "git@bitbucket.org:acme/modules.git",
        "ssh://git@altssh.bitbucket.org:443/acme/modules.git",
    ],
)
def test_every_address_over_ssh_leads_to_https(server: str, url: str, tmp_path: Path) -> None:
    log_in(tmp_path, "bitbucket-cloud", server, REPO, {"BITBUCKET_ACCESS_TOKEN": ACCESS})
    assert asked_instead(tmp_path, url) == "https://bitbucket.org/acme/modules.git"
