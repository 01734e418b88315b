"""Approvals, changed files, divergence and waiting: the facts as the host gives them, and how many requests they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import gather
from atlantis_gate.model import FACT_NAMES, Approval, Approvals, Divergence, Mergeability, Unknown
from builders import BASE, HEAD, PULL, START
from hosts.github_answers import REPO, answer, base, blocked, checks_rule, connection, error, listed, own_run, pull, review
from hosts.github_stage import REF, Reply, Stage, named

if TYPE_CHECKING:
    from hosts.github_answers import JSON

FILES = f"/repos/{REPO}/pulls/7/files"
COMPARE = f"/repos/{REPO}/compare/.*"
MERGE = "5" * 40
MERGED = {"state": "MERGED", "mergeCommit": {"oid": MERGE}, "mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN"}


def compared(*files: JSON, status: str = "diverged", start: str = START) -> JSON:
    """Return a comparison as REST gives it; https://docs.github.com/en/rest/commits/commits#compare-two-commits."""
    return {"status": status, "ahead_by": 1, "behind_by": 0, "merge_base_commit": {"sha": start}, "files": list(files), "commits": []}


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ([], []),
        ([review("alice"), review("dave", counts=False, commit=START)], [Approval("alice", HEAD), Approval("dave", START)]),
        ([review("alice", "CHANGES_REQUESTED"), review("carol", "DISMISSED")], []),
        ([review(None), review("ci", bot=True)], [Approval("ci[bot]", HEAD)]),
        ([review("alice"), review("Alice", "DISMISSED")], []),
        ([{**review("alice"), "commit": None}], [Approval("alice", None)]),
    ],
)
def test_who_approves_is_who_says_so_in_their_latest_review(stage: Stage, reviews: list[JSON], expected: list[Approval]) -> None:
    stage.graphql(answer(pull(latestOpinionatedReviews=connection(reviews))))
    host = stage.host()
    assert host.approvals(host.pull_request(REF)) == Approvals(tuple(expected), 0)


def test_a_fact_of_a_pull_request_that_was_not_read_yet_is_read_then(stage: Stage) -> None:
    stage.graphql(answer(pull(latestOpinionatedReviews=connection([review("alice")]))))
    host = stage.host()
    assert host.approvals(PULL) == host.approvals(PULL) == Approvals((Approval("alice", HEAD),))
    assert len(stage.asked) == 1


def test_reviews_beyond_the_first_hundred_count(stage: Stage) -> None:
    first = pull(latestOpinionatedReviews=connection([review("alice")], end="R100"))
    stage.graphql(answer(first), answer(pull(latestOpinionatedReviews=connection([review("carol")]))))
    host = stage.host()
    assert host.approvals(host.pull_request(REF)) == Approvals((Approval("alice", HEAD), Approval("carol", HEAD)))


@pytest.mark.parametrize("reviews", [None, connection([review("alice"), None])])
def test_reviews_that_may_not_be_read_are_unknown_and_leave_the_rest_alone(stage: Stage, reviews: JSON | None) -> None:
    denied = error("Resource not accessible by integration", "repository", "pullRequest", "latestOpinionatedReviews")
    stage.graphql(answer(pull(latestOpinionatedReviews=reviews), denied))
    host = stage.host()
    facts = gather(host, host.pull_request(REF), (), ("approvals", "mergeability"), None)
    assert isinstance(facts.approvals, Unknown)
    assert "pull-requests: read" in facts.approvals.reason
    assert facts.mergeability == Mergeability(())


def test_plain_changes_need_no_further_request(stage: Stage) -> None:
    nodes = [{"path": "a.tf", "changeType": "ADDED"}, {"path": "b.tf", "changeType": "DELETED"}]
    stage.graphql(answer(pull(files=connection(nodes), changedFiles=2)))
    host = stage.host()
    assert host.changed_files(host.pull_request(REF)) == ("a.tf", "b.tf")
    assert stage.paths() == ["POST /graphql"]


@pytest.mark.parametrize("kind", ["RENAMED", "COPIED"])
def test_a_rename_has_two_sides_which_rest_tells(stage: Stage, kind: str) -> None:
    stage.graphql(answer(pull(files=connection([{"path": "new.tf", "changeType": kind}]))))
    stage.on("GET", FILES, [listed("new.tf", "renamed", "old.tf")])
    host = stage.host()
    assert host.changed_files(host.pull_request(REF)) == ("new.tf", "old.tf")


def test_a_long_list_of_files_is_read_to_its_end(stage: Stage) -> None:
    stage.graphql(answer(pull(files=connection([], end="F100"), changedFiles=250)))
    pages = [[listed(f"{page}/{index}.tf") for index in range(size)] for page, size in enumerate((100, 100, 50))]
    stage.on("GET", FILES, lambda asked: pages[int(asked.query["page"]) - 1])
    host = stage.host()
    assert len(set(host.changed_files(host.pull_request(REF)))) == 250
    assert [asked.query for asked in stage.asked[1:]] == [{"page": str(page), "per_page": "100"} for page in (1, 2, 3)]


