"""What a doctor finds out about credentials: frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Held(StrEnum):
    """Whether a credential may do a thing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a run does. `permission` is in the host's own words, `grant` says how to give it, step by step.

    `purpose` says what it is for; `required` is false where the gate decides without it.
    """

    name: str
    purpose: str
    permission: str
    grant: str
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One need, whether the credential has it, and how that is known (an answer of the host, on one line)."""

    need: Need
    held: Held
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is known of the credential at hand.

    `credential` says which one was chosen and what it is, never its value; `identity` whom the host takes it for; `expires` when it ends,
    None where the host does not tell; `scopes` are those that the host names, None where it names none. `remarks` are for the reader.
    """

    host: str
    server_url: str
    repo: str
    credential: str
    identity: str = ""
    expires: datetime | None = None
    scopes: tuple[str, ...] | None = None
    trials: tuple[Trial, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def sufficient(self) -> bool:
        """Tell whether everything that is required is there for certain."""
        return all(trial.held is Held.YES for trial in self.trials if trial.need.required)
