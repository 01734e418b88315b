"""What a run needs on Bitbucket Data Center, in its own words: one permission does."""

from __future__ import annotations

from typing import Final

from atlantis_gate.diagnosis import Need

# https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html
_READ: Final = "Repository read"
_GRANT: Final = "Repository settings > HTTP access tokens > Create token, with the permission Repository read."

PULL: Final = Need(name="pull request", purpose="approved; mergeable: drafts", permission=_READ, grant=_GRANT)
FILES: Final = Need(name="changed files", purpose="which projects it touches", permission=_READ, grant=_GRANT)
MERGE: Final = Need(name="merge check", purpose="mergeable: conflicts and vetoes", permission=_READ, grant=_GRANT)
BUILDS: Final = Need(name="builds", purpose="mergeable: which builds are there and which are required", permission=_READ, grant=_GRANT)
REPOSITORY: Final = Need(name="branches and files", purpose="atlantis.yaml, the tip of the base branch", permission=_READ, grant=_GRANT)
COMPARISON: Final = Need(name="comparison", purpose="undiverged", permission=_READ, grant=_GRANT)
STATUS: Final = Need(name="builds, to write", purpose="the gate's statuses", permission=_READ, grant=_GRANT, required=False)
REPORT: Final = Need(name="Code Insights, to write", purpose="the gate's report", permission=_READ, grant=_GRANT, required=False)
COMMENT: Final = Need(name="comment, to write", purpose="the gate's comment", permission=_READ, grant=_GRANT, required=False)
NEEDS: Final = (PULL, FILES, MERGE, BUILDS, REPOSITORY, COMPARISON, STATUS, REPORT, COMMENT)
