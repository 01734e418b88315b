"""A Bitbucket played by canned answers below the real HTTP client, and what was asked of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from atlantis_gate.hosts import Connection
from hosts.github_stage import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import responses
    from requests import PreparedRequest

    from atlantis_gate.model import Run

JSON = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer: a body (JSON, or text as it is), a status and headers."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(self) -> tuple[int, dict[str, str], str]:
        """Return what goes over the wire."""
        kind = "application/octet-stream" if isinstance(self.body, str) else "application/json"
        text = self.body if isinstance(self.body, str) else "" if self.body is None else json.dumps(self.body)
        return self.status, {"Content-Type": kind, **self.headers}, text


@dataclass(frozen=True)
class Asked:
    """One request that was sent, and the answer to it."""

    method: str
    url: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    reply: Reply

    def __str__(self) -> str:
        """Render as method and path."""
        return f"{self.method} {self.path}"


class Wire:
    """Answers requests below `root`; each route gives its answers in turn and then the last one again. A later route wins."""

    def __init__(self, http: responses.RequestsMock, root: str) -> None:
        """Take the place of the network for everything below an address; what no route answers is 404."""
        self.root = root
        self.asked: list[Asked] = []
        self.clock = Clock()
        self._routes: list[tuple[str, re.Pattern[str], list[Any]]] = []
        for method in ("GET", "POST", "PUT", "DELETE"):
            http.add_callback(method, re.compile(re.escape(root) + "/.*"), callback=self._answer)

    def on(self, method: str, path: str, *answers: Any) -> Self:
        """Answer a path below the root (a regular expression, unquoted): a Reply, JSON, a function of what was asked, or an exception."""
        self._routes.insert(0, (method, re.compile(path), list(answers)))
        return self

    def connection(self, server_url: str, repo: str, run: Run, env: Mapping[str, str], seconds: float = 300) -> Connection:
        """Return a connection to what is played here, on a clock that moves by waiting only."""
        return Connection(server_url=server_url, repo=repo, env=env, deadline=self.clock.deadline(seconds), run=run)

    def paths(self) -> list[str]:
        """Return what was asked, as method and path."""
        return [str(asked) for asked in self.asked]

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(str(request.url))
        path = unquote(parts.path).removeprefix(urlsplit(self.root).path)
        body = json.loads(request.body) if request.body else None
        made = Asked(
            str(request.method),
            str(request.url),
            path,
            dict(parse_qsl(parts.query)),
            dict(request.headers),
            body,
            Reply({"error": {}}, 404),
        )
        reply = self._reply(made)
        self.asked.append(Asked(**{**vars(made), "reply": reply}))
        return reply.wire()

    def _reply(self, made: Asked) -> Reply:
        for method, path, answers in self._routes:
            if method == made.method and path.fullmatch(made.path):
                canned = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(canned, Exception):
                    raise canned
                found: Callable[[Asked], Any] | Any = canned(made) if callable(canned) else canned
                return found if isinstance(found, Reply) else Reply(found)
        return made.reply
