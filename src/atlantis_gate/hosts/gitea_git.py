"""How git logs in to a Gitea or Forgejo, and under which addresses people name what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.credentials import GitLogin
from atlantis_gate.hosts.gitea_credentials import JOB, credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice

# A password is looked up as a token first, a job's too, whatever the name: https://github.com/go-gitea/gitea/blob/main/services/auth/basic.go
USER: Final = "oauth2"
# The second is that of the image that runs without root: https://docs.gitea.com/installation/install-with-docker-rootless
_SSH_PORTS: Final = (22, 2222)


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served; a server below a path has that path in its addresses over HTTPS alone. Raises UsageError."""
    del repo, env
    context = normal(server_url)
    return Remote(context=context, replaced=((f"{context}/", over_ssh(host_of(context), _SSH_PORTS)),))


def login(connection: Connection) -> GitLogin:
    """Return the login. Raises CredentialError without a token."""
    server = remote(connection.server_url, connection.repo, connection.env).server
    return GitLogin(server_url=server, username=USER, password=credential(connection.env).secret)


def ends_with_job(choice: Choice) -> bool:
    """Tell whether it is the job's own token: https://docs.gitea.com/usage/actions/token-permissions."""
    return choice.kind == JOB
