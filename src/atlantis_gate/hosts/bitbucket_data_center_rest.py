"""Bitbucket Data Center's REST APIs: requests about one repository, and lists read to their end."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.bitbucket_data_center_access import HOST, place, user_of
from atlantis_gate.hosts.calls import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.calls import Caller, Reply

READ: Final = "the permission Repository read"
SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_PAGES: Final = 1_000


class Rest:
    """One repository. Every method raises HostError or CredentialError when it is not answered fully."""

    def __init__(self, caller: Caller, base: str, repo: str) -> None:
        """Take an open caller, the server's address and the repository as `KEY/slug`."""
        self._caller = caller
        self._base = base
        self._place = place(repo)
        self._commits: dict[str, Node] = {}
        # The user that Bitbucket takes the token for, None until an answer says it.
        self.user: str | None = None

    def url(self, path: str, api: str = "api/latest") -> str:
        """Return the address of something in this repository in one of the APIs."""
        return f"{self._base}/rest/{api}/{self._place}/{path}"

    def global_url(self, path: str) -> str:
        """Return the address of something that belongs to no repository."""
        return f"{self._base}/rest/{path}"

    def reply(self, url: str, operation: str, needs: str = READ, *, plain: bool = False) -> Reply:
        """Ask for an address."""
        return self._call(Request(verb="GET", url=url, operation=operation, needs=needs), plain=plain)

    def node(self, url: str, operation: str) -> Node:
        """Ask for an object."""
        return read(HOST, self.reply(url, operation).value, operation)

    def pages(self, url: str, operation: str, query: Mapping[str, str] | None = None, *, limit: int = 100) -> Iterator[Node]:
        """Yield the pages of a list: https://developer.atlassian.com/server/bitbucket/rest/v900/intro/#paged-apis.

        Raises HostError where the list does not go on although more is said to follow: some are never told beyond a first page.
        """
        start = 0
        for _ in range(_MOST_PAGES):
            page = self.node(f"{url}?{urlencode({**(query or {}), 'start': start, 'limit': limit})}", operation)
            if (page.maybe_number("start") or 0) != start or not _is_whole(page):
                break
            yield page
            if page.flag("isLastPage"):
                return
            following = page.number("nextPageStart")
            if following <= start:
                break
            start = following
        raise HostError(
            f"{HOST} lists no more than the first {start}, and there are more",
            operation=operation,
            url=url,
            # https://confluence.atlassian.com/bitbucketserver/configuration-properties-776640155.html
            advice="Make the pull request smaller, or let the administrator raise page.max.changes.",
        )

    def write(self, verb: str, url: str, body: object, operation: str, needs: str, *, repeat: bool) -> None:
        """Send a change; `repeat` tells whether sending it twice does no harm."""
        self._call(Request(verb=verb, url=url, operation=operation, needs=needs, body=body, repeat=repeat, write=True))

    def commit(self, sha: str) -> Node:
        """Return a commit, asked for once."""
        if sha not in self._commits:
            self._commits[sha] = self.node(self.url(f"commits/{quote(sha, safe='')}"), f"reading commit {sha[:12]}")
        return self._commits[sha]

    def content(self, path: str, sha: str) -> bytes | None:
        """Return a file's bytes at a commit, None when it is not there.

        https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-repository/#api-api-latest-projects-projectkey-repos-repositoryslug-raw-path-get
        """
        url = self.url(f"raw/{quote(path)}") + f"?{urlencode({'at': sha})}"
        try:
            reply = self.reply(url, f"reading {path}", plain=True)
        except HostError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # The same status stands for a commit or a repository that cannot be seen.
            self.commit(sha)
            return None
        if reply.headers.get("content-type", "").startswith("application/json"):
            # What the server says itself is JSON, and no file is called that.
            raise HostError(f"{HOST}: not the file itself is answered", operation=f"reading {path}", url=url)
        if "\ufffd" in reply.text:
            raise HostError(f"{HOST}: {path} is not UTF-8 text", operation=f"reading {path}", url=url)
        return reply.text.encode()

    def files(self, sha: str) -> tuple[str, ...]:
        """Return every file's path at a commit."""
        pages = self.pages(self.url("files"), "listing the repository's files", {"at": sha}, limit=1_000)
        return tuple(path for page in pages for path in page.texts("values"))

    def _call(self, request: Request, *, plain: bool = False) -> Reply:
        reply = self._caller.call(request, plain=plain)
        self.user = user_of(reply.headers) or self.user
        return reply


def _is_whole(page: Node) -> bool:
    """Tell whether a page holds as much as it says, and whether one that says that it is the last names no next one."""
    values = page.fields.get("values")
    size = page.maybe_number("size")
    whole = size is None or not isinstance(values, list) or size == len(values)
    return whole and not (page.flag("isLastPage") and page.fields.get("nextPageStart") is not None)


def sha_of(node: Node, name: str) -> str:
    """Return a full hash. Raises HostError for anything else."""
    found = node.text(name).lower()
    if not SHA.fullmatch(found):
        raise HostError(f"{HOST}'s answer has no full commit hash at {node.place}.{name}", operation=f"reading {HOST}'s answer")
    return found


def path_of(node: Node) -> str:
    """Return the text of a path, which comes as a text and in parts."""
    return node.maybe_text("toString") or "/".join(node.texts("components"))
