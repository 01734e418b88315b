"""What GitLab tells about the repository itself: commits, files, and what changed on a branch."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.answer import in_query, read_list
from atlantis_gate.hosts.gitlab_credentials import GITLAB
from atlantis_gate.hosts.gitlab_merge_request import paths, sha
from atlantis_gate.model import Divergence, State, Unknown

if TYPE_CHECKING:
    from atlantis_gate.hosts.calls import Reply
    from atlantis_gate.hosts.gitlab_routes import Routes
    from atlantis_gate.hosts.gitlab_session import Session
    from atlantis_gate.model import PullRequest

_START: Final = re.compile(r"[0-9a-f]{7,64}")
# https://docs.gitlab.com/api/rest/#keyset-based-pagination
_MORE: Final = re.compile(r"rel=\W?next")
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>; *rel="next"')
_MOST_TREE_PAGES: Final = 2000
_ABSENT: Final = "file not found"


class Repository:
    """One project's repository."""

    def __init__(self, session: Session, routes: Routes) -> None:
        """Take the session and the project's routes."""
        self._session = session
        self._routes = routes

    def tip(self, branch: str) -> str:
        """Return the newest commit of a branch."""
        return sha(self._session.one(self._routes.branch(branch)).node("commit"), "id")

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents of a commit, first parent first."""
        return tuple(text.lower() for text in self._session.one(self._routes.commit(commit)).texts("parent_ids"))

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return what changed on the base branch since `planned_on`, the merge of a merged pull request, or the merge base."""
        merged = pull.merge_sha if pull.state is State.MERGED else None
        start = (planned_on or merged or pull.head_sha).lower()
        if not _START.fullmatch(start):
            return Unknown("the starting point is not a commit id")
        if start == pull.base_sha:
            return Divergence(pull.base_sha, start, ())
        try:
            return self._compared(start, pull, must_be_part=bool(planned_on or merged))
        except HostError as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
                return Unknown(
                    f"GitLab cannot compare {start} with {pull.base_branch}: one is not in this project, or they share no history "
                    f"({error.message})"
                )
            raise

    def _compared(self, start: str, pull: PullRequest, *, must_be_part: bool) -> Divergence | Unknown:
        base, compare = self._routes.merge_base(start, pull.base_sha), self._routes.compare(start, pull.base_sha)
        self._session.together((base, compare))
        found = sha(self._session.one(base), "id")
        if must_be_part and not found.startswith(start):
            return Unknown(f"the starting point {start} is not part of {pull.base_branch} (any more)")
        if found == pull.base_sha:
            return Divergence(pull.base_sha, found, ())
        answer = self._session.one(compare)
        # https://docs.gitlab.com/administration/instance_limits/#diff-limits: then the list of files is cut.
        if answer.flag("compare_timeout"):
            return Unknown(f"{pull.base_branch} changed in more files since {found} than GitLab lists")
        if not answer.nodes("commits"):
            return Unknown(f"GitLab lists no commit between {found} and {pull.base_sha}, though there must be some")
        return Divergence(pull.base_sha, found, paths(answer.nodes("diffs")))

    def file(self, path: str, commit: str) -> bytes | None:
        """Return a file's bytes at a commit, None when it is not there. Raises HostError where that cannot be told."""
        short = posixpath.normpath(path.lstrip("/"))
        if short.startswith(".."):
            raise _unreadable(path, "it lies outside the repository")
        try:
            answer = self._session.one(self._routes.file(short, commit))
        except HostError as error:
            if error.status == HTTPStatus.NOT_FOUND and _ABSENT in error.message.casefold():
                return None
            raise
        if answer.text("encoding") != "base64":
            raise _unreadable(path, "its content is encoded in a way the gate does not know")
        try:
            return base64.b64decode("".join(answer.text("content").split()), validate=True)
        except (binascii.Error, ValueError):
            raise _unreadable(path, "its content cannot be decoded") from None

    def files(self, commit: str) -> tuple[str, ...]:
        """Return the path of every file, link and submodule at a commit."""
        found: list[str] = []
        token = ""
        for _ in range(_MOST_TREE_PAGES):
            question = self._routes.tree(commit, token)
            reply = self._session.ask(question)
            found += (item.text("path") for item in read_list(GITLAB, reply.value, "tree") if item.text("type") != "tree")
            token = _page_token(reply)
            if not token:
                return tuple(found)
        raise HostError(
            "GitLab: the repository has too many files to list them over its API",
            operation="listing the repository's files",
            advice="Check the repository out in the job and name the folder with --root, so that the gate lists the files there.",
        )


def _page_token(reply: Reply) -> str:
    """Return where the next page begins, empty at the end. Raises HostError where that is not told."""
    link = reply.headers.get("link", "")
    more, following = _MORE.search(link), _NEXT.search(link)
    token = in_query(following[1], "page_token") if following else ""
    if not link or (more and not token):
        raise HostError(
            f"GitLab: {'where' if more else 'whether'} the list of files goes on is not told",
            operation="listing the repository's files",
            advice="Usually a proxy drops or changes the header Link. Check the repository out in the job and name the folder with --root.",
        )
    return token


def _unreadable(path: str, why: str) -> HostError:
    return HostError(f"GitLab: {path} cannot be read: {why}", operation=f"reading {path}", advice="Name a file of the repository.")
