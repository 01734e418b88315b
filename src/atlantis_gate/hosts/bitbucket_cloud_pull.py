"""A pull request of Bitbucket Cloud as its API tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.answer import unreadable
from atlantis_gate.hosts.bitbucket_cloud_access import HOST
from atlantis_gate.hosts.bitbucket_cloud_rest import SHORT
from atlantis_gate.model import Approval, Approvals, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.hosts.answer import Node

# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-pullrequests-pull-request-id-get
STATES: Final[Mapping[str, State]] = {"OPEN": State.OPEN, "MERGED": State.MERGED, "DECLINED": State.CLOSED, "SUPERSEDED": State.CLOSED}
_CHANGES: Final = "changes_requested"


@frozen(kw_only=True)
class Told:
    """What one answer says of a pull request; hashes as told, usually 12 characters.

    `mergeable` and `tasks` are None where the answer holds none. `fork` is the full name of the fork it comes from, None without one,
    empty for a fork that is gone. `diffstat` is the address of its list of changed files, None where the answer names none.
    """

    number: int
    state: State
    draft: bool
    author: str
    head: str
    head_branch: str
    base: str
    base_branch: str
    merge: str | None
    fork: str | None
    mergeable: bool | None
    tasks: int
    diffstat: str | None
    node: Node


def told(node: Node) -> Told:
    """Read a pull request. Raises HostError where something that must be there is not."""
    source, destination = node.node("source"), node.node("destination")
    merge = node.maybe_node("merge_commit")
    state = node.text("state")
    if state not in STATES:
        raise unreadable(HOST, f"{node.place}.state", node.fields.get("state"))
    return Told(
        number=node.number("id"),
        state=STATES[state],
        draft=node.flag("draft"),
        author=_name(node.node("author")),
        head=_hash(source.node("commit")),
        head_branch=source.node("branch").text("name"),
        base=_hash(destination.node("commit")),
        base_branch=destination.node("branch").text("name"),
        merge=_hash(merge) if merge else None,
        fork=_fork(source.maybe_node("repository"), destination.node("repository")),
        mergeable=node.flag("mergeable") if "mergeable" in node.fields else None,
        tasks=node.number("task_count"),
        diffstat=_link(node, "diffstat"),
        node=node,
    )


def approvals(node: Node) -> Approvals:
    """Return who approves at the moment.

    Nicknames are not unique, so people are told apart by their uuid: the author keeps the author's name, and anyone else who goes by it
    gets the uuid added.
    """
    author = node.node("author")
    found = []
    for participant in node.nodes("participants"):
        user = participant.node("user")
        if not participant.flag("approved") or participant.maybe_text("state") == _CHANGES:
            continue
        name = _name(user)
        if user.text("uuid") == author.text("uuid"):
            name = _name(author)
        elif name.casefold() == _name(author).casefold():
            name = f"{name} {user.text('uuid')}"
        found.append(Approval(name))
    return Approvals(tuple(found))


def _name(user: Node) -> str:
    """Return what a person is called; the uuid must be there, as only it tells people apart."""
    uuid = user.text("uuid")
    if not uuid:
        raise unreadable(HOST, f"{user.place}.uuid", None)
    return user.maybe_text("nickname") or user.maybe_text("display_name") or uuid


def _hash(commit: Node) -> str:
    found = commit.text("hash").lower()
    if not SHORT.fullmatch(found):
        raise unreadable(HOST, f"{commit.place}.hash", found)
    return found


def _fork(source: Node | None, destination: Node) -> str | None:
    if source is None:
        return ""
    if source.text("full_name").casefold() == destination.text("full_name").casefold():
        return None
    return source.text("full_name")


def _link(node: Node, name: str) -> str | None:
    links = node.maybe_node("links")
    link = links.maybe_node(name) if links else None
    return link.maybe_text("href") if link else None
