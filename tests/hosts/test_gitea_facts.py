"""What the gate reads of a pull request on Gitea: its state, reviews, changed files and what changed beside it."""

from __future__ import annotations

from typing import Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import Approval, Approvals, Divergence, State, Unknown
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import API, PATH, REF, commit, file, play, repository, review, user, whole
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE

FILES = f"{PATH}/pulls/7/files"
REVIEWS = f"{PATH}/pulls/7/reviews"
COMMITS = f"{PATH}/commits"
GONE = {"ref": "refs/pull/7/head", "sha": HEAD, "repo_id": -1, "repo": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (State.OPEN, False, False)),
        ({"draft": True}, (State.OPEN, True, False)),
        ({"title": "[wip] x", "draft": None}, (State.OPEN, True, False)),
        ({"title": "Wip: x", "draft": None}, (State.OPEN, True, False)),
        ({"title": "WIP: x", "draft": False}, (State.OPEN, False, False)),
        ({"title": "no WIP: x", "draft": None}, (State.OPEN, False, False)),
        ({"state": "closed"}, (State.CLOSED, False, False)),
        ({"state": "closed", "merged": True, "merge_commit_sha": MERGE}, (State.MERGED, False, False)),
        ({"head": GONE}, (State.OPEN, False, True)),
        ({"head": {**GONE, "repo": repository("dave/infra", 2)}}, (State.OPEN, False, True)),
    ],
)
def test_state_draft_and_fork_are_told(stage: Stage, changes: dict[str, Any], expected: tuple[State, bool, bool]) -> None:
    found = play(stage, **changes).pull_request(REF)
    assert (found.state, found.draft, found.fork) == expected


def test_a_closed_one_without_its_base_branch_keeps_the_merge_base(stage: Stage) -> None:
    base = {"ref": "main", "sha": "", "repo": repository()}
    assert play(stage, state="closed", base=base).pull_request(REF).base_sha == MERGE_BASE


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"state": "locked"}, "locked"),
        ({"user": None}, "user"),
        ({"mergeable": None}, "mergeable"),
        ({"merged": None}, "merged"),
        ({"base": {"ref": "main", "sha": "", "repo": repository()}}, "sha"),
        ({"base": {"ref": "main", "sha": BASE}}, "repo"),
        ({"merged": True, "merge_commit_sha": None}, "merge_commit_sha"),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_named(stage: Stage, changes: dict[str, Any], place: str) -> None:
    with pytest.raises(HostError, match=place):
        play(stage, **changes).pull_request(REF)


@pytest.mark.parametrize(
    ("reviews", "by"),
    [
        ([review(1, "alice")], ["alice"]),
        ([review(1, "alice", official=False)], []),
        ([review(1, "alice", stale=True)], []),
        ([review(1, "alice", dismissed=True)], []),
        ([review(1, "alice"), review(2, "alice", "COMMENT")], ["alice"]),
        ([review(1, "alice"), review(2, "Alice", "REQUEST_CHANGES")], []),
        ([review(2, "alice", "REQUEST_CHANGES", official=False), review(1, "alice")], []),
        ([review(1, "alice", "REQUEST_CHANGES"), review(2, "alice")], ["alice"]),
        ([review(1, "alice", "PENDING")], []),
        ([review(1, "", team={"name": "reviewers"}, state="REQUEST_REVIEW")], []),
        ([review(1, "x", user=None)], []),
        ([review(1, "alice"), review(2, "carol"), review(3, "bob")], ["alice", "carol", "bob"]),
    ],
)
def test_who_approves_is_told_by_the_latest_review_that_counts(stage: Stage, reviews: list[Any], by: list[str]) -> None:
    host = play(stage)
    stage.on("GET", REVIEWS, whole(*reviews))
    assert host.approvals(host.pull_request(REF)).by == tuple(Approval(name, HEAD) for name in by)


@pytest.mark.parametrize("pages", [True, False])
def test_a_list_is_read_to_its_end_with_or_without_a_count(stage: Stage, pages: bool) -> None:
    host = play(stage)
    first, second = [review(1, "alice")], [review(2, "carol")]
    counted = {"X-Total-Count": "2"} if pages else {}
    stage.on("GET", REVIEWS, Reply(first, headers=counted), Reply(second, headers=counted), Reply([]))
    assert [approval.user for approval in host.approvals(host.pull_request(REF)).by] == ["alice", "carol"]
    assert [asked.query["page"] for asked in stage.asked[1:]] == ["1", "2", "3"][: 2 if pages else 3]


