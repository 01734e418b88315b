"""Pull request statuses and the one comment on Azure DevOps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.azure_devops import MOST_CHARACTERS, AzureDevOps
from atlantis_gate.model import CommitRef, CommitStatus, PullRequest
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import FULL_NAME, GIT, REF, RUN, SERVER, listed, opened, person, play
from hosts.stories import BASE, HEAD

STATUSES = f"{GIT}/pullRequests/7/statuses"
ITERATIONS = f"{GIT}/pullRequests/7/iterations"
THREADS = f"{GIT}/pullRequests/7/threads"
MARKER = "<!-- atlantis-gate: apply -->"
BODY = f"{MARKER}\nmay run now"
STATUS = CommitStatus("atlantis-gate/apply", "failure", "blocked", "https://ci")


def pushes(*shas: str) -> dict[str, Any]:
    """Return the iterations that these commits were pushed in."""
    return listed([{"id": number, "sourceRefCommit": {"commitId": sha}} for number, sha in enumerate(shas, 1)])


def writing(stage: Stage, **changes: Any) -> AzureDevOps:
    """Open the host with an iteration for the head."""
    stage.on("POST", STATUSES, {"id": 1}).on("GET", ITERATIONS, pushes(BASE, HEAD, HEAD))
    return play(stage, **changes)


def test_a_status_is_posted_for_the_latest_push_of_the_commit(stage: Stage) -> None:
    host = writing(stage)
    host.pull_request(REF)
    host.set_status(HEAD, STATUS)
    assert stage.asked[-1].body == {
        "context": {"genre": "atlantis-gate", "name": "apply"},
        "state": "failed",
        "description": "blocked",
        "targetUrl": "https://ci",
        "iterationId": 3,
    }


@pytest.mark.parametrize(
    ("context", "status_name", "expected"),
    [
        ("atlantis-gate/apply: a/b", "atlantis-gate", {"genre": "atlantis-gate", "name": "apply: a/b"}),
        ("team/gate/apply", "team/gate", {"genre": "team/gate", "name": "apply"}),
        ("other/apply/x", "atlantis-gate", {"genre": "other", "name": "apply/x"}),
        ("plain", "atlantis-gate", {"name": "plain"}),
    ],
)
def test_the_genre_is_the_status_name_and_the_name_the_rest(stage: Stage, context: str, status_name: str, expected: dict[str, str]) -> None:
    writing(stage)
    host = opened(stage, status_name=status_name)
    host.pull_request(REF)
    host.set_status(HEAD, replace(STATUS, context=context))
    assert stage.asked[-1].body["context"] == expected


@pytest.mark.parametrize(("state", "word"), [("success", "succeeded"), ("failure", "failed"), ("error", "error")])
def test_states_have_other_words_and_an_empty_address_is_left_out(stage: Stage, state: Any, word: str) -> None:
    host = writing(stage)
    host.pull_request(REF)
    host.set_status(HEAD, CommitStatus("c", state, "d"))
    assert (stage.asked[-1].body["state"], "targetUrl" in stage.asked[-1].body) == (word, False)


def test_iterations_are_read_once_for_all_statuses(stage: Stage) -> None:
    host = writing(stage)
    host.pull_request(REF)
    for name in ("a", "b", "c"):
        host.set_status(HEAD, replace(STATUS, context=f"atlantis-gate/{name}"))
    assert stage.paths().count(f"GET {ITERATIONS}") == 1


def test_a_commit_that_was_never_pushed_gets_no_status(stage: Stage) -> None:
    host = writing(stage)
    host.pull_request(REF)
    with pytest.raises(HostError, match="no push"):
        host.set_status("f" * 40, STATUS)
    assert all(asked.method == "GET" for asked in stage.asked)


def test_where_there_are_no_iterations_the_status_has_none(stage: Stage) -> None:
    host = writing(stage, supportsIterations=False)
    host.pull_request(REF)
    host.set_status("f" * 40, STATUS)
    assert "iterationId" not in stage.asked[-1].body


def test_a_status_without_a_pull_request_read_before_reads_it(stage: Stage) -> None:
    writing(stage).set_status(HEAD, STATUS)
    assert stage.asked[-1].method == "POST"


def test_a_status_of_a_run_that_knows_no_pull_request_is_an_error(stage: Stage) -> None:
    writing(stage)
    run = replace(RUN, target=CommitRef(host="azure-devops", server_url=SERVER, repo=FULL_NAME, sha=HEAD))
    with pytest.raises(HostError, match="belongs to a pull request"):
        opened(stage, run=run).set_status(HEAD, STATUS)


def test_a_refused_status_names_the_permission(stage: Stage) -> None:
    host = writing(stage)
    stage.on("POST", STATUSES, Reply({"message": "TF401027: You need the Git 'PullRequestContribute' permission"}, 403))
    host.pull_request(REF)
    with pytest.raises(HostError, match="Contribute to pull requests"):
        host.set_status(HEAD, STATUS)


def thread(number: int, body: str | None, who: str = "me", **changes: Any) -> dict[str, Any]:
    """Return a thread that begins with a comment, followed by an answer that quotes it."""
    first = {"id": 1, "author": person(who), "content": body, "commentType": "text"}
    answer = {"id": 2, "parentCommentId": 1, "author": person("me"), "content": f"> {MARKER}"}
    return {"id": number, "comments": [first, answer], **changes}


NOT_OURS = (
    thread(1, BODY, "mallory"),
    thread(2, "hello"),
    thread(3, None),
    thread(4, BODY, isDeleted=True),
    {"id": 5, "comments": []},
    {**thread(6, BODY), "comments": [{**thread(6, BODY)["comments"][0], "isDeleted": True}]},
)


def commenting(stage: Stage, *threads: Any) -> tuple[AzureDevOps, PullRequest]:
    """Open the host on these threads."""
    host = play(stage)
    stage.on("GET", THREADS, listed(threads)).on("GET", "/org/_apis/connectionData", {"authenticatedUser": person("me")})
    stage.on("POST", THREADS, {"id": 9}).on("PATCH", f"{THREADS}/.*", {"id": 1})
    found = host.pull_request(REF)
    stage.asked.clear()
    return host, found


@pytest.mark.parametrize("create", [True, False])
def test_a_comment_is_made_only_when_asked_for(stage: Stage, create: bool) -> None:
    host, found = commenting(stage, *NOT_OURS)
    assert host.write_comment(found, MARKER, BODY, create=create) is create
    made = [asked.body for asked in stage.asked if asked.method != "GET"]
    assert made == [{"comments": [{"parentCommentId": 0, "content": BODY, "commentType": "text"}]}] * create


@pytest.mark.parametrize("create", [True, False])
def test_the_tokens_own_comment_with_the_marker_is_changed_in_place(stage: Stage, create: bool) -> None:
    host, found = commenting(stage, *NOT_OURS, thread(7, f"old {MARKER}"))
    assert host.write_comment(found, MARKER, BODY, create=create) is True
    assert stage.paths()[-1] == f"PATCH {THREADS}/7/comments/1"
    assert stage.asked[-1].body == {"content": BODY}


def test_an_equal_comment_is_left_alone(stage: Stage) -> None:
    host, found = commenting(stage, thread(7, BODY.replace("\n", "\r\n") + "\n"))
    assert host.write_comment(found, MARKER, BODY, create=True) is False
    assert all(asked.method == "GET" for asked in stage.asked)


def test_who_the_token_belongs_to_is_asked_only_when_it_matters(stage: Stage) -> None:
    host, found = commenting(stage)
    host.write_comment(found, MARKER, BODY, create=False)
    assert stage.paths() == [f"GET {THREADS}"]


def test_making_a_comment_is_not_repeated_after_a_fault(stage: Stage) -> None:
    host, found = commenting(stage)
    stage.on("POST", THREADS, requests.Timeout("slow"))
    with pytest.raises(HostError, match="no answer"):
        host.write_comment(found, MARKER, BODY, create=True)
    assert stage.paths().count(f"POST {THREADS}") == 1


def test_a_comment_that_is_too_long_is_cut(stage: Stage) -> None:
    host, found = commenting(stage)
    host.write_comment(found, MARKER, BODY + "x" * MOST_CHARACTERS, create=True)
    assert len(stage.asked[-1].body["comments"][0]["content"]) == MOST_CHARACTERS
