"""The routes of Azure DevOps' REST API that the gate uses, for one repository."""

from __future__ import annotations

import posixpath
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.answer import Node, read, unreadable
from atlantis_gate.hosts.azure_devops_credentials import HOST
from atlantis_gate.hosts.calls import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.hosts.azure_devops_addresses import Addresses
    from atlantis_gate.hosts.calls import Caller, Reply

# Azure DevOps Services and Server 2022: https://learn.microsoft.com/en-us/rest/api/azure/devops/#api-and-tfs-version-mapping
VERSION: Final = "7.0"
# What stays a preview in every version: https://learn.microsoft.com/en-us/rest/api/azure/devops/policy/evaluations/list
PREVIEW: Final = "7.0-preview.1"
READ: Final = "Code (Read)"
STATUS: Final = "Code (Status), and for a pipeline's identity the permission 'Contribute to pull requests'"
THREADS: Final = "Pull Request Threads (Read & write), and for a pipeline's identity the permission 'Contribute to pull requests'"
_HEADS: Final = "refs/heads/"
_PAGE: Final = 100
_MOST_PAGES: Final = 300
MOST_ENTRIES: Final = _PAGE * _MOST_PAGES
# https://learn.microsoft.com/en-us/rest/api/azure/devops/git/diffs/get#gitversiontype
_COMMIT: Final = "commit"
# The error for a path that a commit does not have (it is told, and listed nowhere); other 404s mean that the commit or the repository
# cannot be seen, and are no answer.
_NO_ITEM: Final = "TF401174"
# https://learn.microsoft.com/en-us/rest/api/azure/devops/git/diffs/get#versioncontrolchangetype
_RENAMED: Final = frozenset({"rename"})
# Code pages of UTF-8 and ASCII: https://learn.microsoft.com/en-us/windows/win32/intl/code-page-identifiers
_UTF_8: Final = frozenset({None, 65001, 20127})


@frozen
class Comparison:
    """The merge base of two commits, how many commits `tip` lacks, and the paths that changed between merge base and `tip`."""

    common: str
    behind: int
    files: tuple[str, ...]


