"""Running git-credentials for a host inside a test, with a home folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from programs import Ran, gate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def log_in(home: Path, kind: str, url: str, repo: str, env: Mapping[str, str], *options: str) -> Ran:
    """Write a login into the files of a home folder; it must succeed, and no token may be seen."""
    where = ["--host", kind, *(["--host-url", url] if url else []), "--repo", repo]
    ran = gate("git-credentials", *where, *options, env={"HOME": str(home), **env})
    assert ran.code == 0, ran.err
    for name, value in env.items():
        assert not name.endswith("TOKEN") or value not in ran.out + ran.err
    return ran


def refused(home: Path, kind: str, url: str, repo: str, env: Mapping[str, str], *options: str) -> str:
    """Try the same where it must fail; return what is said, once it is sure that nothing was written."""
    before = sorted(path.name for path in home.iterdir())
    where = ["--host", kind, *(["--host-url", url] if url else []), "--repo", repo]
    ran = gate("git-credentials", *where, *options, env={"HOME": str(home), **env})
    assert (ran.code, ran.out, sorted(path.name for path in home.iterdir())) == (2, "", before), ran.err
    return ran.err
