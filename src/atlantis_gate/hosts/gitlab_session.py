"""Questions to one GitLab: each asked once, those that wait for nothing asked together, and lists read to their end."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts import gitlab_credentials
from atlantis_gate.hosts.answer import read, read_list
from atlantis_gate.hosts.calls import Caller, Request
from atlantis_gate.hosts.gitlab_addresses import api, is_here
from atlantis_gate.hosts.gitlab_credentials import GITLAB
from atlantis_gate.hosts.gitlab_transport import transport
from atlantis_gate.hosts.refusals import explaining
from atlantis_gate.hosts.together import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.calls import Reply
    from atlantis_gate.hosts.credentials import Choice

# https://docs.gitlab.com/api/rest/#offset-based-pagination
PAGE: Final = 100
_MOST_PAGES: Final = 200
_READ: Final = "the scope read_api and the role Reporter or higher"
_WRITE: Final = "the scope api and the role Developer or higher"


@frozen
class Question:
    """What is asked: a path of the API (query included) and what for."""

    path: str
    operation: str


def connect(server_url: str, env: Mapping[str, str], deadline: Deadline) -> Session:
    """Open a session with the first token there is. Raises CredentialError without one, HostError for a server URL that is none."""
    address = api(server_url, env)
    token = gitlab_credentials.token(env)
    deadline.redaction.add(token.secret.reveal())
    caller = Caller(host=GITLAB, source=token.secret.source, deadline=deadline, send=transport(address, token, _ca_file(server_url, env)))
    return Session(explaining(caller, gitlab_credentials.refusal), address, token.choice)


def _ca_file(server_url: str, env: Mapping[str, str]) -> str | None:
    """Return the authorities that the runner itself trusts for this server, where nothing else names some.

    https://docs.gitlab.com/runner/configuration/tls-self-signed/
    """
    named = env.get("CI_SERVER_TLS_CA_FILE", "")
    chosen = any(env.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    return named if named and not chosen and is_here(server_url, env) and Path(named).is_file() else None


class Session:
    """Requests to one GitLab with one token; answers are kept, so that all facts come from one moment."""

    def __init__(self, caller: Caller, address: str, credential: Choice) -> None:
        """Take the caller, the API's address, and which token it uses."""
        self._caller = caller
        self._address = address
        self.credential = credential
        self._kept: dict[str, Reply | HostError | CredentialError] = {}

    def ask(self, question: Question) -> Reply:
        """Return the answer to a question, asked now unless it was before. Raises HostError or CredentialError."""
        if question.path not in self._kept:
            self._kept[question.path] = self._try(question)
        found = self._kept[question.path]
        if isinstance(found, Exception):
            raise found
        return found

    def together(self, questions: Iterable[Question]) -> None:
        """Ask several questions at the same time; what fails is raised when its answer is wanted."""
        new = {question.path: question for question in questions if question.path not in self._kept}
        if len(new) > 1:
            self._kept.update(zip(new, together([partial(self._try, question) for question in new.values()], len(new)), strict=True))

    def forget(self) -> None:
        """Forget all answers: the next ones are of a later moment."""
        self._kept.clear()

    def one(self, question: Question) -> Node:
        """Return an answer that is an object."""
        return read(GITLAB, self.ask(question).value, question.operation)

    def pages(self, question: Question, *, fresh: bool = False) -> tuple[Node, ...]:
        """Return a whole list; `question` asks for its first page, `fresh`: now. Raises HostError unless it is whole."""
        found: list[Node] = []
        page, reply = 1, self.get(question) if fresh else self.ask(question)
        while True:
            items = read_list(GITLAB, reply.value, question.operation)
            found += items
            following = reply.headers.get("x-next-page")
            # A proxy may drop the header: then a full page may not be the last.
            if following == "" or (not following and len(items) < PAGE):
                break
            page += 1
            if page > _MOST_PAGES:
                raise HostError(f"GitLab: a list of more than {_MOST_PAGES} pages", operation=question.operation)
            reply = self.get(Question(f"{question.path}&page={page}", question.operation))
        total = reply.headers.get("x-total", "")
        # Of comments and merge requests GitLab leaves out what may not be seen, after it has counted; these are asked afresh.
        if not fresh and total.isdecimal() and len(found) < int(total):
            raise HostError(f"GitLab lists {len(found)} of {total} entries", operation=question.operation)
        return tuple(found)

    def get(self, question: Question) -> Reply:
        """Ask a question now; the answer is not kept."""
        return self._call(Request(verb="GET", url=self._address + question.path, operation=question.operation, needs=_READ))

    def write(self, verb: str, path: str, body: Mapping[str, object], *, operation: str, repeat: bool) -> Reply:
        """Send a change; `repeat` tells whether sending it twice does no harm."""
        url = self._address + path
        return self._call(Request(verb=verb, url=url, operation=operation, needs=_WRITE, body=dict(body), repeat=repeat, write=True))

    def _try(self, question: Question) -> Reply | HostError | CredentialError:
        try:
            return self.get(question)
        except (HostError, CredentialError) as error:
            return error

    def _call(self, request: Request) -> Reply:
        if self.credential.kind != gitlab_credentials.JOB:
            return self._caller.call(request)
        try:
            return self._caller.call(request)
        except CredentialError:
            raise _job_token(request) from None
        except HostError as error:
            # GitLab says "not found" of what a job's token may not see.
            if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                raise _job_token(request) from None
            raise


def _job_token(request: Request) -> HostError:
    """Return the error for what a job's token may not do; https://docs.gitlab.com/ci/jobs/ci_job_token/."""
    return HostError(
        f"GitLab does not let a job's own token ({gitlab_credentials.JOB_TOKEN}) do this; approvals, statuses, comments and most of the "
        "repository are closed to it",
        operation=request.operation,
        status=HTTPStatus.FORBIDDEN,
        url=request.url,
        advice=gitlab_credentials.ADVICE,
    )
