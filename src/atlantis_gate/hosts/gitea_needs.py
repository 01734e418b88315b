"""What a run needs on Gitea and Forgejo, in their own words: the scope of a token and its user's access, and a job's permissions."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from atlantis_gate.diagnosis import Need
from atlantis_gate.hosts.gitea_api import COMMENT as COMMENT_SCOPE
from atlantis_gate.hosts.gitea_api import READ, USER, WRITE

# https://docs.gitea.com/development/oauth2-provider#scopes
# https://docs.gitea.com/usage/access-control/permissions
_TOKEN: Final = "Settings > Applications > Generate New Token, scope {}; its user: the repository's Settings > Collaborators, {}."  # noqa: S105
# https://docs.gitea.com/usage/actions/token-permissions
_OWN: Final = " A job's own token"
_JOB: Final = _OWN + ": from Gitea 1.26 on `permissions: {{{}}}` in the workflow; older ones give it by themselves."
_NEVER: Final = _OWN + " cannot have it."


def _need(name: str, purpose: str, scope: str, access: str, job: str, *, required: bool = True) -> Need:
    """Return a need; `job` is the permission of a job's token, empty where there is none for it."""
    grant = _TOKEN.format(scope, access) + (_JOB.format(job) if job else _NEVER)
    return Need(name=name, purpose=purpose, permission=f"scope {scope}; {access}", grant=grant, required=required)


_READ_CODE: Final = "contents: read"
_READ_PULLS: Final = "pull-requests: read"
PULL: Final = _need("pull request", "mergeable: drafts and conflicts", READ, "Read", _READ_PULLS)
REVIEWS: Final = _need("reviews", "approved", READ, "Read", _READ_PULLS)
FILES: Final = _need("changed files", "which projects it touches", READ, "Read", _READ_PULLS)
BRANCH: Final = _need("branch", "mergeable: what its protection shows to everybody", READ, "Read", _READ_CODE)
STATUSES: Final = _need("commit statuses", "mergeable: required checks", READ, "Read", _READ_CODE)
REPOSITORY: Final = _need("commits and files", "atlantis.yaml; undiverged", READ, "Read", _READ_CODE)
RULES: Final = _need("branch protection", "mergeable: what it shows to administrators alone", READ, "Administrator", "", required=False)
STATUS: Final = _need("statuses, to write", "the gate's statuses", WRITE, "Write", "contents: write", required=False)
COMMENT: Final = _need(
    "comment, to write", "the gate's comment", COMMENT_SCOPE, "Read", "issues: write, pull-requests: write", required=False
)
WHOSE: Final = Need(
    name="user",
    purpose="which comment is the gate's own",
    permission=f"scope {USER}",
    grant=_TOKEN.partition(";")[0].format(USER) + ".",
    required=False,
)
NEEDS: Final = (PULL, REVIEWS, FILES, BRANCH, STATUSES, REPOSITORY, RULES, STATUS, COMMENT, WHOSE)


def for_a_job(need: Need) -> Need:
    """Return a need in the words for a job's own token, which has permissions in place of scopes."""
    _, own, rest = need.grant.partition(_OWN)
    if not own:
        return need
    words = rest.split("`")
    return replace(need, permission=words[1] if len(words) > 1 else need.permission, grant=f"{own}{rest}".strip())
