"""Whose token a token is, as far as its form tells."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import Secret
from atlantis_gate.hosts.token_prefixes import owner, refuse_foreign


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("ghp_x", "GitHub"),
        ("github_pat_x", "GitHub"),
        ("ghs_x", "GitHub"),
        ("glpat-x", "GitLab"),
        ("glrtr-x", "GitLab"),
        ("ATBBx", "Bitbucket Cloud"),
        ("ATCTTx", "Bitbucket Cloud"),
        ("BBDC-x", "Bitbucket Data Center"),
        ("J" * 76 + "AZDO" + "abcd", "Azure DevOps"),
        ("J" * 75 + "AZDO" + "abcd", ""),
        ("J" * 76 + "AZDO" + "abcde", ""),
        ("0123456789abcdef0123456789abcdef01234567", ""),
        ("xghp_x", ""),
        ("ghp-x", ""),
        ("glx-x", ""),
        ("", ""),
    ],
)
def test_only_a_documented_form_tells_the_host(token: str, expected: str) -> None:
    assert owner(token) == expected


@pytest.mark.parametrize("token", ["ghp_x", "whatever"])
def test_a_hosts_own_token_and_one_that_nobody_knows_pass(token: str) -> None:
    refuse_foreign(Secret(token, "TOKEN"), "GitHub")


def test_another_hosts_token_is_refused_and_not_shown() -> None:
    with pytest.raises(CredentialError) as caught:
        refuse_foreign(Secret("ghp_hidden", "INPUT_TOKEN"), "GitLab")
    assert str(caught.value) == (
        "INPUT_TOKEN holds a token of GitHub, and the pull request is on GitLab; it was not sent there\n"
        "Set INPUT_TOKEN to a token of GitLab, or name the host that is meant with --host and --repo."
    )
