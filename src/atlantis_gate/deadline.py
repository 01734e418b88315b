"""The time a run may take, shared by everything that waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from atlantis_gate.redaction import Redaction
from atlantis_gate.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable


def _silent(_: str) -> None:
    """Say nothing: what a deadline does with its progress where nobody listens."""


class Deadline:
    """Counts down `seconds` from its making. `tell` is given a line for each wait, so that long waits are seen.

    `tally` counts what is asked meanwhile, and `redaction` learns the secrets that it is asked with: whoever asks has the deadline at
    hand.
    """

    def __init__(
        self,
        seconds: float,
        tell: Callable[[str], None] = _silent,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        redaction: Redaction | None = None,
    ) -> None:
        """Start the clock."""
        self.seconds: Final = seconds
        self.tell: Final = tell
        self.clock: Final = clock
        self.tally: Final = Tally()
        self.redaction: Final = redaction or Redaction()
        self._sleep: Final = sleep
        self._started: Final = clock()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self.clock() - self._started

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.seconds - self.spent)

    def wait(self, seconds: float, reason: str) -> bool:
        """Sleep for `seconds` and say why; False, without sleeping, when that would pass the deadline."""
        if seconds > self.remaining:
            return False
        self.tell(f"waiting {seconds:.0f} s: {reason} ({self.spent:.0f} s so far, giving up after {self.seconds:.0f} s)")
        self._sleep(seconds)
        return True
