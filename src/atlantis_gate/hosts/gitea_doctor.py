"""What the token at hand may do in one repository of a Gitea or Forgejo, tried without changing anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.diagnosis import Diagnosis, Trial
from atlantis_gate.errors import HostError
from atlantis_gate.hosts import gitea_needs as needs
from atlantis_gate.hosts.answer import read, read_list
from atlantis_gate.hosts.gitea_api import COMMENT, WRITE
from atlantis_gate.hosts.gitea_credentials import HOST, JOB, scopes_in
from atlantis_gate.hosts.gitea_pull import Snapshot, snapshot
from atlantis_gate.hosts.trials import Once, accepted, attempt, rehearse
from atlantis_gate.model import PullRequestRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.hosts.gitea_api import Api

_NO_COMMIT: Final = "0" * 40
_ONE: Final = {"limit": "1"}
_ENDS: Final = "Gitea tells neither when a token ends nor, unless it refuses something, its scopes: see Settings > Applications."
_ENDS_WITH_JOB: Final = "It is valid while its job runs."


class Doctor:
    """Tries one repository with one token; each thing is asked once."""

    def __init__(self, connection: Connection, api: Api, credential: Choice) -> None:
        """Take the connection, the repository's API and which token it uses."""
        self._connection = connection
        self._api = api
        self._credential = credential
        self._user = Once(api.user)
        self._repository = Once(lambda: read(HOST, api.ask("", {}, "reading the repository"), "repository"))

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try everything on a pull request, the newest open one where None is given."""
        accepted(self._user, self._repository)
        seen = Once(lambda: self._pull(ref if ref is not None else self._newest()))
        trials = (*self._reading(seen), *self._writing(), attempt(needs.WHOSE, lambda: self._user().text("login")))
        user, job = self._user.maybe(), self._credential.kind == JOB
        return Diagnosis(
            host="gitea",
            server_url=self._connection.server_url,
            repo=self._connection.repo,
            credential=str(self._credential),
            identity=user.text("login") if user is not None else "",
            scopes=_scopes(trials),
            trials=tuple(replace(trial, need=needs.for_a_job(trial.need)) for trial in trials) if job else trials,
            remarks=(_ENDS_WITH_JOB if job else _ENDS,),
        )

    def _newest(self) -> PullRequestRef:
        """Return the newest open pull request: https://docs.gitea.com/api/#tag/repository/operation/repoListPullRequests."""
        operation = "looking for an open pull request"
        found = read_list(HOST, self._api.ask("/pulls", {"state": "open", **_ONE}, operation), operation)
        if not found:
            raise HostError("no pull request is open, so this could not be tried", operation=operation)
        place = self._connection
        return PullRequestRef(host="gitea", server_url=place.server_url, repo=place.repo, number=found[0].number("number"))

    def _pull(self, ref: PullRequestRef) -> Snapshot:
        return snapshot(ref, self._api.pull(ref.number))

    def _reading(self, seen: Once[Snapshot]) -> tuple[Trial, ...]:
        return (
            attempt(needs.PULL, lambda: f"read #{seen().pull.ref.number}"),
            attempt(needs.REVIEWS, lambda: self._one(f"/pulls/{seen().pull.ref.number}/reviews", "reading the reviews")),
            attempt(needs.FILES, lambda: self._one(f"/pulls/{seen().pull.ref.number}/files", "listing the changed files")),
            attempt(needs.BRANCH, lambda: self._protected(self._branch(seen))),
            attempt(needs.STATUSES, lambda: self._one(f"/commits/{seen().pull.head_sha}/statuses", "reading the commit statuses")),
            attempt(needs.REPOSITORY, lambda: self._read(seen)),
            attempt(needs.RULES, lambda: f"{len(self._api.protections())} rules"),
        )

    def _one(self, path: str, operation: str) -> object:
        """Read the beginning of a list."""
        return read_list(HOST, self._api.ask(path, _ONE, operation), operation)

    def _branch(self, seen: Once[Snapshot]) -> str:
        found = seen.maybe()
        return found.pull.base_branch if found is not None else self._repository().text("default_branch")

    def _protected(self, branch: str) -> str:
        return f"{branch} is {'' if self._api.branch(branch).flag('protected') else 'not '}protected"

    def _read(self, seen: Once[Snapshot]) -> str:
        branch, path = self._branch(seen), self._connection.config_path
        operation = f"listing the commits of {branch}"
        found = read_list(HOST, self._api.ask("/commits", {"sha": branch, "stat": "false", **_ONE}, operation), operation)
        if not found:
            raise HostError(f"{HOST} lists no commit of {branch}", operation=operation)
        there = self._api.content(path, found[0].text("sha")) is not None
        return f"{path} {'is' if there else 'is not'} on {branch}"

    def _writing(self) -> tuple[Trial, Trial]:
        """Send what is no status and no comment: the server looks at what the token may first, and then answers 422.

        https://github.com/go-gitea/gitea/blob/main/routers/api/v1/api.go
        """
        name = quote(_NO_COMMIT)
        return (
            rehearse(needs.STATUS, lambda: self._api.rehearse(f"/statuses/{name}", {"state": 0}, WRITE), status=422),
            rehearse(needs.COMMENT, lambda: self._api.rehearse("/issues/0/comments", {"body": 0}, COMMENT), status=422),
        )


def _scopes(trials: Iterable[Trial]) -> tuple[str, ...] | None:
    """Return the token's scopes, which a Gitea tells only when it refuses something."""
    return next((found for trial in trials if (found := scopes_in(trial.evidence)) is not None), None)
