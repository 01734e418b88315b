"""How git logs in to a Bitbucket Data Center, and under which addresses people name what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.bitbucket_data_center_access import credential
from atlantis_gate.hosts.credentials import GitLogin, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice

# A person's HTTP access token goes with that person's name: https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html
OWNER: Final = "ATLANTIS_BITBUCKET_USER"
# A project's or repository's has no owner. Servers that take it from git at all take it with this name; older ones want it as a bearer:
# https://prd.sdc.t-systems.net/xwiki/wiki/devopsaas/view/Bitbucket/Create%20HTTP%20Access%20Token%20for%20project%20or%20repository%20access/
# https://github.com/backstage/backstage/pull/12711
NOBODY: Final = "x-token-auth"
# https://confluence.atlassian.com/bitbucketserver/enable-ssh-access-to-git-repositories-776640358.html
_SSH_PORTS: Final = (7999, 22)
# Below it git is served over HTTPS, and not over SSH: https://confluence.atlassian.com/bitbucketserver/clone-a-repository-790632786.html
_GIT: Final = "scm"


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served, below the server's context path. Raises UsageError."""
    del repo, env
    context = normal(server_url)
    return Remote(context=context, replaced=((f"{context}/{_GIT}/", over_ssh(host_of(context), _SSH_PORTS)),))


def login(connection: Connection) -> GitLogin:
    """Return the login of a person's token where the person is named, else that of a project's or repository's.

    Raises CredentialError without one.
    """
    found = credential(connection.env)
    user = text_of(connection.env, OWNER)
    if not user.isprintable():
        raise CredentialError(f"{OWNER} does not hold the name of a user", advice="Set it to the name that the token's owner logs in with.")
    server = remote(connection.server_url, connection.repo, connection.env).server
    return GitLogin(server_url=server, username=user or NOBODY, password=found.secret)


def ends_with_job(choice: Choice) -> bool:
    """Tell that it does not: Bitbucket Data Center has no jobs."""
    del choice
    return False
