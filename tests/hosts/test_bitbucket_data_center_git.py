"""How git logs in to a Bitbucket Data Center, and which addresses lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logins import log_in, refused
from real_git import asked_instead, fill

if TYPE_CHECKING:
    from pathlib import Path

REPO = "ACME/infra"
SERVER = "https://bitbucket.example.com:8443/context"
TOKEN = "BBDC-" + "s" * 40
ENV = {"BITBUCKET_TOKEN": TOKEN}
KIND = "bitbucket-data-center"


@pytest.mark.parametrize(
    ("env", "user"),
    [(ENV, "x-token-auth"), ({**ENV, "ATLANTIS_BITBUCKET_USER": "böb o'neil@example.com"}, "böb o'neil@example.com")],
)
def test_a_persons_token_goes_with_that_persons_name(env: dict[str, str], user: str, tmp_path: Path) -> None:
    log_in(tmp_path, KIND, SERVER, REPO, env)
    assert fill(tmp_path, "https", "bitbucket.example.com:8443", "path=context/scm/ACME/modules.git") == (user, TOKEN)
    assert fill(tmp_path, "https", "bitbucket.example.com:8443", f"username={user}", "path=context/scm/ACME/m.git") == (user, TOKEN)


def test_a_name_that_would_be_more_than_a_name_is_refused(tmp_path: Path) -> None:
    assert "ATLANTIS_BITBUCKET_USER" in refused(tmp_path, KIND, SERVER, REPO, {**ENV, "ATLANTIS_BITBUCKET_USER": "bob\nhost=evil.org"})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ssh://git@bitbucket.example.com:7999/ACME/modules.git", "context/scm/ACME/modules.git"),
        ("ssh://git@bitbucket.example.com:22/ACME/modules.git", "context/scm/ACME/modules.git"),
        ("ssh://git@bitbucket.example.com/~bob/modules.git", "context/scm/~bob/modules.git"),
        ("git@bitbucket.example.com:ACME/modules.git", "context/scm/ACME/modules.git"),
    ],
)
def test_addresses_over_ssh_lack_what_those_over_https_have(given: str, expected: str, tmp_path: Path) -> None:
    log_in(tmp_path, KIND, SERVER, REPO, ENV)
    assert asked_instead(tmp_path, given) == f"https://bitbucket.example.com:8443/{expected}"
