"""Which token the gate uses on GitLab: one that was given, in Atlantis' order, else the job's own, which can do little."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over
from atlantis_gate.hosts.refusals import Refusal, words
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.calls import Raw, Request
    from atlantis_gate.hosts.credentials import Secret

GITLAB: Final = "GitLab"
TOKENS: Final = ("ATLANTIS_GITLAB_TOKEN", "ATLANTIS_GITLAB_TOKEN_FILE", "INPUT_TOKEN", "GITLAB_TOKEN")
JOB_TOKEN: Final = "CI_JOB_TOKEN"  # noqa: S105 - a variable's name
JOB: Final = "job token"
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#scopes-for-a-project-access-token
ADVICE: Final = (
    "Set GITLAB_TOKEN to a project access token with the role Developer and the scope read_api (api, to post statuses and comments too); "
    "the variable must be masked, and not protected where merge requests come from unprotected branches."
)
# https://docs.gitlab.com/security/tokens/#token-prefixes; a server may put one of its own before them.
_PREFIX: Final = re.compile(r"(?:[\w.]+-)*?(gl[a-z]{2,6})-")
_ACCESS: Final = "glpat"
_JOB_PREFIX: Final = "glcbt"
# What GitLab's API takes from nobody.
_USELESS: Final[Mapping[str, str]] = {
    "gldt": "a deploy token",
    "gloas": "the secret of an OAuth application",
    "glptt": "a pipeline trigger token",
    "glrt": "a runner's token",
    "glrtr": "a runner's token",
    "glft": "a feed token",
    "glimt": "an incoming mail token",
    "glagent": "the token of an agent for Kubernetes",
    "glwt": "a workspace token",
    "glsoat": "a SCIM token",
    "glffct": "the token of a feature flags client",
}
_NEW: Final = "Make a new one (in the project: Settings > Access tokens) and set the variable to it."


@frozen
class Token:
    """A token; `job` tells the job's own, which goes in another header and may read little."""

    secret: Secret
    job: bool
    choice: Choice


def token(env: Mapping[str, str]) -> Token:
    """Return the first token there is. Raises CredentialError without one, and for one that GitLab's API does not take."""
    names = (*TOKENS, JOB_TOKEN)
    found = first_of(env, names)
    if found is None:
        raise CredentialError(f"no credential for GitLab: none of {', '.join(names)} is set", advice=ADVICE)
    refuse_foreign(found, GITLAB)
    text = found.reveal()
    prefix = _PREFIX.match(text)
    name = prefix[1] if prefix else ""
    # Who writes `GITLAB_TOKEN: $CI_JOB_TOKEN` has the job's token, too.
    job = found.source == JOB_TOKEN or name == _JOB_PREFIX or text == env.get(JOB_TOKEN, "").strip()
    if not job:
        _check(text, name, found.source)
    kind = JOB if job else "personal, project or group access token" if name == _ACCESS else "access token"
    return Token(found, job, Choice(kind, found.source, passed_over(env, names, found.source)))


def _check(text: str, prefix: str, source: str) -> None:
    """Refuse what is no access token. An ID token of a job is a JSON Web Token: https://docs.gitlab.com/ci/secrets/id_token_authentication/."""
    what = _USELESS.get(prefix)
    if what is None and text.startswith("eyJ") and text.count(".") == 2:  # noqa: PLR2004 - header, payload, signature
        what = "an ID token of a job"
    if what is not None:
        raise CredentialError(f"{source} holds {what}, and GitLab's API takes none", advice=ADVICE)


def refusal(_: Request, raw: Raw) -> Refusal | None:
    """Tell why GitLab refuses a token, where it says so; https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/api_guard.rb."""
    said = words(raw).casefold()
    if "token is expired" in said:
        return Refusal(reason="it has expired", advice=_NEW)
    if "token was revoked" in said:
        return Refusal(reason="it was revoked", advice=_NEW)
    if "impersonation was disabled" in said:
        return Refusal(reason="it is an impersonation token, and this GitLab allows none", advice=_NEW)
    if "insufficient_scope" in raw.text:
        return Refusal(reason="the token lacks a scope", advice="", whole=False)
    return None
