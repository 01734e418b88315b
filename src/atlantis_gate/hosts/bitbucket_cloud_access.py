"""Where Bitbucket Cloud's API is and which credential the gate uses there."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.credentials import Secret, first_of, text_of
from atlantis_gate.hosts.http import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller

HOST: Final = "Bitbucket Cloud"
# https://developer.atlassian.com/cloud/bitbucket/rest/intro/#uri-structure
_API: Final = "https://api.bitbucket.org/2.0"
_VERSION: Final = "/2.0"
_WEB: Final = frozenset({"bitbucket.org", "www.bitbucket.org", "api.bitbucket.org"})
BASE_URLS: Final = ("ATLANTIS_BITBUCKET_BASE_URL", "BITBUCKET_API_URL")
USERS: Final = ("ATLANTIS_BITBUCKET_API_USER", "ATLANTIS_BITBUCKET_USER")
TOKENS: Final = ("ATLANTIS_BITBUCKET_TOKEN", "ATLANTIS_BITBUCKET_TOKEN_FILE")
CI_TOKENS: Final = ("INPUT_TOKEN", "BITBUCKET_ACCESS_TOKEN")
APP_PASSWORDS: Final = ("BITBUCKET_APP_PASSWORD",)
# How Atlassian's tokens begin: https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
_ACCESS_TOKEN: Final = "ATCTT"  # noqa: S105 - how one begins
_APP_PASSWORD: Final = "ATBB"  # noqa: S105 - how one began
_ADVICE: Final = (
    "Make an API token with the scopes read:repository:bitbucket and read:pullrequest:bitbucket and set ATLANTIS_BITBUCKET_TOKEN to it and "
    "ATLANTIS_BITBUCKET_API_USER to its owner's e-mail address; or a repository access token and set BITBUCKET_ACCESS_TOKEN."
)


def api(server_url: str, env: Mapping[str, str]) -> str:
    """Return the API's address without a trailing slash; for a server other than bitbucket.org the variables may say where it is.

    Raises HostError for a URL that is none.
    """
    if _host(server_url) in _WEB:
        return _API
    given = next((env[name].strip() for name in BASE_URLS if env.get(name, "").strip()), server_url).rstrip("/")
    _host(given)
    return given if given.endswith(_VERSION) else given + _VERSION


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and not parts.query and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        advice = f"Set --host-url, or {' or '.join(BASE_URLS)}, to a URL of the form https://host."
        raise HostError(f"{HOST}: the server's URL is not one of the form https://host", operation="finding the API", advice=advice)
    return (urlsplit(url).hostname or "").casefold()


def connect(env: Mapping[str, str], deadline: Deadline) -> Caller:
    """Return a caller with the first credential there is. Raises CredentialError without one, or for an app password."""
    token = first_of(env, TOKENS)
    user = next((text_of(env, name) for name in USERS if text_of(env, name)), "") if token else ""
    token = token or first_of(env, CI_TOKENS)
    if token is None:
        raise _none(env)
    headers = {"Authorization": _authorization(token, user), "X-Atlassian-Token": "no-check"}
    return caller(host=HOST, source=token.source, headers=headers, deadline=deadline)


def _none(env: Mapping[str, str]) -> CredentialError:
    given = next((name for name in APP_PASSWORDS if env.get(name, "").strip()), None)
    if given:
        return _gone(given)
    tried = ", ".join((*TOKENS, *CI_TOKENS))
    return CredentialError(f"no credential for {HOST}: none of {tried} is set", advice=_ADVICE)


def _gone(source: str) -> CredentialError:
    """Return the error for an app password: https://community.atlassian.com/forums/Bitbucket-articles/x/ba-p/3237429 (28 July 2026)."""
    return CredentialError(f"{source} holds an app password, and Bitbucket Cloud takes none since July 2026", advice=_ADVICE)


def _authorization(token: Secret, user: str) -> str:
    """Return the header's value: an API token goes with its owner, an access token alone.

    https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/ and .../using-access-tokens/.
    """
    text = token.reveal()
    if text.startswith(_APP_PASSWORD):
        raise _gone(token.source)
    if not user or text.startswith(_ACCESS_TOKEN):
        return f"Bearer {text}"
    if ":" in user or not user.isprintable():
        raise CredentialError(f"{' or '.join(USERS)} does not hold an e-mail address", advice=_ADVICE)
    return f"Basic {b64encode(f'{user}:{text}'.encode()).decode('ascii')}"
