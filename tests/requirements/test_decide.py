"""Deciding: every requirement of every project is judged, and nothing unknown is ever satisfied."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from atlantis_gate.decisions import Decision, Refusal
from atlantis_gate.model import Approvals, Blocker, Divergence, Facts, Mergeability, Outcome, Unknown, Verdict, outcome_of
from atlantis_gate.requirements import REQUIREMENTS, Case, decide, needed
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, START, facts, finding, project, report, requirement

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


NEEDS = {
    "approved": {"approvals"},
    "mergeable": {"mergeability"},
    "undiverged": {"divergence"},
    "policies_passed": set(),
    "no_such": set(),
}


@pytest.mark.parametrize("names", [some for count in range(3) for some in combinations(NEEDS, count)], ids=" ".join)
def test_only_needed_facts_are_asked_for(names: tuple[str, ...]) -> None:
    together = set().union(*(NEEDS[name] for name in names))

    assert set(NEEDS) == {*REQUIREMENTS, "no_such"}
    assert needed([project("a", *names)], "apply") == together
    assert needed([project("a", *names[:1]), project("b", *names[1:])], "apply") == together
    assert needed([project("a", *names)], "plan") == frozenset()


def test_each_project_is_judged_by_what_concerns_it() -> None:
    projects = [project(name, "undiverged") for name in ("staging", "prod", "new")]
    diverged = {projects[0].key: (), projects[1].key: ("prod/main.tf",)}
    given = facts(divergence=Divergence(BASE, START, ("prod/main.tf",)))

    decisions = decide(projects, Case(command="apply", facts=given, bypass=Bypass(), diverged=diverged))
    assert [decision.project for decision in decisions] == projects
    assert [decision.outcome for decision in decisions] == [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.BLOCKED]


@pytest.mark.parametrize("name", ["approved", "mergeable", "policies_passed"])
def test_what_is_the_same_for_every_project_is_judged_once_and_keeps_its_origin(name: str) -> None:
    first, second = decide([project("a", name), project("b", name)], case(facts()))
    elsewhere = project("c", requirements={"apply": (requirement(name, line=9),)})
    (third,) = decide([elsewhere], case(facts()))

    # Ten thousand projects would otherwise hold ten thousand copies.
    assert first.findings[0] is second.findings[0]
    assert [decision.findings[0].requirement.origin.line for decision in (first, third)] == [3, 9]


OUTCOMES = {
    frozenset(): Outcome.ALLOWED,
    frozenset({Verdict.MET}): Outcome.ALLOWED,
    frozenset({Verdict.UNKNOWN}): Outcome.UNDETERMINED,
    frozenset({Verdict.MET, Verdict.UNKNOWN}): Outcome.UNDETERMINED,
    frozenset({Verdict.UNMET}): Outcome.BLOCKED,
    frozenset({Verdict.UNMET, Verdict.MET}): Outcome.BLOCKED,
    frozenset({Verdict.UNMET, Verdict.UNKNOWN}): Outcome.BLOCKED,
    frozenset(Verdict): Outcome.BLOCKED,
}


@pytest.mark.parametrize("verdicts", [some for count in range(4) for some in product(Verdict, repeat=count)], ids=" ".join)
def test_unmet_wins_over_unknown_and_unknown_over_met(verdicts: tuple[Verdict, ...]) -> None:
    findings = tuple(finding(f"rule {number}", verdict) for number, verdict in enumerate(verdicts))

    assert outcome_of(verdicts) is OUTCOMES[frozenset(verdicts)]
    assert Decision(project(), findings).outcome is OUTCOMES[frozenset(verdicts)]


# What a whole run comes to: by what its projects come to, unless it is refused or cannot be evaluated.
WHOLE = {
    frozenset(): Outcome.NOTHING_TO_DO,
    frozenset({Verdict.MET}): Outcome.ALLOWED,
    frozenset({Verdict.UNKNOWN}): Outcome.UNDETERMINED,
    frozenset({Verdict.MET, Verdict.UNKNOWN}): Outcome.UNDETERMINED,
    frozenset({Verdict.UNMET}): Outcome.BLOCKED,
    frozenset({Verdict.UNMET, Verdict.MET}): Outcome.BLOCKED,
    frozenset({Verdict.UNMET, Verdict.UNKNOWN}): Outcome.BLOCKED,
    frozenset(Verdict): Outcome.BLOCKED,
}


@pytest.mark.parametrize("verdicts", [some for count in range(4) for some in product(Verdict, repeat=count)], ids=" ".join)
def test_a_refusal_blocks_an_error_leaves_undetermined_and_no_project_is_nothing_to_do(verdicts: tuple[Verdict, ...]) -> None:
    decisions = [Decision(project(), (finding("approved", verdict),)) for verdict in verdicts]
    refused = Refusal("fork", "from a fork", "")

    assert report(*decisions).outcome is WHOLE[frozenset(verdicts)]
    assert report(*decisions, error="no such file").outcome is Outcome.UNDETERMINED
    assert report(*decisions, refusal=refused).outcome is Outcome.BLOCKED
    assert report(*decisions, refusal=refused, error="no such file").outcome is Outcome.BLOCKED


def test_every_rule_says_in_one_sentence_what_it_asks_for() -> None:
    for rule in REQUIREMENTS.values():
        assert rule.summary.endswith(".")
        assert "\n" not in rule.summary
