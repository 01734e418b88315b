"""What the gate writes on GitLab: commit statuses and one comment."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.gitlab_credentials import GITLAB
from atlantis_gate.hosts.gitlab_session import PAGE, Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.gitlab_merge_request import MergeRequest
    from atlantis_gate.hosts.gitlab_routes import Routes
    from atlantis_gate.hosts.gitlab_session import Session
    from atlantis_gate.model import CommitStatus

# https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
_LONGEST: Final = 255
_STATES: Final = {"success": "success", "failure": "failed", "error": "failed"}
# Statuses of one commit are changed one after another: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status (409).
_CONFLICTS: Final = 10
_CONFLICT_PAUSE: Final = 1.0
_SAME_STATE: Final = re.compile(r"cannot transition status via :\w+ from :(\w+)", re.IGNORECASE)


class Writing:
    """Posts statuses and keeps the comment of one project's merge request."""

    def __init__(self, session: Session, routes: Routes, deadline: Deadline) -> None:
        """Take the session, the project's routes and the run's deadline."""
        self._session = session
        self._routes = routes
        self._deadline = deadline

    def set_status(self, sha: str, status: CommitStatus, seen: MergeRequest | None) -> None:
        """Post a commit status, in the merge request's own pipeline where that is of this commit, else on its source branch."""
        text = status.description
        body: dict[str, object] = {
            "state": _STATES[status.state],
            "name": status.context,
            "description": text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…",
            **({"target_url": status.url} if 0 < len(status.url) <= _LONGEST else {}),
            **_place(sha, seen),
        }
        for _ in range(_CONFLICTS):
            try:
                self._post(sha, status.context, body)
            except HostError as error:
                if _is_so_already(error, str(body["state"])):
                    return
                busy = error.status == HTTPStatus.CONFLICT
                if not busy or not self._deadline.wait(_CONFLICT_PAUSE, "GitLab changes another status of the same commit"):
                    raise
            else:
                return
        raise HostError(
            f"GitLab: another change of this commit's statuses was under way {_CONFLICTS} times", operation=_posting(status.context)
        )

    def write_comment(self, number: int, marker: str, body: str, *, create: bool) -> bool:
        """Keep one note of this token's own user up to date; tells whether one was written."""
        note, text = self._own_note(number, marker)
        if (note is None and not create) or (note is not None and _same(text, body)):
            return False
        notes = self._routes.notes(number)
        verb, path = ("POST", notes) if note is None else ("PUT", f"{notes}/{note}")
        # Making one is not repeated after a fault, lest there be two.
        self._session.write(verb, path, {"body": body}, operation="writing the comment", repeat=note is not None)
        return True

    def _post(self, sha: str, context: str, body: Mapping[str, object]) -> None:
        self._session.write("POST", self._routes.set_status(sha), body, operation=_posting(context), repeat=True)

    def _own_note(self, number: int, marker: str) -> tuple[int | None, str]:
        """Find the gate's note by its marker and author."""
        # https://docs.gitlab.com/api/users/#get-the-current-user
        me = read(GITLAB, self._session.get(Question("/user", "finding out whose the token is")).value, "user").number("id")
        question = Question(f"{self._routes.notes(number)}?sort=asc&order_by=created_at&per_page={PAGE}", "looking for the gate's comment")
        for note in self._session.pages(question, fresh=True):
            author = note.maybe_node("author")
            if author is not None and author.number("id") == me and not note.maybe_flag("system") and marker in note.text("body"):
                return note.number("id"), note.text("body")
        return None, ""


def _posting(context: str) -> str:
    return f"posting the status {context}"


def _place(sha: str, seen: MergeRequest | None) -> dict[str, object]:
    """Say which pipeline a status goes into; GitLab refuses one of another commit or project."""
    if seen is None:
        return {}
    pipeline = seen.pipeline
    if pipeline is not None and pipeline.sha == sha and pipeline.project in {None, seen.project}:
        return {"pipeline_id": pipeline.number}
    return {"ref": seen.head_branch}


def _is_so_already(error: HostError, wanted: str) -> bool:
    """Tell whether GitLab refuses a change to the very state that the status has."""
    found = _SAME_STATE.search(error.message) if error.status == HTTPStatus.BAD_REQUEST else None
    return found is not None and found[1].casefold() == wanted


def _same(one: str, other: str) -> bool:
    """Compare comments as GitLab keeps them: it may change line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
