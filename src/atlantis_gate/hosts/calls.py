"""Asking a host: time limits, waiting and repeating within the run's deadline, and what a raw reply means."""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.hosts.together import LateError, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.deadline import Deadline

_LONGEST_REQUEST: Final = 30
# What is found out must still be told when the time is used up.
_LEAST_FOR_WRITING: Final = 10
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
# Where a host limits without saying for how long.
_LIMIT_PAUSE: Final = 30.0
_WORDS_LIMIT: Final = 300
NOT_JSON: Final = object()
# https://www.rfc-editor.org/rfc/rfc8259#section-8.2
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


@frozen(kw_only=True)
class Request:
    """One request: where, what for (in words), which permission it needs. `repeat`: twice does no harm; `write`: it posts a result."""

    verb: str
    url: str
    operation: str
    needs: str
    body: object = None
    repeat: bool = True
    write: bool = False


@frozen
class Raw:
    """A reply as it came: HTTP status, headers with lower-case names, text."""

    status: int
    headers: Mapping[str, str]
    text: str


@frozen
class Reply:
    """A good answer: its headers (lower-case names), its JSON value (None for an empty one, NOT_JSON for a text) and its text."""

    headers: Mapping[str, str]
    value: object
    text: str


class TransportError(Exception):
    """No reply came. `passing` tells whether asking again may help."""

    def __init__(self, what: str, *, passing: bool) -> None:
        """Take what happened in words."""
        super().__init__(what)
        self.passing = passing


@frozen
class Setback:
    """Something that may pass; `seconds` is how long the host asks to wait, None where it does not say; `untouched`: nothing was done."""

    error: HostError
    seconds: float | None = None
    untouched: bool = False


@frozen(kw_only=True)
class Caller:
    """Asks one host. `send` transports a request within a number of seconds and follows no redirect to another origin.

    `host` is the host's name in texts, `source` names where the token came from, `signed_out` tells a reply that means the token was not
    accepted though its status does not say so (a sign-in page).
    """

    host: str
    source: str
    deadline: Deadline
    send: Callable[[Request, int], Raw]
    signed_out: Callable[[Raw], bool] = field(default=lambda _: False)

    def call(self, request: Request, *, plain: bool = False) -> Reply:
        """Ask until it is answered, fails for good, or the deadline is near; `plain`: any text is a good answer.

        Raises CredentialError for a token that is not accepted, HostError with the HTTP status for the rest.
        """
        faults = 0
        while True:
            result = self._try(request, plain=plain)
            if isinstance(result, Reply):
                return result
            seconds = result.seconds
            if not (request.repeat or result.untouched) or (seconds is None and faults == len(_PAUSES)):
                raise result.error
            if seconds is None:
                seconds, faults = _PAUSES[faults], faults + 1
            if not self.deadline.wait(seconds, result.error.message):
                raise result.error

    def _try(self, request: Request, *, plain: bool) -> Reply | Setback:
        seconds = self._seconds(request)
        self.deadline.tally.add(self.host)
        try:
            raw = self._sent(request, seconds)
        except TransportError as error:
            found = self._error(
                request, 0, "", str(error), "Usually the network, a proxy or the address: check that the runner reaches the host."
            )
            if error.passing:
                return Setback(found)
            raise found from None
        self.deadline.tally.note(raw.headers)
        return self._judge(request, raw, plain=plain)

    def _sent(self, request: Request, seconds: int) -> Raw:
        try:
            return within(seconds, lambda: self.send(request, seconds))
        except LateError:
            raise TransportError("no whole answer in time", passing=True) from None

    def _seconds(self, request: Request) -> int:
        left = max(self.deadline.remaining, _LEAST_FOR_WRITING if request.write else 0)
        if left <= 0:
            what = f"the {self.deadline.seconds:.0f} s given to this run are used up"
            raise self._error(request, 0, "", what, "Give the run more time with --timeout.")
        return min(_LONGEST_REQUEST, math.ceil(left))

    def _judge(self, request: Request, raw: Raw, *, plain: bool) -> Reply | Setback:
        value = json_value(raw.text)
        words = _words(value)
        said = f"{raw.status} {words}".strip()
        if raw.status == HTTPStatus.TOO_MANY_REQUESTS or (raw.status == HTTPStatus.FORBIDDEN and "retry-after" in raw.headers):
            advice = "Run the job again later, or give it more time (--timeout)."
            return Setback(self._error(request, raw.status, words, "rate limit reached", advice), _pause(raw.headers), untouched=True)
        if raw.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Setback(self._error(request, raw.status, words, f"{self.host} had a fault", "Usually this passes: run the job again."))
        if raw.status == HTTPStatus.UNAUTHORIZED or self.signed_out(raw):
            raise CredentialError(
                f"{self.host} refused the token from {self.source} ({said}): it is wrong, expired or revoked",
                advice=f"Set {self.source} to a valid token.",
                operation=request.operation,
            )
        if not HTTPStatus.OK <= raw.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(request, raw.status, words)
        page = plain and (raw.status != HTTPStatus.OK or raw.headers.get("content-type", "").startswith("text/html"))
        if page or (value is NOT_JSON and not plain):
            advice = "Usually a proxy or a sign-in page answers in the host's place: check the address and the token."
            raise self._error(request, raw.status, "", f"the answer is not {'the file itself' if plain else 'JSON'}", advice)
        return Reply(raw.headers, value, raw.text)

    def _refusal(self, request: Request, status: int, words: str) -> HostError:
        if status == HTTPStatus.NOT_FOUND:
            advice = "No such repository, pull request or commit, or the token cannot see it. Check the names, and the token's access."
            return self._error(request, status, words, "not found", advice)
        if status == HTTPStatus.FORBIDDEN:
            return self._error(request, status, words, "not permitted", f"The token needs {request.needs}.")
        if status < HTTPStatus.BAD_REQUEST:
            advice = "Usually the repository was renamed or moved, or the address is not the real one: use the one that it has now."
            return self._error(request, status, words, "redirected", advice)
        return self._error(
            request, status, words, "not accepted", "Usually the repository's settings forbid it, or something else answers."
        )

    def _error(self, request: Request, status: int, words: str, what: str, advice: str) -> HostError:
        said = " ".join(filter(None, (str(status) if status else "", words)))
        message = f"{self.host}: {what}{f' ({said})' if said else ''}"
        return HostError(message, operation=request.operation, status=status, url=request.url, advice=advice)


def json_value(text: str) -> object:
    """Return the JSON value of an answer, None for an empty one, NOT_JSON for what is none.

    No text in it holds half a character, which no URL, file or terminal takes.
    """
    try:
        found = json.loads(text) if text.strip() else None
        if _SURROGATE.search(text):
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return NOT_JSON
    return found


def _words(value: object) -> str:
    """Return the host's own words, on one line and cut: hosts keep them under one of these names, possibly in a nested object."""
    found = value
    for _ in range(3):
        if isinstance(found, list) and found:
            found = found[0]
        if not isinstance(found, dict):
            break
        found = next((found[name] for name in ("message", "error_description", "error", "errors") if found.get(name)), "")
    return " ".join(found.split())[:_WORDS_LIMIT] if isinstance(found, str) else ""


def _pause(headers: Mapping[str, str]) -> float:
    told = headers.get("retry-after", "")
    return max(1.0, float(told)) if told.isdecimal() and len(told) < 10 else _LIMIT_PAUSE  # noqa: PLR2004 - longer is no number of seconds
