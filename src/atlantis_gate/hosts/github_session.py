"""GitHub over HTTP through PyGithub's requester: time limits, and waiting that never passes the run's deadline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException
from urllib3 import Retry

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.github_replies import Reply, Request, Setback, judge, moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from github.Requester import Requester

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.github_addresses import Addresses

# https://docs.github.com/en/rest/about-the-rest-api/api-versions: the later version drops fields.
API_VERSION: Final = "2022-11-28"
_LONGEST_REQUEST: Final = 30
# What is found out must still be told when the time is used up.
_LEAST_FOR_WRITING: Final = 10
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
# PyGithub follows a 301 without its query and sleeps on a 202 for as long as it comes: both end here instead, as errors of the transport.
_NO_RETRIES: Final = Retry(total=0, read=False, status_forcelist=(202, 301), allowed_methods=None, respect_retry_after_header=False)


class Session:
    """Requests to one GitHub with one token. No redirect is followed; nothing is retried or waited for but here."""

    def __init__(self, at: Addresses, auth: Auth.Auth, source: str, deadline: Deadline) -> None:
        """Take the addresses, PyGithub's authentication, the name of the variable it came from and the run's deadline."""
        self.at = at
        self._auth = auth
        self._source = source
        self._deadline = deadline
        self._requesters: dict[tuple[str, int], Requester] = {}

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
        parts = urlsplit(request.url)
        requester = self._requester(f"{parts.scheme}://{parts.netloc}", self._timeout(request))
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
        try:
            status, found, text = requester.requestJson(request.verb, target, headers=headers, input=request.body)
        except requests.exceptions.RetryError as error:
            if "202 error responses" in str(error):
                return Setback(_unanswered(request, "GitHub has not computed the answer yet"), untouched=True)
            raise moved(request, 301) from None
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise _unanswered(request, f"no trusted connection ({type(error).__name__})") from None
        except _PASSING as error:
            return Setback(_unanswered(request, f"no answer ({type(error).__name__})"))
        except (requests.RequestException, GithubException, ValueError) as error:
            raise _unanswered(request, f"an answer that cannot be read ({type(error).__name__})") from None
        return judge(request, status, found, text, self._source)

    def _timeout(self, request: Request) -> int:
        left = self._deadline.remaining
        if request.write:
            left = max(left, _LEAST_FOR_WRITING)
        if left <= 0:
            raise _unanswered(request, f"the {self._deadline.seconds:.0f} s given to this run are used up")
        return min(_LONGEST_REQUEST, math.ceil(left))

    def _requester(self, origin: str, timeout: int) -> Requester:
        """Return the requester for a time limit; PyGithub fixes the limit when one is made."""
        key = (origin, timeout)
        if key not in self._requesters:
            self._requesters[key] = Github(
                auth=self._auth,
                base_url=origin,
                timeout=timeout,
                user_agent="atlantis-gate",
                retry=_NO_RETRIES,
                seconds_between_requests=0,
                seconds_between_writes=0,
            ).requester
        return self._requesters[key]


_PASSING: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def _unanswered(request: Request, what: str) -> HostError:
    advice = "Usually the network or a proxy between the gate and GitHub, or the address: check that the runner reaches it."
    return HostError(f"GitHub: {what}", operation=request.operation, url=request.url, advice=advice)
