"""Trying cases, on every processor there is, and what came of them."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from faults.cases import FAMILIES, Case
from faults.expected import Right, right
from faults.fields import Change
from faults.judging import unnamed, wrong
from faults.scenes import baseline, play
from hosts.stories import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from faults.scenes import Observed
    from programs import Ran

_PARTS: Final = 6
# What every write that is refused so is told as.
_SAID: Final = frozenset({"connection refused", "no answer in time", "500"})


@dataclass
class Tried:
    """What came of cases: how many there were by host and kind, what is wrong, which fields may be otherwise though they are read.

    `right` holds the stories in which exit code 0 was right, by what says so.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    optional: set[tuple[str, str, str, str]] = field(default_factory=set)
    right: defaultdict[Right, set[str]] = field(default_factory=partial(defaultdict, set))

    def add(self, other: Tried) -> None:
        """Take in what came of further cases."""
        self.counts += other.counts
        self.problems += other.problems
        self.optional |= other.optional
        for found, stories in other.right.items():
            self.right[found] |= stories


def attempt(cases: Iterable[Case], folder: Path) -> Tried:
    """Run cases one after another."""
    tried = Tried()
    for case in cases:
        tried.counts[case.host, case.family] += 1
        tried.problems += [f"{case}: {problem}" for problem in _problems(case, folder, tried)]
    return tried


def _problems(case: Case, folder: Path, tried: Tried) -> Iterator[str]:
    whole = baseline(case.host, case.story, folder)
    observed = play(case.host, case.story, folder, case.alterations, *case.options)
    yield from wrong(observed, secrets(case.host))
    if case.passes:
        if observed.ran.code != whole.ran.code:
            yield f"exit {observed.ran.code}, though the real answer came in the end: {observed.ran.err[-500:]}"
        return
    if whole.tape.posting.issuperset(case.alterations):
        yield from _posted(case, observed.ran, whole.ran.code)
    elif observed.ran.code == 0:
        yield from _opened(case, whole, tried)
    elif observed.ran.code == whole.ran.code == 1 and _told(observed) == _told(whole):
        return
    # A field that says another thing, or a list that is empty, may well stop a pull request for another reason.
    elif ((case.family != "one field" and "empty list" not in case.name) or observed.ran.code != 1) and unnamed(observed):
        yield f"nothing names what failed: {observed.ran.out[-800:]}{observed.ran.err[-500:]}"


def _posted(case: Case, ran: Ran, code: int) -> Iterator[str]:
    """Yield what is wrong where only telling the host failed: that changes nothing, and is said."""
    if ran.code != code:
        yield f"exit {ran.code}, though only posting failed: {ran.err[-500:]}"
    writes = not next(iter(case.alterations)).startswith("GET")
    if writes and case.name in _SAID and "could not be" not in ran.err:
        yield f"nobody is told that posting failed: {ran.err[-500:]}"


def _opened(case: Case, whole: Observed, tried: Tried) -> Iterator[str]:
    """Yield what is wrong with an exit code 0."""
    if whole.ran.code == 0 and case.family == "one field":
        place, change = next(iter(case.alterations.items()))
        assert isinstance(change, Change)
        if (place, change.path) in whole.tape.read:
            tried.optional.add((case.host, short(place), change.field, change.name))
    elif found := right(case, stopped=whole.ran.code != 0):
        tried.right[found].add(case.story)
    else:
        yield "exit 0"


def _told(observed: Observed) -> object:
    """Return what was found of each project."""
    decision = observed.decision
    return decision and (decision.get("refusal"), decision["projects"], decision.get("error"))


def short(place: str) -> str:
    """Return a place without commit ids, as people read it."""
    if "diffs/commits" in place:
        # Of the comparisons of Azure DevOps only the query tells which one it is.
        return f"{place.partition('?')[0]} from {'base' if f'baseVersion={BASE}' in place else 'head'}"
    return place.partition("?")[0].replace(HEAD, "<head>").replace(BASE, "<base>").replace("\r", "%0D")


def secrets(host: str) -> tuple[str, ...]:
    """Return the tokens that a host is asked with."""
    module = import_module(f"hosts.stage_{host.replace('-', '_')}")
    return (module.TOKEN,) if hasattr(module, "TOKEN") else tuple(module.ENV.values())


def _part(task: tuple[str, str, int]) -> Tried:
    """Try every sixth case of a family on a host; called in a process of its own."""
    host, family, part = task
    # Looking for proxies in a long environment takes as long as the rest of a request.
    os.environ.clear()
    folder = Path(_workshop().name)
    return attempt(islice(FAMILIES[family](host, folder), part, None, _PARTS), folder)


@cache
def _workshop() -> tempfile.TemporaryDirectory[str]:
    """Return this process's own folder: how stories end where nothing goes wrong is found out once for each."""
    return tempfile.TemporaryDirectory()


def try_all(hosts: Iterable[str]) -> Tried:
    """Try everything on every host."""
    tasks = [(host, family, part) for part in range(_PARTS) for host in hosts for family in FAMILIES]
    tried = Tried()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn")) as pool:
        for found in pool.map(_part, tasks):
            tried.add(found)
    return tried
