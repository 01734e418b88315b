"""What blocks on Bitbucket Cloud: conflicts, drafts, builds, tasks, and what Bitbucket does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import gather
from atlantis_gate.hosts.bitbucket_cloud import connect
from atlantis_gate.hosts.bitbucket_cloud_changes import Changes, may_conflict
from atlantis_gate.model import FACT_NAMES, Mergeability
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import JSON, Reply, Wire
from hosts.stage_bitbucket_cloud import ENV, HERE, PULL, REF, SERVER
from hosts.stories import BASE, FINE, HEAD, REPO, Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.model import Run

UNEXPLAINED = "other a failing merge check that Bitbucket does not name, put down to the gate's own running build*"
BUILD = Check("ci", "pending")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def blockers(wire: Wire, run: Run = made.RUN) -> list[str]:
    """Return the blockers as `kind name`, the gate's own with a star."""
    host = connect(wire.connection(SERVER, REPO, run, ENV))
    fact = host.mergeability(host.pull_request(REF))
    assert isinstance(fact, Mergeability)
    return [f"{blocker.kind} {blocker.name}{'*' * blocker.own}" for blocker in fact.blockers]


def failing(wire: Wire, *statuses: JSON, **changes: Any) -> Wire:
    """Let Bitbucket say that a merge check fails."""
    wire.on("GET", PULL, made.pull(FINE, mergeable=False, **changes))
    return wire.on("GET", f"{PULL}/statuses", made.paged(statuses))


def both_sides(wire: Wire, *paths: str) -> Wire:
    """Let the base branch change these paths, too."""
    return wire.on("GET", f"{HERE}/diffstat/{BASE}\\.\\.{HEAD}", made.paged([made.entry(path, path) for path in paths]))


@pytest.mark.parametrize("told", [True, False])
def test_builds_and_tasks_count_only_where_a_merge_check_fails(wire: Wire, told: bool) -> None:
    pull = made.pull(FINE, mergeable=True, task_count=3)
    wire.on("GET", PULL, pull if told else {name: value for name, value in pull.items() if name != "mergeable"})
    wire.on("GET", f"{PULL}/statuses", made.paged([made.status(Check("ci", "failure"))]))
    assert blockers(wire) == []
    assert f"GET {PULL}/statuses" not in wire.paths()


@pytest.mark.parametrize(
    ("state", "said"),
    [("FAILED", "has failed"), ("STOPPED", "was stopped"), ("INPROGRESS", "is still running"), ("NEW", "has not succeeded")],
)
def test_a_build_that_has_not_succeeded_blocks(wire: Wire, state: str, said: str) -> None:
    failing(wire, made.status(BUILD, state=state), made.status(Check("lint", "success")))
    host = connect(wire.connection(SERVER, REPO, made.RUN, ENV))
    fact = host.mergeability(host.pull_request(REF))
    assert isinstance(fact, Mergeability)
    assert [(blocker.kind, blocker.name, blocker.text, blocker.own) for blocker in fact.blockers] == [
        ("check", "ci", f"build ci {said}", False)
    ]


def test_open_tasks_block(wire: Wire) -> None:
    assert blockers(failing(wire, task_count=2)) == ["discussion tasks"]


def test_a_draft_explains_a_failing_merge_check(wire: Wire) -> None:
    assert blockers(failing(wire, draft=True)) == ["draft draft"]


def test_what_remains_unexplained_is_put_down_to_the_gates_own_build_and_said(wire: Wire) -> None:
    own = made.status(Check("gate", "pending", own=True))
    assert blockers(failing(wire, own)) == ["check gate*", UNEXPLAINED]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "atlantis-gate/apply", "url": "https://ci.example.com/1", "state": "FAILED"},
        {"url": f"{SERVER}/{REPO}/pipelines/results/42"},
        {"url": f"{SERVER}/ACME/infra/pipelines/results/42/steps/%7Bx%7D"},
        {"url": f"{SERVER}/{REPO}/addon/pipelines/home#!/results/42"},
    ],
)
def test_the_gates_contexts_and_its_running_pipeline_are_its_own(wire: Wire, changes: JSON) -> None:
    assert blockers(failing(wire, made.status(BUILD, **changes))) == ["check ci*", UNEXPLAINED]


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"{SERVER}/{REPO}/pipelines/results/42", "state": "FAILED"},
        {"url": f"{SERVER}/{REPO}/pipelines/results/421"},
        {"url": f"{SERVER}/{REPO}/pipelines/results/4"},
        {"url": f"{SERVER}/mallory/infra/pipelines/results/42"},
        {"url": f"https://evil.example.com/{SERVER}/{REPO}/pipelines/results/42"},
        {"url": None},
    ],
)
def test_other_builds_and_a_pipeline_of_its_own_that_failed_are_not(wire: Wire, changes: JSON) -> None:
    assert blockers(failing(wire, made.status(BUILD, **changes))) == ["check ci"]


