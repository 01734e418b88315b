"""The truth table of mergeable."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING, get_args

import pytest

from atlantis_gate.frozen import replace
from atlantis_gate.model import Blocker, BlockerKind, Mergeability, PullRequest, State, Unknown, Verdict
from atlantis_gate.requirements import Case, mergeable
from atlantis_gate.requirements.mergeable import Bypass
from builders import FACTS, PULL, project, pull, requirement

if TYPE_CHECKING:
    from atlantis_gate.decisions import Finding

CHECK = Blocker("check", "ci/build", "required check ci/build failed")
OWN = Blocker("check", "gate", "required check gate is running", own=True)
APPLY = Blocker("check", "atlantis/apply", "required check atlantis/apply is pending")
PROJECT = project()
NO_BYPASS = Bypass()
BYPASS = Bypass(enabled=True)
BYPASSED = "atlantis/apply"

# Which blockers count while the pull request is open: neither the gate's own nor bypassed, own, bypassed, both.
COUNTS: dict[BlockerKind, tuple[bool, bool, bool, bool]] = {
    "closed": (False, False, False, False),
    "draft": (False, False, False, False),
    "conflict": (True, False, True, False),
    "behind": (True, False, True, False),
    "review": (True, False, True, False),
    "check": (True, False, False, False),
    "discussion": (True, False, True, False),
    "policy": (True, False, True, False),
    "veto": (True, False, True, False),
    "other": (True, False, True, False),
}
# What the pull request itself says; None: what the host says of blockers decides.
LIFE: dict[tuple[State, bool], Verdict | None] = {
    (State.MERGED, False): Verdict.MET,
    (State.MERGED, True): Verdict.MET,
    (State.OPEN, False): None,
    (State.OPEN, True): Verdict.UNMET,
    (State.CLOSED, False): Verdict.UNMET,
    (State.CLOSED, True): Verdict.UNMET,
}
# What the host says, where it decides.
SAYS = {"not known": Verdict.UNKNOWN, "some count": Verdict.UNMET, "none counts": Verdict.MET}


def judge(*blockers: Blocker, bypass: Bypass = NO_BYPASS, pull_request: PullRequest | None = None) -> Finding:
    return judged(Mergeability(blockers), bypass=bypass, pull_request=pull_request)


def judged(fact: Mergeability | Unknown, *, bypass: Bypass = NO_BYPASS, pull_request: PullRequest | None = None) -> Finding:
    case = Case(command="apply", facts=replace(FACTS, pull_request=pull_request or PULL, mergeability=fact), bypass=bypass)
    return mergeable.judge(case, PROJECT, requirement("mergeable"))


def variants() -> list[tuple[Blocker, bool]]:
    """Return a blocker of every sort, each with whether it counts."""
    return [
        (Blocker(kind, BYPASSED if bypassed else "ci/build", "text", own=own), COUNTS[kind][own + 2 * bypassed])
        for kind, own, bypassed in product(COUNTS, (False, True), (False, True))
    ]


def test_the_tables_have_a_row_for_everything() -> None:
    assert set(COUNTS) == set(get_args(BlockerKind))
    assert set(LIFE) == set(product(State, (False, True)))


@pytest.mark.parametrize(("state", "draft"), LIFE)
def test_every_combination_of_two_blockers_comes_out_as_the_tables_say(state: State, draft: bool) -> None:
    life, here = LIFE[state, draft], pull(state=state, draft=draft)
    for count in range(3):
        for sorts in combinations_with_replacement(variants(), count):
            says = "some count" if any(counts for _, counts in sorts) else "none counts"
            blockers = tuple(blocker for blocker, _ in sorts)
            for given in (blockers, blockers[::-1]):
                assert judge(*given, bypass=BYPASS, pull_request=here).verdict is (life or SAYS[says]), (state, draft, given)
    assert judged(Unknown("x"), pull_request=here).verdict is (life or SAYS["not known"])


@pytest.mark.parametrize("kind", get_args(BlockerKind))
def test_nothing_is_bypassed_unless_asked(kind: BlockerKind) -> None:
    blocker = Blocker(kind, BYPASSED, "text")
    assert judge(blocker).verdict is (SAYS["some count"] if COUNTS[kind][0] else SAYS["none counts"])


def test_without_blockers_it_is_met() -> None:
    assert judge().verdict is Verdict.MET


@pytest.mark.parametrize("kind", get_args(BlockerKind))
def test_every_kind_of_blocker_but_draft_and_closed_blocks(kind: BlockerKind) -> None:
    # Draft and closed are judged from the pull request itself, whatever the blockers say.
    expected = Verdict.MET if kind in ("draft", "closed") else Verdict.UNMET
    assert judge(Blocker(kind, "name", "text")).verdict is expected


def test_every_blocker_is_named_with_advice() -> None:
    found = judge(CHECK, Blocker("conflict", "conflict", "it conflicts with main"))
    assert found.reason == "required check ci/build failed; it conflicts with main"
    assert found.evidence == ("check: ci/build", "conflict: conflict")
    assert "resolve the conflicts" in found.advice
    assert "Wait for the check" in found.advice


def test_a_blocker_without_text_is_named_by_kind_and_name() -> None:
    assert judge(Blocker("veto", "required builds", "")).reason == "veto required builds"


def test_the_gates_own_blockers_are_ignored_and_listed() -> None:
    found = judge(OWN)
    assert found.verdict is Verdict.MET
    assert found.evidence == ("ignored (the gate's own): gate",)


def test_own_blockers_hide_no_other() -> None:
    found = judge(OWN, CHECK)
    assert found.verdict is Verdict.UNMET
    assert found.evidence == ("check: ci/build", "ignored (the gate's own): gate")


@pytest.mark.parametrize(
    ("state", "draft", "blockers", "expected"),
    [
        (State.MERGED, False, (CHECK,), Verdict.MET),
        (State.MERGED, True, (), Verdict.MET),
        (State.CLOSED, False, (), Verdict.UNMET),
        (State.OPEN, True, (), Verdict.UNMET),
        (State.OPEN, True, (OWN,), Verdict.UNMET),
        (State.CLOSED, True, (Blocker("closed", "closed", "x"),), Verdict.UNMET),
    ],
)
def test_the_life_of_the_pull_request_counts(state: State, draft: bool, blockers: tuple[Blocker, ...], expected: Verdict) -> None:
    assert judge(*blockers, pull_request=pull(state=state, draft=draft)).verdict is expected


def test_an_unknown_fact_is_unknown() -> None:
    assert judged(Unknown("GitHub is still computing")).verdict is Verdict.UNKNOWN


def test_a_draft_blocks_even_when_nothing_else_is_known() -> None:
    assert judged(Unknown("x"), pull_request=pull(draft=True)).verdict is Verdict.UNMET


@pytest.mark.parametrize(
    ("name", "bypass", "expected"),
    [
        ("atlantis/apply", BYPASS, Verdict.MET),
        ("atlantis/apply: staging/default", BYPASS, Verdict.MET),
        ("atlantis/apply", NO_BYPASS, Verdict.UNMET),
        ("atlantis/plan", BYPASS, Verdict.UNMET),
        ("atlantis/apply-more", BYPASS, Verdict.UNMET),
        ("Atlantis/apply", BYPASS, Verdict.UNMET),
        ("infra/apply", Bypass(enabled=True, status_name="infra"), Verdict.MET),
        ("atlantis/apply", Bypass(enabled=True, status_name="infra"), Verdict.UNMET),
        ("other/plan", Bypass(enabled=True, ignored_names=("other",)), Verdict.MET),
        ("other/apply: x", Bypass(enabled=True, ignored_names=("other",)), Verdict.MET),
        ("other/policy_check", Bypass(enabled=True, ignored_names=("other",)), Verdict.UNMET),
        ("other/plan", Bypass(enabled=False, ignored_names=("other",)), Verdict.UNMET),
        ("third/plan", Bypass(enabled=True, ignored_names=("other", "third")), Verdict.MET),
    ],
)
def test_the_bypass_covers_apply_checks_and_no_more(name: str, bypass: Bypass, expected: Verdict) -> None:
    assert judge(Blocker("check", name, f"required check {name} is pending"), bypass=bypass).verdict is expected


def test_the_bypass_covers_checks_only() -> None:
    assert judge(Blocker("review", "atlantis/apply", "x"), bypass=BYPASS).verdict is Verdict.UNMET


def test_what_is_bypassed_is_listed() -> None:
    assert judge(APPLY, bypass=BYPASS).evidence == ("ignored (bypassed): atlantis/apply",)


# Which commands' checks are left out: those of the server whose apply is bypassed, of one that is ignored, of any other.
COVERED = {
    ("bypassed", "apply"): True,
    ("bypassed", "plan"): False,
    ("bypassed", "policy_check"): False,
    ("ignored", "apply"): True,
    ("ignored", "plan"): True,
    ("ignored", "policy_check"): False,
    ("neither", "apply"): False,
    ("neither", "plan"): False,
    ("neither", "policy_check"): False,
}
ENDINGS = {"": True, ": ": True, ": staging/default": True, ":staging": False, "-other": False, " : x": False, "/x": False, " ": False}


@pytest.mark.parametrize(("server", "command"), COVERED)
def test_every_name_of_a_check_is_covered_as_the_tables_say(server: str, command: str) -> None:
    for ending, beginning, enabled in product(ENDINGS, ("", "x", " ", "/"), (True, False)):
        name = f"{beginning}{server}/{command}{ending}"
        covered = enabled and COVERED[server, command] and ENDINGS[ending] and not beginning
        for kind in get_args(BlockerKind):
            found = Bypass(enabled=enabled, status_name="bypassed", ignored_names=("ignored",)).covers(Blocker(kind, name, ""))
            assert found is (covered and kind == "check"), (kind, name, enabled)


def test_a_name_in_other_letters_is_another_name() -> None:
    assert not any(BYPASS.covers(Blocker("check", name, "")) for name in ("ATLANTIS/APPLY", "atlantis/Apply", "Atlantis/apply: x"))
