"""GitLab's word on a merge request, its fields and its pipeline give the right blockers, and the gate's own never close the gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.model import Mergeability, Unknown
from hosts import gitlab_answers as made
from hosts.gitlab_scene import MERGE_REQUEST, RUN, STATUSES, Scene, named

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = 1
RUNNING: dict[str, Any] = {"detailed_merge_status": "ci_still_running", "head_pipeline": made.pipeline("running")}
FAILED: dict[str, Any] = {"detailed_merge_status": "ci_must_pass", "head_pipeline": made.pipeline("failed")}
GATE = made.status("gate", "running", number=OWN)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened


def told(scene: Scene, *statuses: Any, jobs: tuple[int, ...] = (OWN,), **merge_request: Any) -> list[str]:
    """Return the blockers of a merge request whose pipeline has these statuses, of which `jobs` are jobs of the gate's pipeline."""
    scene.on("GET", MERGE_REQUEST, made.merge_request(**merge_request)).on("GET", STATUSES, list(statuses))
    scene.on("GET", ".*/pipelines/9001/jobs", [made.job(number) for number in jobs])
    return named(scene.mergeability())


@pytest.mark.parametrize(
    ("word", "blocker"),
    [
        ("not_open", "closed"),
        ("draft_status", "draft"),
        ("conflict", "conflict"),
        ("broken_status", "conflict"),
        ("need_rebase", "behind"),
        ("not_approved", "review"),
        ("requested_changes", "review"),
        ("discussions_not_resolved", "discussion"),
        ("status_checks_must_pass", "policy"),
        ("external_status_checks", "policy"),
        ("security_policy_violations", "policy"),
        ("jira_association_missing", "policy"),
        ("policies_denied", "policy"),
        ("locked_paths", "other"),
        ("merge_request_blocked", "other"),
        ("commits_status", "other"),
        ("a_word_of_tomorrow", "other"),
    ],
)
def test_each_word_is_a_blocker_that_carries_it(scene: Scene, word: str, blocker: str) -> None:
    assert told(scene, detailed_merge_status=word) == [f"{blocker} {word}"]


def test_one_word_does_not_hide_what_the_fields_say(scene: Scene) -> None:
    found = told(scene, detailed_merge_status="not_approved", draft=True, has_conflicts=True, blocking_discussions_resolved=False)
    assert [name.split()[0] for name in found] == ["review", "draft", "conflict", "discussion"]


@pytest.mark.parametrize("word", ["mergeable", "ci_still_running", "ci_must_pass"])
@pytest.mark.parametrize(
    ("field", "kind"),
    [({"has_conflicts": True}, "conflict"), ({"blocking_discussions_resolved": False}, "discussion"), ({"draft": True}, "draft")],
)
def test_a_field_blocks_whatever_the_word(scene: Scene, word: str, field: dict[str, Any], kind: str) -> None:
    found = told(scene, GATE, **{**RUNNING, **field, "detailed_merge_status": word})
    assert [name.split()[0] for name in found] == [kind]


def test_nothing_blocks_a_mergeable_one(scene: Scene) -> None:
    assert told(scene, made.status("lint"), made.status("flaky", "failed", number=2, allow_failure=True)) == []


def test_the_gates_own_running_job_and_later_jobs_do_not_block(scene: Scene) -> None:
    later = [made.status("apply", "manual", number=2), made.status("notify", "skipped", number=3), made.status("scan", "created", number=4)]
    assert told(scene, GATE, *later, jobs=(1, 2, 3, 4), **RUNNING) == ["check apply*", "check gate*", "check notify*", "check scan*"]


def test_a_failed_job_of_the_same_pipeline_blocks(scene: Scene) -> None:
    assert told(scene, GATE, made.status("build", "failed", number=2), jobs=(1, 2), **RUNNING) == ["check build", "check gate*"]


@pytest.mark.parametrize("state", ["pending", "running", "failed", "skipped", "canceled"])
def test_a_status_that_another_system_posted_to_the_gates_pipeline_blocks(scene: Scene, state: str) -> None:
    assert told(scene, GATE, made.status("sonar", state, number=2, description="quality gate"), **RUNNING) == ["check gate*", "check sonar"]


def test_a_status_with_a_description_is_known_not_to_be_a_job(scene: Scene) -> None:
    told(scene, GATE, made.status("sonar", "pending", number=2, description="quality gate"), **RUNNING)
    assert [path for path in scene.paths() if "bridges" in path] == []


