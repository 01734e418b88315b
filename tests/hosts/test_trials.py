"""Trying: what an answer, a refusal and a fault mean, and that each thing is asked once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.diagnosis import Held, Need
from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.trials import Once, accepted, attempt, ending, host_time, known, rehearse

if TYPE_CHECKING:
    from collections.abc import Callable

NEED = Need(name="a thing", purpose="something", permission="a permission", grant="click")


def fails(status: int, words: str = "no") -> Callable[[], object]:
    def question() -> object:
        if status == 401:
            raise CredentialError(f"401 {words}")
        raise HostError(f"{status} {words}", operation="asking", status=status)

    return question


@pytest.mark.parametrize(
    ("question", "held", "evidence"),
    [
        (lambda: "two\n lines", Held.YES, "two lines"),
        (lambda: {"a": 1}, Held.YES, ""),
        (fails(401), Held.NO, "401 no"),
        (fails(403), Held.NO, "403 no"),
        (fails(404), Held.UNKNOWN, "404 no"),
        (fails(500), Held.UNKNOWN, "500 no"),
        (fails(0), Held.UNKNOWN, "0 no"),
        (fails(422), Held.UNKNOWN, "422 no"),
    ],
)
def test_an_answer_is_yes_a_refusal_is_no_and_a_fault_is_neither(question: Callable[[], object], held: Held, evidence: str) -> None:
    trial = attempt(NEED, question)
    assert (trial.need, trial.held, trial.evidence) == (NEED, held, evidence)


def test_not_found_may_be_a_refusal() -> None:
    assert attempt(NEED, fails(404), absent=Held.NO).held is Held.NO
    assert attempt(NEED, fails(500), absent=Held.NO).held is Held.UNKNOWN


@pytest.mark.parametrize(
    ("question", "held"),
    [
        (fails(404, "Commit Not Found"), Held.YES),
        (fails(404, "Project Not Found"), Held.UNKNOWN),
        (fails(403, "commit"), Held.NO),
        (fails(401, "commit"), Held.NO),
        (fails(500, "commit"), Held.UNKNOWN),
        (lambda: None, Held.UNKNOWN),
    ],
)
def test_what_cannot_be_is_refused_in_a_way_that_shows_the_right(question: Callable[[], object], held: Held) -> None:
    assert rehearse(NEED, question, status=404, about="commit").held is held


def test_evidence_is_cut() -> None:
    assert len(known(NEED, Held.NO, "x" * 5_000).evidence) == 400


@pytest.mark.parametrize("status", [401, 403, 404, 200])
def test_what_was_asked_once_is_not_asked_again(status: int) -> None:
    asked = []

    def question() -> str:
        asked.append(1)
        if status != 200:
            fails(status)()
        return "found"

    once = Once(question)
    assert [once.maybe(), once.maybe()] == ["found" if status == 200 else None] * 2
    assert len(asked) == 1
    if status != 200:
        with pytest.raises((HostError, CredentialError)):
            once()


@pytest.mark.parametrize("second", [fails(403), fails(404), lambda: None])
def test_a_credential_that_is_answered_anything_is_one(second: Callable[[], object]) -> None:
    accepted(fails(401), second)
    accepted(second, fails(401))


def test_a_credential_that_is_refused_by_all_is_none() -> None:
    with pytest.raises(CredentialError, match="first"):
        accepted(fails(401, "first"), fails(401, "second"))


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_a_host_that_does_not_answer_says_nothing_of_a_credential(status: int) -> None:
    with pytest.raises(HostError):
        accepted(fails(401), fails(status))


def test_the_hosts_clock_counts_where_it_is_told() -> None:
    assert host_time({"date": "Fri, 01 Jan 2027 12:00:00 GMT"}) == datetime(2027, 1, 1, 12, tzinfo=UTC)
    for headers in ({}, {"date": "yesterday"}):
        assert abs((host_time(headers) - datetime.now(UTC)).total_seconds()) < 60


def test_an_end_that_is_near_is_remarked() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert ending(datetime(2027, 1, 15, tzinfo=UTC), now, "X") == ""
    assert (
        ending(datetime(2027, 1, 3, tzinfo=UTC), now, "X")
        == "The token ends on 2027-01-03 00:00 UTC, in 2 days. Make a new one and set X to it."
    )
