"""What a permission is called on GitHub for each kind of credential, and where it is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.github_permissions import UNUSED, permission
from atlantis_gate.hosts.github_tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.github_permissions import Permission

# Whom GraphQL takes the job's own token for.
_JOB: Final = "github-actions[bot]"
# https://docs.github.com/en/apps/maintaining-github-apps/modifying-a-github-app-registration
_ACCESS: Final[Mapping[str, str]] = {"read": "Read-only", "write": "Read and write"}
_OTHER_KINDS: Final = "Use a GitHub App, the job's own token, or a classic token with scope repo"
_NOT_USED: Final = "Nothing to do: the gate asks for no teams."


@frozen(kw_only=True)
class Holder:
    """Who holds permissions: the kind of credential, whom GitHub takes it for, where it came from, and for which repository.

    `page` is where the owner of an App's installation accepts its permissions, empty where it is not known.
    """

    kind: Kind
    identity: str
    source: str
    repo: str
    private: bool = True
    page: str = ""

    @property
    def job(self) -> bool:
        """Tell whether it is the job's own token."""
        return self.kind is Kind.INSTALLATION and self.identity.removesuffix("[bot]") == _JOB.removesuffix("[bot]")

    @property
    def owner(self) -> str:
        """The owner of the repository."""
        return self.repo.partition("/")[0]

    def words(self, key: str, access: str) -> str:
        """Return a permission in GitHub's own words for this kind of credential."""
        item = permission(key)
        if self.kind.scoped:
            return self._scope(item)
        if self.job:
            return f"{item.workflow_key}: {access}"
        return f"{item.label}: {_ACCESS[access]}"

    def grant(self, key: str, access: str) -> str:
        """Say how to give a permission, step by step."""
        item = permission(key)
        if item in UNUSED:
            return _NOT_USED
        if self.kind.scoped:
            return self._grant_user(item, access)
        if self.job:
            return self._grant_job(item, access)
        if self.kind is Kind.FINE_GRAINED:
            return self._grant_token(item, access)
        return self._grant_app(item, access)

    def _scope(self, item: Permission) -> str:
        """Return scopes and the role that a user needs; https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps."""
        if item.key == "members":
            return "read:org"
        scope = "repo" if self.private else "public_repo"
        return f"{scope}, role Admin" if item.key == "administration" else scope

    def _grant_user(self, item: Permission, access: str) -> str:
        who = self.identity or "its user"
        if item.key == "administration":
            return f"Give {who} the role Admin on {self.repo}."
        role = f"needs the role Write on {self.repo}" if access == "write" else f"must see {self.repo}"
        return f"Personal access tokens > Tokens (classic) > the token: tick the scope {self._scope(item)}; {who} {role}."

    def _grant_job(self, item: Permission, access: str) -> str:
        if not item.job:
            return f"A job's own token cannot have it: set up a GitHub App (atlantis-gate github-app create) with {item.label}: Read-only."
        if item.key == "metadata":
            return f"A job's own token sees its own repository only: use a GitHub App that is installed on {self.repo}."
        forks = " Runs for pull requests from forks get read at most." if access == "write" else ""
        return f"Add `{item.workflow_key}: {access}` under `permissions:` in the workflow.{forks}"

    def _grant_token(self, item: Permission, access: str) -> str:
        if not item.fine_grained:
            return f"GitHub offers it for no fine-grained token. {_OTHER_KINDS}."
        page = "Personal access tokens > Fine-grained tokens > the token"
        if item.key == "metadata":
            return f"{page}: choose {self.owner} as resource owner, and {self.repo} under Repository access."
        return f"{page} > Repository permissions > {item.label}: {_ACCESS[access]}."

    def _grant_app(self, item: Permission, access: str) -> str:
        if item.key == "metadata":
            return f"Install the App on {self.repo}{self._at()}"
        older = " Apps made before it was asked for lack it." if item.later else ""
        steps = f"The App's page > Permissions & events > Repository permissions > {item.label}: {_ACCESS[access]}."
        return f"{steps} Then an owner of {self.owner} accepts it{self._at()}{older}"

    def _at(self) -> str:
        return f" ({self.page})." if self.page else "."
