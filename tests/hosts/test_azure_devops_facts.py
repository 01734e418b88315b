"""What the gate reads of a pull request on Azure DevOps: its state, votes, changed files and what changed beside it."""

from __future__ import annotations

from typing import Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import Divergence, State, Unknown
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import GIT, PROJECT_ID, REF, change, comparison, listed, opened, person, play, pull, ref, vote
from hosts.stories import BASE, FINE, HEAD, MERGE, MERGE_BASE

DIFF = f"{GIT}/diffs/commits"
PULL = f"{GIT}/pullRequests/7"


def test_the_base_is_the_branch_as_it_is_now(stage: Stage) -> None:
    host = play(stage, targetRefName="refs/heads/release/1 0")
    stage.on("GET", f"{GIT}/refs", listed([ref("release/1 0-old", MERGE), ref("release/1 0", BASE.upper())]))
    found = host.pull_request(REF)
    assert (found.base_branch, found.base_sha, found.url) == (
        "release/1 0",
        BASE,
        "https://dev.azure.com/org/acme/_git/infra/pullrequest/7",
    )
    assert stage.asked[1].query["filter"] == "heads/release/1 0"


def test_a_branch_on_a_later_page_is_found(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", f"{GIT}/refs", Reply(listed([]), headers={"x-ms-continuationtoken": "c1"}), listed([ref("main", BASE)]))
    assert host.pull_request(REF).base_sha == BASE
    assert stage.asked[2].query["continuationToken"] == "c1"


@pytest.mark.parametrize("status", ["active", "completed"])
def test_without_its_target_branch_an_open_or_merged_one_is_an_error(stage: Stage, status: str) -> None:
    host = play(stage, status=status)
    stage.on("GET", f"{GIT}/refs", listed([ref("main-2", BASE)]))
    with pytest.raises(HostError, match="target branch does not exist"):
        host.pull_request(REF)


def test_a_closed_one_keeps_the_base_it_had(stage: Stage) -> None:
    host = play(stage, status="abandoned")
    stage.on("GET", f"{GIT}/refs", listed([]))
    assert host.pull_request(REF).base_sha == MERGE_BASE


def test_a_head_that_is_not_known_yet_is_waited_for(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", PULL, pull(FINE, lastMergeSourceCommit=None), pull(FINE))
    assert host.pull_request(REF).head_sha == HEAD
    assert stage.clock.slept == [1.0]


def test_a_head_that_stays_unknown_is_an_error(stage: Stage) -> None:
    play(stage, lastMergeSourceCommit=None)
    with pytest.raises(HostError, match="source commit is not known"):
        opened(stage, seconds=10).pull_request(REF)
    assert stage.clock.slept == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"status": "notSet"}, "notSet"),
        ({"createdBy": None}, "createdBy"),
        ({"reviewers": None}, "reviewers"),
        ({"reviewers": [person("x")]}, "vote"),
        ({"lastMergeSourceCommit": {"commitId": "abc"}}, "commitId"),
        ({"repository": {}}, "project"),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_named(stage: Stage, changes: dict[str, Any], place: str) -> None:
    with pytest.raises(HostError, match=place):
        play(stage, **changes).pull_request(REF)


GROUP = {"id": "g", "displayName": "[acme]\\Team", "uniqueName": "vstfs:///x"}


@pytest.mark.parametrize(
    ("reviewers", "by"),
    [
        ([vote("alice", 10), vote("carol", 5), vote("dave", 0), vote("erin", -5), vote("frank", -10)], ["alice", "carol"]),
        ([vote("alice", 10, uniqueName="", displayName="Alice A")], ["Alice A"]),
        ([{**GROUP, "vote": 10, "isContainer": True}], []),
        ([{**GROUP, "vote": 10, "descriptor": "vssgp.abc"}], []),
        ([{**GROUP, "vote": 10}, vote("alice", 10, votedFor=[{**GROUP, "vote": 10}])], ["alice"]),
        ([vote("x", 10, id="id-bob", uniqueName="other address of bob")], ["bob"]),
        ([vote("BOB", 10, id="another account")], ["BOB"]),
    ],
)
def test_who_approves_is_told_by_votes_of_people(stage: Stage, reviewers: list[Any], by: list[str]) -> None:
    host = play(stage, reviewers=reviewers)
    assert [approval.user for approval in host.approvals(host.pull_request(REF)).by] == by


def test_changed_files_hold_both_sides_of_a_rename_and_no_folders(stage: Stage) -> None:
    host = play(stage)
    changes = [
        change("dir", "add", folder=True),
        change("dir/a.tf", "add"),
        change("gone.tf", "delete"),
        change("new.tf", "rename, edit", sourceServerItem="/old.tf"),
        change("new2.tf", "rename", originalPath="/old2.tf"),
        change("old.tf", "delete, sourceRename"),
    ]
    stage.on("GET", DIFF, comparison(changes))
    assert host.changed_files(host.pull_request(REF)) == ("dir/a.tf", "gone.tf", "new.tf", "old.tf", "new2.tf", "old2.tf")
    query = stage.asked[-1].query
    assert (query["baseVersion"], query["targetVersion"], query["diffCommonCommit"]) == (BASE, HEAD, "true")
    assert query["baseVersionType"] == query["targetVersionType"] == "commit"


