"""What the gate posts to Bitbucket Cloud: build statuses and its comment."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.answer import read
from atlantis_gate.hosts.bitbucket_cloud_access import HOST
from atlantis_gate.hosts.bitbucket_cloud_rest import READ_PULL, READ_REPOSITORY
from atlantis_gate.hosts.bitbucket_keys import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.bitbucket_cloud_rest import Rest
    from atlantis_gate.model import CommitStatus

# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/#api-repositories-workspace-repo-slug-commit-commit-statuses-build-post
_STATES: Final[Mapping[str, str]] = {"success": "SUCCESSFUL", "failure": "FAILED", "error": "FAILED"}
READ_USER: Final = "the scope read:user:bitbucket"
_TEXT_LIMIT: Final = 255
_NO_USER: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


def set_status(rest: Rest, sha: str, status: CommitStatus, *, web: str, branch: str | None) -> None:
    """Post a build status; with the source branch it shows on the pull request. A URL must be there: `web` stands in for a missing one."""
    body = {
        "key": key(status.context),
        "name": status.context[:_TEXT_LIMIT],
        "state": _STATES[status.state],
        "description": status.description[:_TEXT_LIMIT],
        "url": status.url or web,
        **({"refname": branch} if branch else {}),
    }
    url = rest.url(f"commit/{quote(sha, safe='')}/statuses/build")
    rest.write("POST", url, body, f"posting the status {status.context}", READ_REPOSITORY, repeat=True)


def write_comment(rest: Rest, number: int, marker: str, body: str, *, create: bool) -> bool:
    """Keep one comment of this token's own user up to date; return whether one was written.

    An access token is told of no user (GET /user is not for it). Then every comment with the marker is tried, equal ones last, which
    anybody may have written: Bitbucket lets nobody change a comment but its author, so only the gate's own is ever changed.
    """
    me = _user(rest)
    found = [comment for comment in _marked(rest, number, marker) if me is None or _author(comment) == me]
    for comment in sorted(found, key=lambda comment: _says(comment, body)):
        if _says(comment, body):
            return False
        if _changed(rest, number, comment.number("id"), body, certain=me is not None):
            return True
    if create:
        url = rest.url(f"pullrequests/{number}/comments")
        rest.write("POST", url, {"content": {"raw": body}}, "writing the comment", READ_PULL, repeat=False)
    return create


def _user(rest: Rest) -> str | None:
    """Return the uuid of the token's user, None where the token has none or may not ask."""
    try:
        return read(HOST, rest.reply(f"{rest.api}/user", "asking whose token it is", READ_USER).value, "user").text("uuid")
    except CredentialError:
        return None
    except HostError as error:
        if error.status in _NO_USER:
            return None
        raise


def _marked(rest: Rest, number: int, marker: str) -> Iterator[Node]:
    url = rest.url(f"pullrequests/{number}/comments") + "?pagelen=100"
    for comment in rest.pages(url, "looking for the gate's comment", READ_PULL):
        content = comment.maybe_node("content")
        kept = not comment.maybe_flag("deleted") and comment.maybe_node("inline") is None
        if kept and content is not None and marker in (content.maybe_text("raw") or ""):
            yield comment


def _author(comment: Node) -> str | None:
    user = comment.maybe_node("user")
    return user.maybe_text("uuid") if user else None


def _changed(rest: Rest, number: int, comment: int, body: str, *, certain: bool) -> bool:
    """Change a comment; False where it turns out to be somebody else's."""
    url = rest.url(f"pullrequests/{number}/comments/{comment}")
    try:
        rest.write("PUT", url, {"content": {"raw": body}}, "writing the comment", READ_PULL, repeat=True)
    except HostError as error:
        if certain or error.status not in _NO_USER:
            raise
        return False
    return True


def _says(comment: Node, body: str) -> bool:
    """Compare a comment as Bitbucket keeps it: it may change line ends."""
    return comment.node("content").text("raw").replace("\r\n", "\n").strip() == body.replace("\r\n", "\n").strip()
