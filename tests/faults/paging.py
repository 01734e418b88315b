"""Lists that go on wrongly, and GraphQL errors beside data."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from faults.fields import Change
from faults.transport import list_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from faults.transport import Answer, Asked

    Alteration = Callable[[Answer, Asked], Answer]

_ENDLESS: Final = 100
# Lists on pages of GraphQL, as paths from the root of the answer; the base branch's rules are one more.
_PULL: Final = ("data", "repository", "pullRequest")
_CONNECTIONS: Final = (
    (*_PULL, "latestOpinionatedReviews"),
    (*_PULL, "reviewThreads"),
    (*_PULL, "files"),
    (*_PULL, "head", "nodes", 0, "commit", "statusCheckRollup", "contexts"),
    (*_PULL, "baseRef", "rules"),
)


def key(place: str) -> str:
    """Return where to alter every page of a list."""
    return place if place.startswith("POST") else list_of(place)


def faults(host: str, place: str, answer: Answer) -> Iterator[tuple[str, Alteration]]:
    """Yield what can go wrong with the pages of a list; nothing for an answer that is none."""
    try:
        value = answer.value
    except ValueError:
        return
    if host == "github" and "graphql" in place:
        yield from _graph(value)
    elif _is_list(host, value):
        yield from (
            (name, alter) for name, alter in _FAULTS[host].items() if name not in _COMPARISONS or ("changes" in value) == _COMPARISONS[name]
        )
        if not _items(value):
            return
        if host in {"github", "azure-devops", "gitea"}:
            yield "every page is full", _full_pages(answer)
        if host == "gitlab":
            alone = _headers(X_Next_Page=None)
            yield "every page is full and says nothing of the next", lambda here, asked: _full_pages(answer)(alone(here, asked), asked)
            if "/tree" in place:
                yield "the tree goes on without end", _headers(Link='<https://gitlab.com/tree?page_token=t{}>; rel="next"')


def _items(value: Any) -> list[Any]:
    found: list[Any] = (
        value if isinstance(value, list) else next(value[name] for name in ("values", "value", "changes", "tree") if name in value)
    )
    return found


def _is_list(host: str, value: Any) -> bool:
    if host in {"github", "gitlab", "gitea"}:
        return isinstance(value, list) or (host == "gitea" and isinstance(value, dict) and "total_count" in value)
    return isinstance(value, dict) and any(isinstance(value.get(name), list) for name in ("values", "value", "changes"))


def _headers(**named: str | None) -> Alteration:
    """Return an alteration of headers; None takes one away, `{}` stands for how often the place was asked before."""

    def alter(answer: Answer, asked: Asked) -> Answer:
        names = {name.replace("_", "-"): text for name, text in named.items()}
        kept = {name: text for name, text in answer.headers.items() if name.casefold() not in {each.casefold() for each in names}}
        added = {name: text.format(asked.before + 2) for name, text in names.items() if text is not None}
        return replace(answer, headers={**kept, **added})

    return alter


def _value(change: Callable[[Any, Asked], None]) -> Alteration:
    """Return an alteration of an object."""

    def alter(answer: Answer, asked: Asked) -> Answer:
        value = answer.value
        change(value, asked)
        return answer.holding(value)

    return alter


def _set(**fields: Any) -> Alteration:
    return _value(lambda value, _: value.update(fields))


def _full_pages(first: Answer) -> Alteration:
    """Fill every page with what the first one holds, again and again."""
    value = first.value
    items = _items(value)
    items[:] = (items * _ENDLESS)[:_ENDLESS]
    return lambda answer, _: answer.holding(value)


def _next(url: Callable[[Asked], str]) -> Alteration:
    return _value(lambda value, asked: value.__setitem__("next", url(asked)))


def _more(value: Any, asked: Asked) -> None:
    """Let Data Center say that more follows, each time from later on."""
    value.update(isLastPage=False, nextPageStart=value["start"] + 1 + asked.before)


_FAULTS: Final[Mapping[str, Mapping[str, Alteration]]] = {
    "github": {"a page is empty": lambda answer, _: answer.holding([])},
    "gitlab": {
        "the next page is this one": _headers(X_Next_Page="1", X_Page="1"),
        "there is always a next page": _headers(X_Next_Page="{}"),
        "the next page has no number": _headers(X_Next_Page="soon"),
        "it says that there are more": _headers(X_Next_Page="", X_Total="1000", X_Total_Pages="10"),
    },
    "bitbucket-cloud": {
        "the next page is this one": _next(lambda asked: asked.url),
        "there is always a next page": _next(lambda asked: f"{asked.url}&page={asked.before + 2}"),
        "the next page is elsewhere": _next(lambda _: "https://elsewhere.example.net/2.0/x?page=2"),
        "the next page is no address": _next(lambda _: "2"),
        "it says that there are more": _set(size=1000),
    },
    "bitbucket-data-center": {
        "the next page is this one": _set(isLastPage=False, nextPageStart=0),
        "there is always a next page": _value(_more),
        "more follow and nobody says where": _set(isLastPage=False),
        "it is the last page and there is a next": _set(isLastPage=True, nextPageStart=100),
        "another page is answered": _set(start=50),
        "it says that the page holds more": _set(size=1000),
    },
    "azure-devops": {
        "it goes on without end": _headers(x_ms_continuationtoken="t{}"),
        "not all is included": _set(allChangesIncluded=False),
        "it says that the page holds more": _set(count=1000),
    },
    "gitea": {
        "it says that there are more": _headers(X_Total_Count="1000"),
        "it says that there are fewer": _headers(X_Total_Count="0"),
        "it does not say how many": _headers(X_Total_Count=None),
        "it says no number": _headers(X_Total_Count="many"),
    },
}

# Which of these only comparisons of Azure DevOps know (True), and which they do not.
_COMPARISONS: Final[Mapping[str, bool]] = {"not all is included": True, "it says that the page holds more": False}


def _graph(value: Any) -> Iterator[tuple[str, Alteration]]:
    for path in _CONNECTIONS:
        if _dig(value, path) is None:
            continue
        name = ".".join(map(str, path[3:]))
        for what, info in _ENDINGS.items():
            yield f"{name}: {what}", Change((*path, "pageInfo"), what, info)
        yield f"{name}: there is always a next page", _always(path)


_ENDINGS: Final[Mapping[str, Any]] = {
    "the next page is this one": {"hasNextPage": True, "endCursor": "0"},
    "more follow and nobody says where": {"hasNextPage": True, "endCursor": None},
    "the next page has a number for a name": {"hasNextPage": True, "endCursor": 100},
    "nobody knows whether more follow": {"hasNextPage": None, "endCursor": None},
}


def _always(path: tuple[str | int, ...]) -> Alteration:
    return lambda answer, asked: Change((*path, "pageInfo"), "", {"hasNextPage": True, "endCursor": str(asked.before)})(answer, asked)


def _dig(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value


def graphql_errors(answer: Answer) -> Iterator[tuple[str, Alteration]]:
    """Yield errors beside whole data, beside data in which the field is null, and errors of no known kind."""
    for path in sorted(_paths(answer.value["data"]["repository"], ("repository",))):
        name = ".".join(path)
        for kind in ("FORBIDDEN", "SOMETHING_NEW"):
            error = {"type": kind, "message": "not shown", "path": list(path)}
            yield f"{kind} at {name}, beside whole data", _erring([error])
            yield f"{kind} at {name}, which is null", _erring([error], ("data", *path))
    for name, errors in _STRANGE.items():
        yield f"errors: {name}", _erring(errors)


_STRANGE: Final[Mapping[str, Any]] = {
    "no path": [{"type": "FORBIDDEN", "message": "no"}],
    "a message alone": [{"message": "Something went wrong while executing your query."}],
    "nothing in it": [{}],
    "a path that is a text": [{"message": "no", "path": "repository"}],
    "a path of numbers": [{"message": "no", "path": [1, 2]}],
    "null in the list": [None],
    "an object": {"message": "no"},
    "a text": "no",
    "a number": 7,
    "true": True,
    "rate limit": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}],
    "not found": [{"type": "NOT_FOUND", "message": "Could not resolve", "path": ["repository"]}],
    "an unknown field": [{"message": "Field 'rules' doesn't exist on type 'Ref'"}],
}
_NAME: Final = re.compile(r"[a-zA-Z]+")


def _paths(value: Any, path: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the paths of all fields that hold objects or lists, and of plain ones of the pull request itself."""
    found: set[tuple[str, ...]] = set()
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in {"nodes", "pageInfo"}:
                found.add((*path, name))
            if isinstance(inner, dict) and name != "pageInfo":
                found |= _paths(inner, (*path, name))
    return found


def _erring(errors: Any, gone: tuple[str, ...] | None = None) -> Alteration:
    def alter(answer: Answer, asked: Asked) -> Answer:
        changed = answer if gone is None else Change(gone, "null", None)(answer, asked)
        return changed.holding({**changed.value, "errors": errors})

    return alter
