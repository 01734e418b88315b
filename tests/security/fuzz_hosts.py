"""Answers of hosts as a function of bytes: any place in any answer of a whole run may hold anything, and any answer may be anything."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from atlantis_gate.hosts import HOSTS
from security.test_fuzz_answers import altered, assert_sane, name_of, places, run
from security.wire import Answer

if TYPE_CHECKING:
    from requests import PreparedRequest

    from security.test_fuzz_answers import Place
    from security.wire import Alter

_STATUSES: Final = (200, 200, 200, 200, 201, 204, 301, 304, 400, 401, 403, 404, 409, 422, 429, 500, 503)
_HEAD: Final = 5


@cache
def _known(kind: str) -> tuple[Place, ...]:
    with TemporaryDirectory() as folder:
        return places(kind, Path(folder))


def answers(data: bytes) -> None:
    """Run the gate on a host with one answer changed: the first bytes choose host, place and status, the rest is what stands there."""
    chosen, rest = data[:_HEAD].ljust(_HEAD, b"\0"), data[_HEAD:]
    kind = list(HOSTS)[chosen[0] % len(HOSTS)]
    known = _known(kind)
    place = known[int.from_bytes(chosen[1:3], "big") % len(known)]
    status = _STATUSES[chosen[3] % len(_STATUSES)]
    alter = _raw(place, status, rest) if chosen[4] % 4 == 0 else altered(place, _value(rest), {})
    with TemporaryDirectory() as folder:
        assert_sane(run(kind, Path(folder), alter)[0])


def _raw(place: Place, status: int, body: bytes) -> Alter:
    def alter(request: PreparedRequest, answer: Answer) -> Answer:
        return Answer(status, answer.headers, body) if name_of(request) == place.request else answer

    return alter


def _value(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "surrogateescape")
