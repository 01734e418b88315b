"""Everything a decision rests on, and every way to make one thing of it worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from hypothesis import strategies as st

from atlantis_gate.decisions import Report
from atlantis_gate.frozen import frozen, replace
from atlantis_gate.model import Approval, Approvals, Blocker, BlockerKind, Divergence, Facts, Mergeability, Project, State, Unknown
from atlantis_gate.requirements import REQUIREMENTS, Case, decide
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, FACTS, PULL, START, requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atlantis_gate.model import Outcome

NAMES = (*REQUIREMENTS, "no_such")
PEOPLE = ("bob", "BOB", "alice", "Alice", "carol")
FILES = ("staging/main.tf", "prod/main.tf", "docs/index.md")
CHECKS = ("ci/build", "atlantis/apply", "atlantis/apply: staging", "atlantis/plan", "other/plan", "other/apply", "other/policy_check")
KINDS: tuple[BlockerKind, ...] = get_args(BlockerKind)
ASKED = {name: requirement(name) for name in NAMES}
UNKNOWN = Unknown("it could not be read")


@frozen
class World:
    """Projects and the case that they are judged by."""

    projects: tuple[Project, ...]
    case: Case

    def outcome(self) -> Outcome:
        """Return what the whole run comes to."""
        return Report(command="apply", pull_request=PULL, decisions=decide(self.projects, self.case)).outcome

    def given(self, **facts: Any) -> World:
        """Return the world with some facts replaced."""
        return replace(self, case=replace(self.case, facts=replace(self.case.facts, **facts)))

    def pulled(self, **changes: Any) -> World:
        """Return the world with the pull request changed."""
        return self.given(pull_request=replace(self.case.facts.pull_request, **changes))

    def bypassing(self, **changes: Any) -> World:
        """Return the world with another bypass."""
        return replace(self, case=replace(self.case, bypass=replace(self.case.bypass, **changes)))


def asking(directory: str, *names: str) -> Project:
    """Return a project that asks for these requirements, in this order, before apply."""
    return Project(dir=directory, workspace="default", requirements={"apply": tuple(ASKED[name] for name in names)}, configured=True)


ALL = World((asking("staging", *NAMES[:3]),), Case(command="apply", facts=FACTS, bypass=Bypass()))
# Checks, and those that a bypass leaves out, are drawn more often than chance would.
BLOCKERS = st.builds(
    Blocker, st.just("check") | st.sampled_from(KINDS), st.just("atlantis/apply") | st.sampled_from(CHECKS), st.just("text"), st.booleans()
)
APPROVALS = st.builds(
    Approvals,
    st.lists(st.sampled_from(PEOPLE), max_size=3).map(lambda users: tuple(map(Approval, users))),
    st.sampled_from([0, 0, 0, 1, 2]),
)
MERGEABILITY = st.builds(Mergeability, st.lists(BLOCKERS, max_size=3).map(tuple))
DIVERGENCE = st.builds(Divergence, st.just(BASE), st.just(START), st.lists(st.sampled_from(FILES), max_size=3).map(tuple))
BYPASSES = st.builds(
    Bypass,
    enabled=st.sampled_from([True, True, False]),
    status_name=st.sampled_from(["atlantis", "other"]),
    ignored_names=st.sampled_from([(), ("other",), ("atlantis",), ("third", "other")]),
)
# What opens the gate is drawn more often than chance would: most worlds are shut, and those that are open show most.
PULLS = st.builds(
    lambda author, state, draft: replace(PULL, author=author, state=state, draft=draft),
    st.sampled_from([*["bob"] * 5, "Bob", "alice", ""]),
    st.sampled_from([*[State.OPEN] * 5, State.MERGED, State.CLOSED]),
    st.sampled_from([False, False, False, True]),
)
PROJECTS = st.lists(st.lists(st.sampled_from(NAMES[:3] * 5 + NAMES), min_size=1, max_size=3), min_size=1, max_size=2).map(
    lambda asked: tuple(asking(directory, *names) for directory, names in zip(("staging", "prod"), asked, strict=False))
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw what decisions rest on; only files that changed on the base branch concern a project."""
    projects = draw(PROJECTS)
    facts = replace(
        FACTS,
        pull_request=draw(PULLS),
        approvals=draw(st.just(FACTS.approvals) | APPROVALS | st.just(UNKNOWN)),
        mergeability=draw(MERGEABILITY | MERGEABILITY | st.just(UNKNOWN)),
        divergence=draw(st.just(FACTS.divergence) | DIVERGENCE | st.just(UNKNOWN)),
    )
    files = () if isinstance(facts.divergence, Unknown) else facts.divergence.files
    known = {one.key: tuple(file for file in files if file.startswith(one.dir)) for one in projects if draw(st.booleans())}
    return World(projects, Case(command="apply", facts=facts, bypass=draw(BYPASSES), diverged=known))