@pytest.mark.parametrize(
    ("changed", "files", "rest", "text"),
    [
        (2, connection([{"path": "a.tf", "changeType": "ADDED"}]), [], "lists 1 of the 2"),
        (2, connection([{"path": "a.tf", "changeType": "RENAMED"}]), [listed("a.tf")], "lists 1 of the 2"),
        (101, connection([], end="F1"), [listed(f"{index}.tf") for index in range(100)], "lists 200 of the 101"),
        (3000, connection([], end="F1"), [], "never lists more than 3000"),
        (1, connection([], end="F1"), [listed("a.tf", ref=START)], "new commits"),
        (1, None, {"message": "odd"}, "files"),
        (1, connection([None]), [{"status": "modified"}], "filename"),
    ],
)
def test_a_list_of_files_that_is_not_whole_is_an_error(stage: Stage, changed: int, files: JSON | None, rest: Any, text: str) -> None:
    stage.graphql(answer(pull(files=files, changedFiles=changed))).on("GET", FILES, rest)
    host = stage.host()
    with pytest.raises(HostError, match=text):
        host.changed_files(host.pull_request(REF))


@pytest.mark.parametrize(
    ("changes", "planned_on", "reply", "expected"),
    [
        ({}, None, compared(listed("a.tf")), Divergence(BASE, START, ("a.tf",))),
        ({}, None, compared(listed("new.tf", "renamed", "old.tf")), Divergence(BASE, START, ("new.tf", "old.tf"))),
        ({}, None, compared(status="behind", start=BASE), Divergence(BASE, BASE, ())),
        ({}, START, compared(listed("a.tf"), status="ahead"), Divergence(BASE, START, ("a.tf",))),
        ({}, START[:12], compared(status="ahead"), Divergence(BASE, START, ())),
        (MERGED, None, compared(listed("a.tf"), status="ahead", start=MERGE), Divergence(BASE, MERGE, ("a.tf",))),
        (MERGED, START, compared(status="identical"), Divergence(BASE, START, ())),
    ],
)
def test_divergence_is_what_changed_on_base_since_the_starting_point(
    stage: Stage, changes: JSON, planned_on: str | None, reply: JSON, expected: Divergence
) -> None:
    stage.graphql(answer(pull(**changes))).on("GET", COMPARE, reply)
    host = stage.host()
    assert host.divergence(host.pull_request(REF), planned_on) == expected
    start = planned_on or (MERGE if changes else HEAD)
    assert stage.asked[1].path == f"/repos/{REPO}/compare/{start}...{BASE}"
    assert stage.asked[1].query == {"page": "1", "per_page": "1"}


@pytest.mark.parametrize(("changes", "planned_on"), [({}, BASE), ({**MERGED, "mergeCommit": {"oid": BASE}}, None)])
def test_the_tip_of_base_needs_no_comparing_with_itself(stage: Stage, changes: JSON, planned_on: str | None) -> None:
    stage.graphql(answer(pull(**changes)))
    host = stage.host()
    assert host.divergence(host.pull_request(REF), planned_on) == Divergence(BASE, BASE, ())
    assert len(stage.asked) == 1


@pytest.mark.parametrize(
    ("changes", "planned_on", "reply", "text"),
    [
        ({}, START, compared(status="diverged"), "is not part of main"),
        ({}, START, compared(status="behind"), "is not part of main"),
        (MERGED, None, compared(status="diverged"), "is not part of main"),
        ({}, None, compared(*(listed(f"{index}.tf") for index in range(300))), "300 files or more"),
        ({}, None, Reply({"message": "No common ancestor between a and b."}, 404), "share no history"),
        ({}, "main", compared(), "not a commit id"),
        ({}, "../../user", compared(), "not a commit id"),
    ],
)
def test_a_divergence_that_cannot_be_told_is_unknown(stage: Stage, changes: JSON, planned_on: str | None, reply: Any, text: str) -> None:
    stage.graphql(answer(pull(**changes))).on("GET", COMPARE, reply)
    host = stage.host()
    fact = host.divergence(host.pull_request(REF), planned_on)
    assert isinstance(fact, Unknown)
    assert text in fact.reason


@pytest.mark.parametrize("reply", [{**compared(), "files": None}, {**compared(), "merge_base_commit": None}, Reply({"message": "no"}, 403)])
def test_a_comparison_that_is_not_whole_is_an_error(stage: Stage, reply: Any) -> None:
    stage.graphql(answer(pull())).on("GET", COMPARE, reply)
    host = stage.host()
    with pytest.raises(HostError):
        host.divergence(host.pull_request(REF), None)


