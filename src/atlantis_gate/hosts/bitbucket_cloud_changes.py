"""What changed between commits on Bitbucket Cloud: lists of files, and what they say of conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.answer import unreadable
from atlantis_gate.hosts.bitbucket_cloud_access import HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts.answer import Node

# What the merge preview called a conflict: https://github.com/runatlantis/atlantis/blob/main/server/events/vcs/bitbucketcloud/client.go
_CONFLICTS: Final = frozenset({"merge conflict", "local deleted"})


@frozen
class Changes:
    """Every path on both sides, those that conflict, and whether anything was renamed."""

    files: tuple[str, ...]
    conflicts: tuple[str, ...]
    renames: bool


def changes(entries: Iterable[Node]) -> Changes:
    """Read the entries of a diffstat. Raises HostError for one without a path, for a rename without both, and for one without a status."""
    files: dict[str, None] = {}
    conflicts: dict[str, None] = {}
    renames = False
    for entry in entries:
        status = entry.text("status")
        sides = [side for side in (entry.maybe_node("old"), entry.maybe_node("new")) if side is not None]
        paths = [side.text("path") for side in sides]
        if not paths or (status == "renamed" and len(paths) == 1):
            raise unreadable(HOST, f"{entry.place}.{'old' if paths else 'new'}", None)
        if not status:
            raise unreadable(HOST, f"{entry.place}.status", None)
        files.update(dict.fromkeys(paths))
        if status in _CONFLICTS:
            conflicts[paths[-1]] = None
        renames = renames or len(set(paths)) > 1
    return Changes(tuple(files), tuple(conflicts), renames)


def may_conflict(ours: Changes, theirs: Changes) -> bool:
    """Tell whether merging two sets of changes to the same commit can conflict at all.

    It cannot where neither touches a path of the other, or a path above one: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented.
    A rename may move what the other side adds beside it, so then it may.
    """
    if not ours.files or not theirs.files:
        return False
    if ours.renames or theirs.renames:
        return True
    mine, other = set(ours.files), set(theirs.files)
    return bool(mine & (other | _above(other)) or other & _above(mine))


def _above(paths: Iterable[str]) -> set[str]:
    """Return every folder that holds one of the paths."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
