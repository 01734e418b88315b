"""Replies by which GitHub refuses a credential as a whole, each with what it means and what to change."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.github_tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.github_tokens import Credential

# A clock that is wrong by less does no harm: PyGithub dates an App's login back by a minute.
_HARMLESS_SECONDS: Final = 30
_TOKEN_PAGES: Final = "Settings > Developer settings > Personal access tokens"  # noqa: S105 - a place on GitHub's pages
_RENEWED: Final[Mapping[Kind, str]] = {
    Kind.CLASSIC: f"Look it up under {_TOKEN_PAGES} > Tokens (classic), regenerate it if it has expired, and set {{source}} anew.",
    Kind.FINE_GRAINED: f"Look it up under {_TOKEN_PAGES} > Fine-grained tokens, regenerate it if it has expired, and set {{source}} anew.",
    Kind.INSTALLATION: "A job's own token ends with the job, a GitHub App's after an hour: set {source} to one made in this job.",
    Kind.APP: "Usually the App was removed, suspended or given another key while the job ran: run the job again.",
}


@frozen
class Refusal:
    """A reply that is no answer: its HTTP status, GitHub's own words on one line, its headers by lower-case name."""

    status: int
    words: str
    headers: Mapping[str, str]


def refused(refusal: Refusal, credential: Credential, operation: str) -> CredentialError | None:
    """Return the error for a reply that refuses the credential as a whole, None for one that only lacks a permission or a thing."""
    found = _policy(refusal)
    if found is None and refusal.status == HTTPStatus.UNAUTHORIZED:
        found = _key(refusal, credential) if credential.kind is Kind.APP_KEY else _token(credential)
    if found is None:
        return None
    why, advice = found
    what = f"GitHub refused the {credential.choice.kind} from {credential.choice.source}"
    said = f"{refusal.status} {refusal.words}".strip()
    return CredentialError(f"{what} ({said}): {why}", advice=advice, operation=operation)


def github_time(headers: Mapping[str, str]) -> float:
    """Return GitHub's own clock where it tells, so that a runner's wrong one does no harm; seconds since 1970."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return time.time()


def _token(credential: Credential) -> tuple[str, str]:
    why = "it is wrong, expired or revoked"
    advice = _RENEWED.get(credential.kind, "Set {source} to a valid token.")
    return why, advice.format(source=credential.choice.source)


# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
# What GitHub says to keys: https://github.com/octokit/auth-app.js/issues/698, https://github.com/octokit/rest.js/issues/218
def _key(refusal: Refusal, credential: Credential) -> tuple[str, str]:
    words, choice = refusal.words, credential.choice
    if "claim ('iat')" in words or "claim ('exp')" in words:
        return _clock(refusal.headers), "Set the clock of the machine that runs the job, usually by switching on its time service (NTP)."
    if "public key" in words:
        return "the App has no private key", f"Make one on the App's page (General > Private keys) and set {choice.source} to it."
    why = f"the key is not one of {choice.kind}'s"
    advice = "Check that ATLANTIS_GH_APP_ID and the key are of the same App on the same server, and that the key was not deleted there."
    return why, advice


def _clock(headers: Mapping[str, str]) -> str:
    seconds = round(time.time() - github_time(headers))
    if abs(seconds) < _HARMLESS_SECONDS:
        return "this machine's clock and GitHub's do not agree"
    return f"this machine's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} GitHub's"


def _policy(refusal: Refusal) -> tuple[str, str] | None:
    """Tell what an organization's rules, not the credential's own permissions, object to."""
    words = refusal.words
    if refusal.headers.get("x-github-sso", "").startswith("required") or "SAML enforcement" in words:
        # https://docs.github.com/en/authentication/authenticating-with-single-sign-on/authorizing-a-personal-access-token-for-use-with-single-sign-on
        advice = f"{_TOKEN_PAGES}: choose Configure SSO beside the token and authorize it. The job's own token and a GitHub App need none."
        return "the organization asks for single sign-on, and the token is not authorized for it", advice
    if "IP allow list" in words:
        # https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization
        advice = "Let an owner of the organization add the runner's address to its IP allow list, or use a runner whose address is on it."
        return "the organization admits listed IP addresses only, and this runner's is not among them", advice
    if "forbids access via" in words:
        # https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/setting-a-personal-access-token-policy-for-your-organization
        advice = "Make a token as GitHub's words ask for, or use the job's own token or a GitHub App."
        return "the organization does not take such a token", advice
    if refusal.status == HTTPStatus.FORBIDDEN and "suspended" in words:
        # https://docs.github.com/en/apps/maintaining-github-apps/suspending-a-github-app-installation
        return "it is suspended", "Let whoever suspended it, an owner of the organization or of the App, take that back."
    if "login attempts" in words:
        return "GitHub locks it out for a while after many wrong logins", "Set the right credential and wait some minutes."
    return None