def worse(
    world: World, names: Sequence[str] = NAMES, kinds: Sequence[BlockerKind] = KINDS, checks: Sequence[str] = CHECKS
) -> Iterator[tuple[str, World]]:
    """Yield every world in which one thing is worse, with what it is; `names` are asked for, `kinds` of `checks` block."""
    yield from _worse_asked(world, names)
    yield from _worse_life(world, world.case.facts)
    facts = world.case.facts
    if isinstance(facts.approvals, Approvals):
        yield "approvals not known", world.given(approvals=UNKNOWN)
        yield from _worse_approvals(world, facts.approvals)
    if isinstance(facts.mergeability, Mergeability):
        yield "mergeability not known", world.given(mergeability=UNKNOWN)
        added = [Blocker(kind, name, "text") for kind in kinds for name in checks]
        yield from _worse_mergeability(world, facts.mergeability.blockers, added)
    if isinstance(facts.divergence, Divergence):
        yield "divergence not known", world.given(divergence=UNKNOWN)
        yield from _worse_divergence(world, facts.divergence)


def _worse_asked(world: World, names: Sequence[str]) -> Iterator[tuple[str, World]]:
    for name in names:
        yield f"a project more, which asks for {name}", replace(world, projects=(*world.projects, asking("new", name)))
        for number, one in enumerate(world.projects):
            asked = (*(each.name for each in one.requirements["apply"]), name)
            changed = (*world.projects[:number], asking(one.dir, *asked), *world.projects[number + 1 :])
            yield f"{one.dir} asks for {name} besides", replace(world, projects=changed)
    yield "bypass off", world.bypassing(enabled=False)
    yield "bypass of a server that is not there", world.bypassing(status_name="nobody")
    for name in world.case.bypass.ignored_names:
        left = tuple(each for each in world.case.bypass.ignored_names if each != name)
        yield f"{name} no longer ignored", world.bypassing(ignored_names=left)


def _worse_life(world: World, facts: Facts) -> Iterator[tuple[str, World]]:
    order = (State.MERGED, State.OPEN, State.CLOSED)
    for state in order[order.index(facts.pull_request.state) + 1 :]:
        yield f"{state}", world.pulled(state=state)
    yield "a draft", world.pulled(draft=True)
    yield "nobody knows who wrote it", world.pulled(author="")


def _worse_approvals(world: World, approvals: Approvals) -> Iterator[tuple[str, World]]:
    by, required, author = approvals.by, approvals.still_required, world.case.facts.pull_request.author
    for number, approval in enumerate(by):
        yield f"approval {number} taken back", world.given(approvals=Approvals((*by[:number], *by[number + 1 :]), required))
        if len({each.user.casefold() for each in by}) == 1:
            yield f"{approval.user} wrote it", world.pulled(author=approval.user.swapcase())
    yield "one more required", world.given(approvals=Approvals(by, required + 1))
    for name in (author, author.swapcase()):
        yield "the author alone approves", world.given(approvals=Approvals((Approval(name),), required))
        yield "the author approves as well", world.given(approvals=Approvals((*by, Approval(name)), required))


def _worse_mergeability(world: World, blockers: tuple[Blocker, ...], added: list[Blocker]) -> Iterator[tuple[str, World]]:
    for one in added:
        yield f"{one.kind} {one.name} blocks", world.given(mergeability=Mergeability((*blockers, one)))
    for number, blocker in enumerate(blockers):
        changed = (*blockers[:number], replace(blocker, own=False), *blockers[number + 1 :])
        yield f"{blocker.name} is not the gate's own", world.given(mergeability=Mergeability(changed))


def _worse_divergence(world: World, fact: Divergence) -> Iterator[tuple[str, World]]:
    for file in FILES:
        moved = world.given(divergence=replace(fact, files=(*fact.files, file)))
        yield f"{file} moved", moved
        for key, files in world.case.diverged.items():
            known = {**world.case.diverged, key: (*files, file)}
            yield f"{file} moved and concerns {key}", replace(moved, case=replace(moved.case, diverged=known))
    for key in world.case.diverged:
        known = {each: files for each, files in world.case.diverged.items() if each != key}
        yield f"what concerns {key} is not known", replace(world, case=replace(world.case, diverged=known))
