"""What tests of doctors share: reading a diagnosis, and the table of needs that a host's page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.diagnosis import Diagnosis, Need


def held(diagnosis: Diagnosis) -> dict[str, str]:
    """Return the answer to each need, by its name."""
    return {trial.need.name: trial.held.value for trial in diagnosis.trials}


def evidence(diagnosis: Diagnosis) -> dict[str, str]:
    """Return the evidence for each need, by its name."""
    return {trial.need.name: trial.evidence for trial in diagnosis.trials}


def but(diagnosis: Diagnosis, usual: str = "yes") -> dict[str, str]:
    """Return the answers that are not the usual one, by the need's name."""
    return {name: answer for name, answer in held(diagnosis).items() if answer != usual}


def table(needs: Iterable[Need]) -> str:
    """Return the table of needs as a page shows it."""
    head = "| needed for | scope or permission | what for | without it |\n| --- | --- | --- | --- |\n"
    return head + "".join(_row(need) for need in needs)


def _row(need: Need) -> str:
    without = "`undetermined`" if need.required else "the gate decides without it"
    return f"| {need.name} | {need.permission} | {need.purpose} | {without} |\n"
