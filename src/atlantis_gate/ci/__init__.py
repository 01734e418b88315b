"""CIs: what one must tell and take, and which there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from atlantis_gate.ci import github_actions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.decisions import Annotation
    from atlantis_gate.model import PullRequestRef, Run


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What a run tells its CI. `outputs` are final strings, `summary` is Markdown, both free of anything a CI would obey.

    `junit` is the same as a JUnit report (XML), for CIs that show tests; empty where there was nothing to report.
    """

    outputs: Mapping[str, str]
    summary: str
    annotations: tuple[Annotation, ...] = ()
    junit: str = ""


class CI(Protocol):
    """One CI system, implemented by a module."""

    NAME: str
    # The variable that tells this CI from others.
    MARKER: str

    def detect(self, env: Mapping[str, str]) -> bool:
        """Tell whether this environment is that CI's."""

    def read(self, env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
        """Read which pull request the run is about; `explicit` (from options) wins. Raises CIError naming the variable that is wrong."""

    def publish(self, env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
        """Hand over outputs, summary and annotations; `command` prints one workflow command. Raises CIError."""


# Order matters: a CI that imitates another one comes before it.
CIS: Final[tuple[CI, ...]] = (github_actions,)


def detect(env: Mapping[str, str]) -> CI | None:
    """Return the CI whose environment this is, None when it is none that the gate knows."""
    return next((ci for ci in CIS if ci.detect(env)), None)
