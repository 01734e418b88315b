"""Which credential the gate uses on GitHub, in Atlantis' order: a user's token, a GitHub App, then what the CI gives by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import jwt
from github import Auth

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts.credentials import Secret, first_of, text_of
from atlantis_gate.hosts.github_session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.github_addresses import Addresses

USER_TOKENS: Final = ("ATLANTIS_GH_TOKEN", "ATLANTIS_GH_TOKEN_FILE")
APP_ID: Final = "ATLANTIS_GH_APP_ID"
APP_KEYS: Final = ("ATLANTIS_GH_APP_KEY", "ATLANTIS_GH_APP_KEY_FILE")
APP_INSTALLATION: Final = "ATLANTIS_GH_APP_INSTALLATION_ID"
CI_TOKENS: Final = ("INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
PERMISSIONS: Final = "contents: read, pull-requests: read, checks: read, statuses: write, actions: read"
_MOST_LISTED: Final = 100


def session(env: Mapping[str, str], at: Addresses, deadline: Deadline) -> Session:
    """Open a session with the first credential there is. Raises CredentialError without one, or when GitHub refuses the App's."""
    token = first_of(env, USER_TOKENS) or _app_token(env, at, deadline) or first_of(env, CI_TOKENS)
    if token is None:
        tried = ", ".join((*USER_TOKENS, APP_ID, *CI_TOKENS))
        raise CredentialError(
            f"no credential for GitHub: none of {tried} is set",
            advice=f"In GitHub Actions pass the job's token (GITHUB_TOKEN: ${{{{ github.token }}}}) with the permissions {PERMISSIONS}.",
        )
    return Session(at, Auth.Token(token.reveal()), token.source, deadline)


def _app_token(env: Mapping[str, str], at: Addresses, deadline: Deadline) -> Secret | None:
    """Trade a GitHub App's key for an installation's token, None where no App is set up."""
    app_id = text_of(env, APP_ID)
    if not app_id:
        return None
    app = Session(at, Auth.AppAuthToken(_app_jwt(app_id, _app_key(env))), APP_ID, deadline)
    chosen = text_of(env, APP_INSTALLATION) or _only_installation(app)
    path = f"/app/installations/{quote(chosen, safe='')}/access_tokens"
    try:
        reply = app.write("POST", path, {}, operation="asking for the GitHub App's token", needs="an installation of the App", repeat=True)
    except HostError as error:
        advice = f"Check {APP_ID} and {APP_INSTALLATION}, and that the App is installed and not suspended."
        raise CredentialError(error.message, advice=advice) from None
    return Secret(answer.read(reply.value, "the App's token").text("token"), APP_ID)


def _app_key(env: Mapping[str, str]) -> Secret:
    given = [name for name in APP_KEYS if env.get(name, "").strip()]
    if len(given) != 1:
        raise CredentialError(
            f"{APP_ID} needs exactly one of {' and '.join(APP_KEYS)}; {'both are' if given else 'neither is'} set",
            advice="Set one of them to the App's private key (PEM), or to the path of the file that holds it.",
        )
    # A key that was put into one line, as secrets often are.
    return Secret(text_of(env, given[0]).replace("\\n", "\n"), given[0])


def _app_jwt(app_id: str, key: Secret) -> str:
    try:
        return Auth.AppAuth(app_id, key.reveal()).token
    except (ValueError, TypeError, AssertionError, jwt.PyJWTError):
        raise CredentialError(
            f"{key.source} does not hold a private key that can be used",
            advice="It must be the PEM text that GitHub gave for the App, from -----BEGIN to -----END.",
        ) from None


def _only_installation(app: Session) -> str:
    """Return the id of the App's only installation; https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app."""
    reply = app.get(
        f"/app/installations?per_page={_MOST_LISTED}", operation="listing the GitHub App's installations", needs="the App's own key"
    )
    found = answer.read_list(reply.value, "installations")
    if len(found) == 1:
        return str(found[0].number("id"))
    names = "; ".join(f"{item.number('id')} ({_account(item)})" for item in found)
    raise CredentialError(
        f"the GitHub App has {len(found)} installations, and the gate must know which to use{': ' + names if names else ''}",
        advice=f"Set {APP_INSTALLATION} to one of them." if found else "Install the App on the repository's owner.",
    )


def _account(installation: answer.Node) -> str:
    account = installation.maybe_node("account")
    return (account.maybe_text("login") or account.maybe_text("slug") if account else None) or "unknown account"
