"""The pull request's files as hosts tell them, for a run without a checkout: a list of paths, and atlantis.yaml at head and base."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final

from hosts.github_answers import entry
from hosts.stories import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

PATHS: Final = ("atlantis.yaml", "docs/a.md", "staging/main.tf")
# The base branch's version alone asks for an approval.
TEXTS: Final = {
    HEAD: "version: 3\nprojects:\n- dir: staging\n",
    BASE: "version: 3\nprojects:\n- dir: staging\n  apply_requirements: [approved]\n",
}
ASKED: Final = {
    "require": "mergeable,undiverged",
    "repo-config-json": '{"repos": [{"id": "/.*/", "allowed_overrides": ["apply_requirements"]}]}',
}
_JSON: Final = {"Content-Type": "application/json"}
_GITLAB_END: Final = {"Link": '<https://gitlab.com/api/v4/projects/42/repository/tree?per_page=100>; rel="first"'}
_ATTACHED: Final = {"Content-Type": "text/plain", "Content-Disposition": "attachment"}

Told = tuple[int, dict[str, str], bytes]


def files(kind: str) -> Callable[[str], Told | None]:
    """Return what tells a host's answer to a place about files, None for any other place."""
    routes = [(re.compile(pattern), tell) for pattern, tell in _ROUTES[kind].items()]

    def told(place: str) -> Told | None:
        return next((tell(BASE if BASE in place else HEAD) for pattern, tell in routes if pattern.fullmatch(place)), None)

    return told


def config_in_graph(value: Any) -> None:
    """Let GitHub tell atlantis.yaml along with the pull request."""
    node = value["data"]["repository"]["pullRequest"]
    node["head"]["nodes"][0]["commit"]["file"] = entry(TEXTS[HEAD])
    node["baseRef"]["target"]["file"] = entry(TEXTS[BASE])


def _told(value: Any, headers: dict[str, str] | None = None) -> Callable[[str], Told]:
    return lambda _: (200, {**_JSON, **(headers or {})}, json.dumps(value).encode())


def _content(**named: Any) -> Callable[[str], Told]:
    """Return a file's content in base64 among other fields."""
    return lambda sha: (200, _JSON, json.dumps({**named, "content": base64.b64encode(TEXTS[sha].encode()).decode()}).encode())


def _plain(sha: str) -> Told:
    return 200, _ATTACHED, TEXTS[sha].encode()


def _item(sha: str) -> Told:
    item = {"gitObjectType": "blob", "path": "/atlantis.yaml", "content": TEXTS[sha], "contentMetadata": {"encoding": 65001}}
    return 200, _JSON, json.dumps(item).encode()


def _typed(word: str) -> list[dict[str, str]]:
    return [{"path": path, "type": word} for path in PATHS]


_ROUTES: Final[dict[str, dict[str, Callable[[str], Told]]]] = {
    "github": {r"GET /repos/acme/infra/git/trees/\w+\?recursive=1": _told({"truncated": False, "tree": _typed("blob")})},
    "gitlab": {
        r"GET .*/repository/tree\?.*": _told(_typed("blob"), _GITLAB_END),
        r"GET .*/repository/files/atlantis.yaml\?.*": _content(encoding="base64"),
    },
    "bitbucket-cloud": {
        r"GET .*/src/\w+/\?.*": _told({"values": _typed("commit_file")}),
        r"GET .*/src/\w+/atlantis.yaml": _plain,
    },
    "bitbucket-data-center": {
        r"GET .*/files\?at=.*": _told({"start": 0, "limit": 1000, "size": 3, "isLastPage": True, "values": list(PATHS)}),
        r"GET .*/raw/atlantis.yaml\?.*": _plain,
    },
    "azure-devops": {
        r"GET .*/items\?.*recursionLevel.*": _told(
            {"value": [{"path": f"/{path}", "gitObjectType": "blob"} for path in PATHS], "count": 3}
        ),
        r"GET .*/items\?.*path=/atlantis.yaml.*": _item,
    },
    "gitea": {
        r"GET .*/git/trees/\w+\?.*": _told({"tree": _typed("blob"), "total_count": 3, "truncated": False}),
        r"GET .*/contents/atlantis.yaml\?.*": _content(type="file", encoding="base64"),
    },
}
