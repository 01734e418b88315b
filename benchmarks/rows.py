"""One line of the result: what was measured, what it was held against, and the budget."""

from __future__ import annotations

from typing import Final, Literal

from atlantis_gate.frozen import frozen

# What a number is: how often the reference, what becomes of the time when the input doubles (2 is linear), or something that is counted.
Unit = Literal["times", "growth", "requests", "round trips", "MB", "s"]
COUNTED: Final = ("requests", "round trips")
# What a quick run forgives: it measures little, on a machine that does other things too.
_FORGIVEN: Final = 2.0
# Nearer to the square (4) than to the line.
_FORGIVEN_GROWTH: Final = 3.0


@frozen(kw_only=True)
class Row:
    """A measurement. `against` says what the reference is, `detail` gives the numbers behind; without a `budget` it is only shown."""

    name: str
    value: float
    unit: Unit
    budget: float | None = None
    against: str = ""
    detail: str = ""

    @property
    def met(self) -> bool:
        """Tell whether the budget holds."""
        return self.budget is None or self.value <= self.budget

    @property
    def broken(self) -> bool:
        """Tell whether even a quick run is sure that the budget is missed; seconds depend on the machine and tell nothing."""
        if self.budget is None or self.unit == "s":
            return False
        return self.value > (_FORGIVEN_GROWTH if self.unit == "growth" else _FORGIVEN * self.budget)


@frozen(kw_only=True)
class Effort:
    """How much is measured: in how many rounds, and how large the inputs are, as a share of those that the budgets name."""

    rounds: int
    share: int

    def of(self, number: int) -> int:
        """Return a number of the budgets, scaled."""
        return number // self.share


FULL: Final = Effort(rounds=21, share=1)
QUICK: Final = Effort(rounds=7, share=4)