class Api:
    """The Git and policy APIs of one repository."""

    def __init__(self, caller: Caller, at: Addresses) -> None:
        """Take the caller and the repository's addresses."""
        self.at = at
        self._caller = caller

    def pull(self, number: int) -> Node:
        """Return a pull request."""
        url = f"{self.at.git}/pullRequests/{number}"
        return read(HOST, self._get(url, {}, "reading the pull request").value, "pull request")

    def tip(self, branch: str) -> str | None:
        """Return the commit that a branch is at now, None when there is no such branch."""
        # The filter is a beginning: `main` finds `main-2` too.
        query = {"filter": f"heads/{branch}", "$top": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            reply = self._get(f"{self.at.git}/refs", query, f"reading the branch {branch}")
            for ref in _values(reply, "refs"):
                if ref.text("name") == f"{_HEADS}{branch}":
                    return commit_id(ref, "objectId")
            token = reply.headers.get("x-ms-continuationtoken")
            if not token:
                return None
            query["continuationToken"] = token
        raise endless(f"reading the branch {branch}")

    def compare(self, start: str, tip: str) -> Comparison | None:
        """Compare two commits, all changes included; None where they share no history. Raises HostError of status 404 for unknown ones."""
        query = {"baseVersion": start, "baseVersionType": _COMMIT, "targetVersion": tip, "targetVersionType": _COMMIT}
        query |= {"diffCommonCommit": "true", "$top": str(_PAGE)}
        operation = f"comparing {start[:12]} with {tip[:12]}"
        found: list[Node] = []
        for _ in range(_MOST_PAGES):
            answer = read(HOST, self._get(f"{self.at.git}/diffs/commits", {**query, "$skip": str(len(found))}, operation).value, "diff")
            page = answer.nodes("changes")
            first, found = not found, [*found, *page]
            if not found and answer.maybe_flag("allChangesIncluded") is False:
                raise HostError(f"{HOST} says that there are changes and tells none", operation=operation)
            if _last(answer, len(page), first=first):
                if answer.fields.get("commonCommit") is None:
                    return None
                return Comparison(commit_id(answer, "commonCommit"), answer.number("behindCount"), _paths(found))
        raise endless(operation)

    def evaluations(self, project_id: str, number: int) -> tuple[Node, ...]:
        """Return every policy evaluation of a pull request."""
        query = {"artifactId": f"vstfs:///CodeReview/CodeReviewId/{project_id}/{number}", "api-version": PREVIEW, "$top": str(_PAGE)}
        found: list[Node] = []
        for _ in range(_MOST_PAGES):
            reply = self._get(self.at.policies, {**query, "$skip": str(len(found))}, "reading the branch policies")
            page = _values(reply, "policy evaluations")
            found += page
            if len(page) < _PAGE:
                return tuple(found)
        raise endless("reading the branch policies")

    def merged(self, sha: str) -> tuple[Node, ...]:
        """Return the pull requests whose last merge made a commit."""
        body = {"queries": [{"type": "lastMergeCommit", "items": [sha]}]}
        url = f"{self.at.git}/pullrequestquery"
        answer = read(HOST, self._send("POST", url, body, "finding the merged pull request", READ, repeat=True).value, "query")
        return tuple(item for result in answer.nodes("results") if sha in result.fields for item in result.nodes(sha))

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        reply = self._get(f"{self.at.git}/commits/{sha}", {}, f"reading commit {sha[:12]}")
        return tuple(parent.lower() for parent in read(HOST, reply.value, "commit").texts("parents"))

    def content(self, path: str, sha: str) -> bytes | None:
        """Return a file's bytes at a commit, None when it is not there."""
        query = {"path": f"/{clean(path)}", "includeContent": "true", "includeContentMetadata": "true", "$format": "json", **_at(sha)}
        try:
            item = read(HOST, self._get(f"{self.at.git}/items", query, f"reading {path}").value, path)
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND and _NO_ITEM in error.message:
                return None
            raise
        if item.maybe_flag("isFolder") or item.maybe_flag("isSymLink"):
            raise _no_file(path, "it is a folder or a link")
        metadata = item.maybe_node("contentMetadata")
        if metadata and (metadata.maybe_flag("isBinary") or metadata.maybe_number("encoding") not in _UTF_8):
            raise _no_file(path, "it is not UTF-8 text")
        return item.text("content").encode("utf-8", "surrogatepass")

    def tree(self, sha: str) -> tuple[str, ...]:
        """Return the path of every file, link and submodule at a commit."""
        query = {"scopePath": "/", "recursionLevel": "Full", "$format": "json", **_at(sha)}
        reply = self._get(f"{self.at.git}/items", query, "listing the repository's files")
        items = _values(reply, "items")
        return tuple(item.text("path").lstrip("/") for item in items if item.text("gitObjectType") != "tree")

    def iterations(self, number: int) -> tuple[Node, ...]:
        """Return the iterations (pushes) of a pull request."""
        reply = self._get(f"{self.at.git}/pullRequests/{number}/iterations", {}, "reading the pull request's iterations")
        return _values(reply, "iterations")

    def set_status(self, number: int, body: Mapping[str, object], context: str) -> None:
        """Post a status on a pull request; posting it twice does no harm, since the latest counts."""
        self._send(
            "POST", f"{self.at.git}/pullRequests/{number}/statuses", body, f"posting the status {context}", STATUS, repeat=True, write=True
        )

    def identity(self) -> str:
        """Return the id of the token's own user."""
        return self.user().text("id")

    def user(self) -> Node:
        """Return the token's own user."""
        reply = self._get(self.at.connection, {"api-version": PREVIEW}, "asking who the token belongs to")
        return read(HOST, reply.value, "connection data").node("authenticatedUser")

    def ask(self, url: str, query: Mapping[str, str], operation: str) -> Node:
        """Return an answer that is an object."""
        return read(HOST, self._get(url, query, operation).value, operation)

    def threads(self, number: int) -> tuple[Node, ...]:
        """Return the comment threads of a pull request."""
        reply = self._get(f"{self.at.git}/pullRequests/{number}/threads", {}, "looking for the gate's comment")
        return _values(reply, "threads")

    def write_comment(self, number: int, body: str, place: tuple[int, int] | None) -> None:
        """Change the comment at (thread, comment), or start a thread; starting is not repeated after a fault, lest there be two."""
        threads = f"{self.at.git}/pullRequests/{number}/threads"
        if place is None:
            # Without a status the thread is not an open one, which a comment policy would want resolved.
            thread = {"comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}]}
            self._send("POST", threads, thread, "writing the comment", THREADS, write=True)
        else:
            url = f"{threads}/{place[0]}/comments/{place[1]}"
            self._send("PATCH", url, {"content": body}, "writing the comment", THREADS, repeat=True, write=True)

    def _get(self, url: str, query: Mapping[str, str], operation: str) -> Reply:
        return self._caller.call(Request(verb="GET", url=_with(url, query), operation=operation, needs=READ))

    def _send(
        self, verb: str, url: str, body: Mapping[str, object], operation: str, needs: str, *, repeat: bool = False, write: bool = False
    ) -> Reply:
        return self._caller.call(
            Request(verb=verb, url=_with(url, {}), body=body, operation=operation, needs=needs, repeat=repeat, write=write)
        )


def commit_id(node: Node, name: str) -> str:
    """Return a full commit id. Raises HostError for anything else."""
    text = node.text(name).lower()
    if len(text) != 40 or not set(text) <= set("0123456789abcdef"):  # noqa: PLR2004 - SHA-1
        raise HostError(f"{HOST}'s answer has no commit id at {node.place}.{name}", operation=f"reading {HOST}'s answer")
    return text


def clean(path: str) -> str:
    """Return a path in its shortest form. Raises HostError for one that leads out of the repository."""
    short = posixpath.normpath(path.lstrip("/"))
    if short.startswith(".."):
        raise _no_file(path, "it lies outside the repository")
    return short


def endless(operation: str) -> HostError:
    """Return the error for a list that does not end."""
    return HostError(f"{HOST}: a list of more than {MOST_ENTRIES} entries", operation=operation)


def _last(answer: Node, count: int, *, first: bool) -> bool:
    """Tell whether no page follows one of `count` changes; a short one ends the list unless the answer itself says that there is more."""
    whole = answer.maybe_flag("allChangesIncluded")
    return count == 0 or (first and whole is True) or (count < _PAGE and whole is not False)


def _values(reply: Reply, place: str) -> tuple[Node, ...]:
    """Return the items of a list. Raises HostError where there are not as many as it says."""
    answer = read(HOST, reply.value, place)
    found = answer.nodes("value")
    if answer.maybe_number("count") not in {None, len(found)}:
        raise HostError(f"{HOST}'s answer holds {len(found)} of {answer.number('count')} {place}", operation=f"reading {HOST}'s answer")
    return found


def _paths(changes: Sequence[Node]) -> tuple[str, ...]:
    """Return the changed paths of files, both sides of a rename, each once and in order. Raises HostError for a rename with one side."""
    found: list[str] = []
    for change in changes:
        item = change.node("item")
        if item.maybe_flag("isFolder") or item.maybe_text("gitObjectType") == "tree":
            continue
        sources = [path for path in (change.maybe_text("sourceServerItem"), change.maybe_text("originalPath")) if path]
        if not sources and _RENAMED & set((change.maybe_text("changeType") or "").split(", ")):
            raise unreadable(HOST, f"{change.place}.sourceServerItem", None)
        found += [item.text("path"), *sources]
    return tuple(dict.fromkeys(path.lstrip("/") for path in found))


def _at(sha: str) -> dict[str, str]:
    return {"versionDescriptor.version": sha, "versionDescriptor.versionType": _COMMIT}


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{urlencode({'api-version': VERSION, **query}, safe='$/:')}"


def _no_file(path: str, why: str) -> HostError:
    return HostError(f"{HOST}: {path} cannot be read: {why}", operation=f"reading {path}", advice="Name a file of the repository.")
