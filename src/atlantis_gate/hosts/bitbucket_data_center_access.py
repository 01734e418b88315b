"""Where a Bitbucket Data Center's APIs are and which credential the gate uses there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.credentials import first_of
from atlantis_gate.hosts.http import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller

HOST: Final = "Bitbucket Data Center"
TOKENS: Final = ("ATLANTIS_BITBUCKET_TOKEN", "ATLANTIS_BITBUCKET_TOKEN_FILE", "INPUT_TOKEN", "BITBUCKET_TOKEN")
_OWNER_AND_REPO: Final = 2


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


def connect(env: Mapping[str, str], deadline: Deadline) -> Caller:
    """Return a caller with the first token there is. Raises CredentialError without one."""
    token = first_of(env, TOKENS)
    if token is None:
        raise CredentialError(
            f"no credential for {HOST}: none of {', '.join(TOKENS)} is set",
            advice="Make an HTTP access token with the permission Repository read and set ATLANTIS_BITBUCKET_TOKEN to it.",
        )
    # https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html
    headers = {"Authorization": f"Bearer {token.reveal()}", "X-Atlassian-Token": "no-check"}
    return caller(host=HOST, source=token.source, headers=headers, deadline=deadline)
