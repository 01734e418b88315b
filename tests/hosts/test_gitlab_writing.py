"""Statuses and the one comment that the gate writes on GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitStatus
from hosts import gitlab_answers as made
from hosts.gitlab_scene import MERGE_REQUEST, Reply, Scene
from hosts.stories import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = CommitStatus("atlantis-gate/apply", "success", "1 of 1 projects may be applied", "https://gitlab.com/acme/infra/-/jobs/1")
POSTED = ".*/statuses/a+"
NOTES = f"{MERGE_REQUEST}/notes"
MARKER = "<!-- atlantis-gate: apply -->"


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened.on("GET", ".*/user", {"id": 77, "username": "project_42_bot"})


def post(scene: Scene, status: CommitStatus = STATUS, **merge_request: Any) -> dict[str, Any]:
    """Post a status after reading the merge request, and return what was sent."""
    host = scene.on("GET", MERGE_REQUEST, made.merge_request(**merge_request)).gitlab()
    scene.pull(host)
    scene.on("POST", POSTED, Reply({"id": 1}, 201))
    host.set_status(HEAD, status)
    body: dict[str, Any] = scene.asked[-1].body
    return body


def test_a_status_goes_into_the_merge_requests_pipeline(scene: Scene) -> None:
    assert post(scene) == {
        "state": "success",
        "name": STATUS.context,
        "description": STATUS.description,
        "target_url": STATUS.url,
        "pipeline_id": made.PIPELINE,
    }
    assert scene.paths()[-1] == f"POST /api/v4/projects/acme/infra/statuses/{HEAD}"


@pytest.mark.parametrize(
    "pipeline", [None, made.pipeline(sha="d" * 40), made.pipeline(project_id=made.FORK)], ids=["none", "of the merged result", "in a fork"]
)
def test_a_status_goes_on_the_source_branch_without_a_pipeline_of_the_commit(scene: Scene, pipeline: Any) -> None:
    body = post(scene, head_pipeline=pipeline)
    assert (body.get("pipeline_id"), body["ref"]) == (None, "feature")


@pytest.mark.parametrize(("state", "expected"), [("success", "success"), ("failure", "failed"), ("error", "failed")])
def test_states_are_gitlabs(scene: Scene, state: Any, expected: str) -> None:
    assert post(scene, CommitStatus("c", state, "d"))["state"] == expected


def test_what_is_too_long_is_cut_or_left_out(scene: Scene) -> None:
    body = post(scene, CommitStatus("c", "success", "x" * 300, "https://gitlab.com/" + "y" * 300))
    assert (len(body["description"]), body["description"][-1], "target_url" in body) == (255, "…", False)


def test_a_status_that_is_so_already_is_no_error(scene: Scene) -> None:
    words = 'Cannot transition status via :succeed from :success (Reason(s): Status cannot transition via "succeed")'
    host = scene.on("POST", POSTED, Reply({"message": words}, 400)).gitlab()
    host.set_status(HEAD, STATUS)
    with pytest.raises(HostError, match="Cannot transition"):
        host.set_status(HEAD, CommitStatus("c", "failure", "d"))


def test_another_change_of_the_statuses_is_waited_for(scene: Scene) -> None:
    busy = Reply({"message": "409 Conflict"}, 409)
    scene.on("POST", POSTED, busy, busy, Reply({"id": 1}, 201)).gitlab().set_status(HEAD, STATUS)
    assert scene.clock.slept == [1.0, 1.0]


def test_changes_without_end_are_an_error(scene: Scene) -> None:
    with pytest.raises(HostError, match="10 times"):
        scene.on("POST", POSTED, Reply({"message": "409 Conflict"}, 409)).gitlab().set_status(HEAD, STATUS)
    assert len(scene.asked) == 10


def test_a_status_that_may_not_be_posted_names_the_scope(scene: Scene) -> None:
    with pytest.raises(HostError, match="scope api"):
        scene.on("POST", POSTED, Reply({"message": "403 Forbidden"}, 403)).gitlab().set_status(HEAD, STATUS)


def write(scene: Scene, *notes: Any, body: str = f"{MARKER} now", create: bool = True) -> tuple[bool, list[str]]:
    """Write the comment beside these notes; returns whether it was written and which requests changed something."""
    scene.on("GET", NOTES, list(notes)).on("POST", NOTES, Reply({"id": 9}, 201)).on("PUT", f"{NOTES}/[0-9]+", {"id": 1})
    host = scene.gitlab()
    written = host.write_comment(scene.pull(host), MARKER, body, create=create)
    return written, [f"{asked.method} {asked.path.rpartition('/notes')[2]} {asked.body}" for asked in scene.asked if asked.method != "GET"]


def test_a_comment_is_made_when_there_is_none(scene: Scene) -> None:
    assert write(scene) == (True, [f"POST  {{'body': '{MARKER} now'}}"])


def test_no_comment_is_made_unless_wanted(scene: Scene) -> None:
    assert write(scene, create=False) == (False, [])


@pytest.mark.parametrize("create", [True, False])
def test_the_gates_own_comment_is_brought_up_to_date(scene: Scene, *, create: bool) -> None:
    assert write(scene, made.note(4, f"{MARKER} before"), create=create) == (True, [f"PUT /4 {{'body': '{MARKER} now'}}"])


def test_an_equal_comment_is_left_alone(scene: Scene) -> None:
    assert write(scene, made.note(4, f"{MARKER} now\r\n")) == (False, [])


@pytest.mark.parametrize(
    "other",
    [made.note(4, f"{MARKER} x", author=5), made.note(4, f"{MARKER} x", system=True), made.note(4, "x"), made.note(4, MARKER, author=5)],
    ids=["somebody's", "GitLab's", "without the marker", "a copy of the marker"],
)
def test_no_other_comment_is_touched(scene: Scene, other: Any) -> None:
    assert write(scene, other)[1] == [f"POST  {{'body': '{MARKER} now'}}"]


def test_the_comment_is_found_on_a_later_page(scene: Scene) -> None:
    first = [made.note(number, "x", author=5) for number in range(100)]
    scene.on("GET", NOTES, [])
    host = scene.gitlab()
    pull = scene.pull(host)
    scene.on("GET", NOTES, lambda asked: [made.note(400, MARKER)] if asked.query.get("page") == "2" else first)
    scene.on("PUT", f"{NOTES}/400", {"id": 400})
    assert host.write_comment(pull, MARKER, f"{MARKER} now", create=True) is True


def test_making_a_comment_is_not_repeated_after_a_fault(scene: Scene) -> None:
    host = scene.on("GET", NOTES, []).on("POST", NOTES, Reply({}, 502)).gitlab()
    with pytest.raises(HostError, match="fault"):
        host.write_comment(scene.pull(host), MARKER, MARKER, create=True)
    assert scene.paths().count("POST /api/v4/projects/acme/infra/merge_requests/7/notes") == 1


def test_a_jobs_token_has_no_comment_of_its_own(scene: Scene) -> None:
    scene.on("GET", ".*/user", Reply({"message": "401 Unauthorized"}, 401))
    host = scene.gitlab(env={"CI_JOB_TOKEN": "t"})
    with pytest.raises(HostError, match="project access token"):
        host.write_comment(scene.pull(host), MARKER, MARKER, create=True)
