"""projects: which projects a change touches, with effective settings and where each comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from atlantis_gate import ci, config, gate, plain, publishing, selecting, selection, sources
from atlantis_gate.ci.explicit import split_id
from atlantis_gate.errors import CIError, UsageError
from atlantis_gate.model import Outcome
from atlantis_gate.report.projects import documents, text
from atlantis_gate.session import identify, open_session, root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.selecting import Question, Selected


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print the projects of a change, of a target, or all that are configured. Without --changed-files the pull request is asked for."""
    if settings.changed_files or settings.all or settings.project or settings.dir or settings.workspace:
        selected = _offline(settings, env, console)
    else:
        session = open_session(settings, env, console.say)
        pull = gate.read_pull_request(session)
        changed = gate.known_files(session, pull)
        server, _ = gate.trusted_server(session, pull, changed)
        selected = gate.select(session, pull, server, changed)
    if settings.format == publishing.JSON:
        for note in selected.notes:
            console.say(f"note: {note}")
        console.document(plain.json_text(documents(selected.projects), publishing.INDENT))
    else:
        console.result(text(selected.projects, selected.notes))
    return Outcome.ALLOWED


def _offline(settings: Settings, env: Mapping[str, str], console: Console) -> Selected:
    """Select by the checkout alone: nothing is asked of a host."""
    question = local_question(settings, env, console)
    for warning in question.server.warnings:
        console.say(str(warning))
    path = config.repo_config_file(question.server, question.repo_id)
    repo = selecting.repo_config(question, sources.chosen(settings, path, question.tree))
    for warning in repo.warnings if repo else ():
        console.say(str(warning))
    return selecting.everything(question, repo) if settings.all else selecting.select(question, repo)


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
        host, path = split_id(settings.repo)
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
