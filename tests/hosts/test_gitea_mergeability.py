"""What keeps a pull request of Gitea from being merged: conflicts, and what branch protection asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import Blocker, Mergeability, Unknown
from hosts.github_stage import Reply, Stage, named
from hosts.stage_gitea import (
    ENV,
    PATH,
    REF,
    RUN,
    RUN_ID,
    branch,
    file,
    opened,
    play,
    pull,
    repository,
    review,
    rule,
    status,
    whole,
)
from hosts.stories import BASE, FINE, HEAD, REPO, Check

PULL = f"{PATH}/pulls/7"
USER = {"ref": "main", "sha": BASE, "repo_id": 1, "repo": repository(admin=False)}
JOB = {**ENV, "GITEA_ACTIONS": "true", "GITHUB_RUN_NUMBER": "12", "GITHUB_WORKFLOW": "gate"}


def judged(stage: Stage, *rules: Any, env: dict[str, str] | None = None, run: Any = RUN, **answers: Any) -> Mergeability | Unknown:
    """Return what the host makes of a pull request behind these rules; `answers` by the end of their path."""
    play(stage)
    stage.on("GET", f"{PATH}/branch_protections", list(rules)).on("GET", f"{PATH}/branches/main", branch(protected=bool(rules)))
    for name, items in answers.items():
        stage.on("GET", f"{PATH}/.*/?{name}", whole(*items))
    host = opened(stage, env, run=run)
    return host.mergeability(host.pull_request(REF))


def seen_by_a_user(stage: Stage, *items: Any, behind: bool = True, **shown: Any) -> Mergeability | Unknown:
    """Return what the host makes of it with a token that may not see the rules, only what the branch shows of them."""
    host = play(stage, base=USER)
    stage.on("GET", f"{PATH}/branches/main", branch(protected=True, **shown)).on("GET", f"{PATH}/pulls/7/reviews", whole(*items))
    if not behind:
        stage.on("GET", f"{PATH}/commits", whole())
    stage.on("GET", f"{PATH}/commits/{HEAD}/statuses", whole(status(1, Check("ci", "success"))))
    return host.mergeability(host.pull_request(REF))


def test_an_unprotected_branch_asks_for_nothing_more(stage: Stage) -> None:
    assert judged(stage) == Mergeability(())


def test_a_conflict_is_believed_after_a_while(stage: Stage) -> None:
    host = play(stage, mergeable=False)
    assert named(host.mergeability(host.pull_request(REF))) == ["conflict main"]
    assert stage.clock.slept == [1.0, 2.0, 3.0, 5.0]


def test_a_check_for_conflicts_that_still_ran_is_no_conflict(stage: Stage) -> None:
    host = play(stage)
    stage.on("GET", PULL, pull(FINE, mergeable=False), pull(FINE, mergeable=False), pull(FINE))
    assert named(host.mergeability(host.pull_request(REF))) == []
    assert stage.clock.slept == [1.0, 2.0]


def test_what_may_still_be_checked_when_the_time_ends_is_unknown(stage: Stage) -> None:
    play(stage, mergeable=False)
    host = opened(stage, seconds=4)
    assert isinstance(host.mergeability(host.pull_request(REF)), Unknown)


def test_a_draft_is_not_waited_for(stage: Stage) -> None:
    host = play(stage, mergeable=False, draft=True)
    assert named(host.mergeability(host.pull_request(REF))) == ["draft draft"]
    assert stage.clock.slept == []


@pytest.mark.parametrize(
    ("changes", "expected"), [({"state": "closed"}, ["closed closed"]), ({"merged": True, "merge_commit_sha": BASE}, [])]
)
def test_of_a_closed_or_merged_one_nothing_more_is_asked(stage: Stage, changes: dict[str, Any], expected: list[str]) -> None:
    host = play(stage, mergeable=False, **changes)
    assert named(host.mergeability(host.pull_request(REF))) == expected
    assert len(stage.asked) == 1


def test_new_commits_meanwhile_are_an_error(stage: Stage) -> None:
    host = play(stage)
    head = {"ref": "feature", "sha": BASE, "repo_id": 1, "repo": repository()}
    stage.on("GET", PULL, pull(FINE, mergeable=False), pull(FINE, head=head))
    seen = host.pull_request(REF)
    with pytest.raises(HostError, match="new commits"):
        host.mergeability(seen)


ALICE, STALE = review(1, "alice"), review(2, "carol", stale=True)
NO, ASKED = review(3, "dave", "REQUEST_CHANGES"), review(4, "erin", "REQUEST_REVIEW")
TEAM = review(5, "", "REQUEST_REVIEW", user=None, team={"name": "owners"})


@pytest.mark.parametrize(
    ("changes", "reviews", "expected"),
    [
        ({"required_approvals": 1}, [ALICE], []),
        ({"required_approvals": 1}, [], ["review review required"]),
        ({"required_approvals": 2}, [ALICE, STALE], []),
        ({"required_approvals": 2, "ignore_stale_approvals": True}, [ALICE, STALE], ["review review required"]),
        ({"required_approvals": 2}, [ALICE, review(2, "x", official=False), review(3, "y", dismissed=True)], ["review review required"]),
        ({"block_on_rejected_reviews": True}, [NO], ["review changes requested"]),
        ({"block_on_rejected_reviews": True}, [review(3, "dave", "REQUEST_CHANGES", dismissed=True)], []),
        ({"block_on_rejected_reviews": True}, [review(3, "dave", "REQUEST_CHANGES", official=False)], []),
        ({}, [NO, ASKED], []),
        ({"block_on_official_review_requests": True}, [ASKED, TEAM], ["review review requested"]),
        ({"block_on_outdated_branch": True}, [], ["behind main"]),
        ({"require_signed_commits": True}, [], ["unknown"]),
        ({"block_on_codeowner_reviews": True}, [], ["unknown"]),
        ({"require_signed_commits": True, "required_approvals": 1}, [], ["review review required"]),
    ],
)
def test_the_rules_of_the_branch_block(stage: Stage, changes: dict[str, Any], reviews: list[Any], expected: list[str]) -> None:
    assert named(judged(stage, rule(**changes), reviews=reviews)) == expected


def test_texts_say_who_and_how_many(stage: Stage) -> None:
    asked: dict[str, Any] = {"required_approvals": 2, "block_on_rejected_reviews": True, "block_on_outdated_branch": True}
    found = judged(stage, rule(**asked, block_on_official_review_requests=True), reviews=[ALICE, NO, ASKED, TEAM])
    assert isinstance(found, Mergeability)
    assert [blocker.text for blocker in found.blockers] == [
        "2 approving reviews by people whose review counts are required; there is 1",
        "changes are requested by dave",
        "a review by erin, owners is asked for",
        "it lacks 1 commit of main",
    ]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [("*.tf", []), ("docs/**; Staging/*.TF", ["policy protected files"]), (" ; [", []), ("**", ["policy protected files"])],
)
def test_changing_a_protected_file_blocks(stage: Stage, patterns: str, expected: list[str]) -> None:
    found = judged(stage, rule(protected_file_patterns=patterns), files=[file("staging/main.tf")])
    assert named(found) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["main"], ["behind main"]),
        (["MAIN"], ["behind main"]),
        (["release/*", "ma[hi]n"], ["behind main"]),
        (["**"], ["behind main"]),
    ],
)
def test_the_first_rule_that_matches_the_branch_counts(stage: Stage, names: list[str], expected: list[str]) -> None:
    rules = [rule(name, block_on_outdated_branch=True) for name in names]
    assert named(judged(stage, *rules, rule("main"))) == expected


def test_a_rule_that_matches_first_hides_later_ones(stage: Stage) -> None:
    assert named(judged(stage, rule("main"), rule("*", block_on_outdated_branch=True))) == []


def test_a_protected_branch_without_a_rule_is_an_error(stage: Stage) -> None:
    with pytest.raises(HostError, match="lists no rule"):
        judged(stage, rule("release/*"))


@pytest.mark.parametrize("answer", [Reply({"message": "no"}, 403), Reply(None), Reply([{}]), Reply([{"rule_name": "main"}])])
def test_rules_that_cannot_be_read_are_an_error(stage: Stage, answer: Reply) -> None:
    host = play(stage)
    stage.on("GET", f"{PATH}/branch_protections", answer)
    seen = host.pull_request(REF)
    with pytest.raises(HostError):
        host.mergeability(seen)


@pytest.mark.parametrize(
    ("shown", "reviews", "behind", "expected"),
    [
        ({}, [], False, []),
        ({}, [], True, ["unknown"]),
        ({"required_approvals": 1}, [ALICE], False, []),
        ({"required_approvals": 1}, [], True, ["review review required"]),
        ({"required_approvals": 1}, [STALE], False, ["unknown"]),
        ({}, [NO], False, ["unknown"]),
        ({}, [ASKED], False, ["unknown"]),
        ({"contexts": ["ci"]}, [], False, []),
        ({"contexts": ["other"]}, [], True, ["check other"]),
    ],
)
def test_without_an_administrators_token_what_may_block_unseen_is_unknown(
    stage: Stage, shown: dict[str, Any], reviews: list[Any], behind: bool, expected: list[str]
) -> None:
    found = seen_by_a_user(stage, *reviews, behind=behind, **shown)
    assert named(found) == expected
    assert not isinstance(found, Unknown) or "administrator" in found.reason
    assert all("branch_protections" not in asked.path for asked in stage.asked)


def posted(number: int, context: str, word: str, url: str = "https://ci.example.com") -> dict[str, Any]:
    """Return a status."""
    return {"id": number, "context": context, "status": word, "target_url": url}


MINE = f"/{REPO}/actions/runs/{RUN_ID}/jobs/0"


@pytest.mark.parametrize(
    ("contexts", "statuses", "expected"),
    [
        (["ci/build"], [posted(1, "ci/build", "success")], []),
        (["ci/build"], [posted(1, "ci/build", "skipped")], []),
        (["ci/build"], [posted(1, "ci/build", "warning")], ["check ci/build"]),
        (["ci/build"], [posted(2, "ci/build", "error"), posted(1, "ci/build", "success")], ["check ci/build"]),
        (["ci/build"], [posted(1, "ci/build", "success"), posted(2, "ci/build", "failure")], ["check ci/build"]),
        (["ci/build"], [posted(1, "ci/lint", "failure")], ["check ci/build"]),
        (["ci/*"], [posted(1, "ci/a/b", "failure"), posted(2, "ci/c", "success")], ["check ci/a/b"]),
        (["ci/*", "ci/a"], [posted(1, "ci/a", "failure")], ["check ci/a"]),
        (["ci/["], [posted(1, "ci/[", "success")], []),
        (["ci/["], [], ["check ci/["]),
        (["gate"], [posted(1, "gate", "pending", MINE)], ["check gate*"]),
        (["gate"], [posted(1, "gate", "pending", f"https://git.example.com{MINE}")], ["check gate*"]),
        (["gate"], [posted(1, "gate", "failure", MINE)], ["check gate"]),
        (["gate"], [posted(1, "gate", "pending", f"/{REPO}/actions/runs/{RUN_ID}7/jobs/0")], ["check gate"]),
        (["atlantis-gate/apply"], [posted(1, "atlantis-gate/apply", "failure")], ["check atlantis-gate/apply*"]),
        (["atlantis-gate/apply"], [], ["check atlantis-gate/apply*"]),
        (["atlantis-gated"], [], ["check atlantis-gated"]),
    ],
)
def test_required_statuses_block_unless_they_are_the_gates_own(
    stage: Stage, contexts: list[str], statuses: list[Any], expected: list[str]
) -> None:
    assert named(judged(stage, rule(contexts=contexts), statuses=statuses)) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], ["check status checks"]),
        ([posted(1, "a", "success"), posted(2, "b", "pending")], ["check b"]),
        ([posted(1, "atlantis-gate/plan", "failure")], ["check atlantis-gate/plan*"]),
    ],
)
@pytest.mark.parametrize("named_none", [[], None])
def test_status_checks_without_names_ask_for_all(stage: Stage, statuses: list[Any], expected: list[str], named_none: Any) -> None:
    found = judged(stage, rule(enable_status_check=True, status_check_contexts=named_none), statuses=statuses)
    assert named(found) == expected


@pytest.mark.parametrize(
    ("context", "run", "expected"),
    [
        ("gate / apply (pull_request)", "12", "check gate / apply (pull_request)*"),
        ("gate / apply (pull_request)", RUN_ID, "check gate / apply (pull_request)*"),
        ("build / test (pull_request)", "12", "check build / test (pull_request)"),
        ("build / test (pull_request)", RUN_ID, "check build / test (pull_request)"),
        ("gate / apply (pull_request)", "13", "check gate / apply (pull_request)"),
    ],
)
def test_in_actions_a_run_is_known_by_its_id_or_number_and_its_workflow(stage: Stage, context: str, run: str, expected: str) -> None:
    link = f"/{REPO}/actions/runs/{run}/jobs/0"
    found = judged(stage, rule(contexts=["*"]), env=JOB, statuses=[posted(1, context, "pending", link)])
    assert named(found) == [expected]


def test_outside_actions_only_the_runs_own_id_counts(stage: Stage) -> None:
    env = {**ENV, "GITHUB_RUN_NUMBER": "12"}
    link = f"/{REPO}/actions/runs/12/jobs/0"
    found = judged(stage, rule(contexts=["ci"]), env=env, run=replace(RUN, run_id=None), statuses=[posted(1, "ci", "pending", link)])
    assert found == Mergeability((Blocker("check", "ci", "required check ci is pending"),))
