"""HTTP through requests: one origin, no redirect to another one, the certificate always checked."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import requests

from atlantis_gate.hosts.calls import Caller, Raw, Request, TransportError
from atlantis_gate.hosts.echoes import unechoed
from atlantis_gate.redaction import in_header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.deadline import Deadline

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 5
# A fact is never this long; a body that goes on and on must not fill the memory.
_MOST_BYTES: Final = 64_000_000
_CHUNK: Final = 65_536
UNREADABLE_BUNDLE: Final = "the certificate authorities to trust (REQUESTS_CA_BUNDLE) cannot be read"


def caller(
    *, host: str, source: str, headers: Mapping[str, str], deadline: Deadline, signed_out: Callable[[Raw], bool] = lambda _: False
) -> Caller:
    """Return a caller of one host that sends these headers (credentials among them) with every request.

    A redirect is followed, GET only, while scheme, host and port stay the same; proxies and a private CA come from the environment
    as requests reads it (HTTPS_PROXY, REQUESTS_CA_BUNDLE).
    """
    # A session is used by one thread at a time: https://github.com/psf/requests/issues/2766
    idle: deque[requests.Session] = deque()
    secrets = in_header(headers.get("Authorization", ""))
    deadline.redaction.add(*secrets)

    def send(request: Request, seconds: int) -> Raw:
        try:
            session = idle.pop()
        except IndexError:
            session = _session(headers)
        try:
            return unechoed(_send(session, request, seconds), secrets)
        finally:
            idle.append(session)

    return Caller(host=host, source=source, deadline=deadline, send=send, signed_out=signed_out)


class Unled(requests.Session):
    """A session that leads nowhere: requests would read where a redirect leads even when it is told not to follow it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no redirect; who asks looks at the status."""
        del resp


def _session(headers: Mapping[str, str]) -> requests.Session:
    session = Unled()
    session.headers.update({"Accept": "application/json", "User-Agent": "atlantis-gate", **headers})
    # A .netrc on the runner must not replace the credential that was chosen.
    session.auth = _unchanged
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _send(session: requests.Session, request: Request, seconds: int) -> Raw:
    url = request.url
    for _ in range(_MOST_REDIRECTS):
        raw = _once(session, request, url, seconds)
        target = _followed(url, raw.headers.get("location", ""))
        if raw.status not in _REDIRECTS or request.verb != "GET" or target is None:
            return raw
        url = target
    raise TransportError("it redirects again and again", passing=False)


def _followed(url: str, location: str) -> str | None:
    """Return where a redirect leads, None where that is another origin, or nowhere."""
    try:
        target = urljoin(url, location)
        return target if origin(target) == origin(url) else None
    except ValueError:
        return None


def _once(session: requests.Session, request: Request, url: str, seconds: int) -> Raw:
    try:
        with session.request(request.verb, url, json=request.body, timeout=seconds, allow_redirects=False, stream=True) as response:
            data = body(response, time.monotonic() + seconds)
            return Raw(
                response.status_code, {name.lower(): value for name, value in response.headers.items()}, data.decode("utf-8", "replace")
            )
    except (OSError, ValueError) as error:
        raise failure(error) from None


def failure(error: OSError | ValueError) -> TransportError:
    """Return what an exception of requests means: no trusted connection, no answer (which may pass), or one that cannot be read."""
    name = type(error).__name__
    if not isinstance(error, requests.RequestException | ValueError):
        # https://github.com/psf/requests/blob/main/src/requests/adapters.py (cert_verify)
        return TransportError(UNREADABLE_BUNDLE, passing=False)
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return TransportError(f"no trusted connection ({name})", passing=False)
    passing = (
        requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    )
    if isinstance(error, passing):
        return TransportError(f"no answer ({name})", passing=True)
    return TransportError(f"an answer that cannot be read ({name})", passing=False)


def body(response: requests.Response, until: float) -> bytes:
    """Read a body within bounds of size and time; a host that drips must not hold the run longer than one that is silent."""
    found = bytearray()
    for chunk in response.iter_content(_CHUNK):
        found += chunk
        if time.monotonic() > until:
            raise TransportError("no whole answer in time", passing=True)
        if len(found) > _MOST_BYTES:
            raise TransportError(f"an answer of more than {_MOST_BYTES} bytes", passing=False)
    return bytes(found)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host name and port: what must stay the same for a credential to be sent along."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