def test_a_pipeline_is_known_by_its_uuid_too(wire: Wire) -> None:
    run = replace(made.RUN, run_id="{1f-2e}", url="")
    status = made.status(BUILD, url=f"{SERVER}/{REPO}/pipelines/results/%7B1f-2e%7D")
    assert blockers(failing(wire, status), run) == ["check ci*", UNEXPLAINED]
    assert blockers(failing(wire, status), replace(run, run_id=None)) == ["check ci"]


def test_builds_of_earlier_commits_count_for_nothing(wire: Wire) -> None:
    old, new = made.status(BUILD, commit={"hash": "e" * 40}), made.status(Check("new", "failure"), commit=None)
    assert blockers(failing(wire, old, new)) == ["check new"]


@pytest.mark.parametrize("state", ["merge conflict", "local deleted"])
def test_what_the_merge_preview_called_a_conflict_is_one(wire: Wire, state: str) -> None:
    wire.on("GET", f"{HERE}/diffstat/{REPO}:.*", made.paged([made.entry(None, "main.tf", state)]))
    assert blockers(wire) == ["conflict conflict"]


def test_conflicts_are_asked_for_where_both_sides_touched_the_same(wire: Wire) -> None:
    both_sides(wire, *FINE.files)
    wire.on("GET", f"{PULL}/conflicts", Reply(None, 302, {"Location": f"{HERE.replace('/repos', '/2.0/repos', 1)}/file-conflicts/a"}))
    found = {"values": [{"type": "file_conflict", "path": "staging/main.tf", "scenario": "content", "message": "both"}]}
    wire.on("GET", f"{HERE}/file-conflicts/a", found, {"values": []})
    assert blockers(wire) == ["conflict conflict"]
    assert blockers(wire) == []


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_conflicts_that_cannot_be_asked_for_leave_it_unknown(wire: Wire, status: int) -> None:
    both_sides(wire, *FINE.files).on("GET", f"{PULL}/conflicts", Reply({}, status))
    host = connect(wire.connection(SERVER, REPO, made.RUN, ENV))
    pull = host.pull_request(REF)
    assert not isinstance(gather(host, pull, FINE.files, FACT_NAMES, None).mergeability, Mergeability)


def test_conflicts_are_asked_for_where_the_commits_cannot_be_compared(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/merge-base/.*", Reply({}, 404)).on("GET", f"{PULL}/conflicts", {"values": [{"path": "a"}]})
    assert blockers(wire) == ["conflict conflict"]
    wire.on("GET", f"{HERE}/merge-base/.*", Reply({}, 403))
    with pytest.raises(HostError):
        blockers(wire)


def changed(*files: str, renames: bool = False) -> Changes:
    return Changes(files, (), renames)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (changed("a"), changed(), False),
        (changed("a"), changed("b"), False),
        (changed("a/b"), changed("a/c"), False),
        (changed("a", "b"), changed("c", "b"), True),
        (changed("a"), changed("a/b/c"), True),
        (changed("a/b/c"), changed("a/b"), True),
        (changed("a", "b", renames=True), changed("c"), True),
        (changed("c"), changed("a", "b", renames=True), True),
        (changed(), changed("a", "b", renames=True), False),
    ],
)
def test_changes_that_touch_nothing_of_the_other_side_cannot_conflict(ours: Changes, theirs: Changes, expected: bool) -> None:
    assert may_conflict(ours, theirs) is expected


@pytest.mark.parametrize(("state", "expected"), [("DECLINED", ["closed closed"]), ("SUPERSEDED", ["closed closed"]), ("MERGED", [])])
def test_nothing_more_is_asked_about_a_pull_request_that_is_not_open(wire: Wire, state: str, expected: list[str]) -> None:
    wire.on("GET", PULL, made.pull(FINE, state=state))
    assert blockers(wire) == expected
    assert not [path for path in wire.paths() if "diffstat" in path or "statuses" in path]
