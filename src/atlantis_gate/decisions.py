"""The nouns of the answer: findings, decisions, refusals, the report, and remarks on lines."""

from __future__ import annotations

from typing import Literal

from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import Outcome, Project, PullRequest, Requirement, Verdict, outcome_of


@frozen
class Finding:
    """What a rule found: the verdict, why, what it rests on, and what to do about it."""

    requirement: Requirement
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...] = ()
    advice: str = ""


@frozen
class Decision:
    """A project with the findings on its requirements."""

    project: Project
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Blocked wins over undetermined; only met requirements allow."""
        return outcome_of(finding.verdict for finding in self.findings)


RefusalKind = Literal["fork", "allowlist", "branch", "closed", "moved_head", "moved"]


@frozen
class Refusal:
    """Why nothing of this pull request is evaluated at all."""

    kind: RefusalKind
    reason: str
    advice: str


@frozen
class Judged:
    """A configuration file as it was judged: the server config, or the repo config of head or base; no data: there is no such file."""

    role: Literal["server", "head", "base"]
    file: str
    data: bytes | None = field(repr=False)


@frozen(kw_only=True)
class Report:
    """The result of one run; `notes` are remarks a person should see (which file version was used, what was lowered).

    `judged` are the configuration files that the result rests on, so far as it came to them. `error` is set when the pull request was
    read but could not be evaluated: nothing is decided then.
    """

    command: str
    pull_request: PullRequest
    decisions: tuple[Decision, ...] = ()
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()
    error: str = ""
    judged: tuple[Judged, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Blocked wins over undetermined, undetermined over allowed; without projects there is nothing to do."""
        if self.refusal is not None:
            return Outcome.BLOCKED
        if self.error:
            return Outcome.UNDETERMINED
        if not self.decisions:
            return Outcome.NOTHING_TO_DO
        outcomes = {decision.outcome for decision in self.decisions}
        for outcome in (Outcome.BLOCKED, Outcome.UNDETERMINED):
            if outcome in outcomes:
                return outcome
        return Outcome.ALLOWED


@frozen
class Annotation:
    """A remark on a line of a file of the repository; `file` is empty where the place lies outside it."""

    level: Literal["error", "warning", "notice"]
    file: str
    line: int
    title: str
    text: str


@frozen(kw_only=True)
class Insight:
    """A report as some hosts show beside a commit (Bitbucket's Code Insights): `key` names it, `passed` is None while undecided."""

    key: str
    title: str
    details: str
    passed: bool | None
    url: str = ""
    annotations: tuple[Annotation, ...] = ()
