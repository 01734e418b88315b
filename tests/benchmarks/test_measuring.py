"""What the benchmarks make of their numbers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measuring import FailedError, growth, processor_seconds, ratio, round_trips, side_by_side
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 1), (0, 1), (0, 1)], 1),
        ([(0, 1), (1, 2), (1.1, 2), (2.1, 3)], 3),
        ([(0, 3), (0, 1), (1, 2), (3.5, 4)], 3),
        ([(2, 3), (0, 1), (0.5, 2)], 2),
    ],
    ids=["none", "one", "in a row", "at the same time", "two in the middle", "beside a long one", "in any order"],
)
def test_round_trips_are_the_longest_chain(intervals: list[tuple[float, float]], expected: int) -> None:
    assert round_trips(intervals) == expected


@pytest.mark.parametrize(("factor", "power", "expected"), [(4, 1, 2), (4, 2, 4), (10, 1, 2), (5, 0, 1), (8, 3, 8)])
def test_growth_is_told_for_twice_the_input(factor: float, power: float, expected: float) -> None:
    assert growth(0.5, 0.5 * factor**power, factor) == pytest.approx(expected)


def test_a_ratio_is_the_median_over_rounds() -> None:
    assert ratio([2, 2, 9], [1, 1, 1]) == 2


def test_measures_take_turns_after_one_that_warms_up() -> None:
    log: list[str] = []

    def measure(name: str) -> Callable[[], float]:
        def once() -> float:
            log.append(name)
            return float(len(log))

        return once

    found = side_by_side({"a": measure("a"), "b": measure("b")}, 2)

    assert log == ["a", "b"] * 3
    assert found == {"a": [3, 5], "b": [4, 6]}


def test_a_program_that_fails_is_no_measurement() -> None:
    assert processor_seconds((sys.executable, "-I", "-c", "raise SystemExit(3)"), ROOT, {}, code=3) > 0
    with pytest.raises(FailedError, match=r"(?s)ended with 1:.*ZeroDivisionError"):
        processor_seconds((sys.executable, "-I", "-c", "1 / 0"), ROOT, {})
