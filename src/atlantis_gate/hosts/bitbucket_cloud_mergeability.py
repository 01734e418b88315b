"""What keeps a pull request of Bitbucket Cloud from being merged, as far as its API tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.bitbucket_keys import under
from atlantis_gate.model import Blocker, Mergeability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_cloud_pull import Told

_SUCCESSFUL: Final = "SUCCESSFUL"
# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/#api-repositories-workspace-repo-slug-commit-commit-statuses-build-post
_WORDS: Final[Mapping[str, str]] = {"FAILED": "has failed", "INPROGRESS": "is still running", "STOPPED": "was stopped"}
# The page of a pipeline, as the build status of a pipeline links it.
_RESULT: Final = re.compile(r"/pipelines/(?:home#!/)?results/([0-9]+)")
_SHOWN: Final = 3
_UNEXPLAINED: Final = Blocker(
    "other",
    "a failing merge check that Bitbucket does not name, put down to the gate's own running build",
    "Bitbucket says that a merge check fails and does not name it: taken for the gate's own build, which still runs",
    own=True,
)


@frozen
class Build:
    """A build status of the head commit; `own` when it is this run's or one that the gate posts."""

    name: str
    state: str
    own: bool


def builds(statuses: Iterable[Node], told: Told, connection: Connection) -> tuple[Build, ...]:
    """Read the build statuses of a pull request; those of earlier commits count for nothing."""
    return tuple(
        Build(item.maybe_text("name") or item.text("key"), item.text("state"), _own(item, connection))
        for item in statuses
        if _of_head(item, told.head)
    )


def _of_head(status: Node, head: str) -> bool:
    commit = status.maybe_node("commit")
    sha = (commit.maybe_text("hash") or "" if commit else "").lower()
    return not sha or sha.startswith(head) or head.startswith(sha)


def _own(status: Node, connection: Connection) -> bool:
    """Tell whether a status is the gate's own: its contexts, or the pipeline that this run is part of while it runs."""
    if under(status.text("key"), connection.status_name):
        return True
    run, url = connection.run, status.maybe_text("url") or ""
    if status.text("state") != "INPROGRESS" or not url:
        return False
    if run.url and url.rstrip("/") == run.url.rstrip("/"):
        return True
    here = f"{connection.server_url.rstrip('/')}/{connection.repo}/"
    return bool(run.run_id) and url.casefold().startswith(here.casefold()) and _names(url, run.run_id)


def _names(url: str, run_id: str | None) -> bool:
    """Tell whether the page of a pipeline is that of a run, known by its number or its uuid."""
    result = _RESULT.search(unquote(url))
    return (result is not None and result[1] == run_id) or (run_id is not None and run_id.startswith("{") and run_id in unquote(url))


def mergeability(told: Told, conflicts: tuple[str, ...], found: tuple[Build, ...]) -> Mergeability:
    """Name what blocks. Builds and tasks count where Bitbucket says that a merge check fails.

    Bitbucket names no failing merge check (https://jira.atlassian.com/browse/BCLOUD-22014): what remains unexplained is put down to the
    gate's own build, which is still running.
    """
    blockers = [*_conflict(told, conflicts), *([Blocker("draft", "draft", "it is a draft")] if told.draft else [])]
    if told.mergeable is False:
        blockers += [_build(build) for build in found if build.state != _SUCCESSFUL]
        blockers += _tasks(told.tasks)
        if all(blocker.own for blocker in blockers):
            blockers.append(_UNEXPLAINED)
    return Mergeability(tuple(blockers))


def _conflict(told: Told, conflicts: tuple[str, ...]) -> list[Blocker]:
    if not conflicts:
        return []
    more = f" and {len(conflicts) - _SHOWN} more" if len(conflicts) > _SHOWN else ""
    text = f"it conflicts with {told.base_branch} in {', '.join(conflicts[:_SHOWN])}{more}"
    return [Blocker("conflict", "conflict", text)]


def _build(build: Build) -> Blocker:
    return Blocker("check", build.name, f"build {build.name} {_WORDS.get(build.state, 'has not succeeded')}", own=build.own)


def _tasks(open_tasks: int) -> list[Blocker]:
    if open_tasks <= 0:
        return []
    count = "1 task is" if open_tasks == 1 else f"{open_tasks} tasks are"
    return [Blocker("discussion", "tasks", f"{count} open")]
