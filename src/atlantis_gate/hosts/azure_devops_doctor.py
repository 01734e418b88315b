"""What the credential at hand may do in one repository of Azure DevOps, asked without changing anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atlantis_gate.diagnosis import Diagnosis, Held, Need, Trial
from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import azure_devops_needs as needs
from atlantis_gate.hosts.answer import unreadable
from atlantis_gate.hosts.azure_devops_api import PREVIEW, commit_id
from atlantis_gate.hosts.azure_devops_credentials import HOST, JOB
from atlantis_gate.hosts.azure_devops_pull import Snapshot, snapshot
from atlantis_gate.hosts.trials import Once, accepted, attempt, known

if TYPE_CHECKING:
    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.azure_devops_api import Api
    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.model import PullRequestRef

# Whom an answer to nobody in particular is for: https://github.com/Azure/azure-cli/issues/24108
_ANONYMOUS: Final = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
# The permissions of Git repositories, and Contribute to pull requests among them:
# https://learn.microsoft.com/en-us/azure/devops/organizations/security/namespace-reference#object-level-namespaces-and-permissions
_REPOSITORIES: Final = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
_CONTRIBUTE: Final = 16384
# https://learn.microsoft.com/en-us/rest/api/azure/devops/security/permissions/has-permissions
_PERMISSIONS_VERSION: Final = "7.0-preview.2"
_UNTOLD: Final = "Azure DevOps does not tell a personal access token's scopes and when it ends: see User settings > Personal access tokens."
_ENDS: Final = "It is valid while its job runs."


class Doctor:
    """Asks about one repository with one credential; each thing once."""

    def __init__(self, connection: Connection, api: Api, credential: Choice) -> None:
        """Take the connection, the repository's API and which credential it uses."""
        self._connection = connection
        self._api = api
        self._credential = credential
        self._user = Once(api.user)
        self._repository = Once(lambda: api.ask(api.at.git, {}, "reading the repository"))
        self._contributes = Once(self._may_contribute)
        self._tips: dict[str, str | None] = {}

    def diagnose(self, ref: PullRequestRef | None) -> Diagnosis:
        """Try everything on a pull request, the newest active one where None is given."""
        accepted(self._user, self._repository)
        user = self._user.maybe()
        if user is not None and user.text("id").casefold() == _ANONYMOUS:
            raise CredentialError(
                f"{HOST} takes the {self._credential.kind} from {self._credential.source} for nobody's: it is wrong, expired or revoked",
                advice=f"Set {self._credential.source} to a valid token of the organization that the repository is in.",
            )
        seen = Once(lambda: snapshot(self._api.pull(ref.number if ref is not None else self._newest())))
        trials = (*self._reading(seen), self._writing(needs.STATUS), self._writing(needs.COMMENT))
        job = self._credential.kind == JOB
        return Diagnosis(
            host="azure-devops",
            server_url=self._connection.server_url,
            repo=self._connection.repo,
            credential=str(self._credential),
            identity=_name(user) if user is not None else "",
            trials=tuple(replace(trial, need=needs.for_a_job(trial.need)) for trial in trials) if job else trials,
            remarks=(_ENDS if job else _UNTOLD,),
        )

    def _newest(self) -> int:
        """Return the newest active pull request: https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-requests/get-pull-requests."""
        operation = "looking for an active pull request"
        query = {"searchCriteria.status": "active", "$top": "1"}
        found = self._api.ask(f"{self._api.at.git}/pullrequests", query, operation).nodes("value")
        if not found:
            raise HostError("no pull request is active, so this could not be tried", operation=operation)
        return found[0].number("pullRequestId")

    def _reading(self, seen: Once[Snapshot]) -> tuple[Trial, ...]:
        return (
            attempt(needs.PULL, lambda: f"read !{seen().number}"),
            attempt(needs.POLICIES, lambda: self._policies(seen())),
            attempt(needs.REPOSITORY, lambda: self._read(seen)),
            attempt(needs.COMPARISON, lambda: self._compare(seen())),
        )

    def _policies(self, seen: Snapshot) -> Node:
        artifact = f"vstfs:///CodeReview/CodeReviewId/{seen.project_id}/{seen.number}"
        query = {"artifactId": artifact, "api-version": PREVIEW, "$top": "1"}
        return self._api.ask(self._api.at.policies, query, "reading the branch policies")

    def _read(self, seen: Once[Snapshot]) -> str:
        pull = seen.maybe()
        branch = pull.base_branch if pull is not None else self._repository().text("defaultBranch").removeprefix("refs/heads/")
        path = self._connection.config_path
        return f"{path} {'is' if self._api.content(path, self._tip(branch)) is not None else 'is not'} on {branch}"

    def _compare(self, seen: Snapshot) -> str:
        """Compare as a run does, and read no more of the changes than the first."""
        if seen.head is None:
            raise HostError(f"{HOST} has not looked at the source branch yet", operation="comparing commits")
        tip = self._tip(seen.base_branch)
        query = {"baseVersion": tip, "baseVersionType": "commit", "targetVersion": seen.head, "targetVersionType": "commit", "$top": "1"}
        found = self._api.ask(f"{self._api.at.git}/diffs/commits", query | {"diffCommonCommit": "true"}, "comparing commits")
        return f"the merge base is {commit_id(found, 'commonCommit')[:12]}"

    def _tip(self, branch: str) -> str:
        if branch not in self._tips:
            self._tips[branch] = self._api.tip(branch)
        found = self._tips[branch]
        if found is None:
            raise HostError(f"{HOST}: there is no branch {branch}", operation="reading the target branch")
        return found

    def _may_contribute(self) -> bool:
        """Ask Azure DevOps itself whether the identity may contribute to pull requests of the repository."""
        repository = self._repository()
        place = f"repoV2/{repository.node('project').text('id')}/{repository.text('id')}"
        url, operation = self._api.at.permission(_REPOSITORIES, _CONTRIBUTE), "asking for the identity's permissions"
        found = self._api.ask(url, {"tokens": place, "api-version": _PERMISSIONS_VERSION}, operation).fields.get("value")
        if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], bool):
            raise unreadable(HOST, "permissions.value", found)
        return found[0]

    def _writing(self, need: Need) -> Trial:
        """Tell whether it may write from the identity's permission; whether a token has the scope, nothing but writing would show."""
        try:
            allowed = self._contributes()
        except (HostError, CredentialError) as error:
            return known(need, Held.UNKNOWN, f"its identity's permissions are not told: {error.message}")
        if not allowed:
            return known(need, Held.NO, f"its identity lacks the permission {needs.CONTRIBUTE}")
        if self._credential.kind == JOB:
            return known(need, Held.YES, f"its identity has the permission {needs.CONTRIBUTE}; a job's token goes by permissions alone")
        return known(need, Held.UNKNOWN, f"its user has the permission {needs.CONTRIBUTE}; Azure DevOps does not tell a token's scopes")


def _name(user: Node) -> str:
    """Return what the identity is called: a person's account where it is told, else the name."""
    properties = user.maybe_node("properties")
    account = properties.maybe_node("Account") if properties is not None else None
    name = user.maybe_text("customDisplayName") or user.maybe_text("providerDisplayName") or user.text("id")
    address = account.maybe_text("$value") if account is not None else None
    return f"{name} ({address})" if address and address != name else name
