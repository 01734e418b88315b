"""Keeping the App's key: a new file that only its owner can read, in a folder that was tried beforehand."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import UsageError
from atlantis_gate.github_app.conversion import lost

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from atlantis_gate.github_app.app import App
    from atlantis_gate.github_app.manifest import Place
    from atlantis_gate.hosts.credentials import Secret

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
# O_EXCL: an existing file is never opened, nor is a link in its place followed. Windows has no O_NOFOLLOW.
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_IGNORE: Final = ".gitignore"
_EVERYTHING: Final = b"*\n"
_GIT_SECONDS: Final = 30
_NOT_IGNORED: Final = 1


@dataclass(frozen=True, slots=True)
class Saved:
    """Where the key and the settings that name it are."""

    key: Path
    env: Path


def prepare(folder: Path) -> str:
    """Make the folder if need be and try to write into it; return a warning, empty without one.

    Raises UsageError where the key could not be saved: GitHub gives it once.
    """
    try:
        made = _made(folder)
        if made:
            _write(folder / _IGNORE, _EVERYTHING)
        trial = folder / f".{secrets.token_hex(8)}"
        _write(trial, b"")
        trial.unlink()
    except OSError as error:
        raise UsageError(
            f"--credentials-dir: nothing can be saved in {folder}: {error.strerror}", advice="Name another folder with --credentials-dir."
        ) from None
    return "" if made else _committable(folder)


def _made(folder: Path) -> bool:
    """Make the folder for its owner alone; False when it was there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(_FOLDER_MODE)
    except FileExistsError:
        return False
    return True


def _committable(folder: Path) -> str:
    """Return a warning where `git add` would take the files of the folder along."""
    if _ignores_itself(folder) or not any((above / ".git").exists() for above in (folder, *folder.resolve().parents)):
        return ""
    asked = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), "check-ignore", "--quiet", "--no-index", "name.private-key.pem"]
    try:
        status = subprocess.run(asked, capture_output=True, check=False, timeout=_GIT_SECONDS).returncode  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        status = -1
    if status == 0:
        return ""
    known = "and git does not ignore it" if status == _NOT_IGNORED else "and git could not be asked whether it ignores it"
    return f"{folder} lies in a git work tree, {known}: take care not to commit the key, or name another folder with --credentials-dir"


def _ignores_itself(folder: Path) -> bool:
    try:
        return (folder / _IGNORE).read_bytes() == _EVERYTHING
    except OSError:
        return False


def save(folder: Path, app: App, key: Secret, place: Place) -> Saved:
    """Write the key, and a file of settings that names it. Raises UsageError when that fails; an existing file is left as it is."""
    names = (app.slug, f"{app.slug}-{app.id}", f"{app.slug}-{app.id}-{secrets.token_hex(4)}")
    try:
        key_file = _first_free((folder / f"{name}.private-key.pem" for name in names), key.reveal())
        env_file = _first_free((folder / f"{name}.env" for name in names), settings(app, key_file, place))
    except OSError as error:
        raise UsageError(f"the App's key could not be saved in {folder}: {error.strerror}", advice=lost(place)) from None
    return Saved(key_file, env_file)


def settings(app: App, key_file: Path, place: Place) -> str:
    """Return the settings that make the gate use the App, as a shell or a CI reads them."""
    server = "" if place.public else f"ATLANTIS_GH_HOSTNAME={place.server_url.removeprefix('https://')}\n"
    return f"ATLANTIS_GH_APP_ID={app.id}\nATLANTIS_GH_APP_KEY_FILE={shlex.quote(str(key_file))}\n{server}"


def _first_free(paths: Iterable[Path], text: str) -> Path:
    """Write a text into the first of the files that is not there yet, and return which one it is."""
    *some, last = paths
    for path in some:
        try:
            _write(path, text.encode())
        except FileExistsError:
            continue
        return path
    _write(last, text.encode())
    return last


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, _NEW, _FILE_MODE), "wb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            # Half a key is none.
            path.unlink(missing_ok=True)
            raise
