"""The words that every renderer uses for verdicts, outcomes and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlantis_gate.decisions import Decision, Finding, Report

VERDICTS: Final[Mapping[Verdict, str]] = {Verdict.UNMET: "not met", Verdict.UNKNOWN: "unknown", Verdict.MET: "met"}
MARKS: Final[Mapping[Verdict, str]] = {Verdict.UNMET: "❌", Verdict.UNKNOWN: "❓", Verdict.MET: "✅"}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.BLOCKED: "blocked",
    Outcome.UNDETERMINED: "undetermined",
    Outcome.ALLOWED: "allowed",
    Outcome.NOTHING_TO_DO: "nothing to do",
}
OUTCOME_MARKS: Final[Mapping[Outcome, str]] = {
    Outcome.BLOCKED: "❌",
    Outcome.UNDETERMINED: "❓",
    Outcome.ALLOWED: "✅",
    Outcome.NOTHING_TO_DO: "✅",
}
_WORST_FIRST: Final = tuple(OUTCOMES)
_WORST_VERDICT_FIRST: Final = tuple(VERDICTS)


def title(report: Report) -> str:
    """Return the answer in a few words, such as `Apply is blocked`."""
    command = report.command.capitalize()
    if report.refusal is not None:
        return f"{command} is refused"
    return {
        Outcome.BLOCKED: f"{command} is blocked",
        Outcome.UNDETERMINED: f"{command} could not be decided",
        Outcome.ALLOWED: f"{command} may run now",
        Outcome.NOTHING_TO_DO: f"Nothing to {report.command}",
    }[report.outcome]


def count(report: Report) -> str:
    """Return how many projects may run the command, such as `2 of 3 projects may apply`."""
    if report.refusal is not None or report.error:
        return "no project was evaluated"
    total = len(report.decisions)
    allowed = sum(decision.outcome is Outcome.ALLOWED for decision in report.decisions)
    if total == 0:
        return "no project is touched"
    if total == 1:
        return f"the one project touched {'may' if allowed else 'may not'} {report.command}"
    which = {0: "none of", total: "all"}.get(allowed, f"{allowed:,} of")
    return f"{which} {total:,} projects may {report.command}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 project` and `2,000 projects`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Return a text with a capital letter first and a full stop last; nothing for nothing."""
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}"


def reasons(report: Report) -> list[tuple[str, str]]:
    """Return why nothing was evaluated, each text with what it is: `Why`, or `What to do`; nothing when projects were."""
    if report.refusal is not None:
        found = [("Why", report.refusal.reason), ("What to do", report.refusal.advice)]
    else:
        found = [("Why", line) for line in report.error.splitlines()]
    return [(label, text) for label, text in found if text.strip()]


def pull_request_word(report: Report) -> str:
    """Return what the host calls a pull request."""
    return "merge request" if report.pull_request.ref.host == "gitlab" else "pull request"


def worst_first(decisions: Iterable[Decision]) -> list[Decision]:
    """Return decisions with the blocked ones first, then the undetermined ones, otherwise in their order."""
    return sorted(decisions, key=lambda decision: _WORST_FIRST.index(decision.outcome))


def lacking(decision: Decision) -> list[Finding]:
    """Return the findings that keep a project from running, the unmet ones first."""
    findings = [finding for finding in decision.findings if finding.verdict is not Verdict.MET]
    return sorted(findings, key=lambda finding: _WORST_VERDICT_FIRST.index(finding.verdict))


def lacks(decision: Decision) -> str:
    """Return what a project lacks in a few words, such as `approved not met, mergeable unknown`; nothing if it lacks nothing."""
    pieces = {f"{finding.requirement.name} {VERDICTS[finding.verdict]}": None for finding in lacking(decision)}
    return ", ".join(pieces)


def verdicts(decision: Decision) -> dict[str, Verdict]:
    """Return the verdict on each requirement by its name; where a name occurs twice, the worse one."""
    found: dict[str, Verdict] = {}
    for finding in decision.findings:
        seen = [finding.verdict, found.get(finding.requirement.name, finding.verdict)]
        found[finding.requirement.name] = min(seen, key=_WORST_VERDICT_FIRST.index)
    return found
