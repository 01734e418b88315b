"""The time a run may take, shared by everything that waits."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _silent(_: str) -> None:
    """Say nothing: what a deadline does with its progress where nobody listens."""


@dataclass(frozen=True)
class Deadline:
    """Counts down `seconds` from its making. `tell` is given a line for each wait, so that long waits are seen."""

    seconds: float
    tell: Callable[[str], None] = _silent
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    started: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        object.__setattr__(self, "started", self.clock())

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.seconds - self.spent)

    def wait(self, seconds: float, reason: str) -> bool:
        """Sleep for `seconds` and say why; False, without sleeping, when that would pass the deadline."""
        if seconds > self.remaining:
            return False
        self.tell(f"waiting {seconds:.0f} s: {reason} ({self.spent:.0f} s so far, giving up after {self.seconds:.0f} s)")
        self.sleep(seconds)
        return True
