"""How git logs in to a GitLab, and under which addresses people name what is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.git_files import Remote, host_of, normal, over_ssh
from atlantis_gate.hosts.credentials import GitLogin
from atlantis_gate.hosts.gitlab_addresses import is_here
from atlantis_gate.hosts.gitlab_credentials import JOB, token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.credentials import Choice

# With a token any name but an empty one does; for OAuth this one was once the only one:
# https://docs.gitlab.com/user/profile/personal_access_tokens/#clone-repository-using-personal-access-token
# https://gitlab.com/gitlab-org/gitlab/-/merge_requests/152282
USER: Final = "oauth2"
# A job's token goes with this name and with no other: https://docs.gitlab.com/ci/jobs/ci_job_token/
JOB_USER: Final = "gitlab-ci-token"
# https://docs.gitlab.com/user/gitlab_com/#alternative-ssh-port
_PUBLIC: Final = "gitlab.com"
_SSH_OVER_HTTPS: Final = "ssh://git@altssh.gitlab.com:443/"
# https://docs.gitlab.com/ci/variables/predefined_variables/
_SSH_HOST: Final = "CI_SERVER_SHELL_SSH_HOST"
_SSH_PORT: Final = "CI_SERVER_SHELL_SSH_PORT"
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")


def remote(server_url: str, repo: str, env: Mapping[str, str]) -> Remote:
    """Return where git is served; a job of this very GitLab knows where it is served over SSH. Raises UsageError.

    A GitLab below a path has that path in its addresses over HTTPS, and not in those over SSH.
    """
    del repo
    context = normal(server_url)
    host = host_of(context)
    prefixes = [*over_ssh(host), *((_SSH_OVER_HTTPS,) if host == _PUBLIC else ())]
    if is_here(server_url, env):
        name, port = env.get(_SSH_HOST, ""), env.get(_SSH_PORT, "")
        prefixes += over_ssh(name if _HOST_NAME.fullmatch(name) else host, (port if _PORT.fullmatch(port) else "22",))
    return Remote(context=context, replaced=((f"{context}/", tuple(dict.fromkeys(prefixes))),))


def login(connection: Connection) -> GitLogin:
    """Return the login of a token, or of the job's own. Raises CredentialError without one."""
    found = token(connection.env)
    server = remote(connection.server_url, connection.repo, connection.env).server
    return GitLogin(server_url=server, username=JOB_USER if found.job else USER, password=found.secret)


def ends_with_job(choice: Choice) -> bool:
    """Tell whether it is the job's own token."""
    return choice.kind == JOB
