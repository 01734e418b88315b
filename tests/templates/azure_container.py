"""The inside of a container without one: the program sees the files that are mounted, those of its image, and no others.

Started as a script with a plan as JSON. Files are watched by an audit hook (https://docs.python.org/3/library/audit_events.html).
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# What an image has of its own: the interpreter, the program, and a Debian.
IMAGE = (sys.prefix, sys.base_prefix, str(ROOT / "src"), str(ROOT / "entrypoint.py"), "/usr", "/lib", "/etc", "/dev", "/proc")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
READS = {"os.listdir": 1, "os.scandir": 1, "os.chdir": 1}
WRITES = {"os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.rename": 2, "os.link": 2, "os.symlink": 2, "os.truncate": 1, "os.chmod": 1}


class Guard:
    """An audit hook that makes what is not mounted missing, and what is mounted read-only read-only."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._mounts: dict[str, bool] = {os.path.realpath(path): rights for path, rights in plan["mounts"].items()}
        self._network = plan["network"] != "none"

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._check(arguments[0], writing=_writes(arguments))
        elif event in READS or event in WRITES:
            for path in arguments[: READS.get(event) or WRITES[event]]:
                self._check(path, writing=event in WRITES)
        elif event == "subprocess.Popen":
            raise FileNotFoundError(2, "the image holds no such tool", str(arguments[0]))
        elif event == "socket.connect" and not self._network:
            raise OSError(101, "Network is unreachable")

    def stat(self, real: Any) -> Any:
        """Return an os.stat, which no audit event tells of, that finds what the hook lets be opened."""

        def stat(path: Any, *arguments: Any, **options: Any) -> Any:
            self._check(path, writing=False)
            return real(path, *arguments, **options)

        return stat

    def _check(self, path: Any, *, writing: bool) -> None:
        if isinstance(path, int) or path is None:
            return
        real = os.path.realpath(os.fsdecode(path))
        # The mount closest to the path decides, as with nested mounts.
        mounted = max((mount for mount in self._mounts if _below(real, mount)), key=len, default="")
        if writing and real != os.devnull and not self._mounts.get(mounted, False):
            raise OSError(30, "Read-only file system", real)
        if not mounted and not any(_below(real, place) for place in IMAGE):
            raise FileNotFoundError(2, "No such file or directory", real)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return any(letter in str(mode or "") for letter in "wax+") or bool((flags or 0) & WRITING)


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def main() -> None:
    """Run `entrypoint.py ARGUMENT...` or `-I -c CODE` as the plan says."""
    plan = json.loads(sys.argv[1])
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "src"))
    command = plan["command"]
    os.chdir(plan["workdir"] if plan["workdir"] in plan["mounts"] else "/")
    guard = Guard(plan)
    sys.addaudithook(guard)
    os.stat = guard.stat(os.stat)
    if command[:2] == ["-I", "-c"]:
        sys.argv = ["-c", *command[3:]]
        exec(command[2], {"__name__": "__main__"})  # noqa: S102 - the template's own lines, as its interpreter would run them
        return
    sys.argv = command
    runpy.run_path(str(ROOT / "entrypoint.py"), run_name="__main__")


if __name__ == "__main__":
    main()
