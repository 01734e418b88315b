"""The truth table of approved."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Approval, Approvals, Unknown, Verdict
from atlantis_gate.requirements import Case, approved
from atlantis_gate.requirements.mergeable import Bypass
from builders import facts, finding, project, pull, requirement

if TYPE_CHECKING:
    from atlantis_gate.decisions import Finding

# Every way in which the approvals can differ for the rule; the author is bob.
WHO: dict[str, list[tuple[str, ...]]] = {
    "nobody": [()],
    "the author alone": [("bob",), ("BOB",), ("bob", "Bob")],
    "somebody else": [("alice",), ("alice", "carol"), ("bob", "alice"), ("alice", "bob"), ("bobby",), ("alice", "alice")],
}
OUTSTANDING = {"nothing outstanding": [0], "something outstanding": [1, 2, 100]}
AUTHOR = {"known": ["bob", "BOB"], "not known": [""]}
TABLE = {
    ("nobody", "nothing outstanding", "known"): Verdict.UNMET,
    ("nobody", "nothing outstanding", "not known"): Verdict.UNKNOWN,
    ("nobody", "something outstanding", "known"): Verdict.UNMET,
    ("nobody", "something outstanding", "not known"): Verdict.UNKNOWN,
    ("the author alone", "nothing outstanding", "known"): Verdict.UNMET,
    ("the author alone", "nothing outstanding", "not known"): Verdict.UNKNOWN,
    ("the author alone", "something outstanding", "known"): Verdict.UNMET,
    ("the author alone", "something outstanding", "not known"): Verdict.UNKNOWN,
    ("somebody else", "nothing outstanding", "known"): Verdict.MET,
    ("somebody else", "nothing outstanding", "not known"): Verdict.UNKNOWN,
    ("somebody else", "something outstanding", "known"): Verdict.UNMET,
    ("somebody else", "something outstanding", "not known"): Verdict.UNKNOWN,
}


def judge(approvals: Approvals | Unknown, author: str = "bob") -> Finding:
    case = Case(command="apply", facts=facts(pull_request=pull(author=author), approvals=approvals), bypass=Bypass())
    return approved.judge(case, project(), requirement("approved"))


def by(*users: str, still_required: int = 0) -> Approvals:
    return Approvals(tuple(map(Approval, users)), still_required)


@pytest.mark.parametrize("row", list(product(WHO, OUTSTANDING, AUTHOR)), ids=", ".join)
def test_every_combination_comes_out_as_the_table_says(row: tuple[str, str, str]) -> None:
    who, outstanding, author = row
    for users, count, name in product(WHO[who], OUTSTANDING[outstanding], AUTHOR[author]):
        assert judge(by(*users, still_required=count), name).verdict is TABLE[row], (users, count, name)


@pytest.mark.parametrize("author", ["bob", ""])
def test_approvals_that_could_not_be_read_are_unknown_whoever_wrote_it(author: str) -> None:
    assert judge(Unknown("the token may not read reviews"), author).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("approvals", "verdict", "reason"),
    [
        (by("alice"), Verdict.MET, "approved by alice"),
        (by("alice", "carol"), Verdict.MET, "approved by alice, carol"),
        (by("bob", "alice"), Verdict.MET, "approved by alice"),
        (by(), Verdict.UNMET, "nobody approves"),
        (by("bob"), Verdict.UNMET, "only its author bob approves"),
        (by("BOB"), Verdict.UNMET, "only its author bob approves"),
        (by("alice", still_required=1), Verdict.UNMET, "1 approval is still required"),
        (by("alice", still_required=2), Verdict.UNMET, "2 approvals are still required"),
        (by(still_required=1), Verdict.UNMET, "nobody approves"),
        (Unknown("the token may not read reviews"), Verdict.UNKNOWN, "could not find out who approves: the token may not read reviews"),
    ],
)
def test_it_needs_somebody_else_and_nothing_outstanding(approvals: Approvals | Unknown, verdict: Verdict, reason: str) -> None:
    found = judge(approvals)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_without_the_author_nobody_is_somebody_else_and_the_approvals_are_listed() -> None:
    found = judge(by("alice"), author="")
    assert (found.verdict, found.evidence) == (Verdict.UNKNOWN, ("alice approved",))


def test_evidence_names_the_commit_that_was_approved() -> None:
    found = judge(Approvals((Approval("alice", "a" * 40), Approval("carol"))))
    assert found.evidence == ("alice approved commit aaaaaaaaaaaa", "carol approved")


def test_what_is_outstanding_leaves_who_approves_in_the_evidence() -> None:
    assert judge(by("bob", "alice", still_required=1)).evidence == ("alice approved",)


def test_what_is_not_met_says_what_to_do() -> None:
    assert judge(by()).advice
    assert judge(by("alice", still_required=1)).advice
    assert judge(Unknown("x")).advice


def test_a_finding_keeps_the_requirement_it_answers() -> None:
    assert judge(by("alice")).requirement == finding("approved", Verdict.MET).requirement
