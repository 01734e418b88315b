"""Read access to the files of one commit, wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen
class Entry:
    """One name in a directory of a tree."""

    name: str
    is_dir: bool


class Tree(Protocol):
    """Read access to the files of one commit. Paths are relative to the repo root, slash-separated; `.` is the root."""

    def exists(self, path: str) -> bool:
        """Tell whether a file or directory is at `path`."""

    def entries(self, directory: str) -> Sequence[Entry]:
        """Return what a directory holds, sorted by name; nothing for a path that is no directory."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is no such file."""
