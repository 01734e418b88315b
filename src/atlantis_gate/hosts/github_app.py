"""A GitHub App's token: which installation it is of, what it may do, and the next one in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from github import Auth

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts.credentials import Choice, text_of
from atlantis_gate.hosts.github_app_key import APP_ID, login
from atlantis_gate.hosts.github_permissions import PERMISSIONS, narrowed
from atlantis_gate.hosts.github_refusals import github_time
from atlantis_gate.hosts.github_session import Session
from atlantis_gate.hosts.github_tokens import Credential, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.github_addresses import Addresses
    from atlantis_gate.hosts.github_replies import Reply

APP_INSTALLATION: Final = "ATLANTIS_GH_APP_INSTALLATION_ID"
_MOST_LISTED: Final = 100
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
_LIFETIME: Final = 3600.0
# A request that is sent must still be answered while the token counts.
_LEAST_LEFT: Final = 60.0
# What git needs to fetch: https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app
_FETCHING: Final = {"contents": "read"}
_ALL: Final = {item.key: item.full for item in PERMISSIONS}


@frozen(kw_only=True)
class _Token:
    """One token: its text, how long it counts from when it was given (seconds), and when it ends."""

    text: str = field(repr=False)
    lifetime: float
    expires: datetime


class InstallationAuth(Auth.Auth):
    """A token of an installation, and the next one when it is about to end; `clock` counts seconds."""

    def __init__(self, trade: Callable[[], _Token], clock: Callable[[], float]) -> None:
        """Take what asks for a token, and ask for the first one."""
        self._trade = trade
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """Ask for another token."""
        asked = self._clock()
        self.current = self._trade()
        self._until = asked + max(0.0, self.current.lifetime - _LEAST_LEFT)

    @property
    def token_type(self) -> str:
        """The word before the token in its header."""
        return "token"

    @property
    def token(self) -> str:
        """A token that counts for a while yet. Raises CredentialError or HostError where GitHub gives none any more."""
        if self._clock() >= self._until:
            self.renew()
        return self.current.text


@frozen(kw_only=True)
class _Asking:
    """The App speaking with its key, for one repository (`owner/name`); `everywhere`: for fetching from all that it is installed on."""

    session: Session
    repo: str
    everywhere: bool

    @property
    def app(self) -> str:
        """What the App is called in texts."""
        return self.session.credential.choice.kind

    def token(self, installation: str, permissions: Mapping[str, str]) -> _Token:
        """Ask for a token with these permissions. Raises HostError where GitHub does not give it."""
        body: dict[str, object] = {"permissions": permissions}
        if not self.everywhere:
            body["repositories"] = [self.repo.partition("/")[2]]
        path = f"/app/installations/{installation}/access_tokens"
        operation, needs = "asking for the GitHub App's token", "an installation of the App"
        return _token(self.session.write("POST", path, body, operation=operation, needs=needs, repeat=True))

    def only_installation(self) -> answer.Node:
        """Return the App's only installation.

        https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app
        """
        found = answer.read_list(self._get(f"?per_page={_MOST_LISTED}", "listing the GitHub App's installations"), "installations")
        if len(found) == 1:
            return found[0]
        names = "; ".join(f"{item.number('id')} ({_account(item)})" for item in found)
        raise CredentialError(
            f"{self.app} has {len(found)} installations, and the gate must know which to use{': ' + names if names else ''}",
            advice=f"Set {APP_INSTALLATION} to one of them." if found else "Install the App on the repository's owner.",
        )

    def installation(self, number: str) -> answer.Node:
        """Return one installation; https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app."""
        return answer.read(self._get(f"/{number}", "reading the GitHub App's installation"), "installation")

    def _get(self, rest: str, operation: str) -> object:
        return self.session.get(f"/app/installations{rest}", operation=operation, needs="the App's own key").value


def credential(env: Mapping[str, str], at: Addresses, deadline: Deadline, repo: str, *, everywhere: bool = False) -> Credential | None:
    """Trade a GitHub App's key for a token that may do what the gate does on one repository, None where no App is set up.

    `everywhere`: for a token that may fetch from every repository that the App is installed on, and nothing else. Raises CredentialError
    for an App that is set up wrongly or that GitHub refuses, HostError when GitHub does not answer.
    """
    key = login(env, deadline.redaction)
    if key is None:
        return None
    named = text_of(env, APP_INSTALLATION)
    if named and not (named.isascii() and named.isdigit()):
        raise CredentialError(
            f"{APP_INSTALLATION} is not a number", advice="It is the last part of the address of the installation's page."
        )
    asking = _Asking(session=Session(at, key, deadline), repo=repo, everywhere=everywhere)
    try:
        number, permissions = _chosen(asking, named)
        auth = InstallationAuth(lambda: _trade(asking, number, permissions), deadline.clock)
    except HostError as error:
        raise _explained(asking, named, error) from None
    return Credential(
        choice=Choice(f"{key.choice.kind}'s installation access token", APP_ID),
        kind=Kind.APP,
        auth=auth,
        expires=auth.current.expires,
        installation=lambda: asking.installation(number),
    )


def granted(installation: answer.Node) -> dict[str, str] | None:
    """Return the permissions of an installation, None where the answer holds none."""
    found = installation.maybe_node("permissions")
    return None if found is None else {name: access for name, access in found.fields.items() if isinstance(access, str)}


def _chosen(asking: _Asking, named: str) -> tuple[str, Mapping[str, str]]:
    """Return the installation's number and the permissions to ask for."""
    if named:
        return named, _ALL
    found = asking.only_installation()
    return str(found.number("id")), _wanted(found)


