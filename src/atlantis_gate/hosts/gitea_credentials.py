"""Which credential the gate uses on Gitea and Forgejo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import first_of
from atlantis_gate.hosts.http import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller

HOST: Final = "Gitea"
TOKENS: Final = ("ATLANTIS_GITEA_TOKEN", "ATLANTIS_GITEA_TOKEN_FILE", "INPUT_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")
# https://docs.gitea.com/usage/actions/actions-variables and https://forgejo.org/docs/latest/user/actions/reference/
MARKERS: Final = ("GITEA_ACTIONS", "FORGEJO_ACTIONS")
# What the runner calls the job's token; elsewhere a variable of this name holds another host's.
JOB_TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - a variable's name


def in_actions(env: Mapping[str, str]) -> bool:
    """Tell whether this is a job of Gitea or Forgejo Actions."""
    return any(env.get(name) == "true" for name in MARKERS)


def session(env: Mapping[str, str], deadline: Deadline) -> Caller:
    """Return a caller with the first credential there is. Raises CredentialError without one."""
    names = (*TOKENS, JOB_TOKEN) if in_actions(env) else TOKENS
    token = first_of(env, names)
    if token is None:
        raise CredentialError(
            f"no credential for Gitea: none of {', '.join(names)} is set",
            advice="In Gitea or Forgejo Actions pass the job's token (GITHUB_TOKEN: ${{ github.token }}), elsewhere set GITEA_TOKEN.",
        )
    # https://docs.gitea.com/development/api-usage#authentication
    headers = {"Authorization": f"token {token.reveal()}"}
    return caller(host=HOST, source=token.source, headers=headers, deadline=deadline)
