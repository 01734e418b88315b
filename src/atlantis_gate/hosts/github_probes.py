"""Trying one thing on GitHub each: nothing is changed, and the answer says whether the credential may."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.diagnosis import Held
from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.hosts.github_replies import Reply
    from atlantis_gate.hosts.github_session import Session

# What GitHub says where the plan of a private repository's owner has no branch protection or rulesets.
_NOT_IN_PLAN: Final = "Upgrade to"
# No commit has it.
_NO_COMMIT: Final = "0" * 40


@frozen
class Finding:
    """Whether the credential may, GitHub's answer in words, and the answer itself where it was a good one."""

    held: Held
    evidence: str = ""
    reply: Reply | None = None


UNTRIED: Final = Finding(Held.UNKNOWN, "not tried, for the repository cannot be read")


class Probes:
    """Questions about one repository. Every method raises CredentialError or HostError where GitHub does not answer the question at all."""

    def __init__(self, session: Session, repo: str) -> None:
        """Take the session and the repository's full name."""
        self._session = session
        self._repo = f"/repos/{quote(repo)}"
        self._owner = quote(repo.partition("/")[0], safe="")

    def get(self, path: str, operation: str) -> Finding:
        """Ask for a path of the repository that is there for whoever may see it."""
        return attempt(lambda: self._session.get(self._repo + path, operation=operation, needs="another permission"))

    def protection(self, branch: str) -> Finding:
        """Ask for branch protection as administrators see it.

        https://docs.github.com/en/rest/branches/branch-protection#get-branch-protection
        """
        found = self.get(f"/branches/{quote(branch, safe='')}/protection", "reading the branch protection")
        if "Branch not protected" in found.evidence:
            return Finding(Held.YES, found.evidence)
        return Finding(Held.UNKNOWN, found.evidence) if _NOT_IN_PLAN in found.evidence else found

    def rulesets(self, branch: str) -> Finding:
        """Ask for the rules of a branch; https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch."""
        found = self.get(f"/rules/branches/{quote(branch, safe='')}?per_page=1", "reading the rulesets")
        if _NOT_IN_PLAN in found.evidence:
            return Finding(Held.YES, f"there are none: {found.evidence}")
        # An older server has no such address.
        return Finding(Held.UNKNOWN, found.evidence) if "(404" in found.evidence else found

    def teams(self) -> Finding:
        """Ask for the owner's teams; https://docs.github.com/en/rest/teams/teams#list-teams."""
        path = f"/orgs/{self._owner}/teams?per_page=1"
        return attempt(lambda: self._session.get(path, operation="reading the teams", needs="members: read"))

    def status(self, context: str) -> Finding:
        """Post a status to a commit that does not exist: GitHub looks at the permission first, and then refuses it as invalid.

        https://github.com/qltysh-archive/codeclimate-services/pull/48
        """
        body = {"state": "pending", "context": context, "description": "a dry run"}
        path, operation = f"{self._repo}/statuses/{_NO_COMMIT}", "trying to post a status"
        found = attempt(
            lambda: self._session.write("POST", path, body, operation=operation, needs="statuses: write", repeat=True),
            good=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
        return Finding(found.held, f"tried on a commit that does not exist: {found.evidence}" if found.evidence else "")


def attempt(question: Callable[[], Reply], *, good: HTTPStatus = HTTPStatus.OK) -> Finding:
    """Ask a question; `good` is a refusal that only whoever is permitted gets to hear. GitHub hides by 404 what may not be seen."""
    try:
        return Finding(Held.YES, "", question())
    except HostError as error:
        if no_answer(error):
            raise
        evidence = error.message.removeprefix("GitHub: ")
        if error.status == good:
            return Finding(Held.YES, evidence)
        denied = error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
        return Finding(Held.NO if denied else Held.UNKNOWN, evidence)


def no_answer(error: HostError) -> bool:
    """Tell whether an error says nothing about permissions: no answer from an address, a fault, a limit."""
    silent = not error.status and bool(error.url)
    return silent or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or "rate limit" in error.message
