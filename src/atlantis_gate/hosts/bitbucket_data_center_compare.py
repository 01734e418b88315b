"""Comparing commits on Bitbucket Data Center: what changed on the base branch since a starting point."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.bitbucket_data_center_pull import files
from atlantis_gate.hosts.bitbucket_data_center_rest import SHA, sha_of
from atlantis_gate.model import Divergence, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.bitbucket_data_center_rest import Rest
    from atlantis_gate.model import PullRequest


@frozen
class Ahead:
    """The commits that a branch has and a commit lacks: the branch's tip, and the commits where the two part."""

    tip: str
    parting: frozenset[str]


def divergence(rest: Rest, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
    """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
    merged = pull.merge_sha if pull.state is State.MERGED else None
    start = (planned_on or merged or pull.head_sha).lower()
    if not SHA.fullmatch(start):
        return Unknown("the starting point is not a full commit id")
    if start == pull.base_sha:
        return Divergence(pull.base_sha, start, ())
    try:
        ahead = _ahead(rest, f"refs/heads/{pull.base_branch}", start)
    except HostError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return Unknown(f"Bitbucket cannot compare {start} with {pull.base_branch}: one of them is not in this repository (any more)")
        raise
    if (planned_on or merged) and start not in (ahead.parting if ahead else {pull.base_sha}):
        return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more)")
    if ahead is None:
        return Divergence(pull.base_sha, start if planned_on or merged else pull.base_sha, ())
    return Divergence(ahead.tip, _merge_base(rest, ahead, start), _changed(rest, ahead.tip, start))


def tip(rest: Rest, branch: str) -> str:
    """Return the commit that a branch is at."""
    query = urlencode({"until": f"refs/heads/{branch}", "limit": 1})
    page = rest.node(f"{rest.url('commits')}?{query}", "reading the base branch")
    return sha_of(page.nodes("values")[0], "id") if page.fields.get("values") else sha_of(page, "values")


def _ahead(rest: Rest, branch: str, start: str) -> Ahead | None:
    """Return what a branch has and `start` lacks, None when it is nothing.

    https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-compare-commits-get
    """
    pages = rest.pages(rest.url("compare/commits"), f"comparing {start[:12]} with the base branch", {"from": branch, "to": start})
    parents: Mapping[str, set[str]] = {
        sha_of(commit, "id"): {sha_of(parent, "id") for parent in commit.nodes("parents")}
        for page in pages
        for commit in page.nodes("values")
    }
    if not parents:
        return None
    every = set().union(*parents.values())
    tips = parents.keys() - every
    if len(tips) != 1:
        raise HostError("Bitbucket Data Center's list of commits has not one newest commit", operation="comparing commits")
    return Ahead(tips.pop(), frozenset(every - parents.keys()))


def _merge_base(rest: Rest, ahead: Ahead, start: str) -> str:
    """Return where a branch and `start` part; asked for where they part in several places.

    https://developer.atlassian.com/server/bitbucket/rest/v902/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-commits-commitid-merge-base-get
    """
    if len(ahead.parting) == 1 or start in ahead.parting:
        return start if start in ahead.parting else next(iter(ahead.parting))
    path = f"commits/{quote(ahead.tip, safe='')}/merge-base?{urlencode({'otherCommitId': start})}"
    try:
        return sha_of(rest.node(rest.url(path), f"comparing {start[:12]} with the base branch"), "id")
    except HostError as error:
        # An older server cannot tell; what changed is compared with the start all the same.
        if error.status == HTTPStatus.NOT_FOUND:
            return start
        raise


def _changed(rest: Rest, newest: str, start: str) -> tuple[str, ...]:
    """Return what changed on the branch since it parted from `start`.

    https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-compare-changes-get
    """
    pages = rest.pages(rest.url("compare/changes"), "listing what changed on the base branch", {"from": newest, "to": start}, limit=1_000)
    return files(change for page in pages for change in page.nodes("values"))