def test_trigger_jobs_of_the_gates_pipeline_are_its_own(scene: Scene) -> None:
    scene.on("GET", ".*/pipelines/9001/bridges", [made.job(2)])
    assert told(scene, GATE, made.status("deploy", "created", number=2), **RUNNING) == ["check deploy*", "check gate*"]


def test_the_trigger_job_that_started_the_gates_child_pipeline_is_its_own(scene: Scene) -> None:
    parent = made.pipeline("running", id=8000)
    bridges = [{**made.job(5), "downstream_pipeline": {"id": 9001}}, {**made.job(6), "downstream_pipeline": {"id": 9002}}]
    scene.on("GET", ".*/pipelines/8000/bridges", bridges)
    statuses = [made.status("child", "running", number=5, pipeline_id=8000), made.status("other", "running", number=6, pipeline_id=8000)]
    assert told(scene, GATE, *statuses, detailed_merge_status="ci_still_running", head_pipeline=parent) == [
        "check child*",
        "check gate*",
        "check other",
    ]


@pytest.mark.parametrize("name", ["atlantis-gate", "atlantis-gate/apply", "atlantis-gate/apply: staging/default"])
@pytest.mark.parametrize("state", ["running", "failed"])
def test_contexts_under_the_status_name_are_the_gates_own(scene: Scene, name: str, state: str) -> None:
    assert told(scene, made.status(name, state, number=9), **FAILED) == [f"check {name}*"]


def test_a_context_that_only_begins_like_the_status_name_is_not(scene: Scene) -> None:
    assert told(scene, made.status("atlantis-gate-extra", "failed", number=9), **FAILED) == ["check atlantis-gate-extra"]


def test_nothing_is_own_outside_gitlab_ci(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merge_request(**RUNNING)).on("GET", STATUSES, [GATE])
    scene.on("GET", ".*/pipelines/9001/jobs", [made.job(OWN)])
    assert named(scene.mergeability(run=replace(RUN, ci="jenkins"))) == ["check gate"]
    assert named(scene.mergeability(env={"GITLAB_TOKEN": "t", "CI_SERVER_URL": "https://other.example"})) == ["check gate"]


@pytest.mark.parametrize("state", ["failed", "running", "manual"])
def test_own_statuses_do_not_explain_another_pipeline_that_did_not_succeed(scene: Scene, state: str) -> None:
    mine = made.status("atlantis-gate/apply", "failed", number=9, pipeline_id=5)
    done = made.status("lint", number=2, pipeline_id=8000)
    found = told(scene, mine, done, detailed_merge_status="ci_must_pass", head_pipeline=made.pipeline(state, id=8000))
    assert found == ["check atlantis-gate/apply*", "check pipeline"]


def test_the_gates_own_running_pipeline_without_a_job_listed_is_its_own(scene: Scene) -> None:
    assert told(scene, made.status("lint"), **RUNNING) == ["check pipeline*"]
    assert told(scene, made.status("lint"), **FAILED) == ["check pipeline"]


def test_no_pipeline_at_all_blocks(scene: Scene) -> None:
    assert told(scene, detailed_merge_status="ci_must_pass", head_pipeline=None) == ["check pipeline"]


def test_a_pipeline_that_the_token_may_not_see_is_unknown(scene: Scene) -> None:
    shown = made.merge_request(detailed_merge_status="ci_must_pass")
    del shown["head_pipeline"]
    scene.on("GET", MERGE_REQUEST, shown).on("GET", STATUSES, [])
    fact = scene.mergeability()
    assert isinstance(fact, Unknown)
    assert "Reporter" in fact.reason


def test_a_successful_pipeline_that_does_not_suffice_is_unknown(scene: Scene) -> None:
    assert told(scene, made.status("lint"), detailed_merge_status="ci_must_pass") == ["unknown"]


def test_a_pipeline_without_jobs_is_unknown(scene: Scene) -> None:
    assert told(scene) == ["unknown"]


@pytest.mark.parametrize(("allowed", "expected"), [(True, []), (False, ["check pipeline"]), (None, ["check pipeline"])])
def test_a_skipped_pipeline_counts_as_the_project_says(scene: Scene, *, allowed: bool | None, expected: list[str]) -> None:
    scene.on("GET", ".*/projects/acme/infra", made.project(allow_merge_on_skipped_pipeline=allowed))
    assert told(scene, made.status("lint", "skipped"), head_pipeline=made.pipeline("skipped")) == expected


