"""What GraphQL does not tell, and all writing: GitHub's REST API for one repository."""

from __future__ import annotations

import base64
import binascii
import posixpath
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts import github_answer as answer
from atlantis_gate.hosts.answer import in_query
from atlantis_gate.hosts.github_snapshot import sha as sha_of

if TYPE_CHECKING:
    from atlantis_gate.hosts.github_session import Session
    from atlantis_gate.model import CommitStatus

_PAGE: Final = 100
# https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
MOST_FILES: Final = 3000
# https://docs.github.com/en/rest/commits/commits#compare-two-commits
MOST_COMPARED: Final = 300
# https://docs.github.com/en/rest/commits/statuses#create-a-commit-status (the limit is enforced, not documented)
_DESCRIPTION: Final = 140
_SHA_LENGTH: Final = 40


@frozen
class Comparison:
    """Where `tip` stands against `start` (ahead, behind, diverged, identical) and what changed since they parted; None: too many files."""

    status: str
    merge_base: str
    files: tuple[str, ...] | None


class Rest:
    """The REST routes the gate uses."""

    def __init__(self, session: Session, repo: str) -> None:
        """Take the session and the repository's full name."""
        self._session = session
        self._repo = f"/repos/{quote(repo)}"

    def changed_files(self, number: int, expected: int, head_sha: str) -> tuple[str, ...]:
        """Return every changed path, both sides of a rename. Raises HostError unless the list is whole and of that head."""
        found: list[answer.Node] = []
        while len(found) < expected:
            path = f"{self._repo}/pulls/{number}/files?per_page={_PAGE}&page={len(found) // _PAGE + 1}"
            page = answer.read_list(self._get(path, "listing the changed files", "pull-requests: read"), "files")
            found += page
            if len(page) < _PAGE:
                break
        if len(found) != expected:
            raise incomplete(len(found), expected)
        if any(_commit_of(item) not in {None, head_sha} for item in found):
            raise HostError("GitHub: the pull request got new commits while its files were listed", operation="listing the changed files")
        return both_sides(found)

    def compare(self, start: str, tip: str) -> Comparison:
        """Compare two commits. Raises HostError, of status 404 for commits that are not there or share no history."""
        path = f"{self._repo}/compare/{quote(start, safe='')}...{quote(tip, safe='')}?per_page=1&page=1"
        reply = answer.read(self._get(path, f"comparing {start[:12]} with {tip[:12]}", "contents: read"), "comparison")
        files = reply.nodes("files")
        return Comparison(
            status=reply.text("status"),
            merge_base=sha_of(reply.node("merge_base_commit"), "sha"),
            files=None if len(files) >= MOST_COMPARED else both_sides(files),
        )

    def content(self, path: str, sha: str) -> bytes | None:
        """Return a file's bytes at a commit, None when it is not there; links inside the repository are followed by GitHub."""
        url = f"{self._repo}/contents/{quote(clean(path))}?ref={quote(sha, safe='')}"
        try:
            value = self._get(url, f"reading {path}", "contents: read")
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND and "no commit found" not in error.message.casefold():
                return None
            raise
        if isinstance(value, list):
            raise _no_file(path, "it is a directory")
        entry = answer.read(value, path)
        if entry.text("type") != "file":
            raise _no_file(path, f"it is a {entry.text('type')}")
        if entry.maybe_text("encoding") == "base64" and (entry.text("content").strip() or not entry.number("size")):
            return _decode(path, entry.text("content"))
        # Over 1 MB: https://docs.github.com/en/rest/repos/contents#get-repository-content
        blob = self._get(f"{self._repo}/git/blobs/{quote(entry.text('sha'), safe='')}", f"reading {path}", "contents: read")
        return _decode(path, answer.read(blob, path).text("content"))

    def tree(self, sha: str) -> tuple[str, ...]:
        """Return the path of every file, link and submodule at a commit. Raises HostError where GitHub cuts the list."""
        url = f"{self._repo}/git/trees/{quote(sha, safe='')}?recursive=1"
        reply = answer.read(self._get(url, "listing the repository's files", "contents: read"), "tree")
        if reply.flag("truncated"):
            raise HostError(
                "GitHub: the repository has too many files to list them over its API",
                operation="listing the repository's files",
                advice="Check the repository out in the job and name the folder with --root, so that the gate lists the files there.",
            )
        return tuple(item.text("path") for item in reply.nodes("tree") if item.text("type") != "tree")

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        url = f"{self._repo}/git/commits/{quote(sha, safe='')}"
        reply = answer.read(self._get(url, f"reading commit {sha[:12]}", "contents: read"), "commit")
        return tuple(sha_of(parent, "sha") for parent in reply.nodes("parents"))

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post a commit status."""
        text = status.description
        body = {
            "state": status.state,
            "context": status.context,
            "description": text if len(text) <= _DESCRIPTION else f"{text[: _DESCRIPTION - 1]}…",
            **({"target_url": status.url} if status.url else {}),
        }
        path = f"{self._repo}/statuses/{quote(sha, safe='')}"
        self._session.write("POST", path, body, operation=f"posting the status {status.context}", needs="statuses: write", repeat=True)

    def write_comment(self, number: int, body: str, comment: int | None) -> None:
        """Change a comment, or make one; making is not repeated after a fault, lest there be two."""
        if comment is None:
            verb, path = "POST", f"{self._repo}/issues/{number}/comments"
        else:
            verb, path = "PATCH", f"{self._repo}/issues/comments/{comment}"
        operation, needs = "writing the comment", "pull-requests: write"
        self._session.write(verb, path, {"body": body}, operation=operation, needs=needs, repeat=comment is not None)

    def _get(self, path: str, operation: str, needs: str) -> object:
        return self._session.get(path, operation=operation, needs=needs).value


def incomplete(found: int, expected: int) -> HostError:
    """Return the error for a list of changed files that is not whole."""
    return HostError(
        f"GitHub lists {found} of the {expected} changed files; it never lists more than {MOST_FILES}",
        operation="listing the changed files",
        advice="Split the pull request, or run the job again if it was just pushed to.",
    )


def both_sides(files: tuple[answer.Node, ...] | list[answer.Node]) -> tuple[str, ...]:
    """Return new and previous paths, each once, in order. Raises HostError for a renamed file without its previous path."""
    paths = (path for item in files for path in (item.text("filename"), _previous(item)))
    return tuple(dict.fromkeys(path for path in paths if path is not None))


def _previous(item: answer.Node) -> str | None:
    return item.text("previous_filename") if item.text("status") == "renamed" else item.maybe_text("previous_filename")


def clean(path: str) -> str:
    """Return a path in its shortest form. Raises HostError for one that leads out of the repository."""
    short = posixpath.normpath(path.lstrip("/"))
    if short.startswith(".."):
        raise _no_file(path, "it lies outside the repository")
    return short


def _commit_of(item: answer.Node) -> str | None:
    """Return the commit that a listed file is of, where its link tells."""
    ref = in_query(item.maybe_text("contents_url") or "", "ref").lower()
    return ref if len(ref) == _SHA_LENGTH else None


def _decode(path: str, content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _no_file(path, "its content cannot be decoded") from None


def _no_file(path: str, why: str) -> HostError:
    return HostError(f"GitHub: {path} cannot be read: {why}", operation=f"reading {path}", advice="Name a file of the repository.")