def test_a_server_that_does_not_page_gives_its_list_once(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", REVIEWS, [review(1, "alice")])
    assert len(host.approvals(host.pull_request(REF)).by) == 1


def test_a_list_that_may_be_cut_is_an_error(stage: Stage) -> None:
    host = play(stage)
    counted = {"X-Total-Count": "2"}
    stage.on("GET", REVIEWS, Reply([review(1, "alice")], headers=counted), Reply([], headers=counted))
    seen = host.pull_request(REF)
    with pytest.raises(HostError, match="does not say that it is whole"):
        host.approvals(seen)


def test_an_empty_list_of_files_must_be_said_to_be_whole_and_one_of_reviews_need_not(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", REVIEWS, Reply([]))
    stage.on("GET", FILES, Reply([]))
    seen = host.pull_request(REF)
    assert host.approvals(seen) == Approvals(())
    with pytest.raises(HostError, match="does not say that it is whole"):
        host.changed_files(seen)


def test_reviews_and_files_are_asked_for_once(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", FILES, whole(file("a.tf")))
    seen = host.pull_request(REF)
    for _ in range(2):
        host.changed_files(seen)
        host.approvals(seen)
    assert len(stage.asked) == 3


def test_changed_files_hold_both_sides_of_a_rename(stage: Stage) -> None:
    host = play(stage)
    deleted = file("gone.tf", "deleted", contents_url=f"{API}/contents/gone.tf?ref={BASE}")
    stage.on("GET", FILES, whole(file("a.tf", previous_filename=""), file("new.tf", "renamed", previous_filename="old.tf"), deleted))
    assert host.changed_files(host.pull_request(REF)) == ("a.tf", "new.tf", "old.tf", "gone.tf")


def test_files_of_another_head_are_an_error(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", FILES, whole(file("a.tf", contents_url=f"{API}/contents/a.tf?ref={MERGE}")))
    seen = host.pull_request(REF)
    with pytest.raises(HostError, match="new commits"):
        host.changed_files(seen)


OLD, SIDE = "7" * 40, "8" * 40
MERGED = {"sha": BASE, "parents": [{"sha": OLD}, {"sha": SIDE}], "files": [{"filename": "b.md"}]}
HISTORY = (MERGED, commit(OLD, MERGE_BASE, ["a.md", "b.md"]), commit(SIDE, MERGE, ["c.md"]))
FORKED = (MERGED, commit(OLD, MERGE, ["a.md"]), commit(SIDE, OLD, []))

ASIDE = (MERGED, commit(SIDE, MERGE_BASE, []), commit(OLD, MERGE, []))
ELSEWHERE = (MERGED, commit(SIDE, MERGE, []), commit(OLD, "6" * 40, []))


@pytest.mark.parametrize(
    ("planned_on", "commits", "expected"),
    [
        (None, ASIDE, Divergence(BASE, MERGE_BASE, ("b.md",))),
        (None, (ASIDE[0], ASIDE[2], ASIDE[1]), Divergence(BASE, MERGE_BASE, ("b.md",))),
        (None, ELSEWHERE, Divergence(BASE, "6" * 40, ("b.md",))),
        (None, HISTORY, Divergence(BASE, MERGE_BASE, ("b.md", "a.md", "c.md"))),
        (None, FORKED, Divergence(BASE, MERGE, ("b.md", "a.md"))),
        (None, (), Divergence(BASE, BASE, ())),
        (MERGE, HISTORY, Divergence(BASE, MERGE, ("b.md", "a.md", "c.md"))),
        (MERGE_BASE[:7].upper(), HISTORY, Divergence(BASE, MERGE_BASE, ("b.md", "a.md", "c.md"))),
        (BASE, (), Divergence(BASE, BASE, ())),
    ],
)
def test_what_changed_on_the_base_branch_since_the_starting_point(
    stage: Stage, planned_on: str | None, commits: tuple[Any, ...], expected: Divergence
) -> None:
    host = play(stage)
    stage.on("GET", COMMITS, whole(*commits))
    assert host.divergence(host.pull_request(REF), planned_on) == expected


def test_commits_are_asked_for_with_their_files_and_without_what_head_has(stage: Stage) -> None:
    host = play(stage)
    seen = host.pull_request(REF)
    assert host.divergence(seen, None) == host.divergence(seen, None)
    query = stage.asked[1].query
    assert (query["sha"], query["not"], query["files"], len(stage.asked)) == (BASE, HEAD, "true", 2)


@pytest.mark.parametrize(
    ("planned_on", "answer"),
    [
        ("9" * 40, whole(*HISTORY)),
        ("9" * 40, whole()),
        (None, whole(commit(BASE, BASE, ["a.md"]))),
        ("main", whole()),
    ],
)
def test_a_starting_point_that_is_not_on_the_base_branch_is_unknown(stage: Stage, planned_on: str | None, answer: Any) -> None:
    host = play(stage)
    stage.on("GET", COMMITS, answer)
    assert isinstance(host.divergence(host.pull_request(REF), planned_on), Unknown)


@pytest.mark.parametrize(
    "answer", [Reply([]), whole({"sha": BASE, "parents": [{"sha": OLD}]}), whole({"sha": BASE, "files": []}), Reply({})]
)
def test_commits_that_cannot_be_read_are_an_error(stage: Stage, answer: Reply) -> None:
    host = play(stage)
    stage.on("GET", COMMITS, answer)
    seen = host.pull_request(REF)
    with pytest.raises(HostError):
        host.divergence(seen, None)


def test_after_a_merge_the_merge_is_the_starting_point(stage: Stage) -> None:
    host = play(stage, state="closed", merged=True, merge_commit_sha=MERGE)
    stage.on("GET", COMMITS, whole(commit(BASE, MERGE, ["docs/x.md"])))
    assert host.divergence(host.pull_request(REF), None) == Divergence(BASE, MERGE, ("docs/x.md",))


def test_an_author_is_named_by_login(stage: Stage) -> None:
    assert play(stage, user=user("Bob")).pull_request(REF).author == "Bob"
