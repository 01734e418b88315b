"""Files that git writes too: locked as git locks them, and replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import UsageError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

# Nobody but the owner may read or write a secret.
SECRET: Final = 0o600
_PLAIN: Final = 0o644
_LARGEST: Final = 10_000_000
_ELSEWHERE: Final = "Name another file with --credentials-file or --git-config, in a folder that exists and may be written."


@frozen
class _Held:
    """What a file holds, and whose it is."""

    text: str
    status: os.stat_result


def change(path: Path, edit: Callable[[str | None], str | None], *, mode: int | None = None) -> None:
    """Replace a file's text by what `edit` makes of it: None stands for no file, before and after.

    The new file takes the old one's place at once, with `mode`, or with the old one's where that is None. It is never written through a
    link. Raises UsageError for a file that is locked, no plain file, or cannot be read or written.
    """
    with _locked(path, _PLAIN if mode is None else mode) as (lock, file):
        before = _held(path)
        text = edit(None if before is None else before.text)
        if text is None:
            path.unlink(missing_ok=True)
            return
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        _settle(file.fileno(), lock.parent, before, mode)
        lock.replace(path)


def read(path: Path) -> str | None:
    """Return a file's text, None where it is not there. Raises UsageError for one that is no plain file or cannot be read."""
    try:
        found = _held(path)
    except OSError as error:
        raise _unusable(path, error) from None
    return None if found is None else found.text


@contextlib.contextmanager
def _locked(path: Path, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    """Open the file that stands for git's lock, and that takes the other one's place; a secret is one from its first byte on."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        message = f"{path} is locked: git or another run writes it at this moment, or one was cut off"
        raise UsageError(message, advice=f"Run it again; if nothing is running, remove {lock}.") from None
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield lock, file
    except OSError as error:
        raise _unusable(path, error) from None
    finally:
        lock.unlink(missing_ok=True)


def _held(path: Path) -> _Held | None:
    """Read a plain file, None where it is not there. Raises UsageError for a link (it may lead anywhere) and for what is no file.

    All is asked of the open file: in a folder of somebody else's, another one might have its name a moment later.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UsageError(f"{path} is a symbolic link, and nothing is written there", advice=_ELSEWHERE) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        os.close(descriptor)
        raise UsageError(f"{path} is no file that git would read, and nothing is written there", advice=_ELSEWHERE)
    with os.fdopen(descriptor, "rb") as file:
        return _Held(file.read().decode("utf-8", "surrogateescape"), status)


def _settle(descriptor: int, folder: Path, before: _Held | None, mode: int | None) -> None:
    """Give a new file mode and owner of the old one, unless a mode is asked for.

    What root makes (in a container, as a rule) goes to whoever owns the folder: the next step, outside, must be able to read it.
    """
    wanted = stat.S_IMODE(before.status.st_mode) if before is not None and mode is None else mode
    if wanted is not None:
        os.fchmod(descriptor, wanted)
    owner = before.status if before else folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        with contextlib.suppress(PermissionError):  # some file systems have no owners
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be used: {error.strerror or type(error).__name__}", advice=_ELSEWHERE)
