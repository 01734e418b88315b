"""What a run needs on Bitbucket Cloud, in its own words: the scope of an API token, and the permission of an access token."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atlantis_gate.diagnosis import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions/
# https://support.atlassian.com/bitbucket-cloud/docs/repository-access-token-permissions/
_REPOSITORY: Final = ("read:repository:bitbucket", "Repositories: Read")
_PULL: Final = ("read:pullrequest:bitbucket", "Pull requests: Read")
_NO_USER: Final = ("read:user:bitbucket", "there is none")
_API_TOKEN: Final = "id.atlassian.com > Security > API tokens > Create API token with scopes > Bitbucket, scope {}."  # noqa: S105 - a place
_ACCESS_TOKEN: Final = "Repository settings > Security > Access tokens > Create access token, {}."  # noqa: S105 - a place
_GRANTS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    _REPOSITORY: (_API_TOKEN.format(_REPOSITORY[0]), _ACCESS_TOKEN.format(_REPOSITORY[1])),
    _PULL: (_API_TOKEN.format(_PULL[0]), _ACCESS_TOKEN.format(_PULL[1])),
    _NO_USER: (_API_TOKEN.format(_NO_USER[0]), "An access token cannot have it; use an API token, or leave it."),
}


def _need(name: str, purpose: str, words: tuple[str, str], *, required: bool = True) -> Need:
    api, access = _GRANTS[words]
    grant = f"API token: {api} Access token: {access}"
    return Need(name=name, purpose=purpose, permission="; ".join(words), grant=grant, required=required)


PULL: Final = _need("pull request", "approved; mergeable: drafts and merge checks", _PULL)
FILES: Final = _need("changed files", "which projects it touches; mergeable: conflicts", _PULL)
BUILDS: Final = _need("builds", "mergeable: what a merge check waits for", _PULL)
REPOSITORY: Final = _need("branches and files", "atlantis.yaml, the tip of the base branch", _REPOSITORY)
COMPARISON: Final = _need("comparison", "undiverged", _REPOSITORY)
USER: Final = _need("user", "which comment is the gate's own; else it is found out by trying", _NO_USER, required=False)
STATUS: Final = _need("build statuses, to write", "the gate's statuses", _REPOSITORY, required=False)
REPORT: Final = _need("Code Insights, to write", "the gate's report", _REPOSITORY, required=False)
COMMENT: Final = _need("comment, to write", "the gate's comment", _PULL, required=False)
NEEDS: Final = (PULL, FILES, BUILDS, REPOSITORY, COMPARISON, USER, STATUS, REPORT, COMMENT)


def tailored(need: Need, *, access_token: bool) -> Need:
    """Return a need in the words for the kind of token at hand."""
    words = next(words for words in _GRANTS if "; ".join(words) == need.permission)
    return replace(need, permission=words[access_token], grant=_GRANTS[words][access_token])
