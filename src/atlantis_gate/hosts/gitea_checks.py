"""Commit statuses against the contexts that must succeed on Gitea."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.gitea_credentials import in_actions
from atlantis_gate.hosts.gitea_patterns import compile_pattern
from atlantis_gate.hosts.run_pages import same_run
from atlantis_gate.model import Blocker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.model import Run

# https://github.com/go-gitea/gitea/blob/main/modules/commitstatus/commit_status.go
_PASSING: Final = frozenset({"success", "skipped"})
_UNFINISHED: Final = "pending"
# https://github.com/go-gitea/gitea/blob/main/services/actions/commit_status.go
_RUN: Final = re.compile(r"/actions/runs/([0-9]{1,20})(?:/|$)")


@frozen
class Status:
    """The current status of a context."""

    id: int
    context: str
    word: str
    url: str

    @property
    def passed(self) -> bool:
        """Tell whether it lets a pull request pass."""
        return self.word in _PASSING


@frozen
class Own:
    """What is the gate's own: the contexts of its status name, and this workflow run's statuses.

    `runs` holds this run's id and number: a status links to the one or the other, as the server's version has it, so that the workflow's
    name must be right, too, where it is known. `page` is that of this run by another CI.
    """

    status_name: str
    runs: frozenset[str]
    workflow: str
    page: str = ""

    def context(self, name: str) -> bool:
        """Tell whether a context is the gate's status or lies under its name."""
        return name == self.status_name or name.startswith(f"{self.status_name}/")

    def covers(self, status: Status) -> bool:
        """Tell whether a status is the gate's own, or of a job of its run that has not finished."""
        if self.context(status.context):
            return True
        run = _RUN.search(status.url)
        if status.word == _UNFINISHED and same_run(self.page, status.url):
            return True
        named = not self.workflow or status.context.startswith(f"{self.workflow} / ")
        return status.word == _UNFINISHED and run is not None and run[1] in self.runs and named


def own(run: Run, env: Mapping[str, str], status_name: str) -> Own:
    """Return what is this run's own."""
    mine = in_actions(env)
    numbers = (run.run_id, env.get("GITHUB_RUN_NUMBER", "").strip() if mine else "")
    workflow = env.get("GITHUB_WORKFLOW", "").strip() if mine else ""
    return Own(status_name, frozenset(filter(None, numbers)), workflow, page="" if mine else run.url)


def current(nodes: Iterable[Node]) -> tuple[Status, ...]:
    """Return the latest status of each context; ids count up on a commit."""
    latest: dict[str, Status] = {}
    for node in nodes:
        status = Status(node.number("id"), node.text("context"), node.text("status"), node.maybe_text("target_url") or "")
        known = latest.get(status.context)
        if known is None or status.id > known.id:
            latest[status.context] = status
    return tuple(latest.values())


def blockers(statuses: Sequence[Status], contexts: Sequence[str], mine: Own) -> tuple[Blocker, ...]:
    """Return a blocker for each status that must succeed and has not; without `contexts` every one must, and there must be one.

    https://docs.gitea.com/usage/access-control/protected-branches#status-checks
    """
    if not contexts:
        if not statuses:
            return (Blocker("check", "status checks", "no status check has reported"),)
        return tuple(_blocker(status, mine) for status in statuses if not status.passed)
    return tuple(dict.fromkeys(blocker for context in contexts for blocker in _required(statuses, context, mine)))


def _required(statuses: Sequence[Status], context: str, mine: Own) -> Iterator[Blocker]:
    """Judge one required context, which is a pattern; a malformed one stands for itself."""
    pattern = compile_pattern(context)
    found = [status for status in statuses if status.context == context or (pattern is not None and pattern.matches(status.context))]
    yield from (_blocker(status, mine) for status in found if not status.passed)
    if not found:
        yield Blocker("check", context, f"required check {context} has not reported", mine.context(context))


def _blocker(status: Status, mine: Own) -> Blocker:
    return Blocker("check", status.context, f"required check {status.context} is {status.word}", mine.covers(status))
