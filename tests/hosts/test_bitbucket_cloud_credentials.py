"""Which credential is used on Bitbucket Cloud, what it is, and what each refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.bitbucket_cloud import BitbucketCloud, connect
from atlantis_gate.hosts.credentials import Choice
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import Reply, Wire
from hosts.stage_bitbucket_cloud import PULL, REF, SERVER
from hosts.stories import FINE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCESS = "ATCTT3xFfGN0" + "s" * 30
API = "ATATT3xFfGF0" + "s" * 30
MAIL = {"ATLANTIS_BITBUCKET_API_USER": "bot@example.com"}
ANY_ACCESS = "repository, project or workspace access token"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire, env: Mapping[str, str]) -> BitbucketCloud:
    return connect(wire.connection(SERVER, REPO, made.RUN, env))


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ATLANTIS_BITBUCKET_TOKEN": API, **MAIL}, Choice("API token", "ATLANTIS_BITBUCKET_TOKEN")),
        ({"INPUT_TOKEN": API, **MAIL}, Choice("API token", "INPUT_TOKEN")),
        ({"BITBUCKET_ACCESS_TOKEN": ACCESS, **MAIL}, Choice(ANY_ACCESS, "BITBUCKET_ACCESS_TOKEN")),
        ({"ATLANTIS_BITBUCKET_TOKEN": ACCESS, **MAIL}, Choice(ANY_ACCESS, "ATLANTIS_BITBUCKET_TOKEN")),
        ({"ATLANTIS_BITBUCKET_TOKEN": "untold", "ATLANTIS_BITBUCKET_USER": "bob"}, Choice("API token", "ATLANTIS_BITBUCKET_TOKEN")),
        ({"INPUT_TOKEN": "untold", **MAIL}, Choice(ANY_ACCESS, "INPUT_TOKEN")),
        (
            {"INPUT_TOKEN": ACCESS, "BITBUCKET_ACCESS_TOKEN": "x", "BITBUCKET_APP_PASSWORD": "y", "ATLANTIS_BITBUCKET_TOKEN_FILE": " "},
            Choice(ANY_ACCESS, "INPUT_TOKEN", ("BITBUCKET_ACCESS_TOKEN", "BITBUCKET_APP_PASSWORD")),
        ),
    ],
)
def test_the_choice_says_what_it_is_where_from_and_what_it_passes_over(wire: Wire, env: dict[str, str], expected: Choice) -> None:
    assert host(wire, env).credential == expected


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ATLANTIS_BITBUCKET_TOKEN": API}, "(?s)holds an API token, and none of ATLANTIS_BITBUCKET_API_USER, .*e-mail address"),
        ({"BITBUCKET_ACCESS_TOKEN": API}, "(?s)BITBUCKET_ACCESS_TOKEN holds an API token, and none of .*e-mail address"),
        ({"ATLANTIS_BITBUCKET_TOKEN": API, "ATLANTIS_BITBUCKET_USER": "bob"}, "ATLANTIS_BITBUCKET_USER does not hold an e-mail address"),
        (
            {"BITBUCKET_ACCESS_TOKEN": "ATBB" + "s" * 30},
            "(?s)holds an app password, and Bitbucket Cloud takes none since July 2026.*API token",
        ),
        ({"BITBUCKET_ACCESS_TOKEN": "ghp_" + "s" * 36}, "holds a token of GitHub"),
        ({"ATLANTIS_BITBUCKET_TOKEN": "glpat-" + "s" * 20, **MAIL}, "holds a token of GitLab"),
        ({"ATLANTIS_BITBUCKET_TOKEN": "BBDC-" + "s" * 40}, "holds a token of Bitbucket Data Center"),
    ],
)
def test_what_bitbucket_cloud_does_not_take_is_refused_before_anything_is_sent(wire: Wire, env: dict[str, str], said: str) -> None:
    with pytest.raises(CredentialError, match=said) as caught:
        host(wire, env)
    assert not any(value in str(caught.value) for name, value in env.items() if name not in {*MAIL, "ATLANTIS_BITBUCKET_USER"})
    assert wire.asked == []


def error(message: str, **detail: list[str]) -> dict[str, object]:
    return {"type": "error", "error": {"message": message, **({"detail": detail} if detail else {})}}


LACK = "Your credentials lack one or more required privilege scopes."
HEADERS = {"X-OAuth-Scopes": "pullrequest", "X-Accepted-OAuth-Scopes": "repository"}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply(error("Token is invalid, expired, or not supported for this endpoint."), 401),
            CredentialError,
            r"token from BITBUCKET_ACCESS_TOKEN \(401 Token is invalid.*\): it is wrong or expired, or it was made without scopes",
        ),
        (Reply(error("Access token expired."), 401), CredentialError, r"\(401 Access token expired.\): it has expired"),
        (
            Reply("CHANGE-3222 App passwords are deprecated and must be replaced with API tokens.", 410),
            CredentialError,
            "takes none since July 2026",
        ),
        (Reply(None, 401), CredentialError, "it is wrong, expired or revoked"),
        (
            Reply(error(LACK, required=["read:pullrequest:bitbucket"], granted=["read:repository:bitbucket"]), 403),
            HostError,
            "(?s)it takes the scope read:pullrequest:bitbucket, and the token has read:repository:bitbucket.*The token needs the scope",
        ),
        (Reply(error(LACK, required=["account"]), 403), HostError, "takes the scope account, and the token has none of that kind"),
        (Reply(error(LACK), 403, HEADERS), HostError, "it takes the scope repository, and the token has pullrequest"),
        (Reply(error("Forbidden"), 403), HostError, r"(?s)not permitted \(403 Forbidden\).*The token needs the scope read:pullrequest"),
    ],
)
def test_each_refusal_says_what_it_means(wire: Wire, reply: Reply, kind: type[Exception], words: str) -> None:
    wire.on("GET", PULL, reply)
    with pytest.raises(kind, match=words) as caught:
        host(wire, {"BITBUCKET_ACCESS_TOKEN": ACCESS}).pull_request(REF)
    assert ACCESS not in str(caught.value)


def test_a_limit_is_waited_out_though_it_looks_like_a_refusal(wire: Wire) -> None:
    limited = Reply(error("Rate limit"), 403, {**HEADERS, "Retry-After": "7"})
    wire.on("GET", PULL, limited, made.pull(FINE))
    assert host(wire, {"BITBUCKET_ACCESS_TOKEN": ACCESS}).pull_request(REF).author == "bob"
    assert wire.clock.slept == [7.0]
