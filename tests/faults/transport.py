"""The transport of the real program, with one place or more where it goes wrong; what was asked and posted is kept."""

from __future__ import annotations

import io
import json
import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import responses
from responses.registries import FirstMatchRegistry
from urllib3 import HTTPHeaderDict, HTTPResponse

from faults.desk import posting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests import PreparedRequest

# How hosts number pages.
_PAGE: Final = re.compile(r"(?<=[?&])(page|start|limit|per_page|pagelen|\$skip|\$top|continuationToken|page_token|next)=[^&]*&?")
# What a request takes where nothing goes wrong.
SECONDS: Final = 1.0


class Clock:
    """Time that moves by waiting and asking only; several threads may move it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self.now += seconds


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


@dataclass(frozen=True)
class Asked:
    """A request: its place, how often that was asked before, and how many seconds the program waits for the answer."""

    place: str
    before: int
    seconds: float
    body: Any
    clock: Clock
    url: str


@dataclass
class Tape:
    """What happened in a run: every request in order, the last real answer of each place, what was posted (where, which states).

    `read` are the fields that were read, where the run was watched.
    """

    asked: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    posted: list[str] = field(default_factory=list)
    posting: set[str] = field(default_factory=set)
    read: set[tuple[str, tuple[str | int, ...]]] = field(default_factory=set)

    def place(self, text: str) -> str | None:
        """Return where a text was answered."""
        return next((place for place, answer in self.answers.items() if answer.body == text.encode()), None)


class Transport(FirstMatchRegistry):
    """A registry that answers as registered, except where `alterations` says otherwise; results are taken at a desk that takes all."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.tape = Tape()
        self.alterations: Mapping[str, Callable[[Answer, Asked], Answer]] = {}
        self.twists: Mapping[str, Callable[[Any], None]] = {}
        self.renamed: Mapping[str, str] = {}
        self.besides: Callable[[str], tuple[int, dict[str, str], bytes] | None] = lambda _: None

    def find(self, request: PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        """Return what answers a request."""
        request = self._known(request)
        place = place_of(request)
        told = posting(str(request.method), str(request.url), _json(request.body))
        if told is not None:
            self.tape.posting.add(place)
        told = told or self.besides(place)
        if told is not None:
            return _Reply(self, lambda _: Answer(*told)), []
        match, reasons = super().find(request)
        if match is None:
            return None, reasons
        return _Reply(self, lambda _: _taken(match.get_response(request))), []

    def _known(self, request: PreparedRequest) -> PreparedRequest:
        """Return a request with the commit ids that the story knows."""
        known = request.copy()
        known.req_kwargs = request.req_kwargs  # type: ignore[attr-defined]  # added by responses
        known.url = _commits(str(known.url), {new: old for old, new in self.renamed.items()})
        return known


class _Reply(responses.BaseResponse):
    """One answer on its way: altered where the run says so."""

    def __init__(self, transport: Transport, real: Callable[[PreparedRequest], Answer]) -> None:
        super().__init__("GET", "http://localhost/")
        self._transport = transport
        self._real = real

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        """Answer a request."""
        transport, place = self._transport, place_of(request)
        tape = transport.tape
        before = tape.asked.count(place)
        tape.asked.append(place)
        transport.clock.sleep(SECONDS)
        answer = self._renamed(self._twisted(place, self._real(request)))
        tape.answers[place] = answer
        alter = transport.alterations.get(place) or transport.alterations.get(list_of(place))
        if alter is not None:
            seconds = float(request.req_kwargs["timeout"])  # type: ignore[attr-defined]  # added by responses
            answer = alter(answer, Asked(place, before, seconds, _json(request.body), transport.clock, str(request.url)))
        tape.posted += _states(request)
        return _sent(answer)

    def _renamed(self, answer: Answer) -> Answer:
        """Return an answer with the commit ids that are now."""
        return replace(answer, body=_commits(answer.body.decode(), self._transport.renamed).encode())

    def _twisted(self, place: str, answer: Answer) -> Answer:
        """Return the answer that the story has in this place."""
        for pattern, twist in self._transport.twists.items():
            if re.fullmatch(pattern, place):
                value = answer.value
                twist(value)
                answer = answer.holding(value)
        return answer


def _commits(text: str, digits: Mapping[str, str]) -> str:
    """Return a text with other digits in commit ids, each of which is one digit again and again, whole or abbreviated."""
    for old, new in digits.items():
        text = text.replace(old * 40, new * 40).replace(old * 12, new * 12)
    return text


def place_of(request: PreparedRequest) -> str:
    """Return what tells a request from others: method, path and query; of GraphQL, the name of the operation."""
    parts = urlsplit(str(request.url))
    query = f"?{parts.query}" if parts.query else ""
    body = _json(request.body)
    operation = body.get("query") if isinstance(body, dict) else None
    name = f" {operation.split('(')[0].split()[-1]}" if isinstance(operation, str) else ""
    return f"{request.method} {unquote(parts.path + query)}{name}"


def list_of(place: str) -> str:
    """Return the place of a list for the place of one of its pages."""
    return _PAGE.sub("", place).rstrip("&?") + " (all pages)"


def _json(body: Any) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def _states(request: PreparedRequest) -> list[str]:
    """Return the state that a status was posted with."""
    body = _json(request.body)
    state = body.get("state") or body.get("result") if isinstance(body, dict) and request.method in {"POST", "PUT"} else None
    return [str(state)] if state else []


def _taken(response: HTTPResponse) -> Answer:
    return Answer(response.status, dict(response.headers), response.read(decode_content=False))


def _sent(answer: Answer) -> HTTPResponse:
    return HTTPResponse(
        body=io.BytesIO(answer.body),
        status=answer.status,
        headers=HTTPHeaderDict(answer.headers),
        preload_content=False,
        request_method="GET",
    )
