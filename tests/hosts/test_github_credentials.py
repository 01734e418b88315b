"""Which credential speaks on GitHub, what it is, and which others are set and not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError
from hosts.github_answers import answer, pull
from hosts.github_apps import APP, KEY, Reply, Stage, installed
from hosts.github_stage import REF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLASSIC = "ghp_" + "c" * 36


def authorization(stage: Stage, env: Mapping[str, str]) -> str:
    """Return what the question is asked with."""
    stage.graphql(answer(pull()))
    stage.host(env).pull_request(REF)
    return stage.asked[-1].headers["Authorization"]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ATLANTIS_GH_TOKEN": "a", "GITHUB_TOKEN": "c", **APP}, "a"),
        ({"INPUT_TOKEN": "b", "GITHUB_TOKEN": "c"}, "b"),
        ({"GITHUB_TOKEN": "c", "GH_TOKEN": "d"}, "c"),
        ({"GH_TOKEN": "d"}, "d"),
        ({"INPUT_TOKEN": "", "GH_TOKEN": "d"}, "d"),
    ],
)
def test_the_first_token_in_order_is_used(stage: Stage, env: Mapping[str, str], expected: str) -> None:
    assert authorization(stage, env) == f"token {expected}"


def test_a_token_file_comes_before_the_app(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    assert authorization(stage, {"ATLANTIS_GH_TOKEN_FILE": str(tmp_path / "token"), **APP}) == "token from-file"


@pytest.mark.parametrize("name", ["GITHUB_TOKEN_FILE", "GH_TOKEN_FILE"])
def test_what_the_ci_gives_may_be_in_a_file_too(stage: Stage, tmp_path: Path, name: str) -> None:
    (tmp_path / "token").write_text("from-file\n")
    assert authorization(stage, {name: str(tmp_path / "token")}) == "token from-file"


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (CLASSIC, "classic personal access token"),
        ("github_pat_11AAAAAAA0x", "fine-grained personal access token"),
        ("gho_x", "OAuth app's token"),
        ("ghu_x", "GitHub App's user token"),
        ("ghs_x", "installation access token"),
        ("0123456789abcdef0123456789abcdef01234567", "token of the format before 2021"),
        ("something-else", "token"),
    ],
)
def test_what_a_token_is_is_told_from_its_form(stage: Stage, token: str, kind: str) -> None:
    assert str(stage.host({"GITHUB_TOKEN": token}).credential) == f"{kind} from GITHUB_TOKEN"
    assert stage.asked == []


def test_those_that_are_set_and_not_used_are_named(stage: Stage) -> None:
    env = {"ATLANTIS_GH_TOKEN": CLASSIC, "INPUT_TOKEN": "b", "GITHUB_TOKEN": " ", "GH_TOKEN_FILE": "/no/such/file", **APP}
    assert str(stage.host(env).credential) == (
        "classic personal access token from ATLANTIS_GH_TOKEN (ATLANTIS_GH_APP_ID, INPUT_TOKEN, GH_TOKEN_FILE also set, and not used)"
    )


def test_an_app_is_told_by_its_id(stage: Stage) -> None:
    installed(stage)
    assert str(stage.host({**APP, "GITHUB_TOKEN": "c"}).credential) == (
        "GitHub App 12's installation access token from ATLANTIS_GH_APP_ID (GITHUB_TOKEN also set, and not used)"
    )


def test_without_a_credential_every_variable_tried_and_the_permissions_are_named(stage: Stage) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({"PATH": "/bin"})
    assert str(caught.value) == (
        "no credential for GitHub: none of ATLANTIS_GH_TOKEN, ATLANTIS_GH_TOKEN_FILE, ATLANTIS_GH_APP_ID, INPUT_TOKEN, GITHUB_TOKEN, "
        "GITHUB_TOKEN_FILE, GH_TOKEN, GH_TOKEN_FILE is set\n"
        "In GitHub Actions pass the job's token (GITHUB_TOKEN: ${{ github.token }}) with the permissions contents: read, "
        "pull-requests: write, checks: read, statuses: write, actions: read."
    )


@pytest.mark.parametrize(
    ("token", "host"),
    [
        ("glpat-xxxxxxxxxxxxxxxxxxxx", "GitLab"),
        ("glcbt-64_xxxxxxxxxxxxxxxxxxxx", "GitLab"),
        ("ATATT3xFfGF0xxxxxxxx", "Bitbucket Cloud"),
        ("BBDC-MTIzNDU2Nzg5", "Bitbucket Data Center"),
        ("a" * 76 + "AZDO" + "1b2c", "Azure DevOps"),
    ],
)
def test_another_hosts_token_is_refused_before_anything_is_sent(stage: Stage, token: str, host: str) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({"INPUT_TOKEN": token})
    assert str(caught.value).startswith(f"INPUT_TOKEN holds a token of {host}, and the pull request is on GitHub; it was not sent there\n")
    assert token not in str(caught.value)
    assert stage.asked == []


def test_a_refresh_token_is_no_token_to_ask_with(stage: Stage) -> None:
    with pytest.raises(CredentialError, match="GITHUB_TOKEN holds a refresh token, with which nothing can be asked"):
        stage.host({"GITHUB_TOKEN": "ghr_" + "r" * 36})


def test_a_key_with_line_breaks_written_out_is_taken(stage: Stage) -> None:
    installed(stage)
    assert authorization(stage, {**APP, "ATLANTIS_GH_APP_KEY": KEY.replace("\n", "\\n")}) == "token ghs_traded"


def test_a_fault_in_the_trade_is_waited_out(stage: Stage) -> None:
    installed(stage, Reply("", 502), Reply({"token": "ghs_later"}, 201))
    assert authorization(stage, APP) == "token ghs_later"
    assert stage.clock.slept == [1.0]
