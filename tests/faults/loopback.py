"""A host played over real sockets on the loopback interface, which may go wrong as no stand-in inside the process can."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
import responses

from faults.transport import Transport, place_of
from hosts.stories import NUMBER, REPO, Story
from hosts.test_contract import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Where each library's host is in the stage's own world, by the beginning of the path here.
WORLDS: Final = {
    "github": {"/api/v3": "https://api.github.com:443", "/api/graphql": "https://api.github.com:443/graphql"},
    "gitlab": {"/api/v4": "https://gitlab.com/api/v4"},
    "gitea": {"/api/v1": "https://git.example.com/api/v1"},
}
TOKENS: Final = {
    "github": {"ATLANTIS_GH_TOKEN": "ghp_" + "s" * 36},
    "gitlab": {"GITLAB_TOKEN": "glpat-" + "s" * 20},
    "gitea": {"GITEA_TOKEN": "t" * 40},
}
_PAUSE: Final = 0.05
# Longer than any test waits.
LONG: Final = 30.0

Wire = "Callable[[socket.socket, bytes, bytes, threading.Event], None]"


def whole(connection: socket.socket, head: bytes, body: bytes, _: threading.Event) -> None:
    """Answer as it should be."""
    connection.sendall(head + body)


def reset(connection: socket.socket, *_: Any) -> None:
    """Cut the connection with a reset, before any answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closed(*_: Any) -> None:
    """Close the connection without an answer."""


def cut(connection: socket.socket, head: bytes, body: bytes, _: threading.Event) -> None:
    """Close the connection in the middle of the body."""
    connection.sendall(head + body[: len(body) // 2])


def silent(_: socket.socket, __: bytes, ___: bytes, over: threading.Event) -> None:
    """Say nothing and keep the connection."""
    over.wait(LONG)


def babble(connection: socket.socket, *_: Any) -> None:
    """Answer in no HTTP at all."""
    connection.sendall(b"220 mail.example.net ESMTP\r\n\r\n")


def drip(connection: socket.socket, head: bytes, body: bytes, over: threading.Event) -> None:
    """Send the body byte by byte, each before any reader gets impatient with it."""
    connection.sendall(head)
    _slowly(connection, body, over)


def drip_from_the_start(connection: socket.socket, head: bytes, body: bytes, over: threading.Event) -> None:
    """Send the head byte by byte, too."""
    _slowly(connection, head + body, over)


def endless_head(connection: socket.socket, head: bytes, _: bytes, over: threading.Event) -> None:
    """Send one header after another and come to no end."""
    connection.sendall(head.partition(b"\r\n")[0] + b"\r\n")
    number = 0
    while not over.wait(_PAUSE):
        number += 1
        connection.sendall(b"X-%d: x\r\n" % number)


def _slowly(connection: socket.socket, data: bytes, over: threading.Event) -> None:
    until = time.monotonic() + LONG
    for byte in data:
        if time.monotonic() > until or over.wait(_PAUSE):
            return
        connection.sendall(bytes([byte]))


@dataclass
class Loopback:
    """A host on a port of this machine; `place` is what goes wrong (a part of its place) and `wire` how."""

    transport: Transport
    worlds: dict[str, str]
    wire: Callable[[socket.socket, bytes, bytes, threading.Event], None] = whole
    place: str = "?"
    over: threading.Event = None  # type: ignore[assignment]  # set when it is opened
    port: int = 0

    def serve(self, connection: socket.socket) -> None:
        """Answer one request and close the connection."""
        head, body = _request(connection)
        method, target = head.split()[:2]
        prefix = next(prefix for prefix in self.worlds if target.startswith(prefix))
        request = requests.Request(method, self.worlds[prefix] + target.removeprefix(prefix), data=body).prepare()
        request.req_kwargs = {"timeout": 1}  # type: ignore[attr-defined]  # what the transport looks at
        found, _ = self.transport.find(request)
        answer = found.get_response(request) if found else None
        data = answer.read() if answer else b"{}"
        named = {"Content-Length": len(data), "Connection": "close", **(dict(answer.headers) if answer else {})}
        lines = [f"HTTP/1.1 {answer.status if answer else 404} x", *(f"{name}: {value}" for name, value in named.items())]
        wire = self.wire if self.place in place_of(request) else whole
        wire(connection, ("\r\n".join(lines) + "\r\n\r\n").encode(), data, self.over)


def _request(connection: socket.socket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head.decode(), body


@contextmanager
def opened(kind: str, story: Story) -> Iterator[Loopback]:
    """Open a host that tells a story."""
    mock = responses.RequestsMock(registry=Transport)
    transport = mock.get_registry()
    assert isinstance(transport, Transport)
    stage(kind).serve(story, mock)
    host = Loopback(transport, WORLDS[kind], over=threading.Event())

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # The gate may not be patient enough to hear it all.
            with suppress(OSError):
                host.serve(self.request)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        server.server_close()
        serving.join()


def options(kind: str, port: int) -> list[str]:
    """Return the options that name the pull request on such a host."""
    named = {"host": kind, "host-url": f"http://localhost:{port}", "repo": REPO, "pull-request": NUMBER}
    return [part for option, value in named.items() for part in (f"--{option}", str(value))]
