"""The local page's server: on the loopback interface only, for as long as one App takes to make."""

from __future__ import annotations

import os
import queue
import sys
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, ClassVar, Final, Self, cast

from atlantis_gate.errors import HostError, UsageError
from atlantis_gate.github_app import pages
from atlantis_gate.github_app.door import HOST, Asked, Code, Reply, refuse

if TYPE_CHECKING:
    from atlantis_gate.deadline import Deadline
    from atlantis_gate.github_app.door import Door

_LAST_PORT: Final = 65_535
_SECONDS_FOR_A_REQUEST: Final = 10.0
_SECONDS_FOR_AN_ANSWER: Final = 5.0
_SECONDS_BETWEEN_WORDS: Final = 30.0
_POLL: Final = 0.05
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """GitHub's browser at the door: its code, and the browser waiting for a page."""

    code: Code
    _page: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    _sent: threading.Event = field(default_factory=threading.Event)

    def answer(self, page: str) -> None:
        """Show the browser a page and wait until it has it; only the first page counts."""
        self._page.put(page)
        self._sent.wait(_SECONDS_FOR_AN_ANSWER)

    def page(self) -> str:
        """Wait for the page."""
        return self._page.get()

    def sent(self) -> None:
        """Say that the browser has the page, or is gone."""
        self._sent.set()


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    # Another program's port is never taken over; on Windows the option would do just that.
    allow_reuse_address = os.name == "posix"

    def __init__(self, port: int, door: Door, visits: queue.SimpleQueue[Visit | Exception]) -> None:
        self.door = door
        self.visits = visits
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's signature
        """Pass a bug on to whoever waits; a browser that hangs up is none."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.visits.put(error)


class _Handler(BaseHTTPRequestHandler):
    timeout: ClassVar[float | None] = _SECONDS_FOR_A_REQUEST
    # What names no version gets an answer with a status all the same.
    default_request_version = "HTTP/1.0"

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        hosts, cookies = (self.headers.get_all(name, []) for name in ("Host", "Cookie"))
        found = server.door.admit(Asked(tuple(hosts), self.path, ";".join(cookies)))
        if isinstance(found, Reply):
            self._send(found)
            return
        visit = Visit(found)
        server.visits.put(visit)
        try:
            self._send(Reply(HTTPStatus.OK, visit.page()))
        finally:
            visit.sent()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - http.server's signature
        """Answer what http.server itself does not understand, other methods among it."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self.close_connection = True
        self._send(refuse(status, "This request is not understood here."))

    def _send(self, reply: Reply) -> None:
        data = reply.page.encode()
        self.send_response(reply.status)
        headers = {**_HEADERS, "Content-Security-Policy": reply.policy, "Content-Length": str(len(data))}
        if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET"
        if reply.cookie:
            headers["Set-Cookie"] = reply.cookie
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def version_string(self) -> str:
        """Name the program, not the versions under it."""
        return "atlantis-gate"

    def log_message(self, *_: object) -> None:
        """Log nothing: an address holds the code."""


class Listening:
    """The server while it runs: `with Listening(port, door) as page: visit = page.wait(deadline)`."""

    def __init__(self, port: int, door: Door) -> None:
        """Take the port. Raises UsageError when it cannot be had."""
        self._visits: queue.SimpleQueue[Visit | Exception] = queue.SimpleQueue()
        self._visit: Visit | None = None
        try:
            self._server = _Server(_checked(port), door, self._visits)
        except OSError as error:
            raise UsageError(
                f"--port {port}: the program cannot listen on {HOST}:{port}: {error.strerror}",
                advice="Usually another program has it. Choose another port with --port.",
            ) from None

    def __enter__(self) -> Self:
        """Start answering."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and leave no browser waiting."""
        if self._visit is not None:
            self._visit.answer(pages.failed("The program in the terminal was stopped."))
        self._server.shutdown()
        self._server.server_close()

    def wait(self, deadline: Deadline) -> Visit:
        """Wait until GitHub has sent the browser back. Raises HostError when that takes longer than the deadline."""
        while deadline.remaining > 0:
            deadline.tell(f"waiting for GitHub to send the browser back, giving up in {deadline.remaining:.0f} s")
            try:
                found = self._visits.get(timeout=min(_SECONDS_BETWEEN_WORDS, deadline.remaining))
            except queue.Empty:
                continue
            if isinstance(found, Exception):
                raise found
            self._visit = found
            return found
        raise HostError(
            f"GitHub did not send the browser back within {deadline.seconds:.0f} s",
            operation="waiting for the GitHub App",
            advice="Run it again, with more time if that was too short (--timeout 900). If GitHub lists the App already, delete it first.",
        )


def _checked(port: int) -> int:
    if port > _LAST_PORT:
        raise UsageError(f"--port {port}: there is no such port", advice=f"Give a number up to {_LAST_PORT}.")
    return port
