"""git-credentials get: answer git, which asks a credential helper for a login."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from atlantis_gate import git_files
from atlantis_gate.commands.git_credentials import at_hand, log_in, rules
from atlantis_gate.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console

_MOST_ASKED: Final = 100_000


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print user name and password where git asks about the repo's own host; nothing about another one, or for another user."""
    asked = git_files.question(sys.stdin.buffer.read(_MOST_ASKED).decode("utf-8", "replace"))
    run = at_hand(settings, env)
    if not rules(run).remote(run.target.server_url, run.target.repo, env).covers(asked):
        return Outcome.ALLOWED
    # What git shows of a helper stands among its own words, each time that it asks.
    _, login = log_in(settings, env, console, quietly=True)
    if asked.get("username", login.username) == login.username:
        console.secret_document(git_files.answer(login.username, login.password.reveal(), login.expires))
    return Outcome.ALLOWED
