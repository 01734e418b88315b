"""What the tests let Azure DevOps answer, and what the gate asks, keeps to its published description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from atlantis_gate.hosts import gather
from atlantis_gate.hosts.azure_devops import connect
from atlantis_gate.model import FACT_NAMES, CommitRef, CommitStatus
from hosts.stage_azure_devops import COLLECTION, CONTRACT, FULL_NAME, REF, SERVER, listed, opened, serve
from hosts.stories import BASE, HEAD, MERGE, STORIES, Story
from hosts.test_azure_devops_contents import item, made
from hosts.test_azure_devops_writing import BODY, MARKER, STATUSES, THREADS, commenting, pushes, thread

if TYPE_CHECKING:
    from hosts.github_stage import Stage

GIT = f"{COLLECTION}/acme/_apis/git/repositories/infra"


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_story_is_told_as_the_description_has_it(story: Story) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        host = connect(serve(story, http))
        pull = host.pull_request(REF)
        gather(host, pull, host.changed_files(pull), FACT_NAMES, None)
        for url in [str(call.request.url) for call in http.calls]:
            assert CONTRACT("GET", url, None, 200, requests.get(url, timeout=1).json()) == []


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("path", "answer", "call"),
    [
        ("items", item(), lambda host: host.file("atlantis.yaml", HEAD)),
        ("items", listed([item()]), lambda host: host.files(HEAD)),
        (f"commits/{MERGE}", {"commitId": MERGE, "parents": [BASE]}, lambda host: host.parents(MERGE)),
        (
            "pullrequestquery",
            {"results": [{MERGE: [made()]}]},
            lambda host: host.merged_pull_request(CommitRef(host="azure-devops", server_url=SERVER, repo=FULL_NAME, sha=MERGE)),
        ),
    ],
)
def test_every_other_question_is_asked_as_the_description_has_it(stage: Stage, path: str, answer: Any, call: Any) -> None:
    stage.on("GET", f".*/{path}", answer).on("POST", f".*/{path}", answer)
    call(opened(stage))
    asked = stage.asked[0]
    query = "&".join(f"{name}={value}" for name, value in asked.query.items())
    assert CONTRACT(asked.method, f"{GIT}/{path}?{query}", asked.body, 200, answer) == []


@pytest.mark.usefixtures("shared")
def test_statuses_and_comments_are_written_as_the_description_has_them(stage: Stage) -> None:
    host, found = commenting(stage)
    stage.on("POST", STATUSES, {"id": 1}).on("GET", ".*/iterations", pushes(HEAD))
    host.set_status(HEAD, CommitStatus("atlantis-gate/apply", "error", "d", "https://ci"))
    host.write_comment(found, MARKER, BODY, create=True)
    stage.on("GET", THREADS, listed([thread(7, MARKER)]))
    host.write_comment(found, MARKER, BODY, create=True)
    answers = {"POST statuses": {"id": 1}, "POST threads": thread(7, MARKER), "PATCH 1": {"id": 1}, "GET iterations": pushes(HEAD)}
    answers["GET threads"] = listed([thread(7, MARKER)])
    for asked in stage.asked:
        answer = answers.get(f"{asked.method} {asked.path.rpartition('/')[2]}")
        if answer is not None:
            assert CONTRACT(asked.method, f"{SERVER}{asked.path}", asked.body, 200, answer) == [], json.dumps(asked.body)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (f"{GIT}/diffs/commits?$topp=1", {}),
        (f"{GIT}/diffs/commits", {"behindCount": "1"}),
        (f"{GIT}/pullRequests/7", {"status": "open"}),
        (f"{GIT}/refs", listed([{"name": 7}])),
    ],
)
def test_the_description_would_tell(url: str, answer: Any) -> None:
    assert CONTRACT("GET", url, None, 200, answer) != []
