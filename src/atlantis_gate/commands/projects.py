"""projects: which projects a change touches, with effective settings and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate import config, gate, plain, selecting, sources
from atlantis_gate.model import Outcome
from atlantis_gate.offline import local_question
from atlantis_gate.report.projects import documents, text
from atlantis_gate.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.selecting import Selected


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print the projects of a change, of a target, or all that are configured. Without --changed-files the pull request is asked for."""
    if settings.changed_files or settings.all or settings.project or settings.dir or settings.workspace:
        selected = _offline(settings, env, console)
    else:
        session = open_session(settings, env, console)
        pull = gate.read_pull_request(session)
        changed = gate.known_files(session, pull)
        server = gate.trusted_server(session, pull, changed).config
        selected = gate.select(session, pull, server, changed)
        session.tell_what_was_asked()
    if settings.json:
        for note in selected.notes:
            console.say(f"note: {note}")
        console.document(plain.json_text(documents(selected.projects), plain.INDENT))
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
