"""Commit statuses: one for the command and one for each project, as Atlantis names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from atlantis_gate.model import CommitStatus, Outcome
from atlantis_gate.plain import one_line
from atlantis_gate.report.digests import sha256
from atlantis_gate.report.words import count, lacking, lacks, worst_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.decisions import Decision, Report

MOST_PROJECTS: Final = 50
# https://github.com/runatlantis/atlantis/blob/main/server/events/vcs/common/common.go
CONTEXT_LIMIT: Final = 255
CONTEXT_KEPT: Final = 242
# The shortest limit among the hosts: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status
DESCRIPTION_LIMIT: Final = 140
_ID_LIMIT: Final = 60
_SHA_SHOWN: Final = 12

State = Literal["success", "failure", "error"]
_STATES: Final[Mapping[Outcome, State]] = {
    Outcome.ALLOWED: "success",
    Outcome.NOTHING_TO_DO: "success",
    Outcome.BLOCKED: "failure",
    Outcome.UNDETERMINED: "error",
}


def statuses(report: Report, status_name: str, url: str) -> tuple[CommitStatus, ...]:
    """Return `<status_name>/<command>` and, for at most 50 projects, one for each; `url` is where a reader finds the details.

    The first one names the tip of the base branch that the pull request was judged against.
    """
    name = f"{status_name}/{report.command}"
    # The head is the commit that the status is posted on.
    base = f" (on base {one_line(report.pull_request.base_sha[:_SHA_SHOWN])})"
    combined = CommitStatus(context(name), _STATES[report.outcome], one_line(_combined(report), DESCRIPTION_LIMIT - len(base)) + base, url)
    if len(report.decisions) > MOST_PROJECTS:
        return (combined,)
    return (combined, *(_of_project(group, report.command, name, url) for group in _by_context(report, name)))


def context(text: str) -> str:
    """Return a status context of at most 255 code points.

    A longer one is cut as Atlantis cuts it: the first 242 code points, `-` and 12 hexadecimal digits of the SHA-256 of the whole. So is one
    that had to be made harmless, since two texts may look the same afterwards.
    """
    harmless = one_line(text)
    if harmless == text and len(text) <= CONTEXT_LIMIT:
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass"))
    return f"{harmless[:CONTEXT_KEPT]}-{digest[:12]}"


def _by_context(report: Report, name: str) -> list[list[Decision]]:
    """Group decisions whose contexts are one to the host: GitHub compares them without regard to case."""
    groups: dict[str, list[Decision]] = {}
    for decision in report.decisions:
        groups.setdefault(context(f"{name}: {decision.project.id}").lower(), []).append(decision)
    return list(groups.values())


def _of_project(group: list[Decision], command: str, name: str, url: str) -> CommitStatus:
    decision = worst_first(group)[0]
    description = one_line(_alone(decision, command), DESCRIPTION_LIMIT)
    return CommitStatus(context(f"{name}: {decision.project.id}"), _STATES[decision.outcome], description, url)


def _combined(report: Report) -> str:
    if report.refusal is not None:
        return f"Refused: {report.refusal.reason}"
    if report.error:
        return f"Could not be evaluated: {report.error}"
    stopped = [decision for decision in worst_first(report.decisions) if decision.outcome is not Outcome.ALLOWED]
    if not report.decisions:
        return f"No project is touched: nothing to {report.command}"
    said = f"{count(report)}; {_first(stopped)}" if stopped else count(report)
    return f"{said[:1].upper()}{said[1:]}"


def _first(stopped: list[Decision]) -> str:
    more = f"; and {len(stopped) - 1:,} more" if len(stopped) > 1 else ""
    return f"{one_line(stopped[0].project.id, _ID_LIMIT)}: {lacks(stopped[0])}{more}"


def _alone(decision: Decision, command: str) -> str:
    short = lacking(decision)
    if short:
        return f"{lacks(decision)}: {short[0].reason}"
    names = ", ".join(dict.fromkeys(finding.requirement.name for finding in decision.findings))
    return f"May {command}: {names} met" if names else f"May {command}: nothing is required"
