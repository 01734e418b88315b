"""What a run needs on GitLab, in GitLab's own words."""

from __future__ import annotations

from typing import Final

from atlantis_gate.diagnosis import Need

# https://docs.gitlab.com/user/project/settings/project_access_tokens/
# https://docs.gitlab.com/user/permissions/
_READ: Final = "scope read_api, role Reporter"
_WRITE: Final = "scope api, role Developer"
_MAKE: Final = "In the project: Settings > Access tokens > Add new token"
_GRANT_READ: Final = f"{_MAKE}; role Reporter or higher, scope read_api."
_GRANT_WRITE: Final = f"{_MAKE}; role Developer or higher, scope api."

MERGE_REQUEST: Final = Need(
    name="merge request", purpose="its commits, whether it is a draft, conflicts, threads", permission=_READ, grant=_GRANT_READ
)
APPROVALS: Final = Need(name="approvals", purpose="approved", permission=_READ, grant=_GRANT_READ)
FILES: Final = Need(name="changed files", purpose="which projects it touches", permission=_READ, grant=_GRANT_READ)
REPOSITORY: Final = Need(
    name="branches and files", purpose="atlantis.yaml, the tip of the target branch", permission=_READ, grant=_GRANT_READ
)
COMPARISON: Final = Need(name="comparison", purpose="undiverged", permission=_READ, grant=_GRANT_READ)
JOBS: Final = Need(name="statuses and jobs", purpose="mergeable: what the pipeline waits for", permission=_READ, grant=_GRANT_READ)
SETTINGS: Final = Need(name="merge settings", purpose="mergeable: whether a pipeline must succeed", permission=_READ, grant=_GRANT_READ)
MERGE_CHECK: Final = Need(
    name="merge check",
    purpose="mergeable: GitLab works it out only for those who may change the merge request; else it may stay `checking`",
    permission="role Developer",
    grant=f"{_MAKE}; role Developer or higher.",
    required=False,
)
STATUS: Final = Need(name="statuses, to write", purpose="the gate's statuses", permission=_WRITE, grant=_GRANT_WRITE, required=False)
COMMENT: Final = Need(name="comment, to write", purpose="the gate's comment", permission=_WRITE, grant=_GRANT_WRITE, required=False)
NEEDS: Final = (MERGE_REQUEST, APPROVALS, FILES, REPOSITORY, COMPARISON, JOBS, SETTINGS, MERGE_CHECK, STATUS, COMMENT)
