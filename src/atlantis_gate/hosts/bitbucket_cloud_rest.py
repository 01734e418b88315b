"""Bitbucket Cloud's REST API: requests about one repository, and lists read to their end."""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.bitbucket_cloud_access import HOST
from atlantis_gate.hosts.calls import Request
from atlantis_gate.hosts.http import origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.calls import Caller, Reply

# The same right in the words of API tokens and of access tokens; it is enough for build statuses, reports and comments, too:
# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-pullrequests-pull-request-id-comments-post
# https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions/
# https://support.atlassian.com/bitbucket-cloud/docs/repository-access-token-permissions/
READ_REPOSITORY: Final = "the scope read:repository:bitbucket (an access token: Repositories, Read)"
READ_PULL: Final = "the scope read:pullrequest:bitbucket (an access token: Pull requests, Read)"
FULL: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SHORT: Final = re.compile(r"[0-9a-f]{7,64}")
MOST_PAGES: Final = 1_000


class Rest:
    """One repository. Every method raises HostError or CredentialError when it is not answered fully."""

    def __init__(self, caller: Caller, api: str, repo: str) -> None:
        """Take an open caller, the API's address and the repository's full name."""
        self._caller = caller
        self.api = api
        self.repo = repo
        self._commits: dict[str, Node] = {}

    def url(self, path: str, repo: str | None = None) -> str:
        """Return the address of something in this repository, or in another one."""
        workspace, _, slug = (repo or self.repo).partition("/")
        return f"{self.api}/repositories/{quote(workspace, safe='')}/{quote(slug, safe='')}/{path}"

    def reply(self, url: str, operation: str, needs: str, *, plain: bool = False) -> Reply:
        """Ask for an address."""
        return self._caller.call(Request(verb="GET", url=url, operation=operation, needs=needs), plain=plain)

    def node(self, url: str, operation: str, needs: str) -> Node:
        """Ask for an object."""
        return read(HOST, self.reply(url, operation, needs).value, operation)

    def pages(self, url: str, operation: str, needs: str) -> Iterator[Node]:
        """Yield the items of a list over all its pages: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination."""
        seen: set[str] = set()
        count = 0
        following: str | None = url
        while following is not None:
            if following in seen or len(seen) >= MOST_PAGES:
                raise HostError(f"{HOST}: a list that does not end", operation=operation, url=url)
            seen.add(following)
            page = self.node(following, operation, needs)
            values = page.nodes("values")
            yield from values
            count += len(values)
            following = page.maybe_text("next")
            if following is not None and not self.here(following):
                raise HostError(f"{HOST}: the next page does not match the base URL's origin", operation=operation, url=url)
            if following is None and (page.maybe_number("size") or 0) > count:
                raise HostError(f"{HOST} lists {count} of {page.number('size')} entries", operation=operation, url=url)

    def here(self, url: str) -> bool:
        """Tell whether an address that an answer names is in this API, so that the credential may go there."""
        try:
            return origin(url) == origin(self.api)
        except ValueError:
            return False

    def write(self, verb: str, url: str, body: object, operation: str, needs: str, *, repeat: bool) -> None:
        """Send a change; `repeat` tells whether sending it twice does no harm."""
        self._caller.call(Request(verb=verb, url=url, operation=operation, needs=needs, body=body, repeat=repeat, write=True))

    def commit(self, sha: str, repo: str | None = None) -> Node:
        """Return a commit by its full or abbreviated hash, asked for once."""
        known = next((node for full, node in self._commits.items() if full.startswith(sha)), None)
        if known is None:
            known = self.node(self.url(f"commit/{quote(sha, safe='')}", repo), f"reading commit {sha[:12]}", READ_REPOSITORY)
            self._commits[full(known, sha)] = known
        return known

    def resolved(self, sha: str, repo: str | None = None) -> str:
        """Return the full hash of one that may be abbreviated: Bitbucket tells 12 characters in pull requests."""
        return sha if FULL.fullmatch(sha) else full(self.commit(sha, repo), sha)

    def content(self, path: str, sha: str, repo: str | None = None) -> bytes | None:
        """Return a file's bytes at a commit, None when it is not there.

        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/#api-repositories-workspace-repo-slug-src-commit-path-get
        """
        url = self.url(f"src/{quote(sha, safe='')}/{quote(path)}", repo)
        try:
            reply = self.reply(url, f"reading {path}", READ_REPOSITORY, plain=True)
        except HostError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # The same answer stands for a commit or a repository that cannot be seen.
            self.commit(sha, repo)
            return None
        if _is_listing(reply):
            return None
        if "content-disposition" not in reply.headers:
            # Raw files come as attachments; what does not, says something else in the file's place.
            raise HostError(f"{HOST}: not the file itself is answered", operation=f"reading {path}", url=url)
        if "\ufffd" in reply.text:
            raise HostError(f"{HOST}: {path} is not UTF-8 text", operation=f"reading {path}", url=url)
        return reply.text.encode()

    def files(self, sha: str, repo: str | None = None) -> tuple[str, ...]:
        """Return every file's path at a commit. A folder whose contents were not listed along is asked for by itself."""
        found: dict[str, None] = {}
        waiting, seen = [""], {""}
        while waiting:
            root = waiting.pop()
            url = self.url(f"src/{quote(sha, safe='')}/{quote(root)}", repo) + "?max_depth=20&pagelen=100"
            entries = list(self.pages(url, "listing the repository's files", READ_REPOSITORY))
            if root and not entries:
                raise HostError(f"{HOST}: the folder {root} is listed without contents", operation="listing the files", url=url)
            files = [item.text("path") for item in entries if item.text("type") != "commit_directory"]
            folders = [item.text("path").rstrip("/") for item in entries if item.text("type") == "commit_directory"]
            found.update(dict.fromkeys(files))
            parents = {path.rpartition("/")[0] for path in chain(files, folders)}
            unlisted = {f"{folder}/" for folder in folders if folder not in parents} - seen
            waiting += sorted(unlisted)
            seen |= unlisted
        return tuple(found)


def full(commit: Node, sha: str) -> str:
    """Return a commit's full hash. Raises HostError where it is another commit's, or abbreviated."""
    found = commit.text("hash").lower()
    if not FULL.fullmatch(found) or not found.startswith(sha.lower()):
        raise HostError(f"{HOST}: {sha[:12]} is answered with another commit", operation="reading a commit")
    return found


def _is_listing(reply: Reply) -> bool:
    """Tell a folder's listing from a file: raw files come as attachments, listings as pages."""
    page = isinstance(reply.value, dict) and {"pagelen", "values"} <= reply.value.keys()
    return page and "content-disposition" not in reply.headers
