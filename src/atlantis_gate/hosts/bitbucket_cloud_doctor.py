"""What the credential at hand may do in one repository of Bitbucket Cloud, tried without changing anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.diagnosis import Diagnosis, Held, Trial
from atlantis_gate.errors import HostError
from atlantis_gate.hosts import bitbucket_cloud_needs as needs
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.bitbucket_cloud_access import ACCESS_TOKEN, HOST, SCOPES
from atlantis_gate.hosts.bitbucket_cloud_compare import Comparer
from atlantis_gate.hosts.bitbucket_cloud_pull import Told, told
from atlantis_gate.hosts.bitbucket_cloud_rest import READ_PULL, READ_REPOSITORY, full
from atlantis_gate.hosts.bitbucket_cloud_writing import READ_USER
from atlantis_gate.hosts.trials import Once, accepted, attempt, known

if TYPE_CHECKING:
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_cloud_rest import Rest
    from atlantis_gate.hosts.calls import Reply
    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.model import PullRequestRef

_ENDS: Final = "Bitbucket Cloud does not tell when a token ends: an API token does after a year at most, see the page where it was made."


class Doctor:
    """Tries one repository with one credential; each thing is asked once."""

    def __init__(self, connection: Connection, rest: Rest, credential: Choice) -> None:
        """Take the connection, the repository's API and which credential it uses."""
        self._connection = connection
        self._rest = rest
        self._credential = credential
        listing = rest.url("pullrequests") + "?state=OPEN&sort=-created_on&pagelen=1"
        self._repository = Once(lambda: rest.reply(rest.url("").rstrip("/"), "reading the repository", READ_REPOSITORY))
        self._listing = Once(lambda: rest.reply(listing, "looking for an open pull request", READ_PULL))
        self._tips: dict[str, str] = {}
        self._user = Once(lambda: read(HOST, rest.reply(f"{rest.api}/user", "asking whose token it is", READ_USER).value, "user"))

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try everything on a pull request, the newest open one where None is given."""
        accepted(self._repository, self._listing)
        seen = Once(lambda: self._pull(ref.number if ref is not None else self._newest()))
        reading = (*self._reading(seen), self._whose())
        access_token = self._credential.kind == ACCESS_TOKEN
        user = None if access_token else self._user.maybe()
        return Diagnosis(
            host="bitbucket-cloud",
            server_url=self._connection.server_url,
            repo=self._connection.repo,
            credential=str(self._credential),
            identity=_name(user) if user is not None else "",
            scopes=_scopes(self._repository.maybe() or self._listing.maybe()),
            trials=tuple(_tailored(trial, access_token=access_token) for trial in (*reading, *_writing(reading))),
            remarks=(_ENDS,),
        )

    def _newest(self) -> int:
        found = read(HOST, self._listing().value, "pull requests").nodes("values")
        if not found:
            raise HostError("no pull request is open, so this could not be tried", operation="looking for an open pull request")
        return found[0].number("id")

    def _pull(self, number: int) -> Told:
        return told(self._rest.node(self._rest.url(f"pullrequests/{number}"), "reading the pull request", READ_PULL))

    def _reading(self, seen: Once[Told]) -> tuple[Trial, ...]:
        return (
            attempt(needs.PULL, lambda: f"read #{seen().number}"),
            attempt(needs.FILES, lambda: self._ask(f"pullrequests/{seen().number}/diffstat", "listing the changed files")),
            attempt(needs.BUILDS, lambda: self._ask(f"pullrequests/{seen().number}/statuses", "listing the builds")),
            attempt(needs.REPOSITORY, lambda: self._read(seen)),
            attempt(needs.COMPARISON, lambda: self._compare(seen())),
        )

    def _whose(self) -> Trial:
        if self._credential.kind == ACCESS_TOKEN:
            return known(needs.USER, Held.NO, "an access token has no user to ask for; the gate finds its own comment by trying")
        return attempt(needs.USER, lambda: _name(self._user()))

    def _ask(self, path: str, operation: str) -> Reply:
        return self._rest.reply(self._rest.url(path), operation, READ_PULL)

    def _read(self, seen: Once[Told]) -> str:
        pull = seen.maybe()
        branch = pull.base_branch if pull is not None else self._main_branch()
        path = self._connection.config_path
        return f"{path} {'is' if self._rest.content(path, self._tip(branch)) is not None else 'is not'} on {branch}"

    def _main_branch(self) -> str:
        return read(HOST, self._repository().value, "repository").node("mainbranch").text("name")

    def _tip(self, branch: str) -> str:
        if branch not in self._tips:
            url = self._rest.url(f"refs/branches/{quote(branch, safe='')}")
            self._tips[branch] = full(self._rest.node(url, "reading the base branch", READ_REPOSITORY).node("target"), "")
        return self._tips[branch]

    def _compare(self, seen: Told) -> str:
        found = Comparer(self._rest).since(self._rest.resolved(seen.head, seen.fork or None), self._tip(seen.base_branch))
        return f"{len(found.changes.files)} files changed on {seen.base_branch} since {found.merge_base[:12]}"


def _writing(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Tell whether it may write from whether it may read: Bitbucket asks for no more, and there is nothing to try it on without a trace.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/#api-repositories-workspace-repo-slug-commit-commit-statuses-build-post
    """
    by_need = {trial.need: trial.held for trial in trials}
    pairs = ((needs.STATUS, needs.REPOSITORY), (needs.REPORT, needs.REPOSITORY), (needs.COMMENT, needs.PULL))
    said = {Held.YES: "it may read, and Bitbucket asks for no more; nothing was written to try", Held.NO: "it may not even read"}
    return tuple(known(need, by_need[reading], said.get(by_need[reading], "whether it may read is not known")) for need, reading in pairs)


def _tailored(trial: Trial, *, access_token: bool) -> Trial:
    return replace(trial, need=needs.tailored(trial.need, access_token=access_token))


def _scopes(reply: Reply | None) -> tuple[str, ...] | None:
    told_ones = reply.headers.get(SCOPES) if reply is not None else None
    return None if told_ones is None else tuple(sorted(filter(None, told_ones.replace(",", " ").split())))


def _name(user: Node) -> str:
    return user.maybe_text("nickname") or user.maybe_text("display_name") or user.text("uuid")
