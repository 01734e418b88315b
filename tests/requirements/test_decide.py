"""Deciding: every requirement of every project is judged, and nothing unknown is ever satisfied."""

from __future__ import annotations

from itertools import product

import pytest

from atlantis_gate.decisions import Refusal
from atlantis_gate.model import Approval, Approvals, Blocker, Divergence, Facts, Mergeability, Outcome, Unknown, Verdict, outcome_of
from atlantis_gate.requirements import REQUIREMENTS, Case, decide, needed
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, START, facts, project, pull, report

ALL = ("approved", "mergeable", "undiverged")


def case(given: Facts, command: str = "apply") -> Case:
    return Case(command=command, facts=given, bypass=Bypass())


def test_all_met_is_allowed() -> None:
    (decision,) = decide([project("staging", *ALL)], case(facts()))
    assert decision.outcome is Outcome.ALLOWED
    assert [finding.verdict for finding in decision.findings] == [Verdict.MET] * 3


def test_every_unmet_requirement_is_shown_not_only_the_first() -> None:
    given = facts(approvals=Approvals(()), mergeability=Mergeability((Blocker("conflict", "c", "it conflicts"),)))
    (decision,) = decide([project("staging", *ALL)], case(given))
    assert [finding.verdict for finding in decision.findings] == [Verdict.UNMET, Verdict.UNMET, Verdict.MET]


def test_a_project_without_requirements_is_allowed() -> None:
    (decision,) = decide([project("staging")], case(facts(approvals=Unknown("not asked"))))
    assert decision.outcome is Outcome.ALLOWED


def test_each_command_has_its_own_list() -> None:
    (decision,) = decide([project("staging", "approved")], case(facts(approvals=Approvals(())), command="plan"))
    assert decision.findings == ()


def test_a_requirement_without_a_rule_is_unknown() -> None:
    (decision,) = decide([project("staging", "policies_passed", "no_such")], case(facts()))
    assert [finding.verdict for finding in decision.findings] == [Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert decision.outcome is Outcome.UNDETERMINED


def test_only_needed_facts_are_asked_for() -> None:
    assert needed([project("a", "approved"), project("b", "undiverged", "policies_passed")], "apply") == {"approvals", "divergence"}
    assert needed([project("a", "approved")], "plan") == frozenset()


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ((), Outcome.ALLOWED),
        ((Verdict.MET,), Outcome.ALLOWED),
        ((Verdict.MET, Verdict.UNKNOWN), Outcome.UNDETERMINED),
        ((Verdict.UNKNOWN, Verdict.UNMET), Outcome.BLOCKED),
        ((Verdict.MET, Verdict.UNMET), Outcome.BLOCKED),
    ],
)
def test_unmet_wins_over_unknown_and_unknown_over_met(verdicts: tuple[Verdict, ...], outcome: Outcome) -> None:
    assert outcome_of(verdicts) is outcome


def test_a_refusal_blocks_an_error_leaves_undetermined_and_no_project_is_nothing_to_do() -> None:
    assert report(refusal=Refusal("fork", "from a fork", "")).outcome is Outcome.BLOCKED
    assert report(error="no such file").outcome is Outcome.UNDETERMINED
    assert report().outcome is Outcome.NOTHING_TO_DO


# From the best to the worst: turning one fact into a worse one may never improve the outcome.
APPROVALS: list[Approvals | Unknown] = [
    Approvals((Approval("alice"),)),
    Unknown("x"),
    Approvals((Approval("bob"),)),
    Approvals((Approval("alice"),), 1),
    Approvals(()),
]
MERGEABLE: list[Mergeability | Unknown] = [Mergeability(()), Unknown("x"), Mergeability((Blocker("check", "ci", "failed"),))]
DIVERGED: list[Divergence | Unknown] = [Divergence(BASE, START, ()), Unknown("x"), Divergence(BASE, START, ("a.tf",))]
RANK = {Outcome.ALLOWED: 0, Outcome.UNDETERMINED: 1, Outcome.BLOCKED: 2}


def rank(approvals: Approvals | Unknown, mergeability: Mergeability | Unknown, divergence: Divergence | Unknown) -> int:
    given = facts(pull_request=pull(), approvals=approvals, mergeability=mergeability, divergence=divergence)
    return RANK[decide([project("staging", *ALL)], case(given))[0].outcome]


@pytest.mark.parametrize("combination", list(product(APPROVALS, MERGEABLE, DIVERGED)))
def test_only_the_best_facts_open_and_a_worse_one_never_improves(
    combination: tuple[Approvals | Unknown, Mergeability | Unknown, Divergence | Unknown],
) -> None:
    approvals, mergeability, divergence = combination
    here = rank(*combination)
    best = (APPROVALS[0], MERGEABLE[0], DIVERGED[0])
    assert (here == 0) == (combination == best)
    for worse in APPROVALS[APPROVALS.index(approvals) + 1 :]:
        assert rank(worse, mergeability, divergence) >= here
    for worse_mergeability in MERGEABLE[MERGEABLE.index(mergeability) + 1 :]:
        assert rank(approvals, worse_mergeability, divergence) >= here
    for worse_divergence in DIVERGED[DIVERGED.index(divergence) + 1 :]:
        assert rank(approvals, mergeability, worse_divergence) >= here


def test_every_rule_says_in_one_sentence_what_it_asks_for() -> None:
    for rule in REQUIREMENTS.values():
        assert rule.summary.endswith(".")
        assert "\n" not in rule.summary
