"""Commit statuses and the one comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitStatus
from builders import HEAD, PULL
from hosts.github_answers import REPO, connection, error
from hosts.github_stage import Reply, Stage

if TYPE_CHECKING:
    from hosts.github_answers import JSON

STATUSES = f"/repos/{REPO}/statuses/{HEAD}"
MARKER = "<!-- atlantis-gate: apply -->"
BODY = f"{MARKER}\nmay run now"


def test_a_status_is_posted_with_its_context(stage: Stage) -> None:
    stage.on("POST", STATUSES, Reply({"id": 1}, 201))
    stage.host().set_status(HEAD, CommitStatus("atlantis-gate/apply", "failure", "blocked", "https://ci"))
    expected = {"state": "failure", "context": "atlantis-gate/apply", "description": "blocked", "target_url": "https://ci"}
    assert stage.asked[0].body == expected


def test_a_long_description_is_cut_and_an_empty_address_left_out(stage: Stage) -> None:
    stage.on("POST", STATUSES, Reply({"id": 1}, 201))
    stage.host().set_status(HEAD, CommitStatus("c", "success", "x" * 141))
    assert stage.asked[0].body == {"state": "success", "context": "c", "description": "x" * 139 + "…"}


def test_a_status_is_posted_again_after_a_fault_and_even_when_the_time_is_used_up(stage: Stage) -> None:
    stage.on("POST", STATUSES, requests.ConnectionError("reset"), Reply({"id": 1}, 201))
    host = stage.host(seconds=5)
    host.set_status(HEAD, CommitStatus("c", "success", "d"))
    stage.clock.now = 100
    host.set_status(HEAD, CommitStatus("c", "success", "d"))
    assert [asked.timeout for asked in stage.asked] == [10, 10, 10]


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_status_that_is_refused_is_an_error_with_the_permission(stage: Stage, status: int) -> None:
    stage.on("POST", STATUSES, Reply({"message": "no"}, status))
    with pytest.raises(HostError) as caught:
        stage.host().set_status(HEAD, CommitStatus("c", "success", "d"))
    assert (caught.value.status, "statuses: write" in str(caught.value)) == (status, status == 403)


def comment(body: str, number: int = 5, *, mine: bool = True) -> JSON:
    """Return a comment."""
    return {"url": f"https://github.com/{REPO}/pull/7#issuecomment-{number}", "viewerDidAuthor": mine, "body": body}


def comments(*found: JSON, end: str | None = None) -> JSON:
    """Return a page of comments."""
    return {"data": {"repository": {"pullRequest": {"comments": connection(list(found), end)}}}}


NOT_OURS = (comment(BODY, 1, mine=False), comment("hello", 2), {**comment(BODY), "url": "https://github.com/x"})


@pytest.mark.parametrize(("create", "expected"), [(True, [f"POST /repos/{REPO}/issues/7/comments"]), (False, [])])
def test_a_comment_is_made_only_when_asked_for(stage: Stage, create: bool, expected: list[str]) -> None:
    stage.graphql(comments(*NOT_OURS)).on("POST", "/repos/.*", Reply({"id": 9}, 201))
    assert stage.host().write_comment(PULL, MARKER, BODY, create=create) is create
    assert stage.paths()[1:] == expected
    assert [asked.body for asked in stage.asked[1:]] == [{"body": BODY}] * len(expected)


@pytest.mark.parametrize("create", [True, False])
def test_the_tokens_own_comment_with_the_marker_is_changed_in_place(stage: Stage, create: bool) -> None:
    large = 3_000_000_000
    stage.graphql(comments(*NOT_OURS, end="C1"), comments(comment(f"old {MARKER}", large)))
    stage.on("PATCH", f"/repos/{REPO}/issues/comments/{large}", {"id": large})
    assert stage.host().write_comment(PULL, MARKER, BODY, create=create) is True
    assert stage.asked[-1].body == {"body": BODY}
    assert stage.asked[1].body["variables"]["after"] == "C1"


def test_a_comment_that_says_so_already_is_left_alone(stage: Stage) -> None:
    stage.graphql(comments(comment(BODY.replace("\n", "\r\n"))))
    assert stage.host().write_comment(PULL, MARKER, f"{BODY}\n", create=True) is False
    assert stage.paths() == ["POST /graphql"]


@pytest.mark.parametrize("fault", [requests.ConnectionError("reset"), Reply("", 502)])
def test_making_a_comment_is_not_repeated_after_a_fault_lest_there_be_two(stage: Stage, fault: Any) -> None:
    stage.graphql(comments()).on("POST", "/repos/.*", fault, Reply({"id": 9}, 201))
    with pytest.raises(HostError):
        stage.host().write_comment(PULL, MARKER, BODY, create=True)
    assert len(stage.asked) == 2


def test_making_a_comment_waits_out_a_rate_limit(stage: Stage) -> None:
    stage.graphql(comments()).on("POST", "/repos/.*", Reply({}, 429, {"Retry-After": "3"}), Reply({"id": 9}, 201))
    assert stage.host().write_comment(PULL, MARKER, BODY, create=True) is True
    assert stage.clock.slept == [3.0]


@pytest.mark.parametrize(
    "reply",
    [
        {"data": {"repository": {"pullRequest": None}}, "errors": [error("Resource not accessible", "repository", "pullRequest")]},
        {"data": {"repository": {"pullRequest": None}}},
        {**comments(), "errors": [error("Something went wrong", "repository", "pullRequest", "comments", "nodes", 3)]},
        {"data": None},
        {"data": {"repository": {"pullRequest": {"comments": connection([{"body": 1}])}}}},
        comments(end="again"),
    ],
)
def test_comments_that_cannot_be_read_to_the_end_are_an_error_and_nothing_is_written(stage: Stage, reply: JSON) -> None:
    stage.graphql(reply)
    with pytest.raises(HostError):
        stage.host().write_comment(PULL, MARKER, BODY, create=True)
    assert not [path for path in stage.paths() if "/repos/" in path]
