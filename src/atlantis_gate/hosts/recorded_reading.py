"""From the JSON of a facts document to the nouns, naming the field that is malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from atlantis_gate.model import (
    Approval,
    Approvals,
    Blocker,
    BlockerKind,
    Divergence,
    HostKind,
    Mergeability,
    PullRequest,
    PullRequestRef,
    State,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from atlantis_gate.model import FactName

T = TypeVar("T")


class MalformedError(Exception):
    """A field of the document is missing or of the wrong type or value."""


def mapping(value: Any, where: str) -> dict[str, Any]:
    """Return an object, or raise MalformedError."""
    if not isinstance(value, dict):
        raise MalformedError(f"{where}: not an object")
    return value


def member(holder: dict[str, Any], key: str, where: str = "") -> Any:
    """Return a member that must be there."""
    if key not in holder:
        raise MalformedError(f"{_join(where, key)}: missing")
    return holder[key]


def text(holder: dict[str, Any], key: str, where: str) -> str:
    """Return a member that must be a text."""
    return _text(member(holder, key, where), _join(where, key))


def number(holder: dict[str, Any], key: str, where: str) -> int:
    """Return a member that must be a whole number, not below 0."""
    value = member(holder, key, where)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedError(f"{_join(where, key)}: not a whole number")
    return value


def boolean(holder: dict[str, Any], key: str, where: str) -> bool:
    """Return a member that must be true or false."""
    value = member(holder, key, where)
    if not isinstance(value, bool):
        raise MalformedError(f"{_join(where, key)}: neither true nor false")
    return value


def texts(value: Any, where: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(_text(item, f"{where}[{index}]") for index, item in enumerate(_list(value, where)))


def fact(document: dict[str, Any], name: FactName | str, read: Callable[[Any, str], T]) -> T | Unknown:
    """Return a fact: what `read` makes of it, or Unknown for one that is missing or recorded as unknown."""
    if name not in document:
        return Unknown(f"the recorded facts do not hold {name}")
    value = document[name]
    if isinstance(value, dict) and "unknown" in value:
        _only(value, {"unknown"}, name)
        return Unknown(text(value, "unknown", name))
    return read(value, name)


def approvals(value: Any, where: str) -> Approvals:
    """Read who approves."""
    holder = mapping(value, where)
    _only(holder, {"by", "still_required"}, where)
    given = _list(member(holder, "by", where), f"{where}.by")
    required = number(holder, "still_required", where) if "still_required" in holder else 0
    return Approvals(tuple(_approval(item, f"{where}.by[{index}]") for index, item in enumerate(given)), required)


def _approval(value: Any, where: str) -> Approval:
    holder = mapping(value, where)
    _only(holder, {"user", "commit"}, where)
    commit = None if holder.get("commit") is None else text(holder, "commit", where)
    user = text(holder, "user", where)
    if not user.strip():
        # An approval by nobody in particular could be the author's.
        raise MalformedError(f"{where}.user: empty")
    return Approval(user, commit)


def mergeability(value: Any, where: str) -> Mergeability:
    """Read what keeps the pull request from being merged."""
    holder = mapping(value, where)
    _only(holder, {"blockers"}, where)
    blockers = _list(member(holder, "blockers", where), f"{where}.blockers")
    return Mergeability(tuple(_blocker(item, f"{where}.blockers[{index}]") for index, item in enumerate(blockers)))


def _blocker(value: Any, where: str) -> Blocker:
    holder = mapping(value, where)
    _only(holder, {"kind", "name", "text", "own"}, where)
    kind = text(holder, "kind", where)
    if kind not in get_args(BlockerKind):
        raise MalformedError(f"{where}.kind: {kind!r} is not one of {', '.join(get_args(BlockerKind))}")
    own = boolean(holder, "own", where) if "own" in holder else False
    return Blocker(kind, text(holder, "name", where), text(holder, "text", where), own)  # type: ignore[arg-type]


def divergence(value: Any, where: str) -> Divergence:
    """Read what changed on the base branch."""
    holder = mapping(value, where)
    _only(holder, {"base_sha", "planned_on", "files"}, where)
    files = texts(member(holder, "files", where), f"{where}.files")
    return Divergence(text(holder, "base_sha", where), text(holder, "planned_on", where), files)


def pull_request(value: Any) -> PullRequest:
    """Read the pull request."""
    where = "pull_request"
    holder = mapping(value, where)
    state = text(holder, "state", where)
    if state not in set(State):
        raise MalformedError(f"{where}.state: {state!r} is not one of {', '.join(State)}")
    url = text(holder, "url", where)
    named = {key: text(holder, key, where) for key in ("author", "head_sha", "head_branch", "base_sha", "base_branch")}
    for key in ("head_sha", "base_sha"):
        if not named[key]:
            raise MalformedError(f"{where}.{key}: empty")
    return PullRequest(
        ref=_reference(holder, where, _origin(url)),
        url=url,
        state=State(state),
        draft=boolean(holder, "draft", where),
        fork=boolean(holder, "fork", where),
        **named,
    )


def _reference(holder: dict[str, Any], where: str, server_url: str) -> PullRequestRef:
    host = text(holder, "host", where)
    if host not in get_args(HostKind):
        raise MalformedError(f"{where}.host: {host!r} is not one of {', '.join(get_args(HostKind))}")
    count = number(holder, "number", where)
    if count == 0:
        raise MalformedError(f"{where}.number: not the number of a pull request")
    return PullRequestRef(host=host, server_url=server_url, repo=text(holder, "repo", where), number=count)


def _origin(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or not rest.partition("/")[0]:
        raise MalformedError("pull_request.url: not an absolute URL")
    return f"{scheme}://{rest.partition('/')[0]}"


def _only(holder: dict[str, Any], known: Collection[str], where: str) -> None:
    """Refuse keys that mean nothing: a misspelt one could stand for a fact that blocks."""
    unknown = sorted(set(holder) - set(known))
    if unknown:
        raise MalformedError(f"{where}.{unknown[0]}: unknown")


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedError(f"{where}: not a list")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise MalformedError(f"{where}: not a text")
    return value


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