def _wanted(installation: answer.Node) -> Mapping[str, str]:
    """Return what to ask for: of what the installation has, what the gate uses; all that where it is not told what there is."""
    found = granted(installation)
    # With an empty list GitHub would give everything.
    return _ALL if found is None else narrowed(found) or {"metadata": "read"}


def _trade(asking: _Asking, number: str, permissions: Mapping[str, str]) -> _Token:
    """Ask for a token; where the App lacks one of the permissions, for one with those that it has."""
    try:
        return asking.token(number, _FETCHING if asking.everywhere else permissions)
    except HostError as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or asking.everywhere:
            raise
        return asking.token(number, _wanted(asking.installation(number)))


def _token(reply: Reply) -> _Token:
    found = answer.read(reply.value, "the App's token")
    now = github_time(reply.headers)
    ends = _moment(found.maybe_text("expires_at")) or datetime.fromtimestamp(now, UTC) + timedelta(seconds=_LIFETIME)
    return _Token(text=found.text("token"), lifetime=ends.timestamp() - now, expires=ends)


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _account(installation: answer.Node) -> str:
    account = installation.maybe_node("account")
    return (account.maybe_text("login") or account.maybe_text("slug") if account else None) or "unknown account"


def _explained(asking: _Asking, named: str, error: HostError) -> CredentialError | HostError:
    """Return what a refusal of the App means; an answer that did not come stays what it is."""
    if error.status == HTTPStatus.NOT_FOUND and named:
        what = f"{asking.app} has no installation {named} (any more)"
        advice = f"It was removed, or {APP_INSTALLATION} is another App's: install the App again, or set {APP_INSTALLATION} anew."
    elif error.status == HTTPStatus.NOT_FOUND:
        what, advice = f"there is no {asking.app} on this server", f"Set {APP_ID} to the App's id, at the top of its page."
    elif error.status == HTTPStatus.UNPROCESSABLE_ENTITY and "permissions requested" in error.message:
        what = f"the installation of {asking.app} has none of the permissions that the gate uses"
        advice = "Set them on the App's page (Permissions & events), and let the owner accept them on the installation's page."
    elif error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        what = f"the installation of {asking.app} does not reach {asking.repo}"
        advice = f"Add the repository on the installation's page (Repository access), or set {APP_INSTALLATION} to one of its owner."
    elif error.status == HTTPStatus.FORBIDDEN:
        what, advice = f"GitHub refused {asking.app}", f"Check {APP_ID} and {APP_INSTALLATION}, and the App's page."
    else:
        return error
    return CredentialError(f"{what}; {error.message}", advice=advice)
