"""What the gate posts to Bitbucket Data Center: build statuses and its comment."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.bitbucket_data_center_rest import READ
from atlantis_gate.hosts.bitbucket_keys import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_data_center_rest import Rest
    from atlantis_gate.model import CommitStatus

# https://developer.atlassian.com/server/bitbucket/rest/v900/api-group-builds-and-deployments/#api-api-latest-projects-projectkey-repos-repositoryslug-commits-commitid-builds-post
_STATES: Final[Mapping[str, str]] = {"success": "SUCCESSFUL", "failure": "FAILED", "error": "FAILED"}
_TEXT_LIMIT: Final = 255
_URL_LIMIT: Final = 450


@frozen
class Comment:
    """A comment of the pull request itself; a change must name the version that it changes."""

    number: int
    version: int
    author: str
    text: str


def set_status(rest: Rest, sha: str, status: CommitStatus, *, web: str, branch: str | None) -> None:
    """Post a build status; `web` stands in for a URL that is missing or too long. Servers before 7.14 know the older API only."""
    body = {
        "key": key(status.context),
        "name": status.context[:_TEXT_LIMIT],
        "state": _STATES[status.state],
        "description": status.description[:_TEXT_LIMIT],
        "url": status.url if 0 < len(status.url) <= _URL_LIMIT else web,
    }
    # What required builds go by is the parent: https://confluence.atlassian.com/bitbucketserver/required-builds-1051347571.html
    full = {**body, "parent": key(status.context), **({"ref": f"refs/heads/{branch}"} if branch else {})}
    commit, operation = quote(sha, safe=""), f"posting the status {status.context}"
    try:
        rest.write("POST", rest.url(f"commits/{commit}/builds"), full, operation, READ, repeat=True)
    except HostError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        rest.write("POST", rest.global_url(f"build-status/1.0/commits/{commit}"), body, operation, READ, repeat=True)


def write_comment(rest: Rest, number: int, marker: str, body: str, *, create: bool) -> bool:
    """Keep one comment of this token's own user up to date; return whether one was written.

    Where Bitbucket does not say who that is, every comment with the marker is tried, equal ones last, which anybody may have written:
    nobody may change a comment but its author.
    """
    listed = list(_marked(rest, number, marker))
    found = [comment for comment in listed if rest.user is None or comment.author.casefold() == rest.user.casefold()]
    for comment in sorted(found, key=lambda comment: _same(comment.text, body)):
        if _same(comment.text, body):
            return False
        if _changed(rest, number, comment, body):
            return True
    if create:
        rest.write("POST", rest.url(f"pull-requests/{number}/comments"), {"text": body}, "writing the comment", READ, repeat=False)
    return create


def _marked(rest: Rest, number: int, marker: str) -> Iterator[Comment]:
    """Yield the comments that hold the marker; comments that are on no line of a file are listed among the activities only."""
    pages = rest.pages(rest.url(f"pull-requests/{number}/activities"), "looking for the gate's comment")
    seen: set[int] = set()
    for page in pages:
        for comment in filter(None, map(_comment, page.nodes("values"))):
            if marker in comment.text and comment.number not in seen:
                seen.add(comment.number)
                yield comment


def _comment(activity: Node) -> Comment | None:
    if activity.maybe_text("action") != "COMMENTED" or activity.maybe_text("commentAction") == "DELETED":
        return None
    comment = activity.maybe_node("comment")
    return _read(comment) if comment is not None and activity.fields.get("commentAnchor") is None else None


def _read(comment: Node) -> Comment:
    return Comment(comment.number("id"), comment.number("version"), comment.node("author").text("name"), comment.text("text"))


def _changed(rest: Rest, number: int, comment: Comment, body: str) -> bool:
    """Change a comment; False where it turns out to be somebody else's."""
    url = rest.url(f"pull-requests/{number}/comments/{comment.number}")
    try:
        rest.write("PUT", url, {"text": body, "version": comment.version}, "writing the comment", READ, repeat=True)
    except CredentialError:
        if rest.user is not None:
            raise
        return False
    except HostError as error:
        if rest.user is not None or error.status not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            raise
        return False
    return True


def _same(one: str, other: str) -> bool:
    """Compare comments as Bitbucket keeps them: it may change line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
