"""GitHub over HTTP through PyGithub's requester: time limits, and waiting that never passes the run's deadline."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException
from urllib3 import Retry

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import replace
from atlantis_gate.hosts.calls import Raw, TransportError
from atlantis_gate.hosts.echoes import unechoed
from atlantis_gate.hosts.github_replies import Reply, Request, Setback, judge, moved
from atlantis_gate.hosts.http import UNREADABLE_BUNDLE
from atlantis_gate.hosts.together import LateError, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from github.Requester import Requester

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.github_addresses import Addresses
    from atlantis_gate.hosts.github_tokens import Credential
    from atlantis_gate.redaction import Redaction

# https://docs.github.com/en/rest/about-the-rest-api/api-versions: the later version drops fields.
API_VERSION: Final = "2022-11-28"
_LONGEST_REQUEST: Final = 30
# What is found out must still be told when the time is used up.
_LEAST_FOR_WRITING: Final = 10
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
# PyGithub follows a 301 without its query and sleeps on a 202 for as long as it comes: both end here instead, as errors of the transport.
_NO_RETRIES: Final = Retry(total=0, read=False, status_forcelist=(202, 301), allowed_methods=None, respect_retry_after_header=False)


class _Noted(Auth.Auth):
    """A credential of which every token that is used is noted: an App has a new one every now and then."""

    def __init__(self, auth: Auth.Auth, redaction: Redaction) -> None:
        """Take the credential and what learns its tokens."""
        self._auth = auth
        self._redaction = redaction
        self.used: set[str] = set()

    @property
    def token_type(self) -> str:
        """The word before the token in its header."""
        return self._auth.token_type

    @property
    def token(self) -> str:
        """The token that counts now."""
        found = self._auth.token
        self._redaction.add(found)
        self.used.add(found)
        return found


class Session:
    """Requests to one GitHub with one credential. No redirect is followed; nothing is retried or waited for but here."""

    def __init__(self, at: Addresses, credential: Credential, deadline: Deadline) -> None:
        """Take the addresses, the credential and the run's deadline."""
        self.at = at
        self._auth = _Noted(credential.auth, deadline.redaction)
        self.credential = replace(credential, auth=self._auth)
        self._deadline = deadline
        # PyGithub fixes the time limit when a requester is made, and one is used by one thread at a time.
        self._idle: dict[tuple[str, int], deque[Requester]] = {}

    def get(self, path: str, *, operation: str, needs: str) -> Reply:
        """Ask the REST API for a path (query included)."""
        return self.call(Request(verb="GET", url=self.at.rest + path, operation=operation, needs=needs))

    def write(self, verb: str, path: str, body: Mapping[str, object], *, operation: str, needs: str, repeat: bool) -> Reply:
        """Send a change to the REST API; `repeat` tells whether sending it twice does no harm."""
        return self.call(
            Request(verb=verb, url=self.at.rest + path, operation=operation, needs=needs, body=body, repeat=repeat, write=True)
        )

    def ask(self, query: str, variables: Mapping[str, object], *, operation: str, needs: str) -> Reply:
        """Send a GraphQL query; its answer may hold `errors` beside the data."""
        body = {"query": query, "variables": variables}
        return self.call(Request(verb="POST", url=self.at.graphql, operation=operation, needs=needs, body=body))

    def call(self, request: Request) -> Reply:
        """Send a request until it is answered, fails for good, or the deadline is near. Raises HostError or CredentialError."""
        faults = 0
        while True:
            result = self._try(request)
            if isinstance(result, Reply):
                return result
            if not (request.repeat or result.untouched):
                raise result.error
            seconds = result.seconds
            if seconds is None:
                if faults == len(_PAUSES):
                    raise result.error
                seconds, faults = _PAUSES[faults], faults + 1
            if not self._deadline.wait(seconds, result.error.message):
                raise result.error

    def _try(self, request: Request) -> Reply | Setback:
        timeout = self._timeout(request)
        self._deadline.tally.add("GitHub")
        try:
            status, found, text = self._sent(request, timeout)
        except requests.exceptions.RetryError as error:
            if "202 error responses" in str(error):
                return Setback(_unanswered(request, "GitHub has not computed the answer yet"), untouched=True)
            raise moved(request, 301) from None
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise _unanswered(request, f"no trusted connection ({type(error).__name__})") from None
        except _PASSING as error:
            return Setback(_unanswered(request, f"no answer ({type(error).__name__})"))
        except (requests.RequestException, GithubException, ValueError, ArithmeticError) as error:
            raise _unanswered(request, f"an answer that cannot be read ({type(error).__name__})") from None
        except OSError:
            raise _unanswered(request, UNREADABLE_BUNDLE) from None
        self._deadline.tally.note(found)
        return self._judge(request, Raw(status, found, text))

    def _sent(self, request: Request, timeout: int) -> tuple[int, dict[str, Any], str]:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        idle = self._idle.setdefault((origin, timeout), deque())
        requester = _popped(idle) or self._requester(origin, timeout)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}

        def work() -> tuple[int, dict[str, Any], str]:
            try:
                return requester.requestJson(request.verb, target, headers=headers, input=request.body)
            finally:
                idle.append(requester)

        try:
            return within(timeout, work)
        except LateError:
            raise requests.Timeout("no whole answer") from None

    def _judge(self, request: Request, raw: Raw) -> Reply | Setback:
        try:
            raw = unechoed(raw, tuple(self._auth.used))
        except TransportError as error:
            raise _unanswered(request, str(error)) from None
        return judge(request, raw.status, raw.headers, raw.text, self.credential)

    def _timeout(self, request: Request) -> int:
        left = self._deadline.remaining
        if request.write:
            left = max(left, _LEAST_FOR_WRITING)
        if left <= 0:
            raise _unanswered(request, f"the {self._deadline.seconds:.0f} s given to this run are used up")
        return min(_LONGEST_REQUEST, math.ceil(left))

    def _requester(self, origin: str, timeout: int) -> Requester:
        return Github(
            auth=self.credential.auth,
            base_url=origin,
            timeout=timeout,
            user_agent="atlantis-gate",
            retry=_NO_RETRIES,
            seconds_between_requests=0,
            seconds_between_writes=0,
        ).requester


_PASSING: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def _popped(idle: deque[Requester]) -> Requester | None:
    """Take one from what is idle, None when nothing is; another thread may have been faster."""
    try:
        return idle.pop()
    except IndexError:
        return None


def _unanswered(request: Request, what: str) -> HostError:
    advice = "Usually the network or a proxy between the gate and GitHub, or the address: check that the runner reaches it."
    return HostError(f"GitHub: {what}", operation=request.operation, url=request.url, advice=advice)
