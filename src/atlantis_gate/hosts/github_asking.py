"""Asking the one GraphQL question: without the parts that a server does not know, and page by page where a list is longer than 100."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts.github_gaps import fatal, gaps
from atlantis_gate.hosts.github_query import PAGED, gate_query, unknown_parts
from atlantis_gate.hosts.github_snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.github_session import Session
    from atlantis_gate.hosts.github_snapshot import Snapshot
    from atlantis_gate.model import PullRequestRef

_OPERATION: Final = "reading the pull request"
_NEEDS: Final = "pull-requests: read"
_MOST_PAGES: Final = 100

JSON = dict[str, Any]


def take(session: Session, ref: PullRequestRef, config_path: str, merge_sha: str | None) -> Snapshot:
    """Read all of one moment. Raises HostError or CredentialError when the pull request cannot be read."""
    variables: JSON = {
        "owner": ref.repo.partition("/")[0],
        "name": ref.repo.partition("/")[2],
        "number": ref.number,
        "config": config_path,
        "merge": merge_sha,
        "withMerge": merge_sha is not None,
    }
    dropped: set[str] = set()
    repository, errors = _ask(session, variables, dropped)
    for _ in range(_MOST_PAGES):
        after = _cursors(repository["pullRequest"])
        if not after:
            return snapshot(ref, answer.read(repository, "repository"), gaps(errors, dropped))
        more, further = _ask(session, {**variables, **after}, dropped)
        _append(repository["pullRequest"], more["pullRequest"], after)
        errors += further
    raise HostError(f"GitHub: more than {_MOST_PAGES} pages of one list of a pull request", operation=_OPERATION)


def data_of(value: object) -> tuple[JSON | None, list[JSON]]:
    """Split a GraphQL answer into data (None where there is none) and errors."""
    reply = answer.read(value, "the answer")
    errors = [dict(error.fields) for error in reply.nodes("errors")] if reply.fields.get("errors") else []
    data = reply.maybe_node("data")
    return (dict(data.fields) if data else None, errors)


def _ask(session: Session, variables: Mapping[str, object], dropped: set[str]) -> tuple[JSON, list[JSON]]:
    """Return the repository with its pull request, and the errors beside it; parts that the server does not know are added to `dropped`."""
    while True:
        reply = session.ask(gate_query(dropped), variables, operation=_OPERATION, needs=_NEEDS)
        data, errors = data_of(reply.value)
        unknown = unknown_parts(errors) - dropped
        if not data and unknown:
            dropped |= unknown
            continue
        repository = (data or {}).get("repository")
        if not isinstance(repository, dict) or not isinstance(repository.get("pullRequest"), dict):
            raise fatal(errors[0] if errors else {"type": "NOT_FOUND", "message": "no such repository or pull request"})
        return repository, errors


def _dig(value: Any, path: tuple[str | int, ...]) -> JSON | None:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value if isinstance(value, dict) else None


def _cursors(pull: JSON) -> dict[str, str]:
    """Return where each list that has more goes on, by the variable of the query."""
    found = {}
    for variable, path in PAGED.items():
        info = _dig(pull, (*path, "pageInfo"))
        if info and info.get("hasNextPage") is True and isinstance(info.get("endCursor"), str):
            found[variable] = info["endCursor"]
    return found


def _append(pull: JSON, more: JSON, after: Mapping[str, str]) -> None:
    """Add a further page of each list that went on. Raises HostError when the pull request changed in between or the page is missing."""
    if more.get("headRefOid") != pull.get("headRefOid"):
        raise HostError(
            "GitHub: the pull request got new commits while it was being read",
            operation=_OPERATION,
            advice="The run for the new commits judges them; or run the job again.",
        )
    for variable in after:
        known, page = _dig(pull, PAGED[variable]), _dig(more, PAGED[variable])
        if not known or not page or not isinstance(page.get("nodes"), list) or not isinstance(page.get("pageInfo"), dict):
            raise answer.unreadable(".".join(map(str, PAGED[variable])), page)
        known["nodes"] = [*known["nodes"], *page["nodes"]]
        known["pageInfo"] = page["pageInfo"]
