"""The stand-in for GitHub as a loopback HTTP server, laid out like GitHub Enterprise Server: `/api/v3` and `/api/graphql`."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from fake_github import graph, rest, schema
from fake_github.state import Repository

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "ghs_" + "t" * 36
LOGIN = "github-actions[bot]"


@dataclass(frozen=True)
class Fault:
    """An answer in place of the real one, for the next `times` requests whose method and path match."""

    method: str
    path: str
    answer: rest.Answer


@dataclass
class FakeGitHub:
    """A GitHub of one's own: `with FakeGitHub() as github: repo = github.repository("acme/infra", {...})`.

    `tokens` maps each token that is accepted to its user. `requests` lists what was asked, in order.
    """

    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: LOGIN})
    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[rest.Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Start answering. GitHub's schema is read here, where a test can still be skipped for want of it."""
        schema.schema()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"github": self}))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """The server's URL: what GITHUB_SERVER_URL holds in a run of its CI."""
        return f"http://localhost:{self.server.server_address[1]}"

    def repository(self, name: str, files: Mapping[str, str]) -> Repository:
        """Make a repository whose branch `main` holds `files`."""
        made = Repository(name)
        made.branches["main"] = made.commit(files)
        self.repositories[name] = made
        return made

    def fail(self, method: str, path: str, status: int, body: object = None) -> None:
        """From now on answer requests whose path contains `path` with an HTTP status, until `faults` is cleared."""
        message = {"message": HTTPStatus(status).phrase}
        self.faults.append(Fault(method, path, rest.Answer(message if body is None else body, HTTPStatus(status))))

    def answer(self, request: rest.Request, token: str) -> rest.Answer:
        """Answer one request: bad credentials, a fault that was asked for, GraphQL or REST."""
        with self.lock:
            self.requests.append(request)
            if token not in self.tokens:
                return rest.Answer({"message": "Bad credentials"}, HTTPStatus.UNAUTHORIZED)
            for fault in self.faults:
                if fault.method == request.method and fault.path in request.path:
                    return fault.answer
            if request.path == "/graphql":
                root = graph.root(self.repositories, request.login, self.url)
                return rest.Answer(schema.answer(request.body["query"], request.body.get("variables") or {}, root))
            return rest.answer(self.repositories, request)


class Handler(BaseHTTPRequestHandler):
    """Reads a request and writes the answer."""

    protocol_version = "HTTP/1.1"
    # Without it each answer waits 40 ms for the client's acknowledgement of its headers.
    disable_nagle_algorithm = True
    github: ClassVar[FakeGitHub]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the overridden method's name
        """Say nothing."""

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization", "").partition(" ")[2]
        url = urlsplit(self.path)
        path = url.path.removeprefix("/api").removeprefix("/v3")
        body = json.loads(data) if data else None
        login = self.github.tokens.get(token, "")
        request = rest.Request(self.command, path, dict(parse_qsl(url.query)), body, login, f"{self.github.url}/api/v3")
        self._send(*_page(self.github.answer(request, token), request, f"{self.github.url}{url.path}"))

    def _send(self, answer: rest.Answer, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(data)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _page(answer: rest.Answer, request: rest.Request, url: str) -> tuple[rest.Answer, Any]:
    """Cut a list to the page that was asked for and link the next; https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
    if not answer.paged:
        return answer, answer.body
    size = min(100, int(request.query.get("per_page", 30)))
    number = int(request.query.get("page", 1))
    body = answer.body[(number - 1) * size : number * size]
    if len(answer.body) <= number * size:
        return answer, body
    query = urlencode({**request.query, "per_page": size, "page": number + 1})
    return rest.Answer(body, answer.status, headers={"Link": f'<{url}?{query}>; rel="next"'}), body
