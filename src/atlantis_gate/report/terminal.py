"""The text for a terminal or a job log: aligned, short lines, with reasons, advice and origins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.model import Outcome, Verdict
from atlantis_gate.plain import block, one_line
from atlantis_gate.report.words import OUTCOMES, VERDICTS, count, counted, pull_request_word, reasons, title, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from atlantis_gate.decisions import Decision, Finding, Report

WIDTH: Final = 100
_TEXT_LIMIT: Final = 2000
_NAME_LIMIT: Final = 200
_COLUMN_LIMIT: Final = 24
_MOST_NAMES: Final = 10
_LABEL_WIDTH: Final = 8

# https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters
_BOLD: Final = "1"
_COLORS: Final[Mapping[Outcome | Verdict, str]] = {
    Outcome.BLOCKED: "31",
    Outcome.UNDETERMINED: "33",
    Outcome.ALLOWED: "32",
    Outcome.NOTHING_TO_DO: "32",
    Verdict.UNMET: "31",
    Verdict.UNKNOWN: "33",
    Verdict.MET: "32",
}


@frozen
class _Line:
    """One line of text, and the colour (an SGR parameter) that it may be shown in."""

    text: str = ""
    color: str = ""


def text(report: Report, *, color: bool) -> str:
    """Return the report for people to read in a terminal; escapes in it are colours only, and it ends without a newline."""
    return _joined((*_head(report), *_why(report), *_projects(report, worst_first(report.decisions)), *_notes(report)), color=color)


def folding(report: Report, *, color: bool) -> tuple[str, str, str]:
    """Return the same in parts for a log that folds: what to show, the title of what can be folded away, and that (empty: nothing).

    What may run is folded away; what may not, and why, never is.
    """
    fine = [decision for decision in report.decisions if decision.outcome is Outcome.ALLOWED]
    rest = [decision for decision in worst_first(report.decisions) if decision.outcome is not Outcome.ALLOWED]
    shown = _joined((*_head(report), *_why(report), *_projects(report, rest), *_notes(report)), color=color)
    hidden = _joined(tuple(_projects(report, fine))[1:], color=color)
    return shown, f"{counted(len(fine), 'project')} that may {report.command}, with the evidence", hidden


def _joined(lines: Iterable[_Line], *, color: bool) -> str:
    return "\n".join(_shown(line, color=color) for line in lines)


def _shown(line: _Line, *, color: bool) -> str:
    harmless = block(line.text)
    return f"\x1b[{line.color}m{harmless}\x1b[0m" if color and line.color else harmless


def _head(report: Report) -> Iterator[_Line]:
    pull = report.pull_request
    yield _Line(f"{title(report)}: {count(report)}", f"{_BOLD};{_COLORS[report.outcome]}")
    about = f"{pull_request_word(report)} {pull.ref.number} of {pull.ref.repo} by {pull.author}, {pull.head_branch} into {pull.base_branch}"
    yield from _wrapped("", f"{about[:1].upper()}{about[1:]}")
    yield from _wrapped("Head  ", pull.head_sha)
    yield from _wrapped("Base  ", pull.base_sha)


def _why(report: Report) -> Iterator[_Line]:
    found = reasons(report)
    if found:
        yield _Line()
    for label, said in found:
        yield from _wrapped(f"{label}: ", said, _COLORS[report.outcome] if label == "Why" else "")


def _projects(report: Report, decisions: Sequence[Decision]) -> Iterator[_Line]:
    """Show projects, those with the same findings together; none where the whole run has one reason."""
    groups: dict[tuple[Finding, ...], list[str]] = {}
    outcomes: dict[tuple[Finding, ...], Outcome] = {}
    for decision in () if reasons(report) else decisions:
        groups.setdefault(decision.findings, []).append(decision.project.id)
        outcomes[decision.findings] = decision.outcome
    for findings, names in groups.items():
        outcome = outcomes[findings]
        yield _Line()
        yield from _wrapped("", f"{_named(names)}: {OUTCOMES[outcome]}", f"{_BOLD};{_COLORS[outcome]}")
        yield from _findings(findings)


def _findings(findings: tuple[Finding, ...]) -> Iterator[_Line]:
    if not findings:
        yield _Line("  nothing is required")
    width = min(_COLUMN_LIMIT, max((len(finding.requirement.name) for finding in findings), default=0))
    for finding in findings:
        name = one_line(finding.requirement.name, _COLUMN_LIMIT)
        yield from _wrapped(_label(name, width, VERDICTS[finding.verdict]), finding.reason, _COLORS[finding.verdict])
        for label, said in _explained(finding):
            yield from _wrapped(_label("", width, label), said)


def _explained(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.advice:
        yield "do", finding.advice
    for evidence in finding.evidence:
        yield "evidence", evidence
    origin = finding.requirement.origin
    yield "from", f"{origin} ({origin.key})" if origin.key and not origin.option else str(origin)


def _label(name: str, width: int, word: str) -> str:
    return f"  {name:<{width}}  {word:<{_LABEL_WIDTH}}  "


def _named(names: list[str]) -> str:
    shown = ", ".join(one_line(name, _NAME_LIMIT) for name in names[:_MOST_NAMES])
    left_out = len(names) - _MOST_NAMES
    return f"{shown} and {left_out:,} more" if left_out > 0 else shown


def _notes(report: Report) -> Iterator[_Line]:
    if report.notes:
        yield _Line()
    for note in report.notes:
        yield from _wrapped("note: ", note)


def _wrapped(prefix: str, said: str, color: str = "") -> Iterable[_Line]:
    """Break a text into lines that start behind `prefix`; long words such as paths stay whole, so that they can be copied."""
    line = one_line(said, _TEXT_LIMIT)
    # Most fit, and breaking costs more than all the rest of a report on thousands of projects.
    if line and len(prefix) + len(line) <= WIDTH:
        return (_Line(f"{prefix}{line}", color),)
    import textwrap  # noqa: PLC0415 - only a long line needs it

    wrapped = textwrap.wrap(
        line,
        width=WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * len(prefix),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return (_Line(line, color) for line in wrapped or [prefix.rstrip()])
