"""Finding the merged pull request that brought a commit to its branch on Bitbucket Cloud."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.bitbucket_cloud_access import HOST
from atlantis_gate.hosts.bitbucket_cloud_rest import READ_PULL

if TYPE_CHECKING:
    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_cloud_rest import Rest

# 50 is the most that a page of pull requests may hold: https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/1182
_RECENT: Final = 200
_MOST_LINKED: Final = 10
_PAUSES: Final = (1.0, 2.0, 4.0)


def merged_number(rest: Rest, sha: str, deadline: Deadline) -> int:
    """Return the number of the pull request whose merge is a commit. Raises HostError unless it is exactly one.

    The most recent merges are looked through first, since what links commits to pull requests is an app that must be installed.
    """
    pauses = iter(_PAUSES)
    while True:
        found = _recent(rest, sha) or _linked(rest, sha)
        if len(found) == 1:
            return found.pop()
        pause = next(pauses, None)
        if found or pause is None or not deadline.wait(pause, "Bitbucket may list the merged pull request late"):
            raise _no_merge(sha, found)


def _recent(rest: Rest, sha: str) -> set[int]:
    url = rest.url("pullrequests") + "?state=MERGED&sort=-updated_on&pagelen=50"
    listed = islice(rest.pages(url, "finding the merged pull request", READ_PULL), _RECENT)
    return {item.number("id") for item in listed if _merges(item, sha)}


def _linked(rest: Rest, sha: str) -> set[int]:
    """Ask which pull requests a commit was reviewed in: 404 where the app that knows is not installed, an empty 202 while it learns.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-commit-commit-pullrequests-get
    """
    url = rest.url(f"commit/{quote(sha, safe='')}/pullrequests")
    try:
        listed = list(islice(rest.pages(url, "finding the merged pull request", READ_PULL), _MOST_LINKED))
    except HostError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return set()
        raise
    pulls = [rest.node(rest.url(f"pullrequests/{item.number('id')}"), "finding the merged pull request", READ_PULL) for item in listed]
    return {pull.number("id") for pull in pulls if _merges(pull, sha)}


def _merges(pull: Node, sha: str) -> bool:
    merge = pull.maybe_node("merge_commit")
    found = merge.text("hash").lower() if merge else ""
    return pull.text("state") == "MERGED" and bool(found) and (sha.startswith(found) or found.startswith(sha))


def _no_merge(sha: str, found: set[int]) -> HostError:
    which = " and ".join(f"#{number}" for number in sorted(found)) or f"none of the {_RECENT} pull requests merged last"
    return HostError(
        f"{HOST}: commit {sha} is the merge of {which}, and the gate needs exactly one",
        operation="finding the merged pull request",
        advice="Usually the commit was pushed without a pull request. Name the pull request with --pull-request.",
    )
