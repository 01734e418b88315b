"""Which credential the gate uses on Gitea and Forgejo."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over
from atlantis_gate.hosts.http import caller
from atlantis_gate.hosts.refusals import Refusal, explaining, words
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller, Raw, Request
    from atlantis_gate.hosts.credentials import Secret

HOST: Final = "Gitea"
TOKENS: Final = ("ATLANTIS_GITEA_TOKEN", "ATLANTIS_GITEA_TOKEN_FILE", "INPUT_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")
# https://docs.gitea.com/usage/actions/actions-variables and https://forgejo.org/docs/latest/user/actions/reference/
MARKERS: Final = ("GITEA_ACTIONS", "FORGEJO_ACTIONS")
# What the runner calls the job's token; elsewhere a variable of this name holds another host's.
JOB_TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - a variable's name
JOB: Final = "job's own token"
_NEW: Final = "Make a new one (Settings > Applications > Generate New Token) and set the variable to it."
# https://github.com/go-gitea/gitea/blob/main/routers/api/v1/api.go (tokenRequiresScopes); Forgejo leaves the second part out.
_SCOPES: Final = re.compile(r"required scope\(s\)(?:, required=|: )\[([^\]]{1,300})\](?:, token scope=([\w:,-]{0,300}))?")


@frozen
class Credential:
    """What speaks to Gitea: a token and how it was chosen."""

    secret: Secret
    choice: Choice


def in_actions(env: Mapping[str, str]) -> bool:
    """Tell whether this is a job of Gitea or Forgejo Actions."""
    return any(env.get(name) == "true" for name in MARKERS)


def credential(env: Mapping[str, str]) -> Credential:
    """Return the first credential there is. Raises CredentialError without one, and for one that is another product's."""
    actions = in_actions(env)
    names = (*TOKENS, JOB_TOKEN) if actions else TOKENS
    token = first_of(env, names)
    if token is None:
        raise CredentialError(
            f"no credential for Gitea: none of {', '.join(names)} is set",
            advice="In Gitea or Forgejo Actions pass the job's token (GITHUB_TOKEN: ${{ github.token }}), elsewhere set GITEA_TOKEN.",
        )
    refuse_foreign(token, HOST)
    # The action's input is the job's token unless it is given another.
    job = actions and (token.source == JOB_TOKEN or token.reveal() == env.get(JOB_TOKEN, "").strip())
    return Credential(token, Choice(JOB if job else "access token", token.source, passed_over(env, names, token.source)))


def session(chosen: Credential, deadline: Deadline) -> Caller:
    """Return a caller that sends a credential with every request."""
    # https://docs.gitea.com/development/api-usage#authentication
    headers = {"Authorization": f"token {chosen.secret.reveal()}"}
    return explaining(caller(host=HOST, source=chosen.secret.source, headers=headers, deadline=deadline), refusal)


def refusal(_: Request, raw: Raw) -> Refusal | None:
    """Tell why Gitea refuses a token, where it says so; it says the same of one that never was and one that was deleted."""
    if raw.status == HTTPStatus.UNAUTHORIZED:
        return Refusal(reason="it is wrong or was deleted, or its user may not log in; a job's token ends with its job", advice=_NEW)
    found = _SCOPES.search(words(raw)) if raw.status == HTTPStatus.FORBIDDEN else None
    if found is None:
        return None
    has = f", and it has {found[2] or 'none'}" if found[2] is not None else ""
    return Refusal(reason=f"the token lacks the scope {found[1]}{has}", advice="", whole=False)


def scopes_in(text: str) -> tuple[str, ...] | None:
    """Return the scopes that a refusal says a token has, None for a text that tells none."""
    found = _SCOPES.search(text)
    return None if found is None or found[2] is None else tuple(sorted(filter(None, found[2].split(","))))