def test_checks_count_only_where_the_project_asks_for_a_pipeline(scene: Scene) -> None:
    scene.on("GET", ".*/projects/acme/infra", made.project(only_allow_merge_if_pipeline_succeeds=False))
    assert told(scene, made.status("lint", "failed")) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"ref": "feature"}, ["check ci/x"]),
        ({"ref": None}, ["check ci/x"]),
        ({"ref": "refs/merge-requests/7/merge"}, ["check ci/x"]),
        ({"ref": "refs/merge-requests/7/train"}, ["check ci/x"]),
        ({"ref": "refs/merge-requests/8/head"}, []),
        ({"ref": "another-branch"}, []),
        ({"ref": "another-branch", "pipeline_id": made.PIPELINE}, ["check ci/x"]),
    ],
)
def test_statuses_of_other_refs_are_left_out(scene: Scene, status: dict[str, Any], expected: list[str]) -> None:
    assert told(scene, made.status("lint"), made.status("ci/x", "failed", number=2, **{"pipeline_id": 5, **status})) == expected


def test_an_older_pipeline_counts_no_more_for_a_job_that_the_newest_has(scene: Scene) -> None:
    older = [made.status("lint", "failed", number=1, pipeline_id=5), made.status("only-there", "failed", number=2, pipeline_id=5)]
    assert told(scene, *older, made.status("lint", number=9)) == ["check only-there"]


def test_two_systems_with_one_name_must_both_succeed(scene: Scene) -> None:
    assert told(scene, made.status("sonar", "failed", number=1), made.status("sonar", number=2)) == ["check sonar"]


def test_statuses_of_a_pipeline_in_the_fork_are_read_there(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, made.merge_request(head_pipeline=made.pipeline(project_id=made.FORK), source_project_id=made.FORK))
    scene.on("GET", ".*/projects/43/repository/commits/a*/statuses", [made.status("lint", "failed")])
    assert named(scene.mergeability()) == ["check lint"]


@pytest.mark.parametrize("word", ["unchecked", "checking", "preparing", "approvals_syncing"])
def test_a_word_that_is_no_answer_yet_is_asked_for_again_until_the_time_is_over(scene: Scene, word: str) -> None:
    scene.on("GET", MERGE_REQUEST, *[made.merge_request(detailed_merge_status=word)] * 3, made.merge_request())
    assert scene.mergeability() == Mergeability(())
    assert scene.clock.slept == [1.0, 2.0, 3.0]
    scene.on("GET", MERGE_REQUEST, made.merge_request(detailed_merge_status=word))
    fact = scene.mergeability(seconds=20)
    assert isinstance(fact, Unknown)
    assert word in fact.reason
    assert "Developer" in fact.reason


@pytest.mark.parametrize(
    ("merge_request", "project", "approvals", "expected"),
    [
        ({"merge_status": "can_be_merged"}, {}, {}, []),
        ({"merge_status": "cannot_be_merged"}, {}, {}, ["conflict cannot_be_merged"]),
        ({"merge_status": "can_be_merged"}, {}, {"left": 2}, ["review not_approved"]),
        ({"merge_status": "can_be_merged"}, {"merge_method": "ff"}, {}, ["behind need_rebase"]),
        ({"merge_status": "can_be_merged", "diverged_commits_count": 0}, {"merge_method": "ff"}, {}, []),
    ],
)
def test_a_gitlab_without_the_word_is_judged_by_its_fields(
    scene: Scene, merge_request: dict[str, Any], project: dict[str, Any], approvals: dict[str, Any], expected: list[str]
) -> None:
    scene.on("GET", ".*/projects/acme/infra", made.project(**project))
    scene.on("GET", f"{MERGE_REQUEST}/approvals", made.approvals("alice", **approvals))
    answer = made.merge_request(**merge_request)
    del answer["detailed_merge_status"]
    scene.on("GET", MERGE_REQUEST, answer).on("GET", STATUSES, [made.status("lint")])
    assert named(scene.mergeability()) == expected


@pytest.mark.parametrize("missing", [{"detailed_merge_status": ""}, {"blocking_discussions_resolved": None}])
def test_an_answer_that_lacks_a_word_or_field_is_unknown(scene: Scene, missing: dict[str, Any]) -> None:
    assert told(scene, made.status("lint"), **missing) == ["unknown"]
