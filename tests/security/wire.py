"""The network of a whole run: a host's story is told on it, every answer may be changed, and all that is sent is kept."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import responses
from requests import PreparedRequest
from responses.registries import FirstMatchRegistry
from urllib3 import HTTPHeaderDict, HTTPResponse

from atlantis_gate.deadline import Deadline
from faults.desk import posting
from faults.transport import Clock
from hosts.stories import FINE, HEAD, NUMBER, Story
from hosts.test_contract import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts import Connection

# What a request takes.
SECONDS = 0.1


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        """The JSON that it holds."""
        return json.loads(self.body)

    def holding(self, value: Any) -> Answer:
        """Return the same answer with another JSON value."""
        return replace(self, body=json.dumps(value).encode())


def answered(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer."""
    return Answer(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


Alter = Callable[[PreparedRequest, Answer], Answer]


def unaltered(_: PreparedRequest, answer: Answer) -> Answer:
    """Leave an answer as it is."""
    return answer


class Wire(FirstMatchRegistry):
    """Answers as registered, and takes whatever is posted; `alter` may change each answer, or raise in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.sent: list[PreparedRequest] = []
        self.alter: Alter = unaltered
        # What a story does not tell, by method and URL without the query.
        self.besides: dict[tuple[str, str], Answer] = {}

    def find(self, request: PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        """Return what answers a request."""
        self.sent.append(request)
        return _Reply(self, lambda: self._answer(request)), []

    def _answer(self, request: PreparedRequest) -> Answer:
        place = str(request.method), str(request.url).partition("?")[0]
        if place in self.besides:
            return self.besides[place]
        posted = posting(str(request.method), str(request.url), body_of(request))
        if posted:
            return Answer(*posted)
        match, _ = super().find(request)
        try:
            found = match.get_response(request) if match else None
        except LookupError:  # a question that the story has no answer to
            found = None
        if found is None:
            return answered({"message": "Not Found"}, 404)
        return Answer(found.status, dict(found.headers), found.read(decode_content=False))


class _Reply(responses.BaseResponse):
    def __init__(self, wire: Wire, real: Callable[[], Answer]) -> None:
        super().__init__("GET", "http://localhost/")
        self._wire = wire
        self._real = real

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        """Answer a request."""
        self._wire.clock.sleep(SECONDS)
        answer = self._wire.alter(request, self._real())
        return HTTPResponse(
            body=io.BytesIO(answer.body),
            status=answer.status,
            headers=HTTPHeaderDict(answer.headers),
            preload_content=False,
            request_method="GET",
        )


def body_of(request: PreparedRequest) -> Any:
    """Return the JSON that a request sends, None where it sends none."""
    try:
        return json.loads(request.body) if request.body else None
    except ValueError:
        return None


@contextmanager
def told(kind: str, story: Story = FINE, alter: Alter = unaltered) -> Iterator[tuple[Wire, Connection]]:
    """Tell a host's story for as long as this lasts; time moves by asking and waiting alone, and no thread outlives it."""
    before = set(threading.enumerate())
    with responses.RequestsMock(assert_all_requests_are_fired=False, registry=Wire) as http:
        wire = http.get_registry()
        assert isinstance(wire, Wire)
        wire.alter = alter
        connection = stage(kind).serve(story, http)
        with patch("atlantis_gate.session.Deadline", partial(Deadline, clock=wire.clock, sleep=wire.clock.sleep)):
            try:
                yield wire, connection
            finally:
                _wait_for(before)


def _wait_for(before: set[threading.Thread]) -> None:
    """Wait until no other threads than those run."""
    while left := set(threading.enumerate()) - before:
        for thread in left:
            with suppress(RuntimeError):  # one that is about to start
                thread.join()


def named(kind: str, connection: Connection) -> dict[str, str]:
    """Return the variables that name the story's pull request; a CI is not needed then."""
    there = {"HOST": kind, "HOST_URL": connection.server_url, "REPO": connection.repo, "PULL_REQUEST": str(NUMBER), "HEAD_SHA": HEAD}
    return {f"ATLANTIS_GATE_{name}": value for name, value in there.items()}
