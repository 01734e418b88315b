"""Which credential the gate uses on GitHub, in Atlantis' order: a user's token, a GitHub App, then what the CI gives by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from github import Auth

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import replace
from atlantis_gate.hosts import github_app
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over
from atlantis_gate.hosts.github_app_key import APP_ID
from atlantis_gate.hosts.github_permissions import PERMISSIONS
from atlantis_gate.hosts.github_session import Session
from atlantis_gate.hosts.github_tokens import Credential, Kind, kind_of
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.github_addresses import Addresses

USER_TOKENS: Final = ("ATLANTIS_GH_TOKEN", "ATLANTIS_GH_TOKEN_FILE")
CI_TOKENS: Final = ("INPUT_TOKEN", "GITHUB_TOKEN", "GITHUB_TOKEN_FILE", "GH_TOKEN", "GH_TOKEN_FILE")
_ORDER: Final = (*USER_TOKENS, APP_ID, *CI_TOKENS)


def session(env: Mapping[str, str], at: Addresses, deadline: Deadline, repo: str) -> Session:
    """Open a session with the first credential there is, for one repository (`owner/name`).

    Raises CredentialError without one, for one that cannot be GitHub's, or when GitHub refuses the App's.
    """
    return Session(at, find(env, at, deadline, repo), deadline)


def find(env: Mapping[str, str], at: Addresses, deadline: Deadline, repo: str, *, everywhere: bool = False) -> Credential:
    """Return the first credential there is; `everywhere`: an App's token may fetch, and that from all repositories it is installed on."""
    found = _token(env, USER_TOKENS) or github_app.credential(env, at, deadline, repo, everywhere=everywhere) or _token(env, CI_TOKENS)
    if found is None:
        needed = ", ".join(f"{item.workflow_key}: {item.full}" for item in PERMISSIONS if item.job and item.key != "metadata")
        raise CredentialError(
            f"no credential for GitHub: none of {', '.join(_ORDER)} is set",
            advice=f"In GitHub Actions pass the job's token (GITHUB_TOKEN: ${{{{ github.token }}}}) with the permissions {needed}.",
        )
    return replace(found, choice=replace(found.choice, passed_over=passed_over(env, _ORDER, found.choice.source)))


def _token(env: Mapping[str, str], names: Iterable[str]) -> Credential | None:
    secret = first_of(env, names)
    if secret is None:
        return None
    refuse_foreign(secret, "GitHub")
    kind = kind_of(secret.reveal())
    if kind is Kind.REFRESH:
        raise CredentialError(
            f"{secret.source} holds a refresh token, with which nothing can be asked",
            advice=f"Set {secret.source} to the access token that came with it (ghu_...), or to one of another kind.",
        )
    return Credential(choice=Choice(kind.value, secret.source), kind=kind, auth=Auth.Token(secret.reveal()))
