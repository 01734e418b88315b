"""Which token the gate uses on GitLab: one that was given, in Atlantis' order, else the job's own, which can do little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.credentials import Secret

TOKENS: Final = ("ATLANTIS_GITLAB_TOKEN", "ATLANTIS_GITLAB_TOKEN_FILE", "INPUT_TOKEN", "GITLAB_TOKEN")
JOB_TOKEN: Final = "CI_JOB_TOKEN"  # noqa: S105 - a variable's name
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#scopes-for-a-project-access-token
ADVICE: Final = (
    "Set GITLAB_TOKEN to a project access token with the role Developer and the scope read_api (api, to post statuses and comments too); "
    "the variable must be masked, and not protected where merge requests come from unprotected branches."
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `job` tells the job's own, which goes in another header and may read little."""

    secret: Secret
    job: bool


def token(env: Mapping[str, str]) -> Token:
    """Return the first token there is. Raises CredentialError without one."""
    given = first_of(env, TOKENS)
    if given is not None:
        return Token(given, job=False)
    own = first_of(env, (JOB_TOKEN,))
    if own is not None:
        return Token(own, job=True)
    raise CredentialError(f"no credential for GitLab: none of {', '.join((*TOKENS, JOB_TOKEN))} is set", advice=ADVICE)
