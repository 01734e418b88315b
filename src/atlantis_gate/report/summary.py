"""The job summary: Markdown that gives the answer, a table, and the reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Outcome, Verdict
from atlantis_gate.plain import block, markdown
from atlantis_gate.report.limits import fitting
from atlantis_gate.report.table import more, table
from atlantis_gate.report.words import (
    MARKS,
    OUTCOME_MARKS,
    VERDICTS,
    count,
    lacking,
    lacks,
    pull_request_word,
    reasons,
    sentence,
    title,
    worst_first,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.decisions import Decision, Finding, Report
    from atlantis_gate.model import PullRequest

# GitHub takes 1 MiB for all summaries of a step; the parts together stay under 900 kB.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
_TABLE_BYTES: Final = 340_000
_DETAILS_BYTES: Final = 340_000
_MET_BYTES: Final = 100_000
_WHY_BYTES: Final = 40_000
_NOTES_BYTES: Final = 50_000
_TEXT_LIMIT: Final = 1000
_NAME_LIMIT: Final = 200
_MOST_EVIDENCE: Final = 20
_MOST_NAMES: Final = 5
# So many are read without a click.
_MOST_OPENED: Final = 3
# A link's target may hold nothing that could end it or mean anything to Markdown.
_LINK: Final = re.compile(r"https?://[A-Za-z0-9./:_~%?=@+-]{1,500}")


def summary(report: Report) -> str:
    """Return the job summary of a report, under 900 kB however many projects there are."""
    lines = [f"## {_mark(report)} {markdown(title(report))}", "", f"**{markdown(sentence(count(report)))}** {_about(report)}", ""]
    lines += _why(report)
    if report.decisions and not reasons(report):
        lines += [*table(report, _TABLE_BYTES), "", *_details(report), *_met(report)]
    return block("\n".join([*lines, *_notes(report), _judged(report.pull_request), ""]))


def _mark(report: Report) -> str:
    return "⛔" if report.refusal is not None else OUTCOME_MARKS[report.outcome]


def _about(report: Report) -> str:
    pull = report.pull_request
    name = f"{markdown(pull.ref.repo, _NAME_LIMIT)} {'!' if pull.ref.host == 'gitlab' else '#'}{pull.ref.number}"
    linked = f"[{name}]({pull.url})" if _LINK.fullmatch(pull.url) else name
    head, base = (f"<code>{markdown(branch, _NAME_LIMIT)}</code>" for branch in (pull.head_branch, pull.base_branch))
    return f"{pull_request_word(report).capitalize()} {linked} by {markdown(pull.author, _NAME_LIMIT)}, {head} into {base}."


def _judged(pull: PullRequest) -> str:
    head, base = (f"<code>{markdown(sha, _NAME_LIMIT)}</code>" for sha in (pull.head_sha, pull.base_sha))
    return f"Evaluated: head {head} on base {base}."


def _why(report: Report) -> list[str]:
    texts, left_out = fitting(reasons(report), lambda why: f"- **{why[0]}:** {markdown(why[1], _TEXT_LIMIT)}", _WHY_BYTES)
    return [*texts, *([f"- {more(left_out, 'line')}"] if left_out else []), ""] if texts else []


def _details(report: Report) -> list[str]:
    stopped = [decision for decision in worst_first(report.decisions) if decision.outcome is not Outcome.ALLOWED]
    texts, left_out = fitting(stopped, lambda decision: _detail(decision, opened=len(stopped) <= _MOST_OPENED), _DETAILS_BYTES)
    return [*texts, *([more(left_out, "project"), ""] if left_out else [])]


def _detail(decision: Decision, *, opened: bool) -> str:
    head = f"<b>{markdown(decision.project.id, _NAME_LIMIT)}</b>: {markdown(lacks(decision), _TEXT_LIMIT)}"
    items = "\n".join(_finding(finding) for finding in lacking(decision))
    return f"<details{' open' if opened else ''}>\n<summary>{head}</summary>\n\n{items}\n\n</details>\n"


def _finding(finding: Finding) -> str:
    name = f"{MARKS[finding.verdict]} **{markdown(finding.requirement.name, _NAME_LIMIT)}** {VERDICTS[finding.verdict]}"
    lines = [f"- {name}: {markdown(finding.reason, _TEXT_LIMIT)}"]
    if finding.advice:
        lines.append(f"  - What to do: {markdown(finding.advice, _TEXT_LIMIT)}")
    lines += _evidence(finding.evidence)
    origin = finding.requirement.origin
    key = f" ({origin.key})" if origin.key and not origin.option else ""
    return "\n".join([*lines, f"  - Required by: {markdown(f'{origin}{key}', _TEXT_LIMIT)}"])


def _evidence(evidence: tuple[str, ...]) -> list[str]:
    lines = [f"  - Evidence: {markdown(text, _TEXT_LIMIT)}" for text in evidence[:_MOST_EVIDENCE]]
    left_out = len(evidence) - _MOST_EVIDENCE
    return [*lines, f"  - Evidence: {left_out:,} more left out here"] if left_out > 0 else lines


def _met(report: Report) -> list[str]:
    """List what is met and on what evidence, each once with the projects it holds for."""
    found: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for decision in report.decisions:
        for finding in decision.findings:
            if finding.verdict is Verdict.MET:
                found.setdefault((finding.requirement.name, finding.reason, finding.evidence), []).append(decision.project.id)
    if not found:
        return []
    texts, left_out = fitting(list(found.items()), lambda item: _met_item(*item[0], item[1]), _MET_BYTES)
    texts += [f"- {more(left_out, 'finding')}"] if left_out else []
    return ["<details>", "<summary>What is met, and why</summary>", "", *texts, "", "</details>", ""]


def _met_item(name: str, reason: str, evidence: tuple[str, ...], projects: list[str]) -> str:
    head = f"- {MARKS[Verdict.MET]} **{markdown(name, _NAME_LIMIT)}** met for {_named(projects)}: {markdown(reason, _TEXT_LIMIT)}"
    return "\n".join([head, *_evidence(evidence)])


def _named(projects: list[str]) -> str:
    names = ", ".join(markdown(project, _NAME_LIMIT) for project in projects[:_MOST_NAMES])
    left_out = len(projects) - _MOST_NAMES
    return f"{names} and {left_out:,} more" if left_out > 0 else names


def _notes(report: Report) -> Iterable[str]:
    if not report.notes:
        return []
    texts, left_out = fitting(report.notes, lambda note: f"- {markdown(note, _TEXT_LIMIT)}", _NOTES_BYTES)
    return ["**Notes**", "", *texts, *([f"- {more(left_out, 'note')}"] if left_out else []), ""]
