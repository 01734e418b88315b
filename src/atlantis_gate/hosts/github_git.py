"""How git logs in to a GitHub, and under which addresses people name what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.credentials import GitLogin, Secret
from atlantis_gate.hosts.github_tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice
    from atlantis_gate.hosts.github_tokens import Credential

# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
# GitHub looks at the token alone, so the name does for every kind; actions/checkout sends it with each token, too:
# https://github.com/actions/checkout/blob/main/src/git-auth-helper.ts
USER: Final = "x-access-token"
_PUBLIC: Final = "github.com"
# https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port
_SSH_OVER_HTTPS: Final = "ssh://git@ssh.github.com:443/"
_TENANTS: Final = ".ghe.com"


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served; the API's name stands for the server's, as in `hosts.github_addresses`. Raises UsageError."""
    del repo, env
    context = normal(server_url)
    host = host_of(context)
    web = _PUBLIC if host in {f"www.{_PUBLIC}", f"api.{_PUBLIC}"} else host.removeprefix("api.") if host.endswith(_TENANTS) else host
    context = context.replace(f"//{host}", f"//{web}", 1)
    besides = (_SSH_OVER_HTTPS,) if web == _PUBLIC else ()
    return Remote(context=context, replaced=((f"{context}/", (*over_ssh(web), *besides)),))


def login(connection: Connection, credential: Credential) -> GitLogin:
    """Return the login with a credential; an App's token is made for it, and so its end is known."""
    server = remote(connection.server_url, connection.repo, connection.env).server
    password = Secret(credential.auth.token, credential.choice.source)
    return GitLogin(server_url=server, username=USER, password=password, expires=credential.expires)


def ends_with_job(choice: Choice) -> bool:
    """Tell whether it is an installation's token that somebody else made, as a job's own one is.

    https://docs.github.com/en/actions/concepts/security/github_token
    """
    return choice.kind == Kind.INSTALLATION.value