@pytest.mark.parametrize("whole", [True, False, None])
def test_changes_are_read_to_the_end(stage: Stage, whole: bool | None) -> None:
    host = play(stage)
    first = [change(f"{number}.tf") for number in range(100)]
    pages = [{**comparison(part), "allChangesIncluded": False if part is first else whole} for part in (first, [change("last.tf")], [])]
    stage.on("GET", DIFF, *pages)
    assert len(host.changed_files(host.pull_request(REF))) == 101
    assert [asked.query["$skip"] for asked in stage.asked[2:]] == ["0", "100", "101"][: 3 if whole is False else 2]


def test_changes_without_an_end_are_an_error(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", DIFF, comparison([change("a.tf")] * 100, whole=False))
    with pytest.raises(HostError, match="more than"):
        host.changed_files(host.pull_request(REF))


def test_of_a_merged_one_the_files_are_those_at_its_merge(stage: Stage) -> None:
    host = play(stage, status="completed", lastMergeTargetCommit={"commitId": MERGE_BASE})
    stage.on("GET", DIFF, comparison([change("a.tf")]))
    found = host.pull_request(REF)
    assert (found.state, found.merge_sha) == (State.MERGED, MERGE)
    assert host.changed_files(found) == ("a.tf",)
    assert stage.asked[-1].query["baseVersion"] == MERGE_BASE


def test_a_comparison_is_asked_for_once(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", DIFF, comparison([change("a.tf")]))
    found = host.pull_request(REF)
    assert host.changed_files(found) == host.changed_files(found)
    assert len(stage.asked) == 3


def test_head_and_base_without_a_common_history_are_no_list_of_files(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", DIFF, {**comparison([]), "commonCommit": None})
    found = host.pull_request(REF)
    with pytest.raises(HostError, match="share no history"):
        host.changed_files(found)
    assert isinstance(host.divergence(found, None), Unknown)


PLANNED = "9" * 40


@pytest.mark.parametrize(
    ("planned_on", "common", "expected"),
    [
        (None, MERGE_BASE, Divergence(BASE, MERGE_BASE, ("docs/x.md",))),
        (PLANNED, PLANNED, Divergence(BASE, PLANNED, ("docs/x.md",))),
        (PLANNED[:8].upper(), PLANNED, Divergence(BASE, PLANNED, ("docs/x.md",))),
        (BASE, "", Divergence(BASE, BASE, ())),
    ],
)
def test_what_changed_on_the_base_branch_since_the_starting_point(
    stage: Stage, planned_on: str | None, common: str, expected: Divergence
) -> None:
    host = play(stage)
    stage.on("GET", DIFF, comparison([change("docs/x.md")], common=common))
    assert host.divergence(host.pull_request(REF), planned_on) == expected


@pytest.mark.parametrize(
    ("planned_on", "answer"),
    [
        (PLANNED, comparison([], common=MERGE_BASE)),
        (PLANNED, Reply({"message": "TF401175: The version descriptor could not be resolved"}, 404)),
        ("main", comparison([])),
        ("$(x)", comparison([])),
    ],
)
def test_a_starting_point_that_is_not_on_the_base_branch_is_unknown(stage: Stage, planned_on: str, answer: Any) -> None:
    host = play(stage)
    stage.on("GET", DIFF, answer)
    assert isinstance(host.divergence(host.pull_request(REF), planned_on), Unknown)


def test_after_a_merge_the_merge_is_the_starting_point(stage: Stage) -> None:
    host = play(stage, status="completed")
    stage.on("GET", DIFF, comparison([change("docs/x.md")], common=MERGE))
    assert host.divergence(host.pull_request(REF), None) == Divergence(BASE, MERGE, ("docs/x.md",))
    assert stage.asked[-1].query["baseVersion"] == MERGE


def test_an_answer_of_another_head_is_an_error(stage: Stage) -> None:
    host = play(stage, mergeStatus="queued")
    stage.on("GET", PULL, pull(FINE, mergeStatus="queued"), pull(FINE, lastMergeSourceCommit={"commitId": MERGE}))
    with pytest.raises(HostError, match="new commits"):
        host.mergeability(host.pull_request(REF))


def test_policies_are_asked_for_by_the_ids_of_project_and_pull_request(stage: Stage) -> None:
    host = play(stage)
    host.mergeability(host.pull_request(REF))
    assert stage.asked[-1].query["artifactId"] == f"vstfs:///CodeReview/CodeReviewId/{PROJECT_ID}/7"
    assert stage.asked[-1].query["api-version"] == "7.0-preview.1"
