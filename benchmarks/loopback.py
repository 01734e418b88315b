"""Hosts on the loopback interface: the tests' canned answers over HTTP, as slow as wanted, and when each request came and went."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import responses

from atlantis_gate.frozen import frozen
from hosts.stories import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts import Connection

# Where a host that has its API elsewhere than its pages would have it, were it self-hosted.
PATHS: Final = {"https://api.github.com:443": "/api/v3", "https://api.bitbucket.org": ""}
_GRAPHQL: Final = "/api/graphql"
# Azure DevOps shows a status on the pull request by its iteration, which is asked for before.
_ITERATIONS: Final = json.dumps({"count": 1, "value": [{"id": 1, "sourceRefCommit": {"commitId": HEAD}}]}).encode()


@frozen
class Asked:
    """A request: when it came and when it was answered, and whether it read something (a GraphQL query does, though it is posted)."""

    began: float
    ended: float
    reads: bool


@frozen(kw_only=True)
class Played:
    """A host that answers: its address, the repository, what the program finds in its environment, and what was asked so far."""

    kind: str
    url: str
    repo: str
    env: Mapping[str, str]
    asked: list[Asked]


class _Stage:
    """A host's canned answers, asked for by the path of the loopback server."""

    def __init__(self, kind: str, story: Any) -> None:
        self.http = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.connection: Connection = import_module(f"hosts.stage_{kind.replace('-', '_')}").serve(story, self.http)
        parts = urlsplit(self.connection.server_url)
        self.server = f"{parts.scheme}://{parts.netloc}"
        self.api = {"github": "https://api.github.com:443", "bitbucket-cloud": "https://api.bitbucket.org"}.get(kind, self.server)
        # Canned answers count how often they were given.
        self.lock = Lock()

    def answer(self, verb: str, target: str, headers: Mapping[str, str], body: bytes, here: str) -> tuple[int, dict[str, str], bytes]:
        request = requests.Request(verb, self._url(target), headers=dict(headers), data=body).prepare()
        # As `responses` leaves a request for those that answer it.
        vars(request).update(req_kwargs={"timeout": 30}, params={})
        with self.lock:
            match, _ = self.http.get_registry().find(request)
            found = None if match is None else match.get_response(request)
        if found is None or found.status == HTTPStatus.NOT_FOUND:
            return _unknown(verb, target)
        text = found.data.replace(self.api.encode(), f"{here}{PATHS.get(self.api, '')}".encode()).replace(
            self.server.encode(), here.encode()
        )
        kept = {name: value.replace(self.api, here) for name, value in found.headers.items() if name.lower() != "content-length"}
        return found.status, kept, text

    def _url(self, target: str) -> str:
        if target.startswith(_GRAPHQL):
            return f"{self.api}/graphql"
        return self.api + target.removeprefix(PATHS.get(self.api, ""))


def _unknown(verb: str, target: str) -> tuple[int, dict[str, str], bytes]:
    """Answer what the tests' host has no answer to: what is written is taken, and of what is read only the iterations are there."""
    told = _ITERATIONS if "/iterations?" in target else b"{}"
    status = HTTPStatus.CREATED if verb != "GET" else HTTPStatus.OK if told is _ITERATIONS else HTTPStatus.NOT_FOUND
    return status, {"Content-Type": "application/json"}, told


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it an answer waits for the acknowledgement of its headers.
    disable_nagle_algorithm = True
    wbufsize = -1
    stage: _Stage
    latency: float
    asked: list[Asked]

    def _serve(self) -> None:
        began = time.perf_counter()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.latency)
        here = f"http://localhost:{self.connection.getsockname()[1]}"
        status, headers, text = self.stage.answer(self.command, self.path, dict(self.headers), body, here)
        self.asked.append(Asked(began, time.perf_counter(), self.command == "GET" or self.path.startswith(_GRAPHQL)))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def do_GET(self) -> None:
        """Answer."""
        self._serve()

    def do_POST(self) -> None:
        """Answer."""
        self._serve()

    def do_PUT(self) -> None:
        """Answer."""
        self._serve()

    def do_PATCH(self) -> None:
        """Answer."""
        self._serve()

    def do_DELETE(self) -> None:
        """Answer."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the overridden method's name
        """Say nothing."""


@contextmanager
def played(kind: str, story: Any, latency: float = 0.0) -> Iterator[Played]:
    """Play a host for a story; each request takes `latency` seconds."""
    stage = _Stage(kind, story)
    asked: list[Asked] = []
    handler = type("Handler", (_Handler,), {"stage": stage, "latency": latency, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Played(
            kind=kind,
            url=f"http://localhost:{server.server_port}{urlsplit(stage.connection.server_url).path}",
            repo=stage.connection.repo,
            env=stage.connection.env,
            asked=asked,
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
