"""The stories of Azure DevOps (hosts/stage_azure_devops.py) answered over the loopback interface, for programs in other processes."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import requests
import responses

from hosts.stage_azure_devops import API, COLLECTION, SERVER, listed, serve
from hosts.stories import HEAD, MERGE, NUMBER, Story

if TYPE_CHECKING:
    from types import TracebackType

THREADS = f"{API}/pullRequests/{NUMBER}/threads"


@dataclass
class Posted:
    """What was written to the host: statuses by name, bodies of comments; and every Authorization that came along."""

    statuses: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    authorizations: set[str] = field(default_factory=set)


class AzureHost:
    """A host that tells a story; `head` and `merge` stand for the story's commits, so that a real clone may hold them."""

    def __init__(self, story: Story, *, head: str = HEAD, merge: str = MERGE) -> None:
        self.story = story
        self.posted = Posted()
        self._commits = {HEAD: head, MERGE: merge}
        self._http = responses.RequestsMock(assert_all_requests_are_fired=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._http.start()
        self.tell(self.story)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.stop(allow_assert=False)

    def tell(self, story: Story) -> None:
        """Tell another story from now on."""
        self.story = story
        self._http.reset()
        serve(story, self._http)
        iteration = {"id": 1, "sourceRefCommit": {"commitId": HEAD}}
        self._http.add("GET", f"{API}/pullRequests/{NUMBER}/iterations", json=listed([iteration]))
        self._http.add_callback("POST", f"{API}/pullRequests/{NUMBER}/statuses", callback=self._status)
        self._http.add("GET", THREADS, json=listed([]))
        self._http.add_callback("POST", THREADS, callback=self._thread)
        self._http.add("GET", f"{COLLECTION}/_apis/connectionData", json={"authenticatedUser": {"id": "build"}})

    def _status(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body = _json(request)
        self.posted.statuses[body["context"]["name"]] = body["state"]
        return 200, {}, json.dumps({"id": 1, **body})

    def _thread(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.posted.comments.append(_json(request)["comments"][0]["content"])
        return 200, {}, json.dumps({"id": 1})

    def _answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, str]:
        """Return status and text; what the story has no answer for is not found."""
        self.posted.authorizations.add(authorization)
        for told, real in self._commits.items():
            path, body = path.replace(real, told), body.replace(real.encode(), told.encode())
        try:
            answer = requests.request(method, f"{SERVER}{path}", data=body, headers={"Content-Type": "application/json"}, timeout=10)
        except requests.ConnectionError:
            return 404, json.dumps({"message": "not found"})
        text = answer.text
        for told, real in self._commits.items():
            text = text.replace(told, real)
        return answer.status_code, text

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, text = host._answer(self.command, self.path, self.headers.get("Authorization", ""), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8; api-version=7.1")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = _reply  # noqa: N815 - http.server looks for these names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _json(request: requests.PreparedRequest) -> Any:
    return json.loads(request.body or b"null")
