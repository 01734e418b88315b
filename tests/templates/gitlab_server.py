"""A GitLab of one's own on loopback: one project with one merge request, the routes that the gate asks, and what `git ls-remote` asks."""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from hosts import gitlab_answers as made
from hosts.stories import BASE, MERGE_BASE, NUMBER, REPO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN: Final = "glpat-" + "s" * 20
JOB_TOKEN: Final = "glcbt-" + "j" * 20
_GIT_USER: Final = base64.b64encode(f"gitlab-ci-token:{JOB_TOKEN}".encode()).decode()
Answer = tuple[int, Any]


@dataclass
class FakeGitLab:
    """`with FakeGitLab(head, files) as gitlab:` serves merge request 7 of acme/infra, whose head holds `files`, all of them changed.

    A test changes what is so by setting fields: `merge` is the commit that merged it, `unchanged` are files that it leaves alone.
    `statuses` and `notes` hold what was written.
    """

    head: str
    files: Mapping[str, str]
    approved_by: set[str] = field(default_factory=set)
    base: str = BASE
    base_changes: tuple[str, ...] = ()
    merge: str | None = None
    unchanged: frozenset[str] = frozenset()
    statuses: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start answering."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"gitlab": self}))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self) -> str:
        """The server's address: CI_SERVER_URL."""
        return f"http://{self.address}"

    @property
    def clone_url(self) -> str:
        """The repository's address with the job's token: CI_REPOSITORY_URL."""
        return f"http://gitlab-ci-token:{JOB_TOKEN}@{self.address}/{REPO}.git"

    @property
    def changed(self) -> list[str]:
        """The files that the merge request changes."""
        return [name for name in self.files if name not in self.unchanged]

    def refs(self) -> str:
        """Return what git is told of the repository's refs."""
        return f"{self.base}\trefs/heads/main\n{self.head}\trefs/heads/feature\n{self.head}\trefs/merge-requests/{NUMBER}/head\n"

    def merge_request(self) -> Answer:
        """Return the merge request: open, and waiting for its running pipeline, or merged."""
        changes: dict[str, Any] = {
            "sha": self.head,
            "changes_count": str(len(self.changed)),
            "detailed_merge_status": "not_open" if self.merge else "ci_still_running",
            "head_pipeline": made.pipeline("running", sha=self.head),
            "web_url": f"{self.url}/{REPO}/-/merge_requests/{NUMBER}",
            "state": "merged" if self.merge else "opened",
            "merge_commit_sha": self.merge,
        }
        return HTTPStatus.OK, made.merge_request(**changes)

    def write_status(self, body: dict[str, Any]) -> Answer:
        """Keep a commit status."""
        self.statuses.append(body)
        return HTTPStatus.CREATED, made.status(body["name"], body["state"], number=900)

    def write_note(self, body: dict[str, Any], number: str | None = None) -> Answer:
        """Keep a comment, or change one."""
        if number is None:
            self.notes.append(made.note(len(self.notes) + 1, body["body"]))
            return HTTPStatus.CREATED, self.notes[-1]
        self.notes[int(number) - 1]["body"] = body["body"]
        return HTTPStatus.OK, self.notes[int(number) - 1]

    def file(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return a file of the head; the base branch has none."""
        if query["ref"] != self.head or unquote(path) not in self.files:
            return HTTPStatus.NOT_FOUND, {"message": "404 File Not Found"}
        return HTTPStatus.OK, {"encoding": "base64", "content": base64.b64encode(self.files[unquote(path)].encode()).decode()}

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
        """Answer one request of the API; a path that no route has is not found."""
        project = rf"/projects/(?:{made.PROJECT}|{re.escape(REPO.replace('/', '%2F'))})"
        request = f"{method} {re.sub(rf'^{project}', '', path)}"
        routes: dict[str, Callable[..., Answer]] = {
            r"GET ": lambda: (HTTPStatus.OK, made.project()),
            r"GET /user": lambda: (HTTPStatus.OK, made.user("gate-bot", 77)),
            rf"GET /merge_requests/{NUMBER}": self.merge_request,
            rf"GET /merge_requests/{NUMBER}/approvals": lambda: (HTTPStatus.OK, made.approvals(*sorted(self.approved_by))),
            rf"GET /merge_requests/{NUMBER}/diffs": lambda: (HTTPStatus.OK, [made.diff(name) for name in self.changed]),
            rf"GET /merge_requests/{NUMBER}/notes": lambda: (HTTPStatus.OK, self.notes),
            rf"POST /merge_requests/{NUMBER}/notes": lambda: self.write_note(body),
            rf"PUT /merge_requests/{NUMBER}/notes/([0-9]+)": lambda number: self.write_note(body, number),
            r"POST /statuses/[0-9a-f]{40}": lambda: self.write_status(body),
            r"GET /repository/branches/main": lambda: (HTTPStatus.OK, made.branch(self.base)),
            r"GET /repository/merge_base": lambda: (HTTPStatus.OK, made.commit(self.merge or MERGE_BASE)),
            r"GET /repository/compare": lambda: (HTTPStatus.OK, made.comparison(*self.base_changes)),
            r"GET /repository/tree": lambda: (HTTPStatus.OK, [{"path": name, "type": "blob"} for name in self.files]),
            r"GET /repository/files/([^/]+)": lambda name: self.file(name, query),
            r"GET /repository/commits/[0-9a-f]{40}": lambda: (HTTPStatus.OK, made.commit(self.head, MERGE_BASE, self.base)),
            r"GET /repository/commits/[0-9a-f]{40}/merge_requests": lambda: (HTTPStatus.OK, [self.merge_request()[1]]),
            r"GET /repository/commits/[0-9a-f]{40}/statuses": lambda: (
                HTTPStatus.OK,
                [made.status("atlantis-gate", "running", sha=self.head)],
            ),
            rf"GET /pipelines/{made.PIPELINE}/jobs": lambda: (HTTPStatus.OK, [made.job(1, "atlantis-gate")]),
            rf"GET /pipelines/{made.PIPELINE}/bridges": lambda: (HTTPStatus.OK, []),
        }
        for pattern, found in routes.items():
            match = re.fullmatch(pattern, request)
            if match is not None:
                return found(*match.groups())
        return HTTPStatus.NOT_FOUND, {"message": "404 Not Found"}


class Handler(BaseHTTPRequestHandler):
    """Reads a request and writes the answer."""

    protocol_version = "HTTP/1.1"
    gitlab: ClassVar[FakeGitLab]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the overridden method's name
        """Say nothing."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.gitlab.asked.append(f"{self.command} {url.path}")
        if url.path.startswith(f"/{REPO}.git/"):
            self._git(url.path)
        elif self.headers.get("PRIVATE-TOKEN") != TOKEN:
            self._send(HTTPStatus.UNAUTHORIZED, json.dumps({"message": "401 Unauthorized"}))
        else:
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            body = json.loads(data) if data else None
            status, value = self.gitlab.answer(self.command, url.path.removeprefix("/api/v4"), query, body)
            self._send(status, json.dumps(value))

    def _git(self, path: str) -> None:
        """Answer git the simple way, in which the list of refs is a file."""
        if self.headers.get("Authorization") != f"Basic {_GIT_USER}":
            self._send(HTTPStatus.UNAUTHORIZED, "", ("WWW-Authenticate", 'Basic realm="GitLab"'))
        elif path.endswith("/info/refs"):
            self._send(HTTPStatus.OK, self.gitlab.refs(), ("Content-Type", "text/plain"))
        else:
            self._send(HTTPStatus.NOT_FOUND, "")

    def _send(self, status: int, text: str, header: tuple[str, str] = ("Content-Type", "application/json")) -> None:
        self.send_response(status)
        self.send_header(*header)
        # One page is the last one, and the list of files ends here too.
        self.send_header("X-Next-Page", "")
        self.send_header("Link", '<https://gitlab.example/api/v4/projects/42?page=1>; rel="first"')
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
