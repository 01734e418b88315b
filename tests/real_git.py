"""The real git in a test, with nothing of the machine's own configuration."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def git(home: Path, *argv: str, text: str = "", env: Mapping[str, str] | None = None) -> str:
    """Run git with this home folder and return what it printed. It must succeed."""
    ran = run(home, *argv, text=text, env=env)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run(home: Path, *argv: str, text: str = "", env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run git with this home folder, however it ends."""
    plain = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "false",
        "LC_ALL": "C",
        **(env or {}),
    }
    return subprocess.run(
        ["git", *argv], input=text, env=plain, capture_output=True, check=False, cwd=home, timeout=60, encoding="utf-8", errors="replace"
    )


def fill(home: Path, protocol: str, host: str, *asked: str, env: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """Return the user name and password that git logs in with, None where it knows none; `asked` are more attributes."""
    ran = run(home, "credential", "fill", text="\n".join([f"protocol={protocol}", f"host={host}", *asked, "", ""]), env=env)
    if "terminal prompts disabled" in ran.stderr:
        return None
    assert ran.returncode == 0, ran.stderr
    found = dict(line.partition("=")[::2] for line in ran.stdout.splitlines())
    return found["username"], found["password"]


def asked_instead(home: Path, url: str, env: Mapping[str, str] | None = None) -> str:
    """Return the address that git asks for a URL."""
    return git(home, "ls-remote", "--get-url", url, env=env).removesuffix("\n")
