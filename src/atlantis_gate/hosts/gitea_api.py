"""The routes of Gitea's and Forgejo's REST API that the gate uses, for one repository."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.answer import Node, read, read_list
from atlantis_gate.hosts.calls import Request
from atlantis_gate.hosts.gitea_credentials import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.calls import Caller, Reply
    from atlantis_gate.model import CommitStatus

# The server's own limit, 50 by default: https://docs.gitea.com/administration/config-cheat-sheet#api-api
_PAGE: Final = 50
_MOST_PAGES: Final = 1000
_TREE_PAGE: Final = 1000
_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Scopes of tokens: https://docs.gitea.com/development/oauth2-provider#scopes
READ: Final = "read:repository"
WRITE: Final = "write:repository"
COMMENT: Final = "write:issue"
USER: Final = "read:user"
# What a commit costs to describe and the gate does not need.
_PLAIN: Final = {"stat": "false", "verification": "false"}


class Api:
    """One repository's API."""

    def __init__(self, caller: Caller, repository: str) -> None:
        """Take the caller and the URL of the repository's API."""
        self._caller = caller
        self._root = repository

    def pull(self, number: int) -> Node:
        """Return a pull request."""
        return read(HOST, self._get(f"/pulls/{number}", {}, "reading the pull request").value, "pull request")

    def merged(self, sha: str) -> Node:
        """Return the pull request whose merge made a commit; HostError of status 404 where there is none."""
        return read(HOST, self._get(f"/commits/{sha}/pull", {}, "finding the merged pull request").value, "pull request")

    def changed(self, number: int) -> tuple[Node, ...]:
        """Return the changed files of a pull request."""
        return self._list(f"/pulls/{number}/files", {}, "listing the changed files")

    def reviews(self, number: int) -> tuple[Node, ...]:
        """Return every review of a pull request, oldest first."""
        return self._list(f"/pulls/{number}/reviews", {}, "reading the reviews", may_be_silent=True)

    def branch(self, name: str) -> Node:
        """Return a branch with what anybody may see of its protection."""
        return read(HOST, self._get(f"/branches/{quote(name, safe='')}", {}, f"reading the branch {name}").value, "branch")

    def protections(self) -> tuple[Node, ...]:
        """Return the branch protection rules, the first that matches a branch counts; for administrators of the repository only."""
        value = self._get("/branch_protections", {}, "reading the branch protection", "a repository administrator's rights").value
        return read_list(HOST, value, "branch protections")

    def statuses(self, sha: str) -> tuple[Node, ...]:
        """Return every status that was ever posted on a commit; the highest id of a context is the current one."""
        return self._list(f"/commits/{sha}/statuses", {}, "reading the commit statuses", may_be_silent=True)

    def commits(self, tip: str, without: str, *, expect_none: bool) -> tuple[Node, ...]:
        """Return the commits that `tip` has and `without` lacks, newest first, with the files that each changes.

        `expect_none`: something else says already that there are none.
        """
        query = {"sha": tip, "not": without, "files": "true", **_PLAIN}
        return self._list("/commits", query, f"comparing {without[:12]} with {tip[:12]}", may_be_silent=expect_none)

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        reply = self._get(f"/git/commits/{quote(sha, safe='')}", {**_PLAIN, "files": "false"}, f"reading commit {sha[:12]}")
        return tuple(commit_id(parent, "sha") for parent in read(HOST, reply.value, "commit").nodes("parents"))

    def content(self, path: str, sha: str) -> bytes | None:
        """Return a file's bytes at a commit, None when the commit is there and the file is not."""
        try:
            value = self._get(f"/contents/{quote(clean(path))}", {"ref": sha}, f"reading {path}").value
        except HostError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # The same answer as for a commit that cannot be seen: this raises where that is so.
            self.parents(sha)
            return None
        if isinstance(value, list):
            raise _no_file(path, "it is a directory")
        entry = read(HOST, value, path)
        if entry.text("type") != "file" or entry.maybe_text("encoding") != "base64":
            raise _no_file(path, f"it is a {entry.text('type')}, or too large")
        try:
            return base64.b64decode("".join(entry.text("content").split()), validate=True)
        except (binascii.Error, ValueError):
            raise _no_file(path, "its content cannot be decoded") from None

    def tree(self, sha: str) -> tuple[str, ...]:
        """Return the path of every file, link and submodule at a commit."""
        operation = "listing the repository's files"
        found: list[Node] = []
        for page in range(1, _MOST_PAGES + 1):
            query = {"recursive": "true", "page": str(page), "per_page": str(_TREE_PAGE)}
            answer = read(HOST, self._get(f"/git/trees/{quote(sha, safe='')}", query, operation).value, "tree")
            entries = answer.nodes("tree")
            found += entries
            if len(found) >= answer.number("total_count") and not answer.flag("truncated"):
                return tuple(item.text("path") for item in found if item.text("type") != "tree")
            if not entries:
                break
        raise _cut(operation, len(found))

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a commit status."""
        body = {
            "state": status.state,
            "context": status.context,
            "description": status.description,
            **({"target_url": status.url} if status.url else {}),
        }
        self._send("POST", f"/statuses/{quote(sha, safe='')}", body, f"posting the status {status.context}", WRITE, repeat=True)

    def identity(self) -> int:
        """Return the id of the token's own user."""
        return self.user().number("id")

    def user(self) -> Node:
        """Return the token's own user."""
        url = f"{self._root.rpartition('/repos/')[0]}/user"
        request = Request(verb="GET", url=url, operation="asking who the token belongs to", needs=USER)
        return read(HOST, self._caller.call(request).value, "user")

    def ask(self, path: str, query: Mapping[str, str], operation: str) -> object:
        """Return an answer of the repository as it is."""
        return self._get(path, query, operation).value

    def rehearse(self, path: str, body: Mapping[str, object], needs: str) -> None:
        """Send what is no such thing, which the server refuses after it has looked at what the token may."""
        self._send("POST", path, body, "trying to write", needs, repeat=False)

    def comments(self, number: int) -> tuple[Node, ...]:
        """Return the comments of a pull request."""
        return self._list(f"/issues/{number}/comments", {}, "looking for the gate's comment", may_be_silent=True)

    def write_comment(self, number: int, body: str, comment: int | None) -> None:
        """Change a comment, or make one; making is not repeated after a fault, lest there be two."""
        if comment is None:
            self._send("POST", f"/issues/{number}/comments", {"body": body}, "writing the comment", COMMENT, repeat=False)
        else:
            self._send("PATCH", f"/issues/comments/{comment}", {"body": body}, "writing the comment", COMMENT, repeat=True)

    def _list(self, path: str, query: Mapping[str, str], operation: str, *, may_be_silent: bool = False) -> tuple[Node, ...]:
        """Return a whole list. Raises HostError for one that the server cuts, and for an empty one of which it does not say that it is.

        `may_be_silent`: an empty list needs no such word, since nothing good follows from it.
        """
        found: list[Node] = []
        before: tuple[Node, ...] = ()
        for page in range(1, _MOST_PAGES + 1):
            reply = self._get(path, {**query, "page": str(page), "limit": str(_PAGE)}, operation)
            items = read_list(HOST, reply.value, operation)
            total = reply.headers.get("x-total-count", "")
            # A server that does not page answers with the same again.
            ends = not items or items == before
            found += [] if items == before else items
            before = items
            if total.isdecimal() and len(found) == int(total):
                return tuple(found)
            if ends and not total.isdecimal() and (found or may_be_silent):
                return tuple(found)
            if ends or (total.isdecimal() and len(found) > int(total)):
                break
        raise _cut(operation, len(found))

    def _get(self, path: str, query: Mapping[str, str], operation: str, needs: str = READ) -> Reply:
        url = f"{self._root}{path}{'?' if query else ''}{urlencode(query)}"
        return self._caller.call(Request(verb="GET", url=url, operation=operation, needs=needs))

    def _send(self, verb: str, path: str, body: Mapping[str, object], operation: str, needs: str, *, repeat: bool) -> None:
        request = Request(verb=verb, url=self._root + path, body=body, operation=operation, needs=needs, repeat=repeat, write=True)
        self._caller.call(request)


def commit_id(node: Node, name: str) -> str:
    """Return a full commit id. Raises HostError for anything else."""
    text = node.text(name).lower()
    if not _SHA.fullmatch(text):
        raise HostError(f"{HOST}'s answer has no commit id at {node.place}.{name}", operation=f"reading {HOST}'s answer")
    return text


def clean(path: str) -> str:
    """Return a path in its shortest form. Raises HostError for one that leads out of the repository."""
    short = posixpath.normpath(path.lstrip("/"))
    if short.startswith(".."):
        raise _no_file(path, "it lies outside the repository")
    return short


def _cut(operation: str, found: int) -> HostError:
    return HostError(
        f"{HOST} gives a list of {found} entries and does not say that it is whole",
        operation=operation,
        advice="Run the job again; if it stays, something between the gate and the server changes its answers.",
    )


def _no_file(path: str, why: str) -> HostError:
    return HostError(f"{HOST}: {path} cannot be read: {why}", operation=f"reading {path}", advice="Name a file of the repository.")
