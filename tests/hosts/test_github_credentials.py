"""Which credential speaks on GitHub, and the trade of a GitHub App's key for a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from atlantis_gate.errors import CredentialError, HostError
from hosts.github_answers import answer, pull
from hosts.github_stage import REF, Reply, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = PAIR.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PUBLIC = PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
APP = {"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY": KEY}
TOKEN_ROUTE = "/app/installations/[0-9]+/access_tokens"


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


def test_without_a_credential_every_variable_tried_and_the_permissions_are_named(stage: Stage) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({"PATH": "/bin"})
    for name in (
        "ATLANTIS_GH_TOKEN",
        "ATLANTIS_GH_TOKEN_FILE",
        "ATLANTIS_GH_APP_ID",
        "INPUT_TOKEN",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "statuses: write",
    ):
        assert name in str(caught.value)


@pytest.mark.parametrize("key", [KEY, KEY.replace("\n", "\\n")])
def test_an_app_with_one_installation_trades_its_key_for_that_ones_token(stage: Stage, key: str) -> None:
    stage.on("GET", "/app/installations", [{"id": 99, "account": {"login": "acme"}}])
    stage.on("POST", TOKEN_ROUTE, Reply({"token": "ghs_traded", "expires_at": "2099-01-01T00:00:00Z"}, 201))
    assert authorization(stage, {**APP, "ATLANTIS_GH_APP_KEY": key, "GITHUB_TOKEN": "c"}) == "token ghs_traded"
    assert stage.paths() == ["GET /app/installations", "POST /app/installations/99/access_tokens", "POST /graphql"]
    kind, _, token = stage.asked[0].headers["Authorization"].partition(" ")
    assert (kind, jwt.decode(token, PUBLIC, algorithms=["RS256"])["iss"]) == ("Bearer", "12")


def test_a_named_installation_and_a_key_file_need_no_list(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(KEY)
    stage.on("POST", TOKEN_ROUTE, Reply({"token": "ghs_traded"}, 201))
    env = {"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY_FILE": str(tmp_path / "key.pem"), "ATLANTIS_GH_APP_INSTALLATION_ID": "5"}
    assert authorization(stage, env) == "token ghs_traded"
    assert stage.paths()[0] == "POST /app/installations/5/access_tokens"


@pytest.mark.parametrize(
    ("installations", "texts"),
    [
        ([], ["0 installations", "Install the App"]),
        (
            [{"id": 1, "account": {"login": "acme"}}, {"id": 2, "account": {"slug": "corp"}}, {"id": 3, "account": None}],
            ["3 installations", "1 (acme); 2 (corp); 3 (unknown account)", "ATLANTIS_GH_APP_INSTALLATION_ID"],
        ),
    ],
)
def test_several_installations_or_none_are_listed(stage: Stage, installations: list[Any], texts: list[str]) -> None:
    stage.on("GET", "/app/installations", installations)
    with pytest.raises(CredentialError) as caught:
        stage.host(APP)
    assert [text for text in texts if text not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ({"ATLANTIS_GH_APP_ID": "12"}, "neither is set"),
        ({**APP, "ATLANTIS_GH_APP_KEY_FILE": "/key"}, "both are set"),
        ({**APP, "ATLANTIS_GH_APP_KEY": "not-a-key"}, "does not hold a private key"),
        ({"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY_FILE": "/no/such/key"}, "ATLANTIS_GH_APP_KEY_FILE"),
    ],
)
def test_an_app_that_is_set_up_wrongly_is_an_error_although_the_job_has_a_token(stage: Stage, env: Mapping[str, str], text: str) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({**env, "GITHUB_TOKEN": "c"})
    assert text in str(caught.value)
    assert "not-a-key" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_app_that_github_refuses_is_a_credential_error(stage: Stage, status: int) -> None:
    stage.on("POST", TOKEN_ROUTE, Reply({"message": "A JSON web token could not be decoded"}, status))
    with pytest.raises(CredentialError, match="ATLANTIS_GH_APP_ID"):
        stage.host({**APP, "ATLANTIS_GH_APP_INSTALLATION_ID": "5"})


@pytest.mark.parametrize("body", [{}, {"token": None}, [], "<html>"])
def test_a_trade_without_a_token_is_an_error(stage: Stage, body: Any) -> None:
    stage.on("POST", TOKEN_ROUTE, Reply(body, 201))
    with pytest.raises((CredentialError, HostError)):
        stage.host({**APP, "ATLANTIS_GH_APP_INSTALLATION_ID": "5"})


def test_a_fault_in_the_trade_is_waited_out(stage: Stage) -> None:
    stage.on("POST", TOKEN_ROUTE, Reply("", 502), Reply({"token": "ghs_traded"}, 201))
    assert authorization(stage, {**APP, "ATLANTIS_GH_APP_INSTALLATION_ID": "5"}) == "token ghs_traded"
    assert stage.clock.slept == [1.0]
