"""Where a Bitbucket Data Center's APIs are and which credential the gate uses there."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over
from atlantis_gate.hosts.http import caller
from atlantis_gate.hosts.refusals import Refusal, explaining
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller, Raw, Request
    from atlantis_gate.hosts.credentials import Secret

HOST: Final = "Bitbucket Data Center"
TOKENS: Final = ("ATLANTIS_BITBUCKET_TOKEN", "ATLANTIS_BITBUCKET_TOKEN_FILE", "INPUT_TOKEN", "BITBUCKET_TOKEN")
_OWNER_AND_REPO: Final = 2
# https://github.com/atlassian/dc-app-performance-toolkit/pull/36, https://github.com/jenkinsci/stashnotifier-plugin/issues/263
_DENIED: Final = "x-authentication-denied-reason"
_LOCKED: Final = "CaptchaRequiredAuthenticationException"
_CAPTCHA: Final = "Log in to Bitbucket in a browser as that user, or let an administrator clear the challenge (Administration > Users)."
_MAKE: Final = "Make a new HTTP access token where it has expired."
_GRANT: Final = "Give it, and its user, the permission Repository read."


def base_url(server_url: str) -> str:
    """Return a server's address without trailing slashes, a context path kept. Raises HostError for one that is no web address."""
    found = server_url.strip().rstrip("/")
    if not _usable(found):
        raise HostError(
            f"{HOST}: the server's URL must have the form https://host or https://host/context",
            operation="finding the API",
            advice="Set --host-url to the address that people open Bitbucket at.",
        )
    return found


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and not ("@" in parts.netloc or parts.query or parts.fragment)


def place(repo: str) -> str:
    """Return a repository's place below an API: `KEY/slug`, also `~user/slug` for a personal one. Raises HostError for another form."""
    parts = repo.split("/")
    if len(parts) != _OWNER_AND_REPO or not all(parts):
        advice = "Give --repo as KEY/slug, with the project's key and the repository's slug; as ~user/slug for a personal repository."
        raise HostError(
            f"{HOST}: {repo!r} is not a project's key and a repository's slug", operation="finding the repository", advice=advice
        )
    project, slug = (quote(part, safe="~") for part in parts)
    return f"projects/{project}/repos/{slug}"


def web(base: str, repo: str) -> str:
    """Return the address at which people open a repository; personal ones are below their user."""
    project, _, slug = repo.partition("/")
    owner = f"users/{quote(project[1:], safe='')}" if project.startswith("~") else f"projects/{quote(project, safe='')}"
    return f"{base}/{owner}/repos/{quote(slug, safe='')}"


@frozen
class Credential:
    """What speaks to Bitbucket Data Center: a token and how it was chosen."""

    secret: Secret
    choice: Choice


def credential(env: Mapping[str, str]) -> Credential:
    """Return the first token there is. Raises CredentialError without one, and for one that is another product's."""
    token = first_of(env, TOKENS)
    if token is None:
        raise CredentialError(
            f"no credential for {HOST}: none of {', '.join(TOKENS)} is set",
            advice="Make an HTTP access token with the permission Repository read and set ATLANTIS_BITBUCKET_TOKEN to it.",
        )
    refuse_foreign(token, HOST)
    return Credential(token, Choice("HTTP access token", token.source, passed_over(env, TOKENS, token.source)))


def connect(chosen: Credential, deadline: Deadline) -> Caller:
    """Return a caller that sends a token with every request."""
    # https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html
    headers = {"Authorization": f"Bearer {chosen.secret.reveal()}", "X-Atlassian-Token": "no-check"}
    return explaining(caller(host=HOST, source=chosen.secret.source, headers=headers, deadline=deadline), refusal)


def refusal(request: Request, raw: Raw) -> Refusal | None:
    """Tell why a token is refused: 401 is the answer for a right that lacks, too, with the user of a token that Bitbucket knows."""
    if "captcha" in raw.headers.get(_DENIED, "").casefold() or _LOCKED in raw.text:
        return Refusal(reason="Bitbucket asks its user for a CAPTCHA, as logins have failed too often", advice=_CAPTCHA)
    if raw.status != HTTPStatus.UNAUTHORIZED:
        return None
    user = user_of(raw.headers)
    if user:
        return Refusal(reason=f"it is {user}'s, and lacks {request.needs}", advice=_GRANT)
    return Refusal(reason=f"it is wrong, expired or revoked, or it lacks {request.needs}", advice=f"{_MAKE} {_GRANT}")


def user_of(headers: Mapping[str, str]) -> str:
    """Return the user that Bitbucket takes a token for, empty where it says nobody.

    https://community.developer.atlassian.com/t/obtain-authorised-users-username-from-api/24422
    """
    user = unquote(headers.get("x-ausername", ""))
    return "" if user == "anonymous" else user
