"""The pull request comment: the job summary in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Outcome
from atlantis_gate.plain import block, markdown
from atlantis_gate.report.limits import fitting
from atlantis_gate.report.table import more, table
from atlantis_gate.report.words import MARKS, OUTCOME_MARKS, VERDICTS, count, lacking, reasons, title, worst_first

if TYPE_CHECKING:
    from atlantis_gate.decisions import Finding, Report

# The whole stays under 32,768 characters, the shortest limit among the hosts (Bitbucket Data Center); GitHub takes 65,536.
# https://confluence.atlassian.com/bitbucketserver/bitbucket-server-config-properties-776640155.html
_TABLE_BYTES: Final = 10_000
_DETAILS_BYTES: Final = 12_000
_WHY_BYTES: Final = 4_000
_NOTES_BYTES: Final = 4_000
_TEXT_LIMIT: Final = 300
_NAME_LIMIT: Final = 100


def marker(command: str) -> str:
    """Return the hidden first line by which the comment on a command is found again."""
    return f"<!-- atlantis-gate:{command} -->"


def comment(report: Report) -> str:
    """Return the comment on a report: plain Markdown without HTML but for the marker, under 30,000 characters, mentioning nobody."""
    mark = "⛔" if report.refusal is not None else OUTCOME_MARKS[report.outcome]
    lines = [marker(report.command), f"{mark} **{markdown(title(report))}**: {markdown(count(report))}.", ""]
    lines += _why(report)
    if report.decisions and not reasons(report):
        lines += [*table(report, _TABLE_BYTES), "", *_details(report)]
    lines += _notes(report)
    pull = report.pull_request
    lines += [f"Evaluated: head {markdown(pull.head_sha, _NAME_LIMIT)} on base {markdown(pull.base_sha, _NAME_LIMIT)}.", ""]
    return block("\n".join(lines))


def _why(report: Report) -> list[str]:
    texts, left_out = fitting(reasons(report), lambda why: f"- {why[0]}: {markdown(why[1], _TEXT_LIMIT)}", _WHY_BYTES)
    return [*texts, *([f"- {more(left_out, 'line')}"] if left_out else []), ""] if texts else []


def _details(report: Report) -> list[str]:
    """Say why projects may not run; those with the same findings together."""
    groups: dict[tuple[Finding, ...], list[str]] = {}
    for decision in worst_first(report.decisions):
        if decision.outcome is not Outcome.ALLOWED:
            groups.setdefault(tuple(lacking(decision)), []).append(decision.project.id)
    texts, left_out = fitting(list(groups.items()), lambda group: _group(*group), _DETAILS_BYTES)
    return [*texts, *([more(left_out, "group of projects"), ""] if left_out else [])]


def _group(findings: tuple[Finding, ...], projects: list[str]) -> str:
    others = f" and {len(projects) - 1:,} more" if len(projects) > 1 else ""
    lines = [f"**{markdown(projects[0], _NAME_LIMIT)}**{others}", ""]
    for finding in findings:
        name = markdown(finding.requirement.name, _NAME_LIMIT)
        lines.append(f"- {MARKS[finding.verdict]} **{name}** {VERDICTS[finding.verdict]}: {markdown(finding.reason, _TEXT_LIMIT)}")
        lines += [f"  {line}" for line in _advice(finding.advice)]
        lines.append(f"  - Required by: {markdown(str(finding.requirement.origin), _TEXT_LIMIT)}")
    return "\n".join([*lines, ""])


def _advice(advice: str) -> list[str]:
    return [f"- What to do: {markdown(advice, _TEXT_LIMIT)}"] if advice else []


def _notes(report: Report) -> list[str]:
    texts, left_out = fitting(report.notes, lambda note: f"- Note: {markdown(note, _TEXT_LIMIT)}", _NOTES_BYTES)
    return [*texts, *([f"- {more(left_out, 'note')}"] if left_out else []), ""] if report.notes else []
