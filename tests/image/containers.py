"""Running the built image to its end, with Docker or what stands in for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "scripts" / "container"
IMAGE = "localhost/atlantis-gate"


def container(*arguments: str, env: dict[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a container to its end; `env` is what its `-e NAME` arguments take their values from."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **(env or {})}
    command = [str(CONTAINER), "run", "--rm", "--network", "host", *arguments]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=120)


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in the image's shell."""
    return container("--entrypoint", "sh", IMAGE, "-c", script)
