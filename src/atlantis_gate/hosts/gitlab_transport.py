"""GitLab over HTTP through python-gitlab: one request at a time, no redirect, answers of bounded size and time."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError

from atlantis_gate.hosts.calls import Raw, TransportError
from atlantis_gate.hosts.echoes import unechoed
from atlantis_gate.hosts.http import Unled, body, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.hosts.calls import Request
    from atlantis_gate.hosts.gitlab_credentials import Token


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
    return lambda request, seconds: unechoed(_send(client, session, request, seconds), (text,))


class _Session(Unled):
    """Follows no redirect (python-gitlab's headers would go along to any host) and keeps each thread's last reply, which errors lack."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = threading.local()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and return its reply, read whole."""
        until = time.monotonic() + kwargs["timeout"]
        with super().send(request, **{**kwargs, "allow_redirects": False, "stream": True}) as response:
            data = body(response, until)
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
    except (OSError, ValueError) as error:
        raise failure(error) from None
    raw = session.reply()
    if raw is None:
        raise TransportError("no answer", passing=False)
    return raw
