"""What the token at hand may do in one repository of Bitbucket Data Center, tried without changing anything."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.diagnosis import Diagnosis, Held, Trial
from atlantis_gate.errors import HostError
from atlantis_gate.hosts import bitbucket_data_center_needs as needs
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.bitbucket_data_center_access import HOST, user_of, web
from atlantis_gate.hosts.bitbucket_data_center_compare import tip
from atlantis_gate.hosts.bitbucket_data_center_pull import pull_request
from atlantis_gate.hosts.trials import Once, accepted, attempt, known
from atlantis_gate.model import PullRequest, PullRequestRef

if TYPE_CHECKING:
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.bitbucket_data_center_rest import Rest
    from atlantis_gate.hosts.calls import Reply
    from atlantis_gate.hosts.credentials import Choice

# Anybody may ask for it, and the answer names whose the token is.
# https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-system-maintenance/#api-api-latest-application-properties-get
_PROPERTIES: Final = "api/latest/application-properties"
_ENDS: Final = "Bitbucket does not tell a token when it ends: see HTTP access tokens where it was made."


class Doctor:
    """Tries one repository with one token; each thing is asked once."""

    def __init__(self, connection: Connection, rest: Rest, credential: Choice) -> None:
        """Take the connection, the repository's API and which token it uses."""
        self._connection = connection
        self._rest = rest
        self._credential = credential
        self._server = Once(lambda: rest.reply(rest.global_url(_PROPERTIES), "asking which Bitbucket it is"))
        self._repository = Once(lambda: rest.reply(rest.url("").rstrip("/"), "reading the repository"))
        self._tips: dict[str, str] = {}

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try everything on a pull request, the newest open one where None is given."""
        accepted(self._server, self._repository)
        seen = Once(lambda: self._pull(ref if ref is not None else self._newest()))
        trials = self._reading(seen)
        return Diagnosis(
            host="bitbucket-data-center",
            server_url=self._connection.server_url,
            repo=self._connection.repo,
            credential=str(self._credential),
            identity=self._whose(),
            trials=(*trials, *self._writing(trials)),
            remarks=(_ENDS,),
        )

    def _whose(self) -> str:
        server = self._server.maybe()
        return (user_of(server.headers) if server is not None else "") or self._rest.user or ""

    def _newest(self) -> PullRequestRef:
        """Return the newest open pull request.

        https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-pull-requests/#api-api-latest-projects-projectkey-repos-repositoryslug-pull-requests-get
        """
        operation = "looking for an open pull request"
        url = self._rest.url("pull-requests") + "?state=OPEN&order=NEWEST&limit=1"
        found = self._rest.node(url, operation).nodes("values")
        if not found:
            raise HostError("no pull request is open, so this could not be tried", operation=operation)
        place = self._connection
        return PullRequestRef(host="bitbucket-data-center", server_url=place.server_url, repo=place.repo, number=found[0].number("id"))

    def _pull(self, ref: PullRequestRef) -> PullRequest:
        node = self._rest.node(self._rest.url(f"pull-requests/{ref.number}"), "reading the pull request")
        return pull_request(node, ref, web(self._connection.server_url.rstrip("/"), self._connection.repo))

    def _reading(self, seen: Once[PullRequest]) -> tuple[Trial, ...]:
        rest = self._rest
        return (
            attempt(needs.PULL, lambda: f"read #{seen().ref.number}"),
            attempt(needs.FILES, lambda: self._ask(seen(), "changes?limit=1", "listing the changed files")),
            attempt(needs.MERGE, lambda: self._ask(seen(), "merge", "asking whether the pull request can be merged")),
            attempt(needs.BUILDS, lambda: self._builds(seen())),
            attempt(needs.REPOSITORY, lambda: self._read(seen)),
            attempt(needs.COMPARISON, lambda: rest.reply(self._between(seen()), "comparing with the base branch")),
        )

    def _ask(self, pull: PullRequest, what: str, operation: str) -> Reply:
        return self._rest.reply(self._rest.url(f"pull-requests/{pull.ref.number}/{what}"), operation)

    def _builds(self, pull: PullRequest) -> str:
        """Read the builds of the head commit and the required ones; before 7.14 there are none of these."""
        rest = self._rest
        rest.reply(rest.global_url(f"build-status/latest/commits/{quote(pull.head_sha, safe='')}"), "listing the builds")
        try:
            rest.reply(rest.url("conditions", "required-builds/latest"), "listing the required builds")
        except HostError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return "read those of the head commit; this Bitbucket knows no required builds"
        return "read those of the head commit and the required ones"

    def _between(self, pull: PullRequest) -> str:
        return self._rest.url("compare/changes") + f"?from={quote(self._tip(pull.base_branch), safe='')}&to={pull.head_sha}&limit=1"

    def _read(self, seen: Once[PullRequest]) -> str:
        pull = seen.maybe()
        branch = pull.base_branch if pull is not None else self._default_branch()
        path = self._connection.config_path
        return f"{path} {'is' if self._rest.content(path, self._tip(branch)) is not None else 'is not'} on {branch}"

    def _default_branch(self) -> str:
        """https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-default-branch-get."""
        operation = "finding the default branch"
        return read(HOST, self._rest.reply(self._rest.url("default-branch"), operation).value, operation).text("displayId")

    def _tip(self, branch: str) -> str:
        if branch not in self._tips:
            self._tips[branch] = tip(self._rest, branch)
        return self._tips[branch]

    def _writing(self, trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
        """Tell whether it may write from whether it may read: Bitbucket asks for no more.

        https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-builds-and-deployments/#api-api-latest-projects-projectkey-repos-repositoryslug-commits-commitid-builds-post
        """
        may = next((trial.held for trial in trials if trial.need is needs.REPOSITORY), Held.UNKNOWN)
        said = {Held.YES: "it may read, and Bitbucket asks for no more; nothing was written to try", Held.NO: "it may not even read"}
        words = said.get(may, "whether it may read is not known")
        return tuple(known(need, may, words) for need in (needs.STATUS, needs.REPORT, needs.COMMENT))
