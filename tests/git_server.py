"""A git server on this machine that asks for a name and a password: git's own http-backend behind Python's web server."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from real_git import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Server(ThreadingHTTPServer):
    """Serves the repositories in a folder below a path; `seen` holds the path and the login of each request."""

    def __init__(self, folder: Path, below: str, login: tuple[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.below = folder, below
        self.expected = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        self.seen: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    @property
    def site(self) -> Server:
        assert isinstance(self.server, Server)
        return self.server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        given = self.headers.get("Authorization", "")
        self.site.seen.append((parts.path, base64.b64decode(given.removeprefix("Basic ")).decode()))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if given != self.site.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        head, _, content = self._backend(parts.path.removeprefix(self.site.below), parts.query, body).partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _backend(self, path: str, query: str, body: bytes) -> bytes:
        """Ask git: https://git-scm.com/docs/git-http-backend."""
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.site.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
        }
        return subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True, timeout=60).stdout


@contextmanager
def serving(folder: Path, repository: str, below: str, login: tuple[str, str]) -> Iterator[Server]:
    """Serve one repository of one commit, at `below/repository`, to whoever logs in so."""
    work = folder / "work"
    work.mkdir(parents=True)
    (work / "main.tf").write_text("# a module\n")
    git(work, "init", "--quiet")
    git(work, "add", "main.tf")
    git(work, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=module")
    git(work, "clone", "--quiet", "--bare", str(work), str(folder / "served" / repository))
    server = Server(folder / "served", below, login)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
