"""A stage for the GitHub host: canned answers below the real PyGithub, a clock that only moves when something waits, and what was asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import responses

from atlantis_gate.deadline import Deadline
from atlantis_gate.hosts import Connection
from atlantis_gate.hosts.github import GitHub, connect
from atlantis_gate.hosts.github_answer import read
from atlantis_gate.hosts.github_checks import Own
from atlantis_gate.hosts.github_gaps import gaps
from atlantis_gate.hosts.github_mergeability import mergeability
from atlantis_gate.hosts.github_snapshot import snapshot
from atlantis_gate.model import PullRequestRef, Run, Unknown
from hosts.github_answers import REPO, RUN_ID, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from requests import PreparedRequest

    from atlantis_gate.model import Mergeability

TOKEN = "ghp_" + "s" * 36
REF = PullRequestRef(host="github", server_url="https://github.com", repo=REPO, number=7)
RUN = Run(ci="github-actions", target=REF, run_id=str(RUN_ID))


@dataclass(frozen=True)
class Reply:
    """One answer: a status, a body (JSON, or text as it is) and headers."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(self) -> tuple[int, dict[str, str], str]:
        """Return what goes over the wire."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return self.status, {"Content-Type": "application/json; charset=utf-8", **self.headers}, text


@dataclass(frozen=True)
class Asked:
    """One request that was sent."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    timeout: float | None


@dataclass
class Clock:
    """Time that moves by waiting only."""

    now: float = 0.0
    told: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def deadline(self, seconds: float = 300) -> Deadline:
        """Return a deadline on this clock."""
        return Deadline(seconds, tell=self.told.append, clock=lambda: self.now, sleep=self.sleep)


class Stage:
    """GitHub played by canned answers; each route gives its answers in turn and then the last one again."""

    def __init__(self) -> None:
        """Start with no route: anything asked is answered 404."""
        self.asked: list[Asked] = []
        self.clock = Clock()
        self._routes: list[tuple[str, re.Pattern[str], list[Any]]] = []
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)

    def __enter__(self) -> Self:
        """Take the place of the network."""
        self._mock.start()
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            self._mock.add_callback(method, re.compile("http.*"), callback=self._answer)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the network back."""
        self._mock.stop(allow_assert=False)
        self._mock.reset()

    def on(self, method: str, path: str, *answers: Any) -> Self:
        """Answer a path (a regular expression): with a Reply, with JSON, or by raising an exception. A later route wins."""
        self._routes.insert(0, (method, re.compile(path), list(answers)))
        return self

    def graphql(self, *answers: Any) -> Self:
        """Answer GraphQL queries."""
        return self.on("POST", "/(api/)?graphql", *answers)

    def host(self, env: Mapping[str, str] | None = None, *, seconds: float = 300, run: Run = RUN, **changes: Any) -> GitHub:
        """Open the host on this stage."""
        plain = Connection(
            server_url="https://github.com", repo=REPO, env=env or {"GITHUB_TOKEN": TOKEN}, deadline=self.clock.deadline(seconds), run=run
        )
        return connect(replace(plain, **changes))

    def paths(self) -> list[str]:
        """Return what was asked, as method and path."""
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(str(request.url))
        body = json.loads(request.body) if request.body else None
        query, headers = dict(parse_qsl(parts.query)), dict(request.headers)
        timeout = request.req_kwargs["timeout"]  # type: ignore[attr-defined]  # added by responses
        self.asked.append(Asked(str(request.method), parts.netloc, unquote(parts.path), query, headers, body, timeout))
        for method, path, answers in self._routes:
            if method == request.method and path.fullmatch(self.asked[-1].path):
                return _wire(answers.pop(0) if len(answers) > 1 else answers[0], self.asked[-1])
        return Reply({"message": "Not Found"}, 404).wire()


def _wire(canned: Any, asked: Asked) -> tuple[int, dict[str, str], str]:
    if isinstance(canned, Exception):
        raise canned
    made: Callable[[Asked], Any] | Any = canned
    found = made(asked) if callable(made) else made
    return (found if isinstance(found, Reply) else Reply(found)).wire()


def judged(
    node: Any, *errors: Any, dropped: Iterable[str] = (), behind: bool | Unknown = False, **repository: Any
) -> Mergeability | Unknown:
    """Return what the host makes of a pull request's node, without asking anything."""
    value = answer(node, *errors, **repository)
    seen = snapshot(REF, read(value["data"]["repository"], "repository"), gaps(value.get("errors", []), dropped))
    return mergeability(seen, Own(str(RUN_ID), "atlantis-gate"), behind=behind)


def named(fact: Mergeability | Unknown) -> list[str]:
    """Return the blockers as `kind name`, the gate's own with a star; an Unknown fact as `unknown`."""
    if isinstance(fact, Unknown):
        return ["unknown"]
    return [f"{blocker.kind} {blocker.name}{'*' * blocker.own}" for blocker in fact.blockers]
