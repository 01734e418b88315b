"""Why a host refuses a credential, where its answer tells more than its status."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import frozen, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.hosts.calls import Caller, Raw, Request

_GOOD: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT})
_NAMES: Final = ("message", "error_description", "error", "errors")
_LONGEST: Final = 300


@frozen(kw_only=True)
class Refusal:
    """The reason of a refusal in words, and what to do; `whole` when it is the credential that is refused, not one request."""

    reason: str
    advice: str
    whole: bool = True


def explaining(caller: Caller, told: Callable[[Request, Raw], Refusal | None]) -> Caller:
    """Return the same caller, whose errors give the reason that `told` finds in the answer to a request, if it finds one."""

    def send(request: Request, seconds: int) -> Raw:
        raw = caller.send(request, seconds)
        # A host that asks to wait refuses nothing.
        refusal = None if raw.status in _GOOD or "retry-after" in raw.headers else told(request, raw)
        if refusal is None:
            return raw
        said = f"{raw.status} {words(raw)}".strip()
        if refusal.whole:
            raise CredentialError(
                f"{caller.host} refused the token from {caller.source} ({said}): {refusal.reason}",
                advice=refusal.advice,
                operation=request.operation,
            )
        raise HostError(
            f"{caller.host}: not permitted ({said}): {refusal.reason}",
            operation=request.operation,
            status=raw.status,
            url=request.url,
            advice=refusal.advice or f"The token needs {request.needs}.",
        )

    return replace(caller, send=send)


def words(raw: Raw) -> str:
    """Return the host's own words in an answer, on one line and cut; empty where there are none."""
    found = body(raw)
    for _ in range(3):
        if isinstance(found, list) and found:
            found = found[0]
        if not isinstance(found, dict):
            break
        found = next((found[name] for name in _NAMES if found.get(name)), "")
    return " ".join(found.split())[:_LONGEST] if isinstance(found, str) else ""


def body(raw: Raw) -> object:
    """Return an answer's JSON value, None for any other text."""
    try:
        return json.loads(raw.text)
    except (ValueError, RecursionError):
        return None
