"""Where results are posted: every host takes statuses, reports and comments, and has no comment yet."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from hosts.stories import HEAD

_JSON: Final = {"Content-Type": "application/json"}
_EMPTY_PAGE: Final = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
# What is read for the sake of posting, by method and address.
_READ: Final[tuple[tuple[str, Any, dict[str, str]], ...]] = (
    (r"GET .*/user", {"id": 77, "uuid": "{gate}", "login": "gate-bot", "username": "gate-bot"}, {}),
    (r"GET .*/merge_requests/\d+/notes\?.*", [], {"X-Next-Page": ""}),
    (r"GET .*/pullrequests/\d+/comments\?.*", {"values": []}, {}),
    (r"GET .*/pull-requests/\d+/activities\?.*", {"values": [], "start": 0, "isLastPage": True}, {}),
    (r"GET .*/pullRequests/\d+/iterations\?.*", {"value": [{"id": 1, "sourceRefCommit": {"commitId": HEAD}}], "count": 1}, {}),
    (r"GET .*/pullRequests/\d+/threads\?.*", {"value": [], "count": 0}, {}),
    (r"GET .*/issues/\d+/comments\?.*", [], {"X-Total-Count": "0"}),
)
_PATTERNS: Final = tuple((re.compile(pattern), value, headers) for pattern, value, headers in _READ)


def posting(method: str, url: str, body: Any) -> tuple[int, dict[str, str], bytes] | None:
    """Return the answer to a request that posts a result or prepares that, None for any other request."""
    query = body.get("query") if isinstance(body, dict) else None
    if isinstance(query, str):
        if "Comments(" not in query:
            return None
        return _reply({"data": {"repository": {"pullRequest": {"comments": _EMPTY_PAGE}}}})
    if method != "GET":
        return _reply({"id": 1}, status=201)
    for pattern, value, headers in _PATTERNS:
        if pattern.fullmatch(f"GET {url}"):
            return _reply(value, headers)
    return None


def _reply(value: Any, headers: dict[str, str] | None = None, *, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {**_JSON, **(headers or {})}, json.dumps(value).encode()
