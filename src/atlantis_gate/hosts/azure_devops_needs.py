"""What a run needs on Azure DevOps, in its own words: the scope of a token, and the permission of the identity behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from atlantis_gate.diagnosis import Need

# https://learn.microsoft.com/en-us/azure/devops/integrate/get-started/authentication/oauth#available-scopes
# https://learn.microsoft.com/en-us/azure/devops/organizations/security/permissions#git-repository-object-level
_READ: Final = "Read"
CONTRIBUTE: Final = "Contribute to pull requests"
_SCOPE: Final = "scope "
_TOKEN: Final = "Token: User settings > Personal access tokens > New Token > Custom defined, {}. "  # noqa: S105 - a place
_ALLOW: Final = (
    "Permission: Project settings > Repositories > the repository > Security > the identity (a pipeline's is `<project> Build Service "
    "(<organization>)`) > {}: Allow."
)


def _need(name: str, purpose: str, scope: str, permission: str = _READ, *, required: bool = True) -> Need:
    grant = _TOKEN.format(scope) + _ALLOW.format(permission)
    return Need(name=name, purpose=purpose, permission=f"{_SCOPE}{scope}; permission {permission}", grant=grant, required=required)


PULL: Final = _need("pull request", "approved; mergeable: drafts, conflicts, votes", "Code (Read)")
POLICIES: Final = _need("policy evaluations", "mergeable: the branch policies", "Code (Read)")
REPOSITORY: Final = _need("branches and files", "atlantis.yaml, the tip of the target branch", "Code (Read)")
COMPARISON: Final = _need("comparison", "which projects it touches; undiverged", "Code (Read)")
STATUS: Final = _need("statuses, to write", "the gate's statuses", "Code (Status)", CONTRIBUTE, required=False)
COMMENT: Final = _need("comment, to write", "the gate's comment", "Pull Request Threads (Read & write)", CONTRIBUTE, required=False)
NEEDS: Final = (PULL, POLICIES, REPOSITORY, COMPARISON, STATUS, COMMENT)


def for_a_job(need: Need) -> Need:
    """Return a need in the words for a job's own token, which has no scopes."""
    return replace(need, permission=need.permission.partition("; ")[2], grant=need.grant[need.grant.index("Permission: ") :])
