"""The local checkout: which commit it holds, and whether it is the pull request's."""

from __future__ import annotations

import errno
import posixpath
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.model import PullRequest, Run
    from atlantis_gate.tree import Tree

_SYMBOLIC: Final = "ref: "
_GIT_SECONDS: Final = 30
_MOST_OF_A_COMMIT: Final = 65_536
# As many as Linux follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html
_MOST_LINKS: Final = 40
# What is written there goes to a terminal, a pipe, or a file that others write too.
_DEVICES: Final = "/dev"


def holds(root: Path, tree: Tree, pull: PullRequest, run: Run, expected: Iterable[str]) -> bool:
    """Tell whether the files in `root` are this pull request's: its head, a merge of it, or a local commit on it.

    Without a clone, `expected` are paths of which at least one is there if they are. A sparse checkout is not taken: what it
    leaves out would look deleted.
    """
    if not root.is_dir() or _sparse(root):
        return False
    commit = commit_of(root)
    if not commit:
        return any(tree.exists(path) for path in expected)
    return commit in (pull.head_sha, pull.merge_sha, run.merge_sha) or pull.head_sha in _parents(root, commit)


def _parents(root: Path, commit: str) -> tuple[str, ...]:
    """Return the parents of a commit that was made here (a CI's own merge, a commit of generated files), none where it cannot be read.

    Such a commit is a loose object: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    try:
        held = (_store(_git_folder(root)) / "objects" / commit[:2] / commit[2:]).read_bytes()
        text = zlib.decompressobj().decompress(held, _MOST_OF_A_COMMIT).decode("utf-8", "replace")
    except (OSError, UnicodeDecodeError, zlib.error):
        return ()
    header = text.partition("\n\n")[0]
    return tuple(line.removeprefix("parent ") for line in header.splitlines() if line.startswith("parent "))


def commit_of(root: Path) -> str:
    """Return the commit that is checked out, empty when that cannot be read. git is not asked: it may be missing, or mistrust the owner."""
    try:
        folder = _git_folder(root)
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith(_SYMBOLIC):
            return head
        return _resolve(folder, head.removeprefix(_SYMBOLIC))
    except (OSError, UnicodeDecodeError):
        return ""


def _git_folder(root: Path) -> Path:
    """Return the repository's folder; in a worktree or a submodule `.git` is a file that names it (git-worktree(1))."""
    git = root / ".git"
    if git.is_file():
        named = git.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
        return root / named
    return git


def _resolve(folder: Path, ref: str) -> str:
    store = _store(folder)
    if (store / ref).is_file():
        return (store / ref).read_text(encoding="utf-8").strip()
    packed = (store / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {ref}")), "")


def _store(folder: Path) -> Path:
    """Return where a repository keeps its objects and refs: a worktree's lie in its main repository."""
    common = folder / "commondir"
    return folder / common.read_text(encoding="utf-8").strip() if common.is_file() else folder


def _sparse(root: Path) -> bool:
    try:
        return (_git_folder(root) / "info" / "sparse-checkout").is_file()
    except (OSError, UnicodeDecodeError):
        return True


def file_in_clone(root: Path, path: str, commit: str) -> bytes | None:
    """Return a file at a commit from the local clone, None when the commit has no such file.

    Raises LookupError when there is no git, no clone, or the clone lacks the commit.
    """
    if not commit.isalnum() or not (root / ".git").exists():
        raise LookupError(commit)
    import subprocess  # noqa: PLC0415 - git is hardly ever asked

    # The clone's owner is often another user in a container; only this one command trusts it.
    git = ["git", "--literal-pathspecs", "-c", f"safe.directory={root.resolve()}", "-C", str(root)]
    try:
        known = subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False, timeout=_GIT_SECONDS)  # noqa: S603 - no shell, a checked commit
        if known.returncode:
            raise LookupError(commit)
        listed = subprocess.run([*git, "ls-tree", "-z", commit, "--", path], capture_output=True, check=True, timeout=_GIT_SECONDS)  # noqa: S603 - no shell
        if not listed.stdout:
            return None
        return subprocess.run([*git, "cat-file", "blob", f"{commit}:{path}"], capture_output=True, check=True, timeout=_GIT_SECONDS).stdout  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(commit) from error


def path_inside(root: Path, path: Path) -> str | None:
    """Return `path` relative to the checkout, slash-separated, None when it lies outside. Links are resolved on both sides."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None


def put(root: Path, path: Path, text: str) -> None:
    """Write a file. One in the checkout takes the place of whatever has its name there: a link is the pull request's, and is not followed.

    Raises OSError, also for a folder of the checkout that leads out of it.
    """
    if _foreign(root, path):
        path.write_text(text, encoding="utf-8")
        return
    _check_folder(root, path)
    import secrets  # noqa: PLC0415 - files are hardly ever written

    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with fresh.open("x", encoding="utf-8") as file:
        file.write(text)
    try:
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def withdraw(root: Path, path: Path) -> None:
    """Take a file away; in the checkout whatever has its name, outside the file that a link leads to. Raises OSError."""
    if not _foreign(root, path):
        _check_folder(root, path)
        path.unlink(missing_ok=True)
    elif path.is_file() and not path.absolute().is_relative_to(_DEVICES):
        path.resolve().unlink(missing_ok=True)


def _foreign(root: Path, path: Path) -> bool:
    """Tell whether a file lies outside the checkout by its name."""
    return name_inside(root, path) is None or path.absolute().is_relative_to(_DEVICES)


def _check_folder(root: Path, path: Path) -> None:
    if path_inside(root, path.parent) is None:
        raise OSError(errno.ELOOP, "its folder is a link that leads out of the checkout")


def passed(root: Path, path: Path) -> tuple[str, ...]:
    """Return every name in the checkout that `path` is reached through: its own, each link on the way, and where it ends."""
    inside, found = name_inside(root, path), list[str]()
    place, waiting, links = "/", path.absolute().as_posix().split("/")[::-1], 0
    while waiting and links <= _MOST_LINKS:
        name = waiting.pop()
        here = posixpath.normpath(posixpath.join(place, name))
        target = None if name in {"", ".", ".."} else _target(here)
        if target is None:
            place = here
            continue
        links += 1
        found.append(here)
        waiting += target.split("/")[::-1]
        place = "/" if target.startswith("/") else place
    above = f"{root.resolve().as_posix().rstrip('/')}/"
    within = (each.removeprefix(above) for each in (*found, place) if each.startswith(above))
    return tuple(dict.fromkeys([*([inside] if inside else []), *within]))


def _target(place: str) -> str | None:
    """Return where a link leads, None for what is none."""
    try:
        return Path(place).readlink().as_posix()
    except (OSError, ValueError):
        return None


def name_inside(root: Path, path: Path) -> str | None:
    """Return the name of `path` relative to the checkout as it is written, links in it unresolved, None when it lies outside."""
    name = posixpath.relpath(path.absolute().as_posix(), root.absolute().as_posix())
    return None if name == ".." or name.startswith("../") else name
