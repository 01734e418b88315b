"""No fact can be worsened and the outcome improve; and order, repetition and the case of names change nothing."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from atlantis_gate.frozen import replace
from atlantis_gate.model import Approval, Approvals, Divergence, Mergeability, Outcome
from requirements.worlds import ALL, NAMES, World, asking, worlds, worse

if TYPE_CHECKING:
    from collections.abc import Iterator

# The two outcomes with exit code 0.
OPEN = {Outcome.ALLOWED, Outcome.NOTHING_TO_DO}


@example(ALL)
@given(worlds())
@settings(max_examples=400)
def test_nothing_can_get_worse_and_open_the_gate(world: World) -> None:
    here = world.outcome()
    if here not in OPEN:
        opened = [(what, found) for what, other in worse(world) if (found := other.outcome()) in OPEN]
        assert opened == [], here


@given(worlds())
@settings(max_examples=200)
def test_what_is_blocked_for_certain_stays_blocked_when_more_is_asked_for(world: World) -> None:
    if world.outcome() is Outcome.BLOCKED:
        for what, other in worse(world):
            if "asks for" in what:
                assert other.outcome() is Outcome.BLOCKED, what


# What leaves a gate open that was: asked for and met already, nothing to bypass, the author besides somebody else, and what is judged from
# the pull request itself.
HARMLESS = (
    *(f"{whom} {name}" for whom in ("staging asks for", "a project more, which asks for") for name in NAMES[:3]),
    "bypass ",
    "the author approves as well",
    "closed ",
    "draft ",
)


def test_every_other_way_to_be_worse_shuts_a_gate_that_was_open() -> None:
    assert ALL.outcome() is Outcome.ALLOWED
    opened = {what for what, other in worse(ALL) if other.outcome() in OPEN}
    assert {what for what in opened if not what.startswith(HARMLESS)} == set()
    assert {name for name in HARMLESS if not any(what.startswith(name) for what in opened)} == set()


def same(world: World, draw: st.DataObject) -> Iterator[tuple[str, World]]:
    """Yield worlds that differ only in order, in what is said twice, or in the case of people's names."""
    facts, case = world.case.facts, world.case
    yield "projects in another order", replace(world, projects=world.projects[::-1])
    for one in world.projects[:1]:
        names = [each.name for each in one.requirements["apply"]]
        for order in permutations(names):
            yield "requirements in another order", replace(world, projects=(asking(one.dir, *order), *world.projects[1:]))
        yield "requirements asked for twice", replace(world, projects=(asking(one.dir, *names, *names), *world.projects[1:]))
        yield "a project twice", replace(world, projects=(*world.projects, one))
    yield "a server ignored twice", world.bypassing(ignored_names=case.bypass.ignored_names * 2)
    yield "ignored in another order", world.bypassing(ignored_names=case.bypass.ignored_names[::-1])
    yield "the author in other letters", world.pulled(author=facts.pull_request.author.swapcase())
    if isinstance(facts.approvals, Approvals):
        by, required = facts.approvals.by, facts.approvals.still_required
        for how, changed in {
            "in another order": draw.draw(st.permutations(by)),
            "twice": by * 2,
            "in other letters": [Approval(each.user.swapcase(), each.commit) for each in by],
            "of another commit": [Approval(each.user, "f" * 40) for each in by],
        }.items():
            yield f"approvals {how}", world.given(approvals=Approvals(tuple(changed), required))
    if isinstance(facts.mergeability, Mergeability):
        blockers = facts.mergeability.blockers
        yield "blockers in another order", world.given(mergeability=Mergeability(tuple(draw.draw(st.permutations(blockers)))))
        yield "blockers twice", world.given(mergeability=Mergeability(blockers * 2))
        yield "blockers in other words", world.given(mergeability=Mergeability(tuple(replace(each, text="") for each in blockers)))
    if isinstance(facts.divergence, Divergence):
        files = facts.divergence.files
        yield "files in another order", world.given(divergence=replace(facts.divergence, files=files[::-1]))
        yield "files twice", world.given(divergence=replace(facts.divergence, files=files * 2))


@given(worlds(), st.data())
@settings(max_examples=200)
def test_order_repetition_and_the_case_of_names_change_nothing(world: World, data: st.DataObject) -> None:
    here = world.outcome()
    assert [(what, found) for what, other in same(world, data) if (found := other.outcome()) is not here] == []
