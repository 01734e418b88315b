"""Facts from a file: a host that answers only what was recorded, and the writing of such a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

from atlantis_gate.errors import ConfigError, HostError, Problem
from atlantis_gate.frozen import field, frozen
from atlantis_gate.hosts import recorded_reading as reading
from atlantis_gate.hosts.credentials import Choice
from atlantis_gate.model import Facts, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.model import Approvals, CommitRef, CommitStatus, Divergence, Mergeability, PullRequest, PullRequestRef

VERSION: Final = 1
_MOST_BYTES: Final = 100_000_000

Files = dict[str, dict[str, str | None]]


@frozen
class Recorded:
    """The facts of one pull request as a Host. `texts` holds files by commit (`head`, `base`) and path, None for one that is not there."""

    credential: ClassVar[Choice] = Choice("recorded facts", "--facts")
    statuses_at_once: ClassVar[int] = 1

    facts: Facts
    texts: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    elsewhere: Callable[[str, str], bytes | None] | None = None

    def pull_request(self, ref: PullRequestRef) -> PullRequest:
        """Return the recorded pull request, whatever is asked for."""
        del ref
        return self.facts.pull_request

    def merged_pull_request(self, commit: CommitRef) -> PullRequestRef:
        """Return the recorded pull request's reference."""
        del commit
        return self.facts.pull_request.ref

    def changed_files(self, pull: PullRequest) -> tuple[str, ...] | Unknown:
        """Return the recorded changed files."""
        del pull
        return self.facts.changed_files

    def approvals(self, pull: PullRequest) -> Approvals | Unknown:
        """Return the recorded approvals."""
        del pull
        return self.facts.approvals

    def mergeability(self, pull: PullRequest) -> Mergeability | Unknown:
        """Return the recorded mergeability."""
        del pull
        return self.facts.mergeability

    def divergence(self, pull: PullRequest, planned_on: str | None) -> Divergence | Unknown:
        """Return the recorded divergence; one that was recorded for another starting point is unknown."""
        del pull
        fact = self.facts.divergence
        if planned_on and not isinstance(fact, Unknown) and not fact.planned_on.startswith(planned_on):
            return Unknown(f"the divergence was recorded for the starting point {fact.planned_on}, not for {planned_on}")
        return fact

    def parents(self, sha: str) -> tuple[str, ...]:
        """Raise HostError: parents are not recorded."""
        refuse(f"the parents of {sha}")

    def file(self, path: str, sha: str) -> bytes | None:
        """Return a recorded file, or what the local clone holds. Raises HostError when neither has that commit."""
        pull = self.facts.pull_request
        side = {pull.head_sha: "head", pull.base_sha: "base"}.get(sha, "")
        held = self.texts.get(side, {})
        if path in held:
            text = held[path]
            return None if text is None else text.encode()
        if self.elsewhere is not None:
            return self.elsewhere(path, sha)
        return refuse(f"{path} at {side or sha}")

    def files(self, sha: str) -> tuple[str, ...]:
        """Raise HostError: the list of files is not recorded."""
        refuse(f"the files at {sha}")

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Post nothing: recorded facts have no host."""
        del sha, status

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        """Write nothing: recorded facts have no host."""
        del pull, marker, body, create
        return False


def refuse(what: str) -> NoReturn:
    """Raise HostError for something that was not recorded."""
    raise HostError(
        f"the recorded facts do not hold {what}",
        operation="read recorded facts",
        advice="Record the pull request again with `atlantis-gate record`, or run in a full clone.",
    )


def load(text: bytes, file: str, elsewhere: Callable[[str, str], bytes | None] | None = None) -> Recorded:
    """Read a facts document. Raises ConfigError naming the field for anything malformed."""
    if len(text) > _MOST_BYTES:
        raise ConfigError((Problem(file, 0, 0, f"is larger than {_MOST_BYTES} bytes"),))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError((Problem(file, getattr(error, "lineno", 0), getattr(error, "colno", 0), f"is not JSON: {error}"),)) from None
    try:
        return Recorded(_facts(reading.mapping(document, "the document")), _files(document), elsewhere)
    except reading.MalformedError as error:
        raise ConfigError((Problem(file, 0, 0, str(error)),), advice="See docs/usage.md for the form of a facts document.") from None


def _facts(document: dict[str, Any]) -> Facts:
    if reading.number(document, "version", "") != VERSION:
        raise reading.MalformedError(f"version: only {VERSION} is known")
    return Facts(
        pull_request=reading.pull_request(reading.member(document, "pull_request")),
        changed_files=reading.fact(document, "changed_files", reading.texts),
        approvals=reading.fact(document, "approvals", reading.approvals),
        mergeability=reading.fact(document, "mergeability", reading.mergeability),
        divergence=reading.fact(document, "divergence", reading.divergence),
    )


def _files(document: dict[str, Any]) -> Files:
    held = reading.mapping(document.get("files", {}), "files")
    sides = {side: reading.mapping(texts, f"files.{side}") for side, texts in held.items()}
    for side, texts in sides.items():
        for path, text in texts.items():
            if text is not None and not isinstance(text, str):
                raise reading.MalformedError(f"files.{side}.{path}: not a text")
    return sides
