"""Builds of a commit on Bitbucket Data Center: which are the gate's own, and whether only those are missing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.bitbucket_keys import under
from atlantis_gate.hosts.run_pages import same_run
from atlantis_gate.hosts.together import Ahead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_data_center_rest import Rest
    from atlantis_gate.model import PullRequest

_SUCCESSFUL: Final = "SUCCESSFUL"
# https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-builds-and-deployments/#api-api-latest-projects-projectkey-repos-repositoryslug-commits-commitid-builds-post
_WORDS: Final[Mapping[str, str]] = {"FAILED": "has failed", "INPROGRESS": "is still running", "CANCELLED": "was cancelled"}
# Bitbucket keeps no more of a commit in this list: https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-deprecated/
_MOST: Final = 100


@frozen
class Build:
    """A build of the head commit; `keys` are its key and its parent's, `own` when it is this run's or one that the gate posts."""

    keys: frozenset[str]
    name: str
    state: str
    own: bool

    @property
    def good(self) -> bool:
        """Tell whether it has succeeded."""
        return self.state == _SUCCESSFUL


@frozen
class Builds:
    """All builds of the head commit and the keys of builds that the base branch requires; `lacking` says in words what lacks."""

    lacking: tuple[str, ...]
    only_own: bool


def builds(rest: Rest, pull: PullRequest, connection: Connection) -> Builds:
    """Find out which builds lack, and whether it is certain that only the gate's own do."""
    ahead = Ahead()
    ahead.start(_required, rest, pull.base_branch)
    found = _listed(rest, pull.head_sha, connection)
    lacking = tuple(
        f"build {build.name} {_WORDS.get(build.state, 'has not succeeded')}" for build in found if not (build.good or build.own)
    )
    if lacking or len(found) >= _MOST:
        return Builds(lacking, only_own=False)
    missing = ahead.ask(_required, rest, pull.base_branch) - {key for build in found if build.good for key in build.keys}
    own = {key for build in found if build.own for key in build.keys}
    others = sorted(key for key in missing if key not in own and not under(key, connection.status_name))
    running = any(build.own and not build.good for build in found)
    return Builds(tuple(f"build {key} has not succeeded" for key in others), only_own=not others and (bool(missing) or running))


def _listed(rest: Rest, sha: str, connection: Connection) -> Sequence[Build]:
    url = rest.global_url(f"build-status/latest/commits/{quote(sha, safe='')}")
    pages = rest.pages(url, "listing the builds")
    return [_build(item, connection) for page in pages for item in page.nodes("values")]


def _build(item: Node, connection: Connection) -> Build:
    key, url, state = item.text("key"), item.maybe_text("url") or "", item.text("state")
    own = under(key, connection.status_name) or (state == "INPROGRESS" and same_run(connection.run.url, url))
    keys = frozenset(filter(None, (key, item.maybe_text("parent"))))
    return Build(keys, item.maybe_text("name") or key, state, own)


def _required(rest: Rest, branch: str) -> set[str]:
    """Return the keys of the builds that merging into a branch requires; a condition for a pattern of branches counts always.

    https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-builds-and-deployments/#api-required-builds-latest-projects-projectkey-repos-repositoryslug-conditions-get
    """
    url = rest.url("conditions", "required-builds/latest")
    try:
        items = [item for page in rest.pages(url, "listing the required builds") for item in page.nodes("values")]
    except HostError as error:
        # Before 7.14 there are no required builds.
        if error.status == HTTPStatus.NOT_FOUND:
            return set()
        raise
    return {key for item in items if _concerns(item.maybe_node("refMatcher"), branch) for key in item.texts("buildParentKeys")}


def _concerns(matcher: Node | None, branch: str) -> bool:
    kind = matcher.maybe_node("type") if matcher else None
    if matcher is None or kind is None or kind.maybe_text("id") != "BRANCH":
        return True
    return matcher.maybe_text("id") in {f"refs/heads/{branch}", branch, None}
