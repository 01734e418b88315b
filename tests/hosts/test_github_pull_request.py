"""What the one question says of a pull request itself, and what happens when it says it badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.model import PullRequest, State
from builders import BASE, HEAD
from hosts.github_answers import actor, answer, base, blocked, error, head, pull
from hosts.github_stage import REF, Reply, Stage

if TYPE_CHECKING:
    from hosts.github_answers import JSON

MERGE = "5" * 40


def test_a_pull_request_is_read_with_the_freshly_read_tip_of_its_base_branch(stage: Stage) -> None:
    stage.graphql(answer(pull()))
    assert stage.host().pull_request(REF) == PullRequest(
        ref=REF,
        url="https://github.com/acme/infra/pull/7",
        author="bob",
        state=State.OPEN,
        draft=False,
        fork=False,
        head_sha=HEAD,
        head_branch="feature",
        base_sha=BASE,
        base_branch="main",
    )


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"isDraft": True}, "draft", True),
        ({"isCrossRepository": True}, "fork", True),
        ({"author": None}, "author", "ghost"),
        ({"author": actor("renovate", bot=True)}, "author", "renovate[bot]"),
        ({"state": "MERGED", "mergeCommit": {"oid": MERGE}}, "merge_sha", MERGE),
        ({"state": "CLOSED", "baseRef": None}, "base_sha", "9" * 40),
        ({"headRefOid": HEAD.replace("1", "A"), "head": head(oid=HEAD.replace("1", "A"))}, "head_sha", "a" * 40),
    ],
)
def test_each_trait_comes_from_its_field(stage: Stage, changes: JSON, field: str, expected: object) -> None:
    stage.graphql(answer(pull(**changes)))
    assert getattr(stage.host().pull_request(REF), field) == expected


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"headRefOid": None}, "headRefOid"),
        ({"headRefOid": "main"}, "headRefOid"),
        ({"state": "QUEUED"}, "state"),
        ({"isDraft": None}, "isDraft"),
        ({"url": 7}, "url"),
        ({"mergeStateStatus": None}, "mergeStateStatus"),
        ({"changedFiles": "many"}, "changedFiles"),
        ({"latestOpinionatedReviews": None}, "latestOpinionatedReviews"),
        ({"reviewThreads": {"nodes": None}}, "reviewThreads"),
        ({"baseRef": {**base(), "target": None}}, "target"),
        ({"author": "bob"}, "author"),
    ],
)
def test_a_value_that_is_missing_or_of_another_type_is_an_error_that_names_the_field(stage: Stage, changes: JSON, place: str) -> None:
    stage.graphql(answer(pull(**changes)))
    with pytest.raises(HostError, match=place):
        stage.host().pull_request(REF)


def test_a_pull_request_whose_base_branch_is_gone_cannot_be_judged(stage: Stage) -> None:
    stage.graphql(answer(pull(state="MERGED", baseRef=None)))
    with pytest.raises(HostError, match="base branch does not exist"):
        stage.host().pull_request(REF)


@pytest.mark.parametrize(
    "reply",
    [
        {"data": {"repository": None}, "errors": [error("Could not resolve to a Repository", "repository", kind="NOT_FOUND")]},
        answer(None, error("Could not resolve to a PullRequest", "repository", "pullRequest", kind="NOT_FOUND")),
        answer(None),
        {"data": {"repository": None}},
        {"data": None},
        Reply({"message": "Not Found"}, 404),
    ],
)
def test_what_is_not_there_or_not_visible_is_said_in_one_sentence(stage: Stage, reply: Any) -> None:
    stage.graphql(reply)
    with pytest.raises(HostError) as caught:
        stage.host().pull_request(REF)
    assert "the token cannot see it" in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (answer(None, error("Resource not accessible by integration", "repository", "pullRequest")), "pull-requests: read"),
        (Reply({"message": "Resource not accessible by integration"}, 403), "pull-requests: read"),
        (Reply({"message": "No"}, 403, {"X-Accepted-GitHub-Permissions": "pull_requests=read"}), "pull-requests: read"),
        (answer(pull(), error("Something is odd", "repository", "pullRequest", "author")), "repository.pullRequest.author"),
    ],
)
def test_what_the_token_may_not_read_is_named_with_the_permission(stage: Stage, reply: Any, text: str) -> None:
    stage.graphql(reply)
    with pytest.raises(HostError) as caught:
        stage.host().pull_request(REF)
    assert text in str(caught.value)


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "", "[1, 2]", "null", '"text"', "{" * 100_000, '{"data": [], "errors": 5}'])
def test_anything_but_a_graphql_answer_is_an_error(stage: Stage, body: str) -> None:
    stage.graphql(Reply(body))
    with pytest.raises(HostError):
        stage.host().pull_request(REF)


def test_a_refused_token_is_a_credential_error_that_names_where_the_token_came_from(stage: Stage) -> None:
    stage.graphql(Reply({"message": "Bad credentials"}, 401))
    with pytest.raises(CredentialError, match=r"GITHUB_TOKEN.*expired"):
        stage.host().pull_request(REF)


def test_long_lists_are_read_to_their_end_by_the_same_question(stage: Stage) -> None:
    first = pull(latestOpinionatedReviews={"pageInfo": {"hasNextPage": True, "endCursor": "R1"}, "nodes": []})
    stage.graphql(answer(first), answer(pull()))
    stage.host().pull_request(REF)
    assert [asked.body["variables"].get("reviewsAfter") for asked in stage.asked] == [None, "R1"]


def test_a_pull_request_that_moves_between_two_pages_is_an_error(stage: Stage) -> None:
    first = pull(reviewThreads={"pageInfo": {"hasNextPage": True, "endCursor": "T1"}, "nodes": []})
    stage.graphql(answer(first), answer(pull(headRefOid="8" * 40)))
    with pytest.raises(HostError, match="new commits"):
        stage.host().pull_request(REF)


def test_a_list_without_end_is_an_error(stage: Stage) -> None:
    stage.graphql(answer(pull(reviewThreads={"pageInfo": {"hasNextPage": True, "endCursor": "T1"}, "nodes": []})))
    with pytest.raises(HostError, match="100 pages"):
        stage.host().pull_request(REF)


@pytest.mark.parametrize("name", ["latestOpinionatedReviews", "reviewThreads"])
def test_a_list_that_does_not_say_whether_more_follows_is_an_error(stage: Stage, name: str) -> None:
    stage.graphql(answer(pull(**{name: {"pageInfo": None, "nodes": []}})))
    with pytest.raises(HostError, match=f"{name}.pageInfo"):
        stage.host().pull_request(REF)


def test_facts_of_a_head_that_was_left_behind_are_refused(stage: Stage) -> None:
    stage.graphql(answer(blocked(mergeStateStatus="UNKNOWN")), answer(pull(headRefOid="8" * 40, head=head(oid="8" * 40))))
    host = stage.host()
    seen = host.pull_request(REF)
    with pytest.raises(HostError, match="new commits"):
        host.mergeability(seen)
    with pytest.raises(HostError, match="new commits"):
        host.approvals(seen)
