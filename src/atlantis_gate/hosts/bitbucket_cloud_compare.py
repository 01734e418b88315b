"""Comparing commits on Bitbucket Cloud: what changed on the base branch since a starting point."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.bitbucket_cloud_changes import Changes, changes
from atlantis_gate.hosts.bitbucket_cloud_rest import READ_REPOSITORY, SHORT, full
from atlantis_gate.hosts.together import Ahead
from atlantis_gate.model import Divergence, State, Unknown

if TYPE_CHECKING:
    from atlantis_gate.hosts.bitbucket_cloud_rest import Rest
    from atlantis_gate.model import PullRequest

_NOTHING: Final = Changes((), (), renames=False)


@frozen
class Comparison:
    """The merge base of two commits and what changed from it to the second one."""

    merge_base: str
    changes: Changes


class Comparer:
    """Compares commits of one repository, each pair once."""

    def __init__(self, rest: Rest) -> None:
        """Take the repository's API."""
        self._rest = rest
        self._ahead = Ahead()
        self._known: dict[tuple[str, str], Comparison] = {}

    def start(self, start: str, tip: str) -> None:
        """Begin to find out what `since` returns."""
        if start != tip and (start, tip) not in self._known:
            self._ahead.start(self._merge_base, start, tip)
            self._ahead.start(self._changed, start, tip)

    def since(self, start: str, tip: str) -> Comparison:
        """Return what changed on a branch since it and `start` parted. Raises HostError, of status 404 for commits that are not there."""
        if (start, tip) not in self._known:
            self.start(start, tip)
            base = self._ahead.ask(self._merge_base, start, tip)
            self._known[start, tip] = Comparison(base, _NOTHING if base == tip else self._ahead.ask(self._changed, start, tip))
        return self._known[start, tip]

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        merged = pull.merge_sha if pull.state is State.MERGED else None
        start = (planned_on or merged or pull.head_sha).lower()
        if not SHORT.fullmatch(start):
            return Unknown("the starting point is not a commit id")
        if start == pull.base_sha:
            return Divergence(pull.base_sha, start, ())
        try:
            found = self.since(start, pull.base_sha)
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Unknown(
                    f"Bitbucket cannot compare {start} with {pull.base_branch}: one is not in this repository, or they share no history"
                )
            raise
        if (planned_on or merged) and not found.merge_base.startswith(start):
            return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more)")
        return Divergence(pull.base_sha, found.merge_base, found.changes.files)

    def _merge_base(self, start: str, tip: str) -> str:
        """Return where two commits parted.

        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/#api-repositories-workspace-repo-slug-merge-base-revspec-get
        """
        spec = quote(f"{start}..{tip}", safe="")
        node = self._rest.node(self._rest.url(f"merge-base/{spec}"), f"comparing {start[:12]} with {tip[:12]}", READ_REPOSITORY)
        return full(node, "")

    def _changed(self, start: str, tip: str) -> Changes:
        """Return what changed up to `tip` since it and `start` parted.

        The commit with the changes comes first, and `topic=true` compares it with the merge base of the two:
        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/#api-repositories-workspace-repo-slug-diffstat-spec-get
        """
        url = self._rest.url(f"diffstat/{quote(f'{tip}..{start}', safe='')}") + "?topic=true"
        return changes(self._rest.pages(url, f"listing what changed from {start[:12]} to {tip[:12]}", READ_REPOSITORY))
