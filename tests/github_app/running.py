"""The whole program, started as a person starts it, with its printed lines at hand while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 30.0


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


class Creating:
    """One run of `github-app create` in a folder of its own: `with Creating(folder, "--port", "8765") as run:`."""

    def __init__(self, folder: Path, *argv: str, env: Mapping[str, str] | None = None) -> None:
        """Take where it runs, its options and its environment."""
        self.folder = folder
        self._out, self._err = (tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2))  # noqa: SIM115 - closed on leaving
        self._process = subprocess.Popen(
            [sys.executable, "-m", "atlantis_gate", "github-app", "create", *argv],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT / "src"), **(env or {})},
            stdout=self._out,
            stderr=self._err,
            cwd=folder,
            # A shell that runs the tests in the background ignores Ctrl-C, and so would what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - the child runs nothing before it
        )

    def __enter__(self) -> Self:
        """Go on while it runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it where the test did not get so far."""
        self._process.kill()
        self._process.wait()
        self._out.close()
        self._err.close()

    def setup_url(self) -> str:
        """Wait for the address of the local page."""
        limit = time.monotonic() + SECONDS
        while True:
            found = [word for word in _text(self._err).split() if word.startswith("http://127.0.0.1:")]
            if found and "\nwaiting for" in _text(self._err):
                return found[0]
            assert self._process.poll() is None, _text(self._err)
            assert time.monotonic() < limit
            # Another process: there is no clock of its own to turn forward.
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> Ended:
        """Wait until it ends by itself."""
        code = self._process.wait(SECONDS)
        return Ended(code, _text(self._out), _text(self._err))


def _text(file: IO[str]) -> str:
    """Read what another process has written so far, leaving its place in the file alone."""
    data = os.pread(file.fileno(), 1 << 20, 0)
    return data.decode()


def holding(folder: Path, text: str) -> list[str]:
    """Return the names of the files below a folder that hold a text."""
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file() and text.encode() in path.read_bytes()]
