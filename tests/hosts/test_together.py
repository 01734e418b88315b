"""What is asked at the same time is answered as if it had been asked one after another."""

from __future__ import annotations

import sys
import threading
from functools import partial

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.together import Ahead, together


class Desk:
    """Answers questions once all that are expected at the same time are there, and counts them."""

    def __init__(self, at_once: int = 1) -> None:
        self.asked: list[str] = []
        self.all_here = threading.Barrier(at_once, timeout=10)

    def answer(self, question: str, *, mood: str = "calm") -> str:
        self.asked.append(question)
        self.all_here.wait()
        if mood == "angry":
            raise HostError(f"no {question}", operation="asking")
        return f"answer to {question}"


def test_questions_started_ahead_are_under_way_at_the_same_time() -> None:
    desk, ahead = Desk(3), Ahead()
    ahead.start(desk.answer, "one")
    ahead.start(desk.answer, "two")

    assert ahead.ask(desk.answer, "three") == "answer to three"
    assert [ahead.ask(desk.answer, name) for name in ("two", "one")] == ["answer to two", "answer to one"]
    assert sorted(desk.asked) == ["one", "three", "two"]


def test_a_question_under_way_is_not_asked_twice_and_its_answer_is_given_once() -> None:
    desk, ahead = Desk(), Ahead()
    ahead.start(desk.answer, "one")
    ahead.start(desk.answer, "one")
    ahead.ask(desk.answer, "one")
    assert desk.asked == ["one"]

    ahead.ask(desk.answer, "one")
    assert desk.asked == ["one", "one"]


def test_an_error_comes_where_the_answer_is_wanted_and_again_when_asked_again() -> None:
    desk, ahead = Desk(), Ahead()
    ahead.start(desk.answer, "it", mood="angry")

    for _ in range(2):
        with pytest.raises(HostError, match="no it"):
            ahead.ask(desk.answer, "it", mood="angry")


def test_what_is_forgotten_is_asked_anew() -> None:
    desk, ahead = Desk(), Ahead()
    ahead.start(desk.answer, "one")
    ahead.forget()

    assert ahead.ask(desk.answer, "one") == "answer to one"
    assert desk.asked == ["one", "one"]


def test_work_is_done_at_the_same_time_within_bounds_and_given_in_order() -> None:
    busy: list[int] = []
    most: list[int] = []
    pairs = threading.Barrier(2, timeout=10)

    def work(number: int) -> int:
        busy.append(number)
        pairs.wait()
        most.append(len(busy))
        pairs.wait()
        busy.remove(number)
        return number

    assert together([partial(work, number) for number in range(6)], 2) == [0, 1, 2, 3, 4, 5]
    assert max(most) == 2


def test_nothing_to_do_is_done() -> None:
    assert together([], 8) == []


def test_after_an_error_nothing_further_is_begun() -> None:
    desk = Desk()
    work = [partial(desk.answer, "a"), partial(desk.answer, "b", mood="angry"), partial(desk.answer, "c")]

    with pytest.raises(HostError, match="no b"):
        together(work, 1)
    assert desk.asked == ["a", "b"]


def test_the_error_of_the_first_one_is_raised() -> None:
    desk = Desk(2)

    with pytest.raises(HostError, match="no a"):
        together([partial(desk.answer, "a", mood="angry"), partial(desk.answer, "b", mood="angry")], 2)


def test_whatever_is_raised_is_passed_on() -> None:
    def leave() -> None:
        sys.exit(3)

    ahead = Ahead()
    ahead.start(leave)
    with pytest.raises(SystemExit):
        ahead.ask(leave)
