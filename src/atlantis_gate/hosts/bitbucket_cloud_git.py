"""How git logs in to Bitbucket Cloud, and under which addresses people name what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.bitbucket_cloud_access import credential
from atlantis_gate.hosts.credentials import GitLogin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice

# A person's API token: https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
API_TOKEN_USER: Final = "x-bitbucket-api-token-auth"  # noqa: S105 - a user's name
# A repository's, project's or workspace's: https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
ACCESS_TOKEN_USER: Final = "x-token-auth"  # noqa: S105 - a user's name
_PUBLIC: Final = "bitbucket.org"
# https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/
_SSH_OVER_HTTPS: Final = "ssh://git@altssh.bitbucket.org:443/"


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served; the API's name stands for the server's. Raises UsageError."""
    del repo, env
    context = normal(server_url)
    if host_of(context) in {_PUBLIC, f"www.{_PUBLIC}", f"api.{_PUBLIC}"}:
        context = f"https://{_PUBLIC}"
    host = host_of(context)
    besides = (_SSH_OVER_HTTPS,) if host == _PUBLIC else ()
    return Remote(context=context, replaced=((f"{context}/", (*over_ssh(host), *besides)),))


def login(connection: Connection) -> GitLogin:
    """Return the login of a person's token, which comes with its owner, or of one that belongs to nobody. Raises CredentialError."""
    found = credential(connection.env)
    server = remote(connection.server_url, connection.repo, connection.env).server
    return GitLogin(server_url=server, username=API_TOKEN_USER if found.user else ACCESS_TOKEN_USER, password=found.secret)


def ends_with_job(choice: Choice) -> bool:
    """Tell that it does not: Pipelines gives a step no token for git over HTTPS."""
    del choice
    return False
