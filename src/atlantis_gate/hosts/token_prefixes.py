"""Whose token a token is, told from its documented form, so that none is sent to a host that it is not for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.credentials import Secret

# What only one host's tokens look like. Hosts whose tokens have no form of their own (Gitea, older ones of all hosts) are not told.
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    # https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    "GitHub": re.compile(r"gh[pousr]_|github_pat_"),
    # https://docs.gitlab.com/security/tokens/#token-prefixes
    "GitLab": re.compile(r"gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-"),
    # https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/, https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/
    "Bitbucket Cloud": re.compile(r"AT(?:ATT|CTT|BB)[0-9A-Za-z]"),
    # https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html
    "Bitbucket Data Center": re.compile(r"BBDC-"),
    # https://learn.microsoft.com/en-us/purview/sit-defn-azure-devops-personal-access-token
    "Azure DevOps": re.compile(r"[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}\Z"),
}


def owner(token: str) -> str:
    """Return the name of the host whose token this certainly is, empty where nobody can tell."""
    return next((host for host, form in _FORMS.items() if form.match(token)), "")


def refuse_foreign(secret: Secret, host: str) -> None:
    """Raise CredentialError when a token is certainly another host's than `host`; the names are those of this module."""
    found = owner(secret.reveal())
    if found not in {"", host}:
        raise CredentialError(
            f"{secret.source} holds a token of {found}, and the pull request is on {host}; it was not sent there",
            advice=f"Set {secret.source} to a token of {host}, or name the host that is meant with --host and --repo.",
        )
