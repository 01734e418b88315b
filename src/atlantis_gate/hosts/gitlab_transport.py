"""GitLab over HTTP through python-gitlab: one request at a time, no redirect, answers of bounded size and time."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError

from atlantis_gate.hosts.calls import Raw, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.hosts.calls import Request
    from atlantis_gate.hosts.gitlab_credentials import Token

# A fact is never this long; a body that goes on and on must not fill the memory.
_MOST_BYTES: Final = 64_000_000
_CHUNK: Final = 65_536


def transport(api: str, token: Token, ca_file: str | None) -> Callable[[Request, int], Raw]:
    """Return what sends one request to a GitLab with a token; `ca_file` holds the authorities to trust in place of the usual ones."""
    session = _Session()
    text = token.secret.reveal()
    client = Gitlab(
        api.removesuffix("/api/v4"),
        private_token=None if token.job else text,
        job_token=text if token.job else None,
        user_agent="atlantis-gate",
        ssl_verify=ca_file or True,
        session=session,
    )
    return lambda request, seconds: _send(client, session, request, seconds)


class _Session(requests.Session):
    """Follows no redirect (python-gitlab's headers would go along to any host) and keeps each thread's last reply, which errors lack."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = threading.local()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and return its reply, read whole."""
        until = time.monotonic() + kwargs["timeout"]
        with super().send(request, **{**kwargs, "allow_redirects": False, "stream": True}) as response:
            data = _body(response, until)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._kept.raw = Raw(response.status_code, headers, data.decode("utf-8", "replace"))
        whole = requests.Response()
        whole.status_code, whole.reason, whole.url, whole.request = response.status_code, response.reason, response.url, request
        whole.headers.update(response.headers)
        whole.raw = io.BytesIO(data)
        return whole

    def reply(self) -> Raw | None:
        """Return this thread's last reply and forget it."""
        raw: Raw | None = getattr(self._kept, "raw", None)
        self._kept.raw = None
        return raw


def _send(client: Gitlab, session: _Session, request: Request, seconds: int) -> Raw:
    session.reply()
    try:
        # Waiting and repeating are the caller's business.
        client.http_request(
            request.verb,
            request.url,
            post_data=request.body if isinstance(request.body, dict) else None,
            timeout=seconds,
            max_retries=0,
            obey_rate_limit=False,
            retry_transient_errors=False,
        )
    except GitlabError:
        # An answer that is no good one: it was kept, headers and all.
        pass
    except requests.RequestException as error:
        raise _failure(error) from None
    raw = session.reply()
    if raw is None:
        raise TransportError("no answer", passing=False)
    return raw


def _failure(error: requests.RequestException) -> TransportError:
    name = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return TransportError(f"no trusted connection ({name})", passing=False)
    passing = (
        requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    )
    if isinstance(error, passing):
        return TransportError(f"no answer ({name})", passing=True)
    return TransportError(f"an answer that cannot be read ({name})", passing=False)


def _body(response: requests.Response, until: float) -> bytes:
    """Read a body within bounds of size and time; a host that drips must not hold the run longer than one that is silent."""
    found = bytearray()
    for chunk in response.iter_content(_CHUNK):
        found += chunk
        if time.monotonic() > until:
            raise TransportError("no whole answer in time", passing=True)
        if len(found) > _MOST_BYTES:
            raise TransportError(f"an answer of more than {_MOST_BYTES} bytes", passing=False)
    return bytes(found)
