"""The container image: its size as a registry sends it, what of it a release changes, and how fast the program starts in it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measuring import ROOT, FailedError, ratio
from benchmarks.rows import Row
from benchmarks.starts import START_BUDGET

if TYPE_CHECKING:
    from benchmarks.rows import Effort

IMAGE: Final = "localhost/atlantis-gate"
BUDGET: Final = 80
# The Dockerfile's last two: the program, and its entry point.
_OF_A_RELEASE: Final = 2
_MEGABYTE: Final = 1_000_000
NAMES: Final = ("image, compressed", "layers that a release changes", "start of `validate` in the image")


def image(effort: Effort) -> list[Row]:
    """Measure the image that `make image` has built. Raises FailedError without one."""
    sizes = _layers()
    own = sum(sizes[-_OF_A_RELEASE - 1 :])
    detail = f"base {sum(sizes) - own:.1f} MB, libraries and program {own:.1f} MB"
    return [
        Row(name=NAMES[0], value=sum(sizes), unit="MB", budget=BUDGET, detail=detail),
        Row(name=NAMES[1], value=sum(sizes[-_OF_A_RELEASE:]), unit="MB"),
        _start(effort),
    ]


def _layers() -> list[float]:
    """Return the compressed size of each layer in megabytes, the base first."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "image.tar"
        _container("save", str(file))
        with tarfile.open(file) as archive:
            (manifest,) = json.loads(_member(archive, "manifest.json"))
            return [len(gzip.compress(_member(archive, name), 6)) / _MEGABYTE for name in manifest["Layers"]]


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(name)
    if found is None:
        raise FailedError(f"the image's archive has no {name}")
    return found.read()


def _start(effort: Effort) -> Row:
    mounts = ("-v", f"{ROOT / 'benchmarks'}:/benchmarks:ro", "-v", f"{ROOT / 'examples'}:/examples:ro")
    told = _container(
        "run",
        "--rm",
        "--network",
        "host",
        *mounts,
        "--entrypoint",
        "/app/bin/python",
        IMAGE,
        "-I",
        "/benchmarks/inside.py",
        str(effort.rounds),
    )
    pairs: list[Any] = json.loads(told)
    program, bare = ([pair[at] for pair in pairs] for at in (0, 1))
    return Row(
        name=NAMES[2],
        value=ratio(program, bare),
        unit="times",
        budget=START_BUDGET,
        against="`python -c pass` there",
        detail=f"{1000 * min(program):.0f} ms against {1000 * min(bare):.0f} ms at best",
    )


def _container(*arguments: str) -> str:
    ran = subprocess.run([ROOT / "scripts" / "container", *arguments], env=dict(os.environ), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise FailedError(f"scripts/container {arguments[0]} failed; `make image` builds the image:\n{ran.stderr[-500:]}")
    return ran.stdout