def test_299_files_are_still_a_whole_list(stage: Stage) -> None:
    stage.graphql(answer(pull())).on("GET", COMPARE, compared(*(listed(f"{index}.tf") for index in range(299))))
    host = stage.host()
    fact = host.divergence(host.pull_request(REF), None)
    assert isinstance(fact, Divergence)
    assert len(fact.files) == 299


COMPUTING = {"mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN"}


def test_a_state_that_is_still_computed_is_asked_for_again_backing_off(stage: Stage) -> None:
    stage.graphql(*[answer(pull(**COMPUTING))] * 6, answer(pull(mergeStateStatus="BEHIND")))
    host = stage.host()
    assert named(host.mergeability(host.pull_request(REF))) == ["behind main"]
    assert stage.clock.slept == [1, 2, 3, 5, 5, 5]
    assert "GitHub works out whether" in stage.clock.told[0]


def test_a_state_that_stays_unknown_is_unknown_at_the_deadline(stage: Stage) -> None:
    stage.graphql(answer(pull(**COMPUTING)))
    host = stage.host(seconds=20)
    fact = host.mergeability(host.pull_request(REF))
    assert isinstance(fact, Unknown)
    assert sum(stage.clock.slept) <= 20


def test_nothing_is_compared_where_the_base_branch_does_not_ask_for_it(stage: Stage) -> None:
    stage.graphql(
        answer(blocked(own_run(), rules=[checks_rule("gate")])), answer(pull(baseRef=base(rules=[checks_rule("gate", strict=True)])))
    )
    for _ in range(2):
        host = stage.host()
        host.mergeability(host.pull_request(REF))
    assert stage.paths() == ["POST /graphql"] * 2


@pytest.mark.parametrize("state", ["MERGED", "CLOSED"])
def test_merged_and_closed_pull_requests_are_not_waited_for(stage: Stage, state: str) -> None:
    stage.graphql(answer(pull(**{**COMPUTING, "state": state, "mergeCommit": {"oid": MERGE}})))
    host = stage.host()
    assert not isinstance(host.mergeability(host.pull_request(REF)), Unknown)
    assert len(stage.asked) == 1


def test_all_facts_take_at_most_three_requests(stage: Stage) -> None:
    """The dearest case: a rename, and a ruleset that asks for an up-to-date branch while the gate's own check is required."""
    renamed = connection([{"path": "new.tf", "changeType": "RENAMED"}])
    stage.graphql(answer(blocked(own_run(), baseRef=base(text="version: 3\n", rules=[checks_rule("gate", strict=True)]), files=renamed)))
    stage.on("GET", FILES, [listed("new.tf", "renamed", "old.tf")]).on(
        "GET", COMPARE, compared(listed("x.tf"), status="behind", start=BASE)
    )
    host = stage.host()
    seen = host.pull_request(REF)
    assert (host.file("atlantis.yaml", HEAD), host.file("atlantis.yaml", BASE)) == (None, b"version: 3\n")
    facts = gather(host, seen, host.changed_files(seen), FACT_NAMES, None)
    assert not [fact for fact in (facts.changed_files, facts.approvals, facts.mergeability, facts.divergence) if isinstance(fact, Unknown)]
    assert stage.paths() == ["POST /graphql", f"GET {FILES}", f"GET /repos/{REPO}/compare/{HEAD}...{BASE}"]


STRICT = {"requiresStrictStatusChecks": True, "lockBranch": False, "requiredDeploymentEnvironments": []}


def test_branch_protection_asks_for_an_up_to_date_branch_where_administrators_rights_show_it(stage: Stage) -> None:
    stage.graphql(answer(blocked(own_run(), baseRef=base(branchProtectionRule=STRICT)))).on("GET", COMPARE, compared())
    host = stage.host()
    assert named(host.mergeability(host.pull_request(REF))) == ["behind main", "check gate*"]


def test_more_files_than_github_lists_are_not_even_asked_for(stage: Stage) -> None:
    stage.graphql(answer(pull(files=connection([], end="F1"), changedFiles=3000)))
    host = stage.host()
    with pytest.raises(HostError, match="never lists more than 3000"):
        host.changed_files(host.pull_request(REF))
    assert stage.paths() == ["POST /graphql"]


@pytest.mark.parametrize(("reply", "expected"), [(compared(), ["behind main", "check gate*"]), (Reply("", 404), ["unknown"])])
def test_a_branch_that_must_be_up_to_date_is_compared(stage: Stage, reply: Any, expected: list[str]) -> None:
    stage.graphql(answer(blocked(own_run(), rules=[checks_rule("gate", strict=True)]))).on("GET", COMPARE, reply)
    host = stage.host()
    assert named(host.mergeability(host.pull_request(REF))) == expected
