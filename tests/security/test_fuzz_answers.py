"""Answers of hosts with something odd in one place: the gate says that it cannot tell, or goes on, and never breaks down."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atlantis_gate.hosts import HOSTS
from hosts.stories import FINE, Check
from programs import Ran, gate, workspace
from report.hostile import obeyed
from security.wire import Answer, Wire, named, told, unaltered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from requests import PreparedRequest

    from security.wire import Alter

FEW = 15
STORY = replace(FINE, checks=(Check("ci/build", "failure"), Check("gate", "pending", own=True)), base_files=("docs/a.md",))
ODD: tuple[Any, ...] = (
    *("http://[", "https://github.com:99999999/x", "//", "https://[::1]:x/?a=b#c", "\ud800", "\0", "", "../../..", "/", "a" * 5000),
    *("9" * 5000, "٣", "-1", "1e999", "null", "refs/heads/", "0" * 40, "::error::x", "##vso[x]", "\x1b[31m", "{}", "%00", "%zz", "."),
    *(10**300, -1, 0.5, True, None, [], {}, [None], {"a": []}, [[]], 0),
)
HEADERS = (
    "Link",
    "X-Next-Page",
    "X-Total-Count",
    "Retry-After",
    "X-RateLimit-Remaining",
    "X-RateLimit-Limit",
    "X-RateLimit-Reset",
    "Location",
    "Date",
)
ODD_HEADERS = (
    "",
    "x",
    "9" * 400,
    "inf",
    "nan",
    "-1",
    "1e999",
    "٣",
    '<http://[>; rel="next"',
    "http://[",
    "<>; rel=next",
    "Sun, 99 Foo 2026",
)


@dataclass(frozen=True)
class Place:
    """A request, by method and path, and where in its answer something is odd; an empty path is the whole answer."""

    request: str
    path: tuple[str | int, ...]


def run(kind: str, folder: Path, alter: Alter = unaltered) -> tuple[Ran, Wire]:
    root = workspace(folder, {"staging/main.tf": ""})
    with told(kind, STORY, alter) as (wire, connection):
        env = {**connection.env, **named(kind, connection), "ATLANTIS_GATE_ROOT": str(root)}
        return gate("check", "--require", "approved,mergeable,undiverged", "--comment", "always", "--timeout", "30", env=env), wire


def name_of(request: PreparedRequest) -> str:
    return f"{request.method} {str(request.url).partition('?')[0]}"


@cache
def places(kind: str, folder: Path) -> tuple[Place, ...]:
    """Return every place in every answer of a run."""
    found: dict[Place, None] = {}

    def note(request: PreparedRequest, answer: Answer) -> Answer:
        with suppress(ValueError):
            found.update(dict.fromkeys(Place(name_of(request), path) for path in _paths(answer.value, ())))
        return answer

    run(kind, folder, note)
    return tuple(found)


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _paths(each, (*path, key))


def altered(place: Place, odd: Any, headers: dict[str, str]) -> Alter:
    def alter(request: PreparedRequest, answer: Answer) -> Answer:
        if name_of(request) != place.request:
            return answer
        try:
            value = _put(answer.value, place.path, odd)
        except (ValueError, LookupError, TypeError):
            return answer
        return Answer(answer.status, {**answer.headers, **headers}, json.dumps(value).encode())

    return alter


def _put(value: Any, path: tuple[str | int, ...], odd: Any) -> Any:
    if not path:
        return odd
    value[path[0]] = _put(value[path[0]], path[1:], odd)
    return value


def assert_sane(ran: Ran) -> None:
    assert ran.code in {0, 1, 2}
    assert "Traceback" not in ran.err, ran.err
    assert obeyed(f"{ran.out}\n{ran.err}") is None


@pytest.mark.parametrize("kind", HOSTS)
def test_one_odd_value_or_header_breaks_nothing(kind: str, tmp_path: Path) -> None:
    known = places(kind, tmp_path)

    @settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(known), st.sampled_from(ODD), st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(ODD_HEADERS), max_size=2)
    )
    def attempt(place: Place, odd: Any, headers: dict[str, str]) -> None:
        sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        assert_sane(run(kind, tmp_path, altered(place, odd, sent))[0])

    attempt()


@pytest.mark.extra
@pytest.mark.parametrize("kind", HOSTS)
def test_nor_does_an_odd_value_in_any_place(kind: str, tmp_path: Path) -> None:
    for number, place in enumerate(places(kind, tmp_path)):
        for odd in ODD[number % 6 :: 6]:
            assert_sane(run(kind, tmp_path, altered(place, odd, {}))[0])


@pytest.mark.extra
@pytest.mark.parametrize("kind", HOSTS)
def test_nor_does_any_odd_header(kind: str, tmp_path: Path) -> None:
    for request in dict.fromkeys(place.request for place in places(kind, tmp_path)):
        for name in HEADERS:
            for value in ODD_HEADERS[::2]:
                assert_sane(run(kind, tmp_path, headed(request, {name: value.encode().decode("latin-1")}))[0])


def headed(wanted: str, headers: dict[str, str]) -> Alter:
    def alter(request: PreparedRequest, answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, **headers}) if name_of(request) == wanted else answer

    return alter
