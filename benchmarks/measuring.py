"""Measuring: processor time of processes, side by side, and what the numbers say."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT: Final = Path(__file__).parents[1]


class FailedError(Exception):
    """A program that was to be measured did not do its work."""


def processor_seconds(command: Sequence[str], folder: Path, env: Mapping[str, str], *, code: int = 0) -> float:
    """Run a program and return the processor time that it, and the kernel on its behalf, took.

    Other programs change it little, unlike the time on the clock. Raises FailedError when it ends with another exit code than `code`.
    """
    with subprocess.Popen(command, cwd=folder, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as started:
        said = started.stderr.read() if started.stderr else b""
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode != code:
        raise FailedError(f"{' '.join(command)} ended with {started.returncode}:\n{said.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime


def side_by_side(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return what each measure gives in each round, after one that warms up. They take turns: what disturbs the machine disturbs all."""
    for measure in measures.values():
        measure()
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def ratio(values: Sequence[float], references: Sequence[float]) -> float:
    """Return how many times the reference a value is: the median over rounds."""
    return median(value / reference for value, reference in zip(values, references, strict=True))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a piece of work in this process, garbage collection left out."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        gc.enable()


def growth(small: float, large: float, factor: float) -> float:
    """Return what the time becomes when the input doubles, from what it became when the input grew by `factor`."""
    return float((large / small) ** (1 / math.log2(factor)))


def round_trips(intervals: Sequence[tuple[float, float]]) -> int:
    """Return the length of the longest chain of requests of which each began after the one before had ended; (began, ended) each."""
    ends: list[tuple[float, int]] = []
    for began, ended in sorted(intervals):
        before = max((count for end, count in ends if end <= began), default=0)
        ends.append((ended, before + 1))
    return max((count for _, count in ends), default=0)
