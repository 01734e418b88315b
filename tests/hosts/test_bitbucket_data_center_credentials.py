"""Which token is used on Bitbucket Data Center and what each refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.bitbucket_data_center import BitbucketDataCenter, connect
from atlantis_gate.hosts.credentials import Choice
from hosts import stage_bitbucket_data_center as made
from hosts.bitbucket_wire import Reply, Wire
from hosts.stage_bitbucket_data_center import PULL, REF, SERVER, TOKEN
from hosts.stories import FINE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "ATLANTIS_BITBUCKET_TOKEN"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire, env: Mapping[str, str]) -> BitbucketDataCenter:
    return connect(wire.connection(SERVER, REPO, made.RUN, env))


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({NAME: "BBDC-" + "s" * 40}, Choice("HTTP access token", NAME)),
        ({NAME: TOKEN, "BITBUCKET_TOKEN": "x", "INPUT_TOKEN": "y"}, Choice("HTTP access token", NAME, ("INPUT_TOKEN", "BITBUCKET_TOKEN"))),
        ({"INPUT_TOKEN": TOKEN}, Choice("HTTP access token", "INPUT_TOKEN")),
    ],
)
def test_the_choice_says_what_it_is_where_from_and_what_it_passes_over(wire: Wire, env: dict[str, str], expected: Choice) -> None:
    assert host(wire, env).credential == expected


@pytest.mark.parametrize(
    ("token", "owner"),
    [
        ("ATATT3xFfGF0" + "s" * 30, "Bitbucket Cloud"),
        ("ATCTT3xFfGN0" + "s" * 30, "Bitbucket Cloud"),
        ("ATBB" + "s" * 30, "Bitbucket Cloud"),
        ("glpat-" + "s" * 20, "GitLab"),
        ("ghs_" + "s" * 36, "GitHub"),
    ],
)
def test_another_products_token_is_refused_before_anything_is_sent(wire: Wire, token: str, owner: str) -> None:
    with pytest.raises(CredentialError, match=f"{NAME} holds a token of {owner}") as caught:
        host(wire, {NAME: token})
    assert token not in str(caught.value)
    assert wire.asked == []


def refused(message: str, exception: str = "AuthorisationException") -> dict[str, object]:
    return {"errors": [{"context": None, "message": message, "exceptionName": f"com.atlassian.bitbucket.{exception}"}]}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            Reply(refused("Authentication failed. Please check your credentials and try again."), 401),
            r"(?s)401 Authentication failed.*: it is wrong, expired or revoked, or it lacks the permission Repository read.*Make a new",
        ),
        (
            Reply(refused("You are not permitted to access this resource"), 401, {"X-AUSERNAME": "gate%40bot"}),
            r"(?s)401 You are not.*: it is gate@bot's, and lacks the permission Repository read \(reading the pull request\).*Give it",
        ),
        (
            Reply(refused("You are not permitted to access this resource"), 401, {"X-AUSERNAME": "anonymous"}),
            "it is wrong, expired or revoked, or it lacks",
        ),
        (Reply(refused("CAPTCHA required.", "auth.CaptchaRequiredAuthenticationException"), 401), "asks its user for a CAPTCHA"),
        (
            Reply(refused("CAPTCHA required"), 401, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://x"}),
            "(?s)asks its user for a CAPTCHA.*Log in to Bitbucket in a browser",
        ),
        (Reply(None, 403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE"}), "asks its user for a CAPTCHA"),
    ],
)
def test_each_refusal_says_what_it_means(wire: Wire, reply: Reply, words: str) -> None:
    wire.on("GET", PULL, reply)
    with pytest.raises(CredentialError, match=words) as caught:
        host(wire, made.ENV).pull_request(REF)
    assert TOKEN not in str(caught.value)
