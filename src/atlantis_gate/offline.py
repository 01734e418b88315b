"""What is known before any host is asked: the run, the checkout's folder, and what a selection in it rests on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from atlantis_gate import ci, config, selecting, selection, sources
from atlantis_gate.ci import explicit
from atlantis_gate.errors import CIError, UsageError
from atlantis_gate.frozen import replace
from atlantis_gate.hosts import HOSTS
from atlantis_gate.model import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.ci import CI
    from atlantis_gate.console import Console
    from atlantis_gate.selecting import Question


def identify(settings: Settings, env: Mapping[str, str], found: CI | None) -> Run:
    """Return the run: from the CI, or from options alone. Raises CIError when neither names a pull request."""
    servers = {kind: (entry.server, entry.hostname_variable) for kind, entry in HOSTS.items()}
    named = explicit.reference(
        env, servers, host=settings.host, host_url=settings.host_url, repo=settings.repo, number=settings.pull_request
    )
    if found is not None:
        run = found.read(env, named)
    elif named is None or not named.host:
        raise CIError(
            f"no CI that the gate knows was found: none of the variables {', '.join(ci.MARKERS)} says so",
            advice="Name the pull request: --host, --repo and --pull-request.",
        )
    else:
        run = Run(ci="", target=named)
    return replace(run, head_sha=settings.head_sha) if settings.head_sha else run


def root_of(settings: Settings, workspace: str) -> Path:
    """Return the checkout's folder. Raises UsageError when the one named is none."""
    root = Path(settings.root or workspace or ".")
    if settings.root and not root.is_dir():
        raise UsageError(f"--root: {settings.root} is not a directory", advice="Give the folder that the repository is checked out in.")
    return root


def local_question(settings: Settings, env: Mapping[str, str], console: Console) -> Question:
    """Put together what selection rests on, from options and the checkout; the repo id and the base branch may be empty."""
    root = root_of(settings, workspace(settings, env))
    given = sources.server_file(settings, root)
    return selecting.Question(
        settings=settings,
        server=config.load_server(given.source, selecting.flags(settings), json=given.json),
        repo_id=_repo_id(settings, env),
        base_branch=settings.base_branch,
        tree=selection.CheckoutTree(root),
        tell=console.say,
        changed_files=_changed_files(settings),
    )


def workspace(settings: Settings, env: Mapping[str, str]) -> str:
    """Return the CI's workspace, empty where there is none."""
    found = ci.detect(env)
    if found is None:
        return ""
    try:
        return identify(settings, env, found).workspace
    except CIError:
        return ""


def _repo_id(settings: Settings, env: Mapping[str, str]) -> str:
    if settings.repo:
        host, path = explicit.split_id(settings.repo)
        return f"{host}/{path}" if host else path
    try:
        return identify(settings, env, ci.detect(env)).target.repo_id
    except CIError:
        return ""


def _changed_files(settings: Settings) -> tuple[str, ...]:
    """Read --changed-files: one path a line, UTF-8, no quoting, empty lines ignored."""
    if not settings.changed_files:
        return ()
    try:
        data = sys.stdin.buffer.read() if settings.changed_files == "-" else Path(settings.changed_files).read_bytes()
        lines = data.decode().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"--changed-files: cannot read {settings.changed_files}: {error}", advice="Give a UTF-8 file with one path a line."
        ) from None
    return tuple(line.removesuffix("\r") for line in lines if line.strip())
