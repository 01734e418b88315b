"""GitLab over a real socket, below a path: what goes over the wire, and answers that have no end."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.gitlab import connect
from atlantis_gate.model import PullRequestRef
from hosts import gitlab_answers as made
from hosts.stage_gitlab import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = "acme/team/infra"
PROJECT = "/gitlab/api/v4/projects/acme%2Fteam%2Finfra"


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Serve JSON by path on a loopback port; gives the server's address and the paths that were asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer = answers.get(self.path.partition("?")[0])
            status, headers, body = answer if isinstance(answer, tuple) else (200, {}, json.dumps(answer).encode())
            self.send_response(404 if answer is None else status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/gitlab", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(**changes: Any) -> dict[str, Any]:
    full = {"references": {"full": f"{REPO}!7"}}
    return {
        f"{PROJECT}/merge_requests/7": made.merge_request(**{**full, **changes}),
        f"{PROJECT}/merge_requests/7/diffs": [made.diff("a.tf")],
        f"{PROJECT}/merge_requests/7/approvals": made.approvals("alice"),
        f"{PROJECT}/repository/branches/release%2F1.0": made.branch(),
    }


def author(server: str) -> str:
    host = connect(connection(server_url=server, repo=REPO, seconds=10))
    return host.pull_request(PullRequestRef(host="gitlab", server_url=server, repo=REPO, number=7)).author


def test_a_gitlab_below_a_path_is_asked_by_the_projects_full_path() -> None:
    with serving(answers(target_branch="release/1.0")) as (server, asked):
        assert author(server) == "bob"
    assert {path.startswith(PROJECT) for path in asked} == {True}


def test_a_redirect_is_not_followed_not_even_on_the_same_server() -> None:
    moved: Any = (302, {"Location": f"{PROJECT}/merge_requests/8"}, b"")
    with serving({**answers(), f"{PROJECT}/merge_requests/7": moved}) as (server, asked), pytest.raises(HostError, match="redirected"):
        author(server)
    assert [path for path in asked if "merge_requests/8" in path] == []


def test_an_answer_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlantis_gate.hosts.http._MOST_BYTES", 100_000)
    endless: Any = (200, {}, b"[" + b" " * 200_000)
    with (
        serving({**answers(), f"{PROJECT}/merge_requests/7": endless}) as (server, _),
        pytest.raises(HostError, match="more than 100000 bytes"),
    ):
        author(server)


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    broken: Any = (200, {"Content-Length": "1000"}, b'{"iid": 7')
    with serving({**answers(), f"{PROJECT}/merge_requests/7": broken}) as (server, _), pytest.raises(HostError, match="no answer"):
        author(server)
