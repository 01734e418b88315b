"""The three ways to see the files of a commit: a checkout, a listing, and a tree with paths added."""

from __future__ import annotations

import errno
import os
import stat
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from atlantis_gate.errors import ConfigError, Problem
from atlantis_gate.selection.paths import base, clean, parent
from atlantis_gate.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from atlantis_gate.tree import Tree


def _outside(path: str) -> bool:
    """Tell whether a clean path cannot be in a repository."""
    return path == ".." or path.startswith(("../", "/")) or "\0" in path


class CheckoutTree:
    """A checkout on disk. Links are followed as long as they stay in the checkout; one that leaves it is there, but holds nothing.

    A link to a directory counts as a directory unless it was reached through another link or leads back up, so that walking a tree ends.
    """

    def __init__(self, root: Path) -> None:
        """Take the checkout's directory."""
        self._root = os.path.realpath(root)
        self._places: dict[str, str | None] = {".": self._root}
        self._listings: dict[str, tuple[Entry, ...]] = {}

    def exists(self, path: str) -> bool:
        """Tell whether something is at `path`. What cannot be looked at counts as existing."""
        path = clean(path)
        if _outside(path):
            return False
        try:
            place = self._place(path)
            # Behind a link that leaves the checkout, or a name that is not UTF-8 on disk and that the host gave with a replacement.
            return place is None or "\ufffd" in path or self._is_there(place)
        except (OSError, ValueError):
            return True

    def entries(self, directory: str) -> Sequence[Entry]:
        """Return what a directory holds, sorted by name. Raises ConfigError for one that cannot be listed."""
        directory = clean(directory)
        if directory not in self._listings:
            self._listings[directory] = () if _outside(directory) else self._scan(directory)
        return self._listings[directory]

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None when there is none, or none in the checkout. Raises ConfigError for one that cannot be read."""
        path = clean(path)
        try:
            place = None if _outside(path) else self._place(path)
            goal = None if place is None else self._resolved(place)
            # Nothing but a file: a pipe would be waited for.
            return Path(goal).read_bytes() if goal is not None and stat.S_ISREG(_mode(goal)) else None
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def _holds(self, place: str) -> bool:
        return place == self._root or place.startswith(f"{self._root.rstrip('/')}/")

    def _is_there(self, place: str) -> bool:
        mode = _mode(place)
        if not stat.S_ISLNK(mode):
            return mode != 0
        target = os.path.realpath(place)
        goal = _mode(target)
        return not self._holds(target) or not (goal == 0 or stat.S_ISLNK(goal))

    def _resolved(self, place: str) -> str | None:
        """Return where the link at a place leads, or the place itself when there is none; None when it leads out of the checkout."""
        if stat.S_ISLNK(_mode(place)):
            place = os.path.realpath(place)
        return place if self._holds(place) else None

    def _place(self, path: str) -> str | None:
        """Return where a path lies on disk, the links above it resolved; None behind a link that leaves the checkout."""
        above = self._directory(parent(path))
        return None if above is None else f"{above}/{base(path)}"

    def _directory(self, path: str) -> str | None:
        """Return where a directory lies on disk, all links resolved; None behind a link that leaves the checkout."""
        if path in self._places:
            return self._places[path]
        place = self._root
        for above in accumulate(path.split("/"), "{}/{}".format):
            if above not in self._places:
                self._places[above] = self._resolved(f"{place}/{base(above)}")
            known = self._places[above]
            if known is None:
                return None
            place = known
        return place

    def _scan(self, directory: str) -> tuple[Entry, ...]:
        try:
            place = self._directory(directory)
            if place is None:
                return ()
            with os.scandir(place) as found:
                entries = [Entry(item.name, self._is_dir(item, directory, place)) for item in found]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError) as error:
            raise _unreadable(directory, error) from error
        return tuple(sorted(entries, key=lambda entry: entry.name))

    def _is_dir(self, item: os.DirEntry[str], directory: str, place: str) -> bool:
        if not item.is_symlink():
            return item.is_dir()
        target = os.path.realpath(item.path)
        linked = place != (self._root if directory == "." else f"{self._root}/{directory}")
        leads_up = f"{place}/".startswith(f"{target}/")
        return not linked and not leads_up and self._holds(target) and stat.S_ISDIR(_mode(target))


def _mode(place: str) -> int:
    """Return what lies at a place itself, as the mode that lstat gives; 0 where there is nothing."""
    try:
        return os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return 0


class ListingTree:
    """A commit known by the paths of its files. Contents are read through `read`, where one is given."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None] | None = None) -> None:
        """Take every file's path, and what reads a file by its path."""
        self._directories: dict[str, dict[str, bool]] = {".": {}}
        self._read = read
        for path in paths:
            self._add(clean(path))

    def exists(self, path: str) -> bool:
        """Tell whether a file or a directory is at `path`. What cannot be looked at, behind a link, counts as existing."""
        path = clean(path)
        return path in self._directories or self._is_file(path) or self._link_above(path) is not None

    def entries(self, directory: str) -> Sequence[Entry]:
        """Return what a directory holds, sorted by name."""
        return tuple(Entry(name, is_dir) for name, is_dir in sorted(self._directories.get(clean(directory), {}).items()))

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes. Raises ConfigError when the file is there, or may be behind a link, but nothing can read it."""
        path = clean(path)
        if self._is_file(path) and self._read is not None:
            return self._read(path)
        link = self._link_above(path)
        if link is None and not self._is_file(path):
            return None
        why = "only the names of the files were read" if link is None else f"{link} is a link or a submodule"
        problem = Problem(path, 0, 0, f"its content is not known: {why}")
        raise ConfigError((problem,), advice="Run the gate in a checkout of the pull request's head.")

    def _is_file(self, path: str) -> bool:
        return path not in self._directories and base(path) in self._directories.get(parent(path), {})

    def _link_above(self, path: str) -> str | None:
        """Return what stands in the place of a directory above a path, None where nothing does: git has no file below a file."""
        while path != "." and not _outside(path):
            path = parent(path)
            if self._is_file(path):
                return path
        return None

    def _add(self, path: str) -> None:
        if _outside(path):
            return
        is_dir = False
        while path != ".":
            above = parent(path)
            known = self._directories.setdefault(above, {})
            if known.get(base(path)) is not None:
                known[base(path)] |= is_dir
                return
            known[base(path)] = is_dir
            path, is_dir = above, True


class Overlay:
    """A tree with paths that count as existing besides."""

    def __init__(self, tree: Tree, paths: Iterable[str]) -> None:
        """Take the tree and the paths of the files to add; their directories are added with them."""
        self._tree = tree
        self._added = ListingTree(paths)

    def exists(self, path: str) -> bool:
        """Tell whether the tree or the added paths hold `path`."""
        return self._added.exists(path) or self._tree.exists(path)

    def entries(self, directory: str) -> Sequence[Entry]:
        """Return what the tree and the added paths hold in a directory, sorted by name."""
        merged = {entry.name: entry for entry in (*self._added.entries(directory), *self._tree.entries(directory))}
        return tuple(merged[name] for name in sorted(merged))

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes from the tree; added paths have none."""
        return self._tree.read(path)


def _unreadable(path: str, error: Exception) -> ConfigError:
    problem = Problem(path, 0, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return ConfigError((problem,), advice="Give the gate's user read access to the whole checkout.")
