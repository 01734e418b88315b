"""What keeps a pull request of Azure DevOps from being completed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import Blocker, Mergeability, Unknown
from hosts.github_stage import Stage, named
from hosts.stage_azure_devops import BUILD, DEFINITION, GIT, JOB, REF, RUN, STATUS, evaluation, listed, opened, play, pull, vote
from hosts.stories import FINE

POLICIES = "/org/acme/_apis/policy/evaluations"
PULL = f"{GIT}/pullRequests/7"
REVIEWERS = {"id": "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "displayName": "Minimum number of reviewers"}
GATE = {"buildDefinitionId": DEFINITION, "displayName": "gate"}


def judged(stage: Stage, *policies: Any, env: dict[str, str] | None = None, run: Any = RUN, **changes: Any) -> Mergeability | Unknown:
    """Return what the host makes of a pull request and its policies."""
    play(stage, **changes)
    stage.on("GET", POLICIES, listed(policies))
    host = opened(stage, env, run=run)
    return host.mergeability(host.pull_request(REF))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mergeStatus": "succeeded"}, []),
        ({"mergeStatus": "conflicts"}, ["conflict main"]),
        ({"mergeStatus": "rejectedByPolicy"}, ["policy rejectedByPolicy"]),
        ({"mergeStatus": "failure", "mergeFailureMessage": "object too large"}, ["other failure"]),
        ({"mergeStatus": "somethingNew"}, ["unknown"]),
        ({"isDraft": True}, ["draft draft"]),
        ({"isDraft": True, "mergeStatus": "queued"}, ["draft draft"]),
        ({"isDraft": True, "mergeStatus": "conflicts"}, ["draft draft", "conflict main"]),
        ({"status": "abandoned"}, ["closed closed"]),
        ({"status": "completed"}, []),
        ({"reviewers": [vote("alice", 10), vote("carol", -10), vote("dave", -5)]}, ["review carol", "review dave"]),
        ({"reviewers": [vote("team", -10, isContainer=True)]}, []),
    ],
)
def test_merge_state_and_votes_block(stage: Stage, changes: dict[str, Any], expected: list[str]) -> None:
    assert named(judged(stage, **changes)) == expected


def test_a_failed_merge_says_why(stage: Stage) -> None:
    found = judged(stage, mergeStatus="failure", mergeFailureMessage="object too large")
    assert found == Mergeability((Blocker("other", "failure", "its merge failed: object too large"),))


@pytest.mark.parametrize("word", ["queued", "running", "rejected", "broken", "somethingNew"])
def test_a_policy_that_is_not_met_blocks(stage: Stage, word: str) -> None:
    found = judged(stage, evaluation(word, REVIEWERS, {"minimumApproverCount": 2}), evaluation("approved", REVIEWERS, {}))
    expected = f"the branch policy Minimum number of reviewers is {word}"
    assert found == Mergeability((Blocker("policy", "Minimum number of reviewers", expected),))


@pytest.mark.parametrize(
    "policy",
    [
        evaluation("notApplicable", REVIEWERS, {}),
        evaluation("rejected", REVIEWERS, {}, isEnabled=False),
        evaluation("rejected", REVIEWERS, {}, isBlocking=False),
        evaluation("rejected", REVIEWERS, {}, isDeleted=True),
    ],
)
def test_a_policy_that_does_not_apply_does_not_block(stage: Stage, policy: Any) -> None:
    assert named(judged(stage, policy)) == []


def test_a_policy_of_which_little_is_said_blocks(stage: Stage) -> None:
    assert named(judged(stage, {"configuration": {}, "status": "queued"})) == ["policy policy"]


@pytest.mark.parametrize("answer", [{}, {"value": None}, {"value": [{}]}, {"value": [{"configuration": {}}]}, []])
def test_policies_that_cannot_be_read_are_an_error(stage: Stage, answer: Any) -> None:
    host = play(stage)
    stage.on("GET", POLICIES, answer)
    seen = host.pull_request(REF)
    with pytest.raises(HostError, match="polic"):
        host.mergeability(seen)


def test_policies_are_read_to_the_end(stage: Stage) -> None:
    host = play(stage)
    fine = evaluation("approved", REVIEWERS, {})
    stage.on("GET", POLICIES, listed([fine] * 100), listed([fine, evaluation("rejected", REVIEWERS, {})]))
    assert named(host.mergeability(host.pull_request(REF))) == ["policy Minimum number of reviewers"]
    assert [asked.query["$skip"] for asked in stage.asked[2:]] == ["0", "100"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (evaluation("running", BUILD, GATE), "policy gate*"),
        (evaluation("queued", BUILD, GATE), "policy gate*"),
        (evaluation("rejected", BUILD, GATE), "policy gate"),
        (evaluation("running", BUILD, {"buildDefinitionId": 7}), "policy Build"),
        (evaluation("rejected", STATUS, {"statusGenre": "atlantis-gate", "statusName": "apply"}), "policy atlantis-gate/apply*"),
        (evaluation("queued", STATUS, {"statusName": "atlantis-gate"}), "policy atlantis-gate*"),
        (evaluation("queued", STATUS, {"statusGenre": "atlantis-gated", "statusName": "apply"}), "policy atlantis-gated/apply"),
        (evaluation("queued", STATUS, {"statusGenre": "ci", "statusName": "atlantis-gate/apply"}), "policy ci/atlantis-gate/apply"),
    ],
)
def test_this_pipeline_and_the_gates_own_status_do_not_block_the_gate(stage: Stage, policy: Any, expected: str) -> None:
    assert named(judged(stage, policy)) == [expected]


@pytest.mark.parametrize(
    ("env", "run"),
    [
        ({**JOB, "SYSTEM_DEFINITIONID": "43"}, RUN),
        ({**JOB, "SYSTEM_DEFINITIONID": ""}, RUN),
        ({**JOB, "SYSTEM_TEAMPROJECTID": "another project"}, RUN),
        (JOB, replace(RUN, ci="jenkins")),
    ],
)
def test_another_pipeline_is_not_the_gates_own(stage: Stage, env: dict[str, str], run: Any) -> None:
    assert named(judged(stage, evaluation("running", BUILD, GATE), env=env, run=run)) == ["policy gate"]


def test_while_the_merge_is_tried_it_is_asked_again_and_the_wait_is_told(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", PULL, *[pull(FINE, mergeStatus=word) for word in ("queued", "notSet", "queued", "queued", "conflicts")])
    assert named(host.mergeability(host.pull_request(REF))) == ["conflict main"]
    assert stage.clock.slept == [1.0, 2.0, 3.0, 5.0]
    assert "Azure DevOps tries the merge" in stage.clock.told[0]


def test_a_draft_is_not_waited_for(stage: Stage) -> None:
    assert named(judged(stage, isDraft=True, mergeStatus="queued")) == ["draft draft"]
    assert stage.clock.slept == []


def test_a_merge_that_is_never_tried_is_unknown(stage: Stage) -> None:
    play(stage, mergeStatus="queued")
    host = opened(stage, seconds=10)
    found = host.mergeability(host.pull_request(REF))
    assert isinstance(found, Unknown)
    assert "--timeout" in found.reason
    assert stage.clock.slept == [1.0, 2.0, 3.0]
