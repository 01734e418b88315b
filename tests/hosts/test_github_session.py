"""Speaking HTTP with GitHub: what is retried, how long is waited, where the token goes, and what is never shown."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from atlantis_gate.errors import GateError, HostError
from builders import HEAD
from hosts.github_answers import answer, pull
from hosts.github_stage import REF, TOKEN, Reply, Stage

LIMITED = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation ID 1."}]}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
DATE = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
RESET = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767225639"}
GONE_WRONG = {"data": None, "errors": [{"message": "Something went wrong while executing your query."}]}


def test_a_request_carries_the_token_the_api_version_and_a_name(stage: Stage) -> None:
    stage.graphql(answer(pull()))
    stage.host().pull_request(REF)
    headers = stage.asked[0].headers
    assert headers["Authorization"] == f"token {TOKEN}"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["User-Agent"] == "atlantis-gate"


@pytest.mark.parametrize(
    "fault",
    [
        Reply("", 500),
        Reply("<html>Unicorn</html>", 502),
        Reply({"message": "Server Error"}, 503),
        Reply("", 504),
        Reply(GONE_WRONG),
        requests.ConnectionError("reset"),
        requests.Timeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
)
def test_a_fault_that_may_pass_is_asked_again_with_growing_pauses(stage: Stage, fault: Any) -> None:
    stage.graphql(fault, fault, fault, answer(pull()))
    stage.host().pull_request(REF)
    assert stage.clock.slept == [1.0, 2.0, 4.0]


def test_a_fault_that_stays_is_an_error_after_five_tries(stage: Stage) -> None:
    stage.graphql(Reply("", 502))
    with pytest.raises(HostError) as caught:
        stage.host().pull_request(REF)
    assert (caught.value.status, len(stage.asked), stage.clock.slept) == (502, 5, [1.0, 2.0, 4.0, 8.0])
    assert caught.value.url == "https://api.github.com/graphql"


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (Reply(SECONDARY, 403), 60),
        (Reply(SECONDARY, 403, {"Retry-After": "17"}), 17),
        (Reply({"message": "Too many"}, 429), 60),
        (Reply({"message": "Too many"}, 429, {"Retry-After": "0"}), 1),
        (Reply({"message": "Too many"}, 429, {"Retry-After": "soon"}), 60),
        (Reply({"message": "API rate limit exceeded"}, 403, {**DATE, **RESET}), 40),
        (Reply(LIMITED, 200, {**DATE, **RESET}), 40),
        (Reply({"errors": [{"type": "RATE_LIMIT", "message": "API rate limit already exceeded"}]}), 60),
    ],
)
def test_a_rate_limit_is_waited_for_as_long_as_github_says_and_told(stage: Stage, fault: Reply, pause: float) -> None:
    stage.graphql(fault, answer(pull()))
    stage.host().pull_request(REF)
    assert stage.clock.slept == [pause]
    assert "rate limit" in stage.clock.told[0]


def test_a_rate_limit_that_ends_after_the_deadline_is_an_error_at_once(stage: Stage) -> None:
    stage.graphql(Reply(SECONDARY, 403, {"Retry-After": "3600"}))
    with pytest.raises(HostError, match="rate limit"):
        stage.host().pull_request(REF)
    assert (len(stage.asked), stage.clock.slept) == (1, [])


def test_repeated_rate_limits_end_with_the_deadline(stage: Stage) -> None:
    stage.graphql(Reply({"message": "Too many"}, 429))
    with pytest.raises(HostError, match="rate limit"):
        stage.host(seconds=200).pull_request(REF)
    assert stage.clock.slept == [60, 60, 60]


def test_an_ordinary_403_is_not_waited_for(stage: Stage) -> None:
    stage.graphql(Reply({"message": "Resource not accessible by integration"}, 403, {"X-RateLimit-Remaining": "4999"}))
    with pytest.raises(HostError, match="not permitted"):
        stage.host().pull_request(REF)
    assert stage.clock.slept == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.example/x", "https://api.github.com/repositories/1/git/commits/x"])
def test_no_redirect_is_followed(stage: Stage, status: int, target: str) -> None:
    stage.on("GET", ".*", Reply({"message": "Moved"}, status, {"Location": target}))
    with pytest.raises(HostError, match="redirected"):
        stage.host().parents(HEAD)
    assert [asked.host for asked in stage.asked] == ["api.github.com:443"]


def test_an_answer_that_is_not_computed_yet_is_asked_for_again(stage: Stage) -> None:
    stage.on("GET", ".*", Reply({}, 202), Reply({"parents": [{"sha": HEAD}]}))
    assert stage.host().parents("4" * 40) == (HEAD,)
    assert stage.clock.slept == [1.0]


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.SSLError("self-signed"),
        requests.exceptions.ProxyError("no"),
        requests.exceptions.InvalidURL("x"),
        ValueError("header"),
    ],
)
def test_a_failure_that_will_not_pass_is_an_error_at_once(stage: Stage, failure: Exception) -> None:
    stage.graphql(failure)
    with pytest.raises(HostError) as caught:
        stage.host().pull_request(REF)
    assert len(stage.asked) == 1
    assert caught.value.advice


@pytest.mark.parametrize(("left", "expected"), [(300, 30), (12.2, 13), (0.5, 1)])
def test_a_request_may_take_no_longer_than_what_is_left(stage: Stage, left: float, expected: int) -> None:
    stage.graphql(answer(pull()))
    stage.host(seconds=left).pull_request(REF)
    assert stage.asked[0].timeout == expected


def test_nothing_is_read_when_the_time_is_used_up(stage: Stage) -> None:
    with pytest.raises(HostError, match="used up"):
        stage.host(seconds=0).pull_request(REF)
    assert stage.asked == []


FAULTS = [
    Reply({"message": f"Bad credentials {'x' * 5000}"}, 401),
    Reply({"message": "no"}, 403),
    Reply({"message": "no"}, 404),
    Reply({"message": "no"}, 422),
    Reply("<html>", 200),
    Reply("", 500),
    Reply({}, 301),
    requests.ConnectionError("reset"),
    ValueError("odd"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_token_is_in_no_error_log_or_address(stage: Stage, caplog: pytest.LogCaptureFixture, fault: Any) -> None:
    caplog.set_level(logging.DEBUG)
    stage.graphql(fault)
    with pytest.raises(GateError) as caught:
        stage.host().pull_request(REF)
    shown = f"{caught.value!r} {caught.value} {vars(caught.value)} {caplog.text} {stage.clock.told}"
    assert TOKEN not in shown
    assert len(str(caught.value)) < 900
    assert all(TOKEN not in f"{asked.path} {asked.query} {asked.body}" for asked in stage.asked)


def test_the_graphql_api_may_be_anywhere(stage: Stage) -> None:
    where = "http://127.0.0.1:8080"
    env = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": f"{where}/any/rest", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9090/ql"}
    stage.on("POST", "/ql", answer(pull())).on("GET", "/any/rest/.*", {"parents": []})
    host = stage.host(env, server_url=where)
    host.pull_request(REF)
    host.parents(HEAD)
    assert [(asked.host, asked.path) for asked in stage.asked] == [
        ("127.0.0.1:9090", "/ql"),
        ("127.0.0.1:8080", f"/any/rest/repos/acme/infra/git/commits/{HEAD}"),
    ]
