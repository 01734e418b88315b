"""Whole runs of the program on every host: a story of a pull request, with the transport altered in places."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import responses

from atlantis_gate.deadline import Deadline
from faults.transport import Answer, Asked, Clock, Tape, Transport
from faults.twists import TWISTS
from faults.unchecked import ASKED, config_in_graph, files
from faults.watching import watching
from hosts.stories import FINE, HEAD, NUMBER, STORIES
from hosts.test_contract import stage
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Alteration = Callable[[Answer, Asked], Answer]

SECONDS = 100
REQUIRED = {"require": "approved,mergeable,undiverged"}
PASSES = FINE.name
MOVED = replace(FINE, name="moved away", approved_by=(), files=(), renamed=(("staging/main.tf", "docs/a.md"),))
UNCHECKED = replace(FINE, name="without a checkout", files=("atlantis.yaml", "staging/main.tf"))
LOWERS = replace(UNCHECKED, name="without a checkout, lowering its own gate", approved_by=())
BY_NAME = {story.name: story for story in (*STORIES, MOVED, UNCHECKED, LOWERS)}
GATE = "POST /graphql Gate"
# Each is stopped for one reason; what is moved away concerns its project still, and nobody approves it.
STOPPED = ("approved by nobody", "failed check", "conflict", "draft", "behind in a file that matters")
ALSO_STOPPED = ("approved by the author only", "fork")
ALLOWED_BEFORE = {"version": 1, "outcome": "allowed", "projects": []}


@dataclass(frozen=True)
class Observed:
    """How a run ended, what it left behind, and how many seconds it took by its own clock."""

    ran: Ran
    outputs: str
    decision: Any
    tape: Tape
    seconds: float

    @property
    def said(self) -> str:
        """All that a person may read."""
        return f"{self.ran.out}\n{self.ran.err}\n{self.outputs}\n{json.dumps(self.decision)}"


@contextmanager
def no_stragglers() -> Iterator[None]:
    """Wait for threads that were started meanwhile: none may ask a real host afterwards."""
    before = set(threading.enumerate())
    try:
        yield
    finally:
        # One of them may start another, which is listed before it can be waited for.
        while new := set(threading.enumerate()) - before:
            for thread in new:
                with suppress(RuntimeError):
                    thread.join()


def play(
    kind: str, name: str, folder: Path, alterations: Mapping[str, Callable[[Answer, Asked], Answer]] | None = None, *options: str
) -> Observed:
    """Check a story; `folder` holds the checkout and is used again by the next run."""
    _prepare(folder)
    return observe(kind, name, folder, alterations, *options)


def observe(
    kind: str,
    name: str,
    folder: Path,
    alterations: Mapping[str, Callable[[Answer, Asked], Answer]] | None = None,
    *options: str,
    renamed: Mapping[str, str] = MappingProxyType({}),
    verify: bool = False,
) -> Observed:
    """Check a story in a folder that is prepared, or verify what was decided there; `renamed` are digits by which commits go now."""
    decision, outputs = folder / "decision.json", folder / "outputs"
    outputs.write_text("", encoding="utf-8")
    with responses.RequestsMock(assert_all_requests_are_fired=False, registry=Transport) as http, no_stragglers():
        transport = http.get_registry()
        assert isinstance(transport, Transport)
        connection = stage(kind).serve(BY_NAME.get(name, FINE), http)
        transport.alterations, transport.twists, transport.renamed = alterations or {}, TWISTS[kind].get(name, {}), renamed
        unchecked = name in {UNCHECKED.name, LOWERS.name}
        if unchecked:
            transport.besides = files(kind)
            transport.twists = {GATE: config_in_graph}
        env = {**connection.env, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(outputs)}
        asked = {**(ASKED if unchecked else REQUIRED), "timeout": str(SECONDS), "decision" if verify else "decision-file": str(decision)}
        root = folder / ("empty" if unchecked else "root")
        with _clock(transport.clock):
            ran = gate("verify" if verify else "check", *_where(kind, connection), *_options({**asked, "root": root}), *options, env=env)
    written = json.loads(decision.read_text(encoding="utf-8")) if decision.exists() else None
    return Observed(ran, outputs.read_text(encoding="utf-8"), written, transport.tape, transport.clock.now)


def _where(kind: str, connection: Any) -> list[str]:
    return _options({"host": kind, "host-url": connection.server_url, "repo": connection.repo, "pull-request": NUMBER, "head-sha": HEAD})


def _options(named: Mapping[str, object]) -> list[str]:
    return [part for option, value in named.items() for part in (f"--{option}", str(value))]


def _prepare(folder: Path) -> None:
    """Leave a checkout, and a decision of an earlier run that allowed."""
    if not (folder / "root").exists():
        workspace(folder, {"root/staging/main.tf": "", "root/docs/a.md": "", "empty/other.txt": ""})
    (folder / "decision.json").write_text(json.dumps(ALLOWED_BEFORE), encoding="utf-8")


@contextmanager
def _clock(clock: Clock) -> Iterator[None]:
    """Let the run's deadline go by a clock that nothing but waiting and asking moves."""
    with patch("atlantis_gate.session.Deadline", partial(Deadline, clock=clock, sleep=clock.sleep)):
        yield


@cache
def baseline(kind: str, name: str, folder: Path) -> Observed:
    """Return how a story ends where nothing goes wrong, and what is read for it."""
    seen = play(kind, name, folder)
    with watching(seen.tape.place) as read:
        play(kind, name, folder)
    seen.tape.read |= read
    return seen
