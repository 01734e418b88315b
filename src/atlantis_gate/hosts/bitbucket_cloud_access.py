"""Where Bitbucket Cloud's API is and which credential the gate uses there."""

from __future__ import annotations

from base64 import b64encode
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over, text_of
from atlantis_gate.hosts.http import caller
from atlantis_gate.hosts.refusals import Refusal, body, explaining, words
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller, Raw, Request
    from atlantis_gate.hosts.credentials import Secret

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
# How they begin: https://community.atlassian.com/forums/Bitbucket-questions/Re-Re-Can-we-confirm-BitBucket-s-token-prefixes/qaq-p/3096469
_API_TOKEN: Final = "ATAT"  # noqa: S105 - how one begins
_ACCESS_TOKEN: Final = "ATCT"  # noqa: S105 - how one begins
_APP_PASSWORD: Final = "ATBB"  # noqa: S105 - how one began
_APP_PASSWORDS_GONE: Final = "Bitbucket Cloud takes none since July 2026"
# https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
_MAIL: Final = "It is the e-mail address of the Atlassian account that made the token; a user name is for git only."
# The scopes that a credential has: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#scopes
SCOPES: Final = "x-oauth-scopes"
ACCESS_TOKEN: Final = "repository, project or workspace access token"  # noqa: S105 - what one is called
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


@frozen
class Credential:
    """What speaks to Bitbucket Cloud: a token, its owner's e-mail address (empty for an access token), and how it was chosen."""

    secret: Secret
    user: str
    choice: Choice


def credential(env: Mapping[str, str]) -> Credential:
    """Return the first credential there is. Raises CredentialError without one, and for one that Bitbucket Cloud does not take."""
    names = (*TOKENS, *CI_TOKENS, *APP_PASSWORDS)
    token = first_of(env, (*TOKENS, *CI_TOKENS))
    if token is None:
        raise _none(env)
    refuse_foreign(token, HOST)
    text = token.reveal()
    if text.startswith(_APP_PASSWORD):
        raise _gone(token.source)
    # What tells nothing of itself goes with the user in Atlantis' variables, alone in others.
    owned = text.startswith(_API_TOKEN) or (token.source in TOKENS and not text.startswith(_ACCESS_TOKEN))
    user = _owner(env, token) if owned else ""
    kind = "API token" if user else ACCESS_TOKEN
    return Credential(token, user, Choice(kind, token.source, passed_over(env, names, token.source)))


def connect(chosen: Credential, deadline: Deadline) -> Caller:
    """Return a caller that sends a credential with every request.

    https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/ and .../using-access-tokens/.
    """
    text = chosen.secret.reveal()
    basic = f"Basic {b64encode(f'{chosen.user}:{text}'.encode()).decode('ascii')}"
    headers = {"Authorization": basic if chosen.user else f"Bearer {text}", "X-Atlassian-Token": "no-check"}
    return explaining(caller(host=HOST, source=chosen.secret.source, headers=headers, deadline=deadline), refusal)


def refusal(_: Request, raw: Raw) -> Refusal | None:
    """Tell why Bitbucket Cloud refuses a credential, where it says so."""
    said = words(raw).casefold()
    if "app passwords are deprecated" in raw.text.casefold():
        return Refusal(reason=_APP_PASSWORDS_GONE, advice=_ADVICE)
    if raw.status == HTTPStatus.UNAUTHORIZED and "not supported for this endpoint" in said:
        # https://github.com/snyk/user-docs/pull/864: so it is said of an Atlassian token that was made without scopes, too.
        return Refusal(reason="it is wrong or expired, or it was made without scopes for Bitbucket", advice=_ADVICE)
    if raw.status == HTTPStatus.UNAUTHORIZED and "expired" in said:
        return Refusal(reason="it has expired", advice=_ADVICE)
    lacking = _scopes(raw) if raw.status == HTTPStatus.FORBIDDEN else ""
    return Refusal(reason=lacking, advice="", whole=False) if lacking else None


def _scopes(raw: Raw) -> str:
    """Return which scopes a request takes and which the credential has, as the answer or its headers tell.

    https://github.com/gildas/bitbucket-cli/issues/56, https://developer.atlassian.com/cloud/bitbucket/rest/intro/#scopes
    """
    found = body(raw)
    error = found.get("error") if isinstance(found, dict) else None
    detail = error.get("detail") if isinstance(error, dict) else None
    lists = detail if isinstance(detail, dict) else {}
    wanted = _listed(lists.get("required")) or raw.headers.get("x-accepted-oauth-scopes", "")
    granted = _listed(lists.get("granted")) or raw.headers.get(SCOPES, "")
    return f"it takes the scope {wanted}, and the token has {granted or 'none of that kind'}" if wanted else ""


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else ""


def _owner(env: Mapping[str, str], token: Secret) -> str:
    """Return whose token it is, empty where nobody says so."""
    name = next((name for name in USERS if text_of(env, name)), "")
    user = text_of(env, name) if name else ""
    certain = token.reveal().startswith(_API_TOKEN)
    if certain and not user:
        raise CredentialError(
            f"{token.source} holds an API token, and none of {', '.join(USERS)} says whose it is", advice=f"Set {USERS[0]}. {_MAIL}"
        )
    if ":" in user or not user.isprintable() or (certain and "@" not in user):
        raise CredentialError(f"{name} does not hold an e-mail address, and an API token goes with its owner's", advice=_MAIL)
    return user


def _none(env: Mapping[str, str]) -> CredentialError:
    given = next((name for name in APP_PASSWORDS if env.get(name, "").strip()), None)
    if given:
        return _gone(given)
    tried = ", ".join((*TOKENS, *CI_TOKENS))
    return CredentialError(f"no credential for {HOST}: none of {tried} is set", advice=_ADVICE)


def _gone(source: str) -> CredentialError:
    """Return the error for an app password: https://community.atlassian.com/forums/Bitbucket-articles/x/ba-p/3237429 (28 July 2026)."""
    return CredentialError(f"{source} holds an app password, and {_APP_PASSWORDS_GONE}", advice=_ADVICE)
