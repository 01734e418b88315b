"""The truth table of policies_passed, and that each rule has one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from atlantis_gate.model import Approvals, Divergence, Mergeability, State, Unknown, Verdict
from atlantis_gate.requirements import REQUIREMENTS, Case, policies_passed
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, FACTS, START, facts, project, pull, requirement

APPROVALS = [FACTS.approvals, Approvals(()), Unknown("x")]
MERGEABILITY = [FACTS.mergeability, Mergeability(()), Unknown("x")]
DIVERGENCE = [FACTS.divergence, Divergence(BASE, START, ()), Unknown("x")]


@pytest.mark.parametrize(("state", "draft"), list(product(State, [False, True])))
@pytest.mark.parametrize("command", ["plan", "apply", "import", "state"])
def test_it_is_unknown_whatever_the_facts_are(command: str, state: State, draft: bool) -> None:
    for approvals, mergeability, divergence, bypassed in product(APPROVALS, MERGEABILITY, DIVERGENCE, [False, True]):
        here = facts(pull_request=pull(state=state, draft=draft), approvals=approvals, mergeability=mergeability, divergence=divergence)
        case = Case(command=command, facts=here, bypass=Bypass(enabled=bypassed))
        assert policies_passed.judge(case, project(), requirement("policies_passed")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_each_rule_has_a_truth_table(name: str) -> None:
    table = Path(__file__).with_name(f"test_{name}.py")

    assert table.read_text(encoding="utf-8").startswith(f'"""The truth table of {name}')
