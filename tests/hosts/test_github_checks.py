"""Which required checks block, which are the gate's own, and what a missing permission leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Mergeability, Unknown
from hosts.github_answers import (
    RUN_ID,
    base,
    blocked,
    check_run,
    checks_rule,
    connection,
    error,
    own_run,
    protection,
    review_rule,
    status,
    workflow_file,
    workflow_run,
    workflows_rule,
)
from hosts.github_stage import judged, named

if TYPE_CHECKING:
    from hosts.github_answers import JSON

WORKFLOW = ".github/workflows/policy.yaml"
POLICY = workflow_file(WORKFLOW, "acme/policies")
ROLLUP = ("repository", "pullRequest", "head", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", 0)


@pytest.mark.parametrize("word", ["FAILURE", "CANCELLED", "TIMED_OUT", "ACTION_REQUIRED", "STALE", "STARTUP_FAILURE", "NEW_WORD"])
@pytest.mark.parametrize("name", ["ci/build", "gate"])
def test_a_required_check_run_that_failed_blocks_even_in_the_gates_own_run(word: str, name: str) -> None:
    node = own_run(name, word) if name == "gate" else check_run(name, word)
    assert named(judged(blocked(node))) == [f"check {name}"]


@pytest.mark.parametrize("word", ["QUEUED", "IN_PROGRESS", "WAITING", "PENDING", "REQUESTED"])
def test_a_required_check_run_that_runs_blocks_unless_it_is_of_the_gates_own_run(word: str) -> None:
    assert named(judged(blocked(check_run("ci/build", word), own_run("gate", word)))) == ["check ci/build", "check gate*"]


@pytest.mark.parametrize("word", ["SUCCESS", "NEUTRAL", "SKIPPED"])
def test_a_required_check_run_passes_with_these_conclusions(word: str) -> None:
    assert named(judged(blocked(check_run("ci/build", word), own_run()))) == ["check gate*"]


@pytest.mark.parametrize("state", ["ERROR", "FAILURE", "PENDING", "EXPECTED", "NEUTRAL"])
def test_a_required_status_passes_with_success_only(state: str) -> None:
    assert named(judged(blocked(status("ci", state), status("cd"), own_run()))) == ["check ci", "check gate*"]


@pytest.mark.parametrize("context", ["atlantis-gate", "atlantis-gate/apply", "atlantis-gate/apply: staging/default"])
@pytest.mark.parametrize("state", ["FAILURE", "PENDING", "EXPECTED"])
def test_contexts_under_the_gates_name_are_its_own_whatever_they_say(context: str, state: str) -> None:
    assert named(judged(blocked(status(context, state)))) == [f"check {context}*"]


@pytest.mark.parametrize("context", ["atlantis-gatekeeper", "other/atlantis-gate", "atlantis"])
def test_contexts_that_only_look_alike_are_not(context: str) -> None:
    assert named(judged(blocked(status(context, "PENDING")))) == [f"check {context}"]


@pytest.mark.parametrize(
    "demand", [{"rules": [checks_rule("ci", "atlantis-gate/apply")]}, {"baseRef": base(refUpdateRule=protection("ci"))}]
)
def test_a_required_check_that_never_reported_blocks(demand: JSON) -> None:
    fact = judged(blocked(own_run(), **demand))
    assert isinstance(fact, Mergeability)
    assert [blocker.text for blocker in fact.blockers if blocker.name == "ci"] == ["required check ci has not reported"]
    assert all(blocker.own for blocker in fact.blockers if blocker.name != "ci")


def test_a_check_by_another_app_than_the_required_one_does_not_count() -> None:
    fact = judged(blocked(check_run("ci", app=1), rules=[checks_rule("ci", app=2)]))
    assert isinstance(fact, Mergeability)
    assert [blocker.text for blocker in fact.blockers] == ["required check ci has not reported by the app that must report it"]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ([check_run("ci", app=2)], ["check gate*"]),
        ([check_run("ci", app=None)], ["check ci", "check gate*"]),
        ([check_run("ci", app=2), check_run("ci", "FAILURE", app=1, required=False)], ["check gate*"]),
        ([status("ci")], ["check gate*"]),
        ([status("ci", required=False)], ["check ci", "check gate*"]),
    ],
)
def test_the_required_app_decides(contexts: list[JSON], expected: list[str]) -> None:
    assert named(judged(blocked(*contexts, own_run(), rules=[checks_rule("ci", app=2)]))) == expected


def test_a_check_that_is_not_required_does_not_block() -> None:
    assert named(judged(blocked(check_run("lint", "FAILURE", required=False), own_run()))) == ["check gate*"]


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (workflow_run(1), workflow_run(2), ["check gate*"]),
        (workflow_run(2), workflow_run(1), ["check ci", "check gate*"]),
        (workflow_run(1), workflow_run(2, event="push"), ["check ci", "check gate*"]),
        (workflow_run(1), workflow_run(2, workflow=2), ["check ci", "check gate*"]),
        (workflow_run(1), workflow_run(1), ["check ci", "check gate*"]),
        (workflow_run(1), None, ["check ci", "check gate*"]),
    ],
)
def test_a_failed_run_is_replaced_only_by_a_later_one_of_the_same_workflow_and_event(
    older: JSON, newer: JSON | None, expected: list[str]
) -> None:
    node = blocked(check_run("ci", "FAILURE", run=older), check_run("ci", run=newer), own_run())
    assert named(judged(node)) == expected


@pytest.mark.parametrize(
    ("mine", "older", "expected"),
    [
        ("IN_PROGRESS", workflow_run(8, event="pull_request_review"), ["check gate*"]),
        ("SUCCESS", workflow_run(8, event="pull_request_review"), ["check ci*"]),
        ("SKIPPED", workflow_run(8, event="pull_request_review"), ["check gate", "check ci*"]),
        ("FAILURE", workflow_run(8, event="pull_request_review"), ["check gate", "check ci*"]),
        ("IN_PROGRESS", workflow_run(10, event="pull_request_review"), ["check gate", "check gate*"]),
        ("IN_PROGRESS", workflow_run(8, event="pull_request_review", workflow=2), ["check gate", "check gate*"]),
    ],
)
def test_what_an_earlier_run_of_the_gate_said_does_not_keep_it_from_saying_something_else(
    mine: str, older: JSON, expected: list[str]
) -> None:
    now = workflow_run(9, run_id=RUN_ID)
    node = blocked(check_run("gate", "FAILURE", run=older), check_run("gate", mine, run=now), check_run("ci", "QUEUED", run=now))
    found = named(judged(node))
    assert found == (expected if "check ci*" in expected else [*expected, "check ci*"])


def test_of_an_apps_check_runs_without_a_workflow_the_latest_counts() -> None:
    later = {**check_run("ci"), "startedAt": "2026-01-02T00:00:00Z"}
    assert named(judged(blocked(later, check_run("ci", "FAILURE"), own_run()))) == ["check gate*"]


def test_a_status_and_a_check_run_of_one_required_name_must_both_pass() -> None:
    assert named(judged(blocked(status("ci", "FAILURE"), check_run("ci"), own_run()))) == ["check ci", "check gate*"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (check_run("policy", suite="SUCCESS", run=workflow_run(file=POLICY)), ["check gate*"]),
        (check_run("policy", suite="FAILURE", run=workflow_run(file=POLICY)), ["check gate*", f"check {WORKFLOW}"]),
        (check_run("policy", suite=None, run=workflow_run(file=POLICY)), ["check gate*", f"check {WORKFLOW}"]),
        (check_run("policy", suite="SUCCESS", run=workflow_run()), ["check gate*", f"check {WORKFLOW}"]),
        (
            check_run("policy", suite="SUCCESS", run=workflow_run(file=workflow_file(WORKFLOW, "acme/infra"))),
            ["check gate*", f"check {WORKFLOW}"],
        ),
    ],
)
def test_a_required_workflow_of_another_repository_must_have_passed_as_a_whole(run: JSON, expected: list[str]) -> None:
    assert named(judged(blocked(run, own_run(), rules=[workflows_rule(WORKFLOW)]))) == expected


def test_what_could_be_read_of_the_checks_counts_and_what_could_not_is_not_called_missing() -> None:
    denied = error("Resource not accessible by integration", *ROLLUP)
    assert named(judged(blocked(check_run("ci", "FAILURE")), denied)) == ["check ci"]
    assert named(judged(blocked(rules=[checks_rule("ci")]), denied)) == ["unknown"]
    assert named(judged(blocked(rules=[workflows_rule(WORKFLOW)]), denied)) == ["unknown"]


def test_a_running_check_that_only_a_rule_calls_required_may_be_the_gates_own_where_runs_are_hidden() -> None:
    denied = error("Resource not accessible by integration", *ROLLUP, "checkSuite", "workflowRun")
    node = blocked(check_run("gate", "IN_PROGRESS", required=False), status("atlantis-gate", "PENDING"), rules=[checks_rule("gate")])
    assert named(judged(node, denied)) == ["unknown"]


def test_where_github_tells_which_of_two_checks_of_a_name_is_required_the_other_does_not_count() -> None:
    node = blocked(check_run("ci"), check_run("ci", "FAILURE", required=False, app=1), own_run(), rules=[checks_rule("ci")])
    assert named(judged(node)) == ["check gate*"]


def test_a_run_of_an_unknown_workflow_is_read() -> None:
    assert named(judged(blocked(check_run("ci", "FAILURE", run={**workflow_run(), "workflow": None})))) == ["check ci"]


def test_an_earlier_no_of_what_may_be_the_gates_own_job_is_not_taken_for_a_blocker_where_runs_are_hidden() -> None:
    denied = error("Resource not accessible by integration", *ROLLUP, "checkSuite", "workflowRun")
    assert named(judged(blocked(check_run("gate", "FAILURE"), check_run("gate", "IN_PROGRESS")), denied)) == ["unknown"]
    assert named(judged(blocked(check_run("gate", "FAILURE"), check_run("ci", "IN_PROGRESS")), denied)) == ["check gate"]


def test_what_a_ruleset_only_tries_does_not_block_although_github_calls_it_required() -> None:
    run = check_run("policy", "FAILURE", suite="FAILURE", run=workflow_run(file=POLICY))
    rules = [workflows_rule(WORKFLOW, enforcement="EVALUATE"), checks_rule("ci", enforcement="EVALUATE")]
    assert named(judged(blocked(run, status("ci", "FAILURE"), own_run(), rules=rules))) == ["check gate*"]
    assert named(judged(blocked(status("ci", "FAILURE"), rules=[*rules, checks_rule("ci")]))) == ["check ci"]


def test_a_required_workflow_may_be_pinned_to_a_commit() -> None:
    run = check_run("policy", suite="SUCCESS", run=workflow_run(file=POLICY))
    for sha, expected in (("a" * 40, ["check gate*"]), ("b" * 40, ["check gate*", f"check {WORKFLOW}"])):
        assert named(judged(blocked(run, own_run(), rules=[workflows_rule(WORKFLOW, sha=sha)]))) == expected


def test_a_required_workflow_that_the_gate_runs_in_is_its_own_until_a_job_of_it_failed() -> None:
    mine = workflow_run(run_id=RUN_ID, file=POLICY)
    rules = [workflows_rule(WORKFLOW)]
    assert named(judged(blocked(check_run("gate", "IN_PROGRESS", required=False, run=mine), rules=rules))) == [f"check {WORKFLOW}*"]
    failed = check_run("lint", "FAILURE", required=False, run=mine)
    assert named(judged(blocked(failed, rules=rules))) == [f"check {WORKFLOW}"]


@pytest.mark.parametrize(
    ("path", "permission"),
    [(ROLLUP, "checks: read and statuses: read"), ((*ROLLUP, "checkSuite", "workflowRun"), "actions: read")],
)
def test_checks_that_may_not_be_read_leave_a_blocked_pull_request_unknown(path: tuple[str | int, ...], permission: str) -> None:
    node = blocked(check_run("gate", "IN_PROGRESS"))
    if path == ROLLUP:
        node["head"]["nodes"][0]["commit"]["statusCheckRollup"]["contexts"] = connection([None])
    fact = judged(node, error("Resource not accessible by integration", *path))
    assert isinstance(fact, Unknown)
    assert permission in fact.reason


def test_a_check_that_may_not_be_read_without_any_error_is_a_gap_all_the_same() -> None:
    node = blocked(check_run("gate", "IN_PROGRESS"), own_run())
    node["head"]["nodes"][0]["commit"]["statusCheckRollup"]["contexts"]["nodes"][0] = None
    assert named(judged(node)) == ["unknown"]


def test_what_may_not_be_read_does_not_matter_where_another_blocker_is_sure_or_nothing_is_blocked() -> None:
    denied = error("Resource not accessible by integration", *ROLLUP)
    assert named(judged(blocked(rules=[review_rule(1)]), denied)) == ["review review required"]
    assert named(judged(blocked(mergeStateStatus="UNSTABLE"), denied)) == []


def test_a_hidden_workflow_run_does_not_matter_for_checks_that_have_finished() -> None:
    denied = error("Resource not accessible by integration", *ROLLUP, "checkSuite", "workflowRun")
    assert named(judged(blocked(check_run("ci", "FAILURE")), denied)) == ["check ci"]
    assert named(judged(blocked(check_run("ci"), status("atlantis-gate/apply", "PENDING")), denied)) == ["check atlantis-gate/apply*"]


@pytest.mark.parametrize("name", ["atlantis/apply", "atlantis/apply: staging/default", "other/plan"])
def test_a_check_that_a_bypass_may_set_aside_does_not_hide_what_cannot_be_seen(name: str) -> None:
    denied = error("Resource not accessible by integration", "repository", "pullRequest", "baseRef", "rules")
    assert named(judged(blocked(status(name, "PENDING")))) == [f"check {name}"]
    assert named(judged(blocked(status(name, "PENDING")), denied)) == ["unknown"]
    assert named(judged(blocked(status("ci", "PENDING")), denied)) == ["check ci"]


@pytest.mark.parametrize("part", ["rules", "protection", "requiredWorkflows"])
def test_an_old_server_that_cannot_tell_leaves_only_a_blocked_pull_request_unknown(part: str) -> None:
    fact = judged(blocked(own_run()), dropped=[part])
    assert isinstance(fact, Unknown)
    assert "too old" in fact.reason
    assert named(judged(blocked(mergeStateStatus="CLEAN"), dropped=[part])) == []
