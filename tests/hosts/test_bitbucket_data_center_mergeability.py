"""What blocks on Bitbucket Data Center: conflicts, vetoes, and which veto waits for the gate's own build alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.bitbucket_data_center import connect
from atlantis_gate.model import Mergeability, Unknown
from hosts import stage_bitbucket_data_center as made
from hosts.bitbucket_wire import JSON, Reply, Wire
from hosts.stage_bitbucket_data_center import CONDITIONS, ENV, PULL, REF, SERVER, VETO
from hosts.stories import FINE, HEAD, REPO, Check

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILDS = f"/build-status/latest/commits/{HEAD}"
GATE, CI = Check("gate", "pending", own=True), Check("ci", "success")
APPROVALS = {"summaryMessage": "Requires approvals", "detailedMessage": "You need 1 more approval."}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def fact(wire: Wire, seconds: float = 300) -> Mergeability | Unknown:
    host = connect(wire.connection(SERVER, REPO, made.RUN, ENV, seconds))
    return host.mergeability(host.pull_request(REF))


def blockers(wire: Wire) -> list[str]:
    """Return the blockers as `kind name`, the gate's own with a star."""
    found = fact(wire)
    assert isinstance(found, Mergeability)
    return [f"{blocker.kind} {blocker.name}{'*' * blocker.own}" for blocker in found.blockers]


def answer(**changes: Any) -> JSON:
    return {"canMerge": False, "conflicted": False, "outcome": "CLEAN", "vetoes": [], **changes}


def vetoed(wire: Wire, *builds: JSON, required: tuple[JSON, ...] = (), vetoes: tuple[JSON, ...] = (VETO,)) -> Wire:
    """Let Bitbucket veto the merge, with these builds of the head commit and these required ones."""
    wire.on("GET", f"{PULL}/merge", answer(vetoes=list(vetoes))).on("GET", BUILDS, made.paged(builds))
    return wire.on("GET", CONDITIONS, made.paged(required))


BUILD_VETO = f"veto {VETO['summaryMessage']}"
OWN = [f"{BUILD_VETO}*"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (answer(canMerge=True), []),
        (answer(canMerge=True, outcome=None, vetoes=None), []),
        (answer(canMerge=True, conflicted=True, outcome="CONFLICTED"), ["conflict conflict"]),
        (answer(conflicted=True), ["conflict conflict"]),
        (answer(vetoes=[APPROVALS]), ["veto Requires approvals"]),
        (answer(vetoes=[APPROVALS, VETO]), ["veto Requires approvals", BUILD_VETO]),
        (answer(vetoes=[{"detailedMessage": "Not today."}]), ["veto Not today."]),
        (answer(vetoes=[{}]), ["veto a merge check"]),
        (answer(canMerge=True, vetoes=[APPROVALS]), ["veto Requires approvals"]),
    ],
)
def test_every_reason_bitbucket_gives_blocks(wire: Wire, told: JSON, expected: list[str]) -> None:
    assert blockers(wire.on("GET", f"{PULL}/merge", told)) == expected
    assert f"GET {BUILDS}" not in wire.paths()


def test_a_veto_is_told_in_full(wire: Wire) -> None:
    found = fact(wire.on("GET", f"{PULL}/merge", answer(vetoes=[APPROVALS])))
    assert isinstance(found, Mergeability)
    assert [blocker.text for blocker in found.blockers] == ["Requires approvals: You need 1 more approval."]


def test_a_refusal_without_a_reason_is_unknown_unless_a_draft_explains_it(wire: Wire) -> None:
    assert isinstance(fact(wire.on("GET", f"{PULL}/merge", answer())), Unknown)
    assert blockers(wire.on("GET", PULL, made.pull(replace(FINE, draft=True)))) == ["draft draft"]


@pytest.mark.parametrize(
    "told", [{}, {"canMerge": True}, {"conflicted": False}, answer(canMerge=None), answer(canMerge="yes"), answer(canMerge=True, vetoes={})]
)
def test_an_answer_that_lacks_something_is_an_error(wire: Wire, told: JSON) -> None:
    with pytest.raises(HostError):
        fact(wire.on("GET", f"{PULL}/merge", told))


