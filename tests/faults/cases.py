"""Every fault that is tried on a host: which story it is tried on, where, and what goes wrong there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Final

from faults import paging, wrong
from faults.fields import Change, changes
from faults.scenes import ALSO_STOPPED, GATE, LOWERS, MOVED, PASSES, STOPPED, UNCHECKED, baseline
from faults.twists import TWISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from faults.transport import Answer, Asked

    Alteration = Callable[[Answer, Asked], Answer]

QUIET: Final = ("--no-status", "--comment", "never")
STORIES: Final = (PASSES, *STOPPED)
ELSEWHERE: Final = (UNCHECKED.name, LOWERS.name)
WHOLLY: Final = frozenset({PASSES, STOPPED[0], *ELSEWHERE})


@dataclass(frozen=True)
class Case:
    """One run: the story, the requests that go wrong, and by what name. `passes`: the real answer comes in the end."""

    host: str
    story: str
    family: str
    name: str
    alterations: Mapping[str, Alteration]
    passes: bool = False
    options: tuple[str, ...] = field(default=QUIET)

    def __str__(self) -> str:
        """Render as one line."""
        return f"{self.host} | {self.story} | {' + '.join(self.alterations)} | {self.name}"


def single(host: str, folder: Path) -> Iterator[Case]:
    """Break every request in turn, for good and for once; those that post results on one story that passes and one that does not."""
    for story in (*STORIES, *ELSEWHERE):
        posting = baseline(host, story, folder).tape.posting
        for place in _places(host, story, folder):
            options = () if place in posting else QUIET
            for name, alter in wrong.LASTING.items():
                if _is_tried(story, name, posting=place in posting):
                    yield Case(host, story, "one request", name, {place: alter}, options=options)
            for name in wrong.PASSING if story in WHOLLY else ():
                alter = wrong.once(wrong.LASTING[name])
                yield Case(host, story, "one request, once", name, {place: alter}, passes=True, options=options)


def _is_tried(story: str, name: str, *, posting: bool) -> bool:
    """Tell whether a fault is tried on a story: on those beyond the first two only what may be taken for an answer."""
    if posting:
        return story == PASSES or name in wrong.BESIDE
    return story in WHOLLY or name in wrong.READABLE


def _places(host: str, story: str, folder: Path) -> Iterator[str]:
    """Yield where a story is broken: what posts is tried on two stories, and without a checkout only what is asked for lack of it."""
    seen = baseline(host, story, folder).tape
    known = baseline(host, PASSES, folder).tape.asked if story in ELSEWHERE else ()
    for place in sorted(set(seen.asked)):
        if place not in known and (place not in seen.posting or story in {PASSES, STOPPED[0]}):
            yield place


def pairs(host: str, folder: Path) -> Iterator[Case]:
    """Break every two requests that decide."""
    for story in (PASSES, STOPPED[0], STOPPED[1]):
        seen = baseline(host, story, folder).tape
        deciding = [place for place in sorted(set(seen.asked)) if place not in seen.posting]
        for one, other in combinations(deciding, 2):
            for name in wrong.PAIRED:
                first, second = wrong.LASTING[name], wrong.LASTING[wrong.BESIDE[name]]
                yield Case(host, story, "two requests", f"{name} + {wrong.BESIDE[name]}", {one: first, other: second})


def fields(host: str, folder: Path) -> Iterator[Case]:
    """Change every field of every answer that decides."""
    for story in (PASSES, *STOPPED, *ALSO_STOPPED, MOVED.name, LOWERS.name, *TWISTS[host]):
        seen = baseline(host, story, folder).tape
        for place in sorted(set(seen.asked)):
            twists = TWISTS[host].get(story)
            if place in seen.posting or (twists and not any(re.fullmatch(pattern, place) for pattern in twists)):
                continue
            read = {path for at, path in seen.read if at == place}
            for change in changes(seen.answers[place].body, read, besides=story == PASSES):
                if change.counts or story == PASSES:
                    yield Case(host, story, "one field", f"{'.'.join(map(str, change.path))} is {change.name}", {place: change})


def lists(host: str, folder: Path) -> Iterator[Case]:
    """Let every list go on wrongly."""
    for story in (PASSES, *STOPPED, LOWERS.name):
        seen = baseline(host, story, folder).tape
        for place in sorted(set(seen.asked)):
            if place not in seen.posting:
                for name, alter in paging.faults(host, place, seen.answers[place]):
                    yield Case(host, story, "paging", name, {paging.key(place): alter})


def errors(host: str, folder: Path) -> Iterator[Case]:
    """Put GraphQL errors beside whole and partial data."""
    if host == "github":
        for story in (PASSES, *STOPPED, LOWERS.name):
            for name, alter in paging.graphql_errors(baseline(host, story, folder).tape.answers[GATE]):
                yield Case(host, story, "GraphQL errors", name, {GATE: alter})


FAMILIES: Final[Mapping[str, Callable[[str, Path], Iterator[Case]]]] = {
    "single": single,
    "pairs": pairs,
    "fields": fields,
    "lists": lists,
    "errors": errors,
}
KINDS: Final = ("one request", "one request, once", "two requests", "one field", "paging", "GraphQL errors")
__all__ = ["FAMILIES", "KINDS", "Case", "Change"]
