"""What can go wrong with one answer, by name: an answer in place of the real one, or no answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

import requests
from urllib3.exceptions import IncompleteRead, NewConnectionError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faults.transport import Answer, Asked

    Alteration = Callable[[Answer, Asked], Answer]

_HTML: Final = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'></form></body></html>"
_GARBAGE: Final = bytes(range(256))
_DEEP: Final = b"[" * 100_000
_WORDS: Final = {"message": "no", "error": {"message": "no"}, "errors": [{"message": "no"}]}


def refused(_: Answer, __: Asked) -> NoReturn:
    """Nobody listens."""
    raise requests.ConnectionError(NewConnectionError(None, "Failed to establish a new connection: [Errno 111] Connection refused"))  # type: ignore[arg-type]


def reset(_: Answer, __: Asked) -> NoReturn:
    """Cut the connection before the answer."""
    raise requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer")))


def timeout(_: Answer, asked: Asked) -> NoReturn:
    """No answer comes for as long as the program waits."""
    asked.clock.sleep(asked.seconds)
    raise requests.ReadTimeout("Read timed out.")


def no_connection_in_time(_: Answer, asked: Asked) -> NoReturn:
    """No connection comes about for as long as the program waits."""
    asked.clock.sleep(asked.seconds)
    raise requests.ConnectTimeout("Connection timed out.")


def cut_off(_: Answer, __: Asked) -> NoReturn:
    """Cut the connection in the middle of the body."""
    raise requests.exceptions.ChunkedEncodingError(ProtocolError("Connection broken", IncompleteRead(10, 1000)))


def not_unpacked(_: Answer, __: Asked) -> NoReturn:
    """Send a body that is said to be compressed and is not."""
    raise requests.exceptions.ContentDecodingError("Received response with content-encoding: gzip, but failed to decode it.")


def untrusted(_: Answer, __: Asked) -> NoReturn:
    """Show the certificate of another host."""
    raise requests.exceptions.SSLError("certificate verify failed: Hostname mismatch")


def no_proxy(_: Answer, __: Asked) -> NoReturn:
    """Let no proxy through."""
    raise requests.exceptions.ProxyError("Cannot connect to proxy. Tunnel connection failed: 407")


def half(answer: Answer, _: Asked) -> Answer:
    """End the body in its middle, and say so nowhere."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def without_last_byte(answer: Answer, _: Asked) -> Answer:
    """Leave out the last byte of the body."""
    return replace(answer, body=answer.body[:-1])


def called_a_page(answer: Answer, _: Asked) -> Answer:
    """Call the real answer a page."""
    kept = {name: text for name, text in answer.headers.items() if name.casefold() != "content-type"}
    return replace(answer, headers={**kept, "Content-Type": "text/html; charset=utf-8"})


def saying(status: int, value: Any = _WORDS, **headers: str) -> Alteration:
    """Answer with a status and a JSON value."""
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return lambda answer, _: replace(answer, status=status, headers=named, body=json.dumps(value).encode())


def body(text: bytes, kind: str = "application/json; charset=utf-8", status: int = 200) -> Alteration:
    """Answer with a body as it is."""
    return lambda answer, _: replace(answer, status=status, headers={"Content-Type": kind}, body=text)


def elsewhere(_: Answer, asked: Asked) -> Answer:
    """Redirect to another host."""
    return saying(302, None, Location="https://elsewhere.example.net/login")(_, asked)


def to_itself(_: Answer, asked: Asked) -> Answer:
    """Redirect to the very same address, again and again."""
    return saying(302, None, Location=asked.url)(_, asked)


# Every way in which the network fails, a server refuses, or something answers in its place.
LASTING: Final[Mapping[str, Alteration]] = {
    "connection refused": refused,
    "connection reset": reset,
    "no connection in time": no_connection_in_time,
    "no answer in time": timeout,
    "cut in the body": cut_off,
    "half a body": half,
    "last byte missing": without_last_byte,
    "wrong compression": not_unpacked,
    "wrong certificate": untrusted,
    "proxy refuses": no_proxy,
    "empty body": body(b""),
    "204": body(b"", status=204),
    "wrong content type": called_a_page,
    "HTML page": body(_HTML, "text/html; charset=utf-8"),
    "HTML called JSON": body(_HTML),
    "garbage": body(_GARBAGE, "image/png"),
    "nested too deep": body(_DEEP),
    "number too long": body(b"9" * 5000),
    "not a number": body(b"NaN"),
    "null": saying(200, None),
    "text": saying(200, "ok"),
    "empty list": saying(200, []),
    "list of null": saying(200, [None]),
    "empty object": saying(200, {}),
    "error with status 200": saying(200, _WORDS),
    "202": saying(202, {}),
    "206": saying(206, {}),
    "redirect elsewhere": elsewhere,
    "redirect to itself": to_itself,
    "304": body(b"", status=304),
    "400": saying(400),
    "401": saying(401),
    "403": saying(403),
    "403 with Retry-After": saying(403, Retry_After="2"),
    "404": saying(404),
    "409": saying(409),
    "422": saying(422),
    "429": saying(429),
    "429 with Retry-After": saying(429, Retry_After="2"),
    "429 with a long Retry-After": saying(429, Retry_After="86400"),
    "429 with a date": saying(429, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"),
    "500": saying(500),
    "502 page": body(_HTML, "text/html", 502),
    "503": saying(503),
    "503 with Retry-After": saying(503, Retry_After="2"),
}
# What may be taken for an answer: where a story is stopped for another reason, that may be lost in it.
READABLE: Final = frozenset(
    {"half a body", "last byte missing", "empty body", "204", "wrong content type", "HTML called JSON", "not a number", "null", "text"}
    | {"empty list", "list of null", "empty object", "error with status 200", "202", "206", "304", "403", "404", "409", "500"}
)
# What passes: after so many wrong answers the real one comes, and then the run must end as if nothing had been.
PASSING: Final = ("connection reset", "no answer in time", "cut in the body", "429 with Retry-After", "500", "502 page")
# The fewer ones that are tried in every pair of places, each with the one that happens in the other place.
BESIDE: Final = {
    "connection refused": "connection refused",
    "no answer in time": "500",
    "HTML page": "HTML page",
    "null": "empty object",
    "403": "404",
    "404": "404",
    "500": "connection reset",
    "empty list": "empty list",
}
PAIRED: Final = tuple(BESIDE)


def once(alter: Alteration) -> Alteration:
    """Return what goes wrong the first time only."""
    return lambda answer, asked: answer if asked.before else alter(answer, asked)