def test_bitbucket_is_asked_again_while_it_computes_and_not_beyond_the_deadline(wire: Wire) -> None:
    wire.on("GET", f"{PULL}/merge", *[answer(outcome="UNKNOWN")] * 4, answer(canMerge=True))
    assert blockers(wire) == []
    assert wire.clock.slept == [1.0, 2.0, 3.0, 5.0]
    assert isinstance(fact(wire.on("GET", f"{PULL}/merge", answer(outcome="UNKNOWN", canMerge=True)), seconds=20), Unknown)
    assert sum(wire.clock.slept[4:]) == 16


@pytest.mark.parametrize(
    ("builds", "required"),
    [
        ([made.build(GATE), made.build(CI)], [made.condition("gate", "ci")]),
        ([made.build(GATE)], []),
        ([], [made.condition("atlantis-gate/apply")]),
        ([made.build(CI, key="ci-9", parent="ci")], [made.condition("ci", "atlantis-gate")]),
        ([made.build(Check("x", "failure"), key="atlantis-gate/apply"), made.build(CI)], [made.condition("atlantis-gate/apply")]),
        ([made.build(GATE), made.build(CI)], [made.condition("ci"), made.condition("other", branch="release")]),
        ([made.build(GATE)], None),
    ],
)
def test_a_veto_that_waits_for_the_gates_own_build_alone_is_its_own(wire: Wire, builds: list[JSON], required: list[JSON] | None) -> None:
    vetoed(wire, *builds, required=tuple(required or ()))
    if required is None:
        wire.on("GET", CONDITIONS, Reply({}, 404))
    assert blockers(wire) == OWN


@pytest.mark.parametrize(
    ("builds", "required", "said"),
    [
        ([], [], ""),
        ([made.build(CI)], [], ""),
        ([], [made.condition("ci")], "build ci has not succeeded"),
        ([made.build(GATE)], [made.condition("gate", "ci")], "build ci has not succeeded"),
        ([made.build(GATE), made.build(Check("lint", "failure"))], [made.condition("gate")], "build lint has failed"),
        ([made.build(CI, state="CANCELLED")], [made.condition("gate")], "build ci was cancelled"),
        ([made.build(CI, state="UNKNOWN")], [made.condition("gate")], "build ci has not succeeded"),
        ([made.build(GATE, state="FAILED")], [made.condition("gate")], "build gate has failed"),
        ([made.build(GATE, url="https://jenkins.example.com/job/gate/421/")], [made.condition("gate")], "build gate is still running"),
        ([made.build(GATE)], [made.condition("other", kind="PATTERN", branch="release/*")], "build other has not succeeded"),
        ([made.build(GATE)], [{"buildParentKeys": ["other"]}], "build other has not succeeded"),
        ([made.build(GATE), *(made.build(Check(f"c{n}", "success")) for n in range(99))], [made.condition("gate")], ""),
    ],
)
def test_any_other_veto_about_builds_blocks_and_names_what_lacks(wire: Wire, builds: list[JSON], required: list[JSON], said: str) -> None:
    vetoed(wire, *builds, required=tuple(required))
    found = fact(wire)
    assert isinstance(found, Mergeability)
    (blocker,) = found.blockers
    assert (blocker.kind, blocker.own) == ("veto", False)
    assert blocker.text == f"{VETO['summaryMessage']}: {VETO['detailedMessage']}{f' ({said})' if said else ''}"


@pytest.mark.parametrize("place", [BUILDS, CONDITIONS])
def test_builds_that_cannot_be_read_are_an_error(wire: Wire, place: str) -> None:
    with pytest.raises(HostError):
        fact(vetoed(wire, made.build(GATE)).on("GET", place, Reply({}, 403)))


def test_a_veto_about_builds_beside_anything_else_is_not_the_gates_own(wire: Wire) -> None:
    vetoed(wire, made.build(GATE), required=(made.condition("gate"),), vetoes=(VETO, APPROVALS))
    assert blockers(wire) == [BUILD_VETO, "veto Requires approvals"]
    wire.on("GET", f"{PULL}/merge", answer(conflicted=True, vetoes=[VETO]))
    assert blockers(wire) == ["conflict conflict", BUILD_VETO]


@pytest.mark.parametrize(("state", "expected"), [("DECLINED", ["closed closed"]), ("MERGED", [])])
def test_nothing_is_asked_about_a_pull_request_that_is_not_open(wire: Wire, state: str, expected: list[str]) -> None:
    assert blockers(wire.on("GET", PULL, made.pull(FINE, state=state))) == expected
    assert f"GET {PULL}/merge" not in wire.paths()
