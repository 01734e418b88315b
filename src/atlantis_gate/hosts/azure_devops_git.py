"""How git logs in to Azure DevOps, and under which addresses people name what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.azure_devops_addresses import addresses
from atlantis_gate.hosts.azure_devops_credentials import JOB, credential
from atlantis_gate.hosts.credentials import GitLogin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.azure_devops_addresses import Addresses
    from atlantis_gate.hosts.credentials import Choice

# https://learn.microsoft.com/en-us/azure/devops/extend/develop/work-with-urls: an organization has both addresses.
_SERVICES: Final = "dev.azure.com"
_OLD_SERVICES: Final = ".visualstudio.com"
# https://learn.microsoft.com/en-us/azure/devops/repos/git/use-ssh-keys-to-authenticate
_SSH: Final = "ssh.dev.azure.com"
_OLD_SSH: Final = "vs-ssh.visualstudio.com"


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served: below an organization or a collection, for a token is one's alone. Raises HostError or UsageError.

    An address over SSH lacks the `_git` before the repository's name, so only those of the repo's own project can stand for one over
    HTTPS; none can on a server, whose addresses over SSH are not told anywhere.
    """
    del env
    at = addresses(server_url, repo)
    context = normal(at.collection)
    host = host_of(context)
    if host.endswith(_OLD_SERVICES):
        return _services(at, host.removesuffix(_OLD_SERVICES))
    return _services(at, context.rpartition("/")[2]) if host == _SERVICES else Remote(context=context)


def _services(at: Addresses, organization: str) -> Remote:
    context = f"https://{_SERVICES}/{organization}"
    project = quote(at.project, safe="")
    old = f"https://{organization}{_OLD_SERVICES}"
    logins = (("git", _SSH), ("git", _OLD_SSH), (organization, _OLD_SSH))
    over = tuple(prefix for user, host in logins for prefix in over_ssh(host, path=f"v3/{organization}/{project}/", user=user))
    return Remote(
        context=context,
        replaced=((f"{context}/", (f"{old}/", f"{old}/DefaultCollection/")), (f"{context}/{project}/_git/", over)),
    )


def login(connection: Connection) -> GitLogin:
    """Return the login. The name may be any: the organization's is the one that Azure DevOps writes into the addresses that it shows.

    https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate#use-a-pat-in-your-code
    The job's token is taken in the same way: https://github.com/microsoft/azure-pipelines-extensions/issues/873. Raises CredentialError.
    """
    password = credential(connection.env).secret
    found = remote(connection.server_url, connection.repo, connection.env)
    return GitLogin(server_url=found.server, username=unquote(found.context.rpartition("/")[2]), password=password)


def ends_with_job(choice: Choice) -> bool:
    """Tell whether it is the job's own token."""
    return choice.kind == JOB
