"""What must hold after every run, whatever went wrong in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from faults.scenes import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faults.scenes import Observed

# What is found out is still told after the time is up: one request of 30 s that began before the end, and 10 s for what is posted then.
MARGIN: Final = 40
_OUTPUT: Final = re.compile(r"^(?P<name>[\w-]+)<<(?P<mark>\w+)\n(?P<value>.*)\n(?P=mark)$", re.MULTILINE)
_GOOD: Final = frozenset({"success", "successful", "succeeded", "passed", "pass"})
_OPEN: Final = frozenset({"allowed", "nothing_to_do"})
# How what is said names what was being done, or the fact that is missing for it.
_NAMED: Final = re.compile(
    r"\((reading|listing|comparing|asking|finding|looking|posting|writing|list changed files)[^()]*\)|could not find out"
    r"|the host does not say who|atlantis\.yaml:\d|^atlantis\.yaml:",
    re.MULTILINE,
)
_TWICE: Final = re.compile(r"(\([a-z][^()]+\)) \1")


def outputs(observed: Observed) -> dict[str, str]:
    """Return the job outputs, the last one of each name."""
    return {found["name"]: found["value"] for found in _OUTPUT.finditer(observed.outputs)}


def wrong(observed: Observed, secrets: Sequence[str]) -> Iterator[str]:
    """Yield what never may be, whichever way a run ends."""
    said = observed.said
    if observed.ran.code not in {0, 1, 2}:
        yield f"exit code {observed.ran.code}"
    if "Traceback" in said or "bug in atlantis-gate" in said:
        yield f"a traceback: {observed.ran.err[-500:]}"
    if any(secret in said for secret in secrets):
        yield "the token is shown"
    if again := _TWICE.search(said):
        yield f"it says {again[1]} twice"
    if observed.seconds > SECONDS + MARGIN:
        yield f"it took {observed.seconds:.0f} s of the {SECONDS} s that it was given"
    yield from _inconsistent(observed)


def _inconsistent(observed: Observed) -> Iterator[str]:
    """Yield what says another thing than the exit code does."""
    told, opened = outputs(observed), observed.ran.code == 0
    outcome = observed.decision["outcome"] if observed.decision else None
    if not opened and (told.get("allowed"), told.get("projects")) != ("false", "[]"):
        yield f"exit {observed.ran.code} with the outputs {told}"
    if opened and told.get("outcome") not in _OPEN:
        yield f"exit 0 with the outputs {told}"
    if (outcome in _OPEN) != opened:
        yield f"exit {observed.ran.code} with the decision {outcome}"
    if not opened and any(state.casefold() in _GOOD for state in observed.tape.posted):
        yield f"exit {observed.ran.code} with the status {observed.tape.posted}"


def unnamed(observed: Observed) -> bool:
    """Tell whether nobody is told what was being done when it went wrong, nor which fact is missing for it."""
    return not _NAMED.search(observed.said)
