"""What GitHub's words about a pull request come to: a truth table over states, reviews, conversations, signatures and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Blocker, Mergeability, Unknown
from hosts.github_answers import (
    actor,
    base,
    blocked,
    commits,
    connection,
    error,
    own_run,
    protection,
    pull,
    review,
    review_rule,
    rule,
)
from hosts.github_stage import judged, named

if TYPE_CHECKING:
    from hosts.github_answers import JSON

OPEN_THREADS = connection([{"isResolved": False}, {"isResolved": True}, {"isResolved": False}])
CRITICS = connection([review("carol", "CHANGES_REQUESTED"), review("alice"), review("eve", "CHANGES_REQUESTED", counts=False)])
TWO_REVIEWS = (
    "2 approving reviews by people who may push are required, code owners among them, "
    "the last push approved by another person than its author; there is 1"
)
NO_ADMIN = error("Resource not accessible by integration", "repository", "pullRequest", "baseRef", "branchProtectionRule")


@pytest.mark.parametrize(
    ("state", "mergeable", "expected"),
    [
        ("CLEAN", "MERGEABLE", []),
        ("UNSTABLE", "MERGEABLE", []),
        ("HAS_HOOKS", "MERGEABLE", []),
        ("DIRTY", "CONFLICTING", ["conflict main"]),
        ("DIRTY", "UNKNOWN", ["unknown"]),
        ("UNKNOWN", "CONFLICTING", ["conflict main"]),
        ("CLEAN", "CONFLICTING", ["conflict main"]),
        ("BEHIND", "MERGEABLE", ["behind main"]),
        ("DRAFT", "MERGEABLE", ["draft draft"]),
        ("BLOCKED", "MERGEABLE", ["unknown"]),
        ("UNKNOWN", "MERGEABLE", ["unknown"]),
        ("CLEAN", "UNKNOWN", ["unknown"]),
        ("QUEUED_SOMEHOW", "MERGEABLE", ["unknown"]),
        ("", "MERGEABLE", ["unknown"]),
    ],
)
def test_each_state_of_an_open_pull_request(state: str, mergeable: str, expected: list[str]) -> None:
    assert named(judged(pull(mergeStateStatus=state, mergeable=mergeable))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "MERGED", "mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN"}, []),
        ({"state": "CLOSED", "mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN"}, ["closed closed"]),
        ({"isDraft": True}, ["draft draft"]),
        ({"isDraft": True, "mergeStateStatus": "BLOCKED"}, ["draft draft"]),
        ({"isDraft": True, "mergeStateStatus": "UNKNOWN", "mergeable": "UNKNOWN"}, ["draft draft"]),
    ],
)
def test_closed_merged_and_draft_need_no_waiting(changes: JSON, expected: list[str]) -> None:
    assert named(judged(pull(**changes))) == expected


@pytest.mark.parametrize(
    ("changes", "rules", "expected"),
    [
        ({"reviewDecision": "REVIEW_REQUIRED"}, [], "1 approving review by people who may push are required; there are none"),
        (
            {"reviewDecision": "REVIEW_REQUIRED", "latestOpinionatedReviews": connection([review("alice")])},
            [review_rule(2, owners=True, last_push=True)],
            TWO_REVIEWS,
        ),
        (
            {"latestOpinionatedReviews": connection([review("eve", counts=False)])},
            [review_rule(1)],
            "1 approving review by people who may push are required; there are none",
        ),
        (
            {"reviewDecision": "APPROVED", "latestOpinionatedReviews": connection([review("alice")])},
            [review_rule(2)],
            "2 approving reviews by people who may push are required; there is 1",
        ),
        (
            {"reviewDecision": "CHANGES_REQUESTED", "latestOpinionatedReviews": CRITICS},
            [],
            "changes are requested by carol",
        ),
        ({"reviewDecision": "CHANGES_REQUESTED"}, [], "changes are requested"),
    ],
)
def test_a_missing_review_says_what_is_asked_for_and_what_is_there(changes: JSON, rules: list[JSON], expected: str) -> None:
    fact = judged(blocked(rules=rules, **changes))
    assert isinstance(fact, Mergeability)
    (blocker,) = fact.blockers
    assert blocker.kind == "review"
    assert blocker.text == expected


def test_a_review_rule_that_is_not_enforced_asks_for_nothing() -> None:
    assert named(judged(blocked(own_run(), rules=[review_rule(2, enforcement="EVALUATE")]))) == ["check gate*"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"baseRef": base(rules=[review_rule(0, conversations=True)]), "reviewThreads": OPEN_THREADS}, ["discussion conversations"]),
        ({"baseRef": base(refUpdateRule=protection(conversations=True)), "reviewThreads": OPEN_THREADS}, ["discussion conversations"]),
        ({"reviewThreads": OPEN_THREADS}, ["unknown"]),
        ({"baseRef": base(refUpdateRule=protection(signatures=True)), "commits": commits(True, False)}, ["other signatures"]),
        ({"baseRef": base(rules=[rule("REQUIRED_SIGNATURES")]), "commits": commits(False)}, ["other signatures"]),
        ({"baseRef": base(rules=[rule("LOCK_BRANCH")])}, ["other locked"]),
        ({"baseRef": base(refUpdateRule=protection(approvals=1))}, ["review review required"]),
    ],
)
def test_what_the_base_branch_asks_for_blocks_when_it_is_not_met(changes: JSON, expected: list[str]) -> None:
    assert named(judged(blocked(**changes))) == expected


def test_protection_of_an_old_server_says_nothing_of_conversations() -> None:
    old = {key: value for key, value in protection("gate", owners=True).items() if key != "requiresConversationResolution"}
    fact = judged(blocked(own_run(), baseRef=base(refUpdateRule=old), reviewDecision="REVIEW_REQUIRED"))
    assert isinstance(fact, Mergeability)
    assert "code owners among them" in fact.blockers[1].text


def test_required_workflows_that_a_server_does_not_name_are_an_open_question() -> None:
    fact = judged(blocked(own_run(), rules=[rule("WORKFLOWS", {"__typename": "WorkflowsParameters"}, ruleset="policy")]))
    assert isinstance(fact, Unknown)
    assert fact.reason.endswith("the rule workflows. Besides: required check gate is IN_PROGRESS.")


def test_conversations_are_counted() -> None:
    fact = judged(blocked(rules=[review_rule(0, conversations=True)], reviewThreads=OPEN_THREADS))
    assert fact == Mergeability((Blocker("discussion", "conversations", "2 conversations must be resolved first"),))
    one = connection([{"isResolved": False}])
    fact = judged(blocked(rules=[review_rule(0, conversations=True)], reviewThreads=one))
    assert fact == Mergeability((Blocker("discussion", "conversations", "1 conversation must be resolved first"),))


def test_a_state_that_is_not_known_is_unknown_even_where_only_the_gates_own_check_is_left() -> None:
    fact = judged(pull(own_run(), mergeStateStatus="QUEUED_SOMEHOW"))
    assert isinstance(fact, Unknown)
    assert "QUEUED_SOMEHOW" in fact.reason


@pytest.mark.parametrize(("signed", "text"), [((False,), "1 commit without"), ((False, True, False), "2 commits without")])
def test_unsigned_commits_are_counted(signed: tuple[bool, ...], text: str) -> None:
    fact = judged(blocked(rules=[rule("REQUIRED_SIGNATURES")], commits=commits(*signed)))
    assert fact == Mergeability((Blocker("other", "signatures", f"{text} a verified signature"),))


ADMIN = {"requiresStrictStatusChecks": False, "lockBranch": False, "requiredDeploymentEnvironments": []}


@pytest.mark.parametrize(
    ("rules", "changes", "doubt"),
    [
        ([rule("CODE_SCANNING", ruleset="security")], {}, "the rule code scanning of ruleset security"),
        ([rule("REQUIRED_DEPLOYMENTS")], {}, "required deployments"),
        ([rule("UPDATE")], {}, "update"),
        ([rule("COMMIT_MESSAGE_PATTERN")], {}, "commit message pattern"),
        ([rule("SOME_RULE_OF_TOMORROW")], {}, "some rule of tomorrow"),
        ([rule("PULL_REQUEST")], {}, "pull request"),
        ([rule("REQUIRED_STATUS_CHECKS")], {}, "required status checks"),
        ([rule("REQUIRED_SIGNATURES")], {"commits": commits(True, total=101)}, "too many commits"),
        ([review_rule(0, owners=True)], {}, "review rules"),
        ([review_rule(0, last_push=True)], {}, "review rules"),
        ([], {"baseRef": base(branchProtectionRule={**ADMIN, "requiredDeploymentEnvironments": ["prod"]})}, "deployment to prod"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_leaves_a_blocked_pull_request_unknown(rules: list[JSON], changes: JSON, doubt: str) -> None:
    fact = judged(blocked(own_run(), **{"rules": rules, **changes}))
    assert isinstance(fact, Unknown)
    assert doubt in fact.reason
    assert "required check gate is IN_PROGRESS" in fact.reason


@pytest.mark.parametrize("kind", ["CREATION", "DELETION", "NON_FAST_FORWARD", "REQUIRED_LINEAR_HISTORY", "MERGE_QUEUE"])
def test_rules_that_a_merge_does_not_run_into_do_not_matter(kind: str) -> None:
    assert named(judged(blocked(own_run(), rules=[rule(kind)]))) == ["check gate*"]


def test_an_opaque_rule_does_not_hide_a_blocker_that_is_sure() -> None:
    node = blocked(own_run(), rules=[rule("CODE_SCANNING")], reviewDecision="REVIEW_REQUIRED")
    assert named(judged(node)) == ["check gate*", "review review required"]


def test_an_opaque_rule_does_not_matter_where_github_says_clean() -> None:
    assert named(judged(pull(baseRef=base(rules=[rule("CODE_SCANNING")])))) == []


@pytest.mark.parametrize(
    ("behind", "expected"), [(True, ["behind main", "check gate*"]), (False, ["check gate*"]), (Unknown("no answer"), ["unknown"])]
)
def test_a_branch_that_must_be_up_to_date_is_compared_where_blocked_hides_it(behind: bool | Unknown, expected: list[str]) -> None:
    strict = {**ADMIN, "requiresStrictStatusChecks": True}
    assert named(judged(blocked(own_run(), baseRef=base(branchProtectionRule=strict)), behind=behind)) == expected


def test_blocked_for_nothing_to_be_seen_is_unknown_with_the_permission_that_would_show_more() -> None:
    fact = judged(blocked(), NO_ADMIN)
    assert isinstance(fact, Unknown)
    assert "without a reason that the gate can see" in fact.reason
    assert "administration: read" in fact.reason


def test_the_missing_right_of_an_administrator_does_not_matter_otherwise() -> None:
    assert named(judged(blocked(own_run()), NO_ADMIN)) == ["check gate*"]


def test_a_locked_branch_is_named_where_administrators_rights_show_it() -> None:
    assert named(judged(blocked(own_run(), baseRef=base(branchProtectionRule={**ADMIN, "lockBranch": True})))) == [
        "check gate*",
        "other locked",
    ]


def test_a_rule_of_a_ruleset_that_may_not_be_seen_counts_as_enforced_and_leaves_nothing_open() -> None:
    denied = error("Resource not accessible", "repository", "pullRequest", "baseRef", "rules", "nodes", 0, "repositoryRuleset")
    assert named(judged(blocked(own_run(), rules=[{**review_rule(1), "repositoryRuleset": None}]), denied)) == [
        "check gate*",
        "review review required",
    ]
    assert named(judged(blocked(own_run(), rules=[{**rule("DELETION"), "repositoryRuleset": None}]), denied)) == ["check gate*"]


@pytest.mark.parametrize(("threads", "expected"), [([{"isResolved": True}], ["check gate*"]), ([{"isResolved": False}], ["unknown"])])
def test_an_old_server_that_cannot_tell_of_conversations_matters_where_one_is_open(threads: list[JSON], expected: list[str]) -> None:
    assert named(judged(blocked(own_run(), reviewThreads=connection(threads)), dropped=["conversations"])) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, ["check gate*"]), (1, ["unknown"])])
def test_reviews_that_may_not_be_read_matter_where_some_are_asked_for(count: int, expected: list[str]) -> None:
    reviews = connection([review("alice"), None])
    assert named(judged(blocked(own_run(), rules=[review_rule(count)], latestOpinionatedReviews=reviews))) == expected


def test_commits_that_may_not_be_read_leave_only_a_demand_for_signatures_open() -> None:
    denied = error("Resource not accessible", "repository", "pullRequest", "commits")
    assert named(judged(blocked(own_run(), commits=None), denied)) == ["check gate*"]
    assert named(judged(blocked(own_run(), commits=None, rules=[rule("REQUIRED_SIGNATURES")]), denied)) == ["unknown"]


def test_a_reviewer_without_an_account_cannot_count() -> None:
    node = blocked(rules=[review_rule(1)], latestOpinionatedReviews=connection([review(None)]))
    assert named(judged(node)) == ["review review required"]


def test_a_bot_is_called_by_the_name_that_people_see() -> None:
    reviews = connection([{**review("carol", "CHANGES_REQUESTED"), "author": actor("scanner", bot=True)}])
    fact = judged(blocked(reviewDecision="CHANGES_REQUESTED", latestOpinionatedReviews=reviews))
    assert fact == Mergeability((Blocker("review", "changes requested", "changes are requested by scanner[bot]"),))
