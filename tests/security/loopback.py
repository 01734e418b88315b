"""Servers on the loopback interface: one that keeps what it is asked, with TLS or without, and a proxy."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Got:
    """A request as it came: method, target (a path, or what a proxy is given) and headers with lower-case names."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int = 404
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    body: bytes = b'{"message": "Not Found"}'


class Listener:
    """A server on 127.0.0.1: `with Listener(answer) as server`. `got` lists what it was asked."""

    def __init__(self, answer: Callable[[Got], Said] = lambda _: Said(), certificate: Path | None = None) -> None:
        """Take what answers, and a file with certificate and key for TLS."""
        self.got: list[Got] = []
        self.answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"listener": self}))
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is the handler's: one that fails must not end the server.
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Reads a request and writes the answer; tunnels what a proxy is asked to."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout: ClassVar[float | None] = 10
    listener: Listener

    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError):  # a client that does not trust the server leaves
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        said = self._heard()
        self.send_response(said.status)
        for name, value in {**said.headers, "Content-Length": str(len(said.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    def do_CONNECT(self) -> None:
        said = self._heard()
        self.send_response(said.status)
        self.end_headers()
        self.close_connection = True
        if said.status == 200:
            _pass_on(self.connection, int(self.path.rpartition(":")[2]))

    def _heard(self) -> Said:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        got = Got(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        self.listener.got.append(got)
        return self.listener.answer(got)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the overridden method's name
        """Say nothing."""


def _pass_on(client: socket.socket, port: int) -> None:
    """Carry bytes between a client and a port of this machine until one of them is done."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as server:
        back = threading.Thread(target=_carry, args=(server, client), daemon=True)
        back.start()
        _carry(client, server)
        back.join()


def _carry(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65_536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass
