"""Requirements: the rules there are, the facts they need, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.decisions import Decision, Finding
from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import Facts, Verdict
from atlantis_gate.requirements import approved, mergeable, policies_passed, undiverged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atlantis_gate.model import FactName, Project, Requirement
    from atlantis_gate.requirements.mergeable import Bypass

    ProjectKey = tuple[str, str, str]


@frozen(kw_only=True)
class Case:
    """All that a rule may look at.

    `diverged` holds, by project key, those of the diverged files that concern it; a project that is not in it is concerned by all.
    """

    command: str
    facts: Facts
    bypass: Bypass
    diverged: Mapping[ProjectKey, tuple[str, ...]] = field(default_factory=dict)


@frozen(kw_only=True)
class Rule:
    """A requirement's rule and the fact that it needs; `shared` when its finding is the same for every project."""

    judge: Callable[[Case, Project, Requirement], Finding]
    needs: FactName | None
    shared: bool
    summary: str


# One line a requirement: the name users write, its rule, the fact it needs.
REQUIREMENTS: Final[Mapping[str, Rule]] = {
    "approved": Rule(judge=approved.judge, needs="approvals", shared=True, summary=approved.SUMMARY),
    "mergeable": Rule(judge=mergeable.judge, needs="mergeability", shared=True, summary=mergeable.SUMMARY),
    "undiverged": Rule(judge=undiverged.judge, needs="divergence", shared=False, summary=undiverged.SUMMARY),
    "policies_passed": Rule(judge=policies_passed.judge, needs=None, shared=True, summary=policies_passed.SUMMARY),
}


def needed(projects: Sequence[Project], command: str) -> frozenset[FactName]:
    """Return the facts that these projects' requirements for `command` rest on."""
    names = {requirement.name for project in projects for requirement in project.requirements[command]}
    needs = (REQUIREMENTS[name].needs for name in names if name in REQUIREMENTS)
    return frozenset(need for need in needs if need is not None)


def decide(projects: Sequence[Project], case: Case) -> tuple[Decision, ...]:
    """Judge every requirement of every project; each finding says why. Nothing is skipped: an unknown name is an unknown finding."""
    known: dict[Requirement, Finding] = {}
    return tuple(
        Decision(project, tuple(_judge(case, project, asked, known) for asked in project.requirements[case.command]))
        for project in projects
    )


def _judge(case: Case, project: Project, requirement: Requirement, known: dict[Requirement, Finding]) -> Finding:
    rule = REQUIREMENTS.get(requirement.name)
    if rule is None:
        return Finding(requirement, Verdict.UNKNOWN, f"the gate knows no requirement {requirement.name!r}")
    if not rule.shared:
        return rule.judge(case, project, requirement)
    # Ten thousand projects share one finding: the facts are the same for all of them.
    if requirement not in known:
        known[requirement] = rule.judge(case, project, requirement)
    return known[requirement]
