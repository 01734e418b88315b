"""Annotations: remarks on the lines that ask for what is not met."""

# No `from __future__ import annotations` here: its name is that of the function below.
import re
from collections.abc import Iterator
from typing import Final, Literal

from atlantis_gate.decisions import Annotation, Finding, Report
from atlantis_gate.model import Origin, Verdict
from atlantis_gate.plain import one_line
from atlantis_gate.report.words import VERDICTS, lacking, reasons, title

# GitHub and Azure show 10 of a kind for a step: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
MOST: Final = 10
_NAMED: Final = 3
_TEXT_LIMIT: Final = 1000
_NAME_LIMIT: Final = 100
_OUTSIDE: Final = re.compile(r"^[/\\~]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")

_Place = tuple[str, int]


def annotations(report: Report) -> tuple[Annotation, ...]:
    """Return at most 10 remarks, errors (unmet) before warnings (unknown), one for each line and text."""
    why = [one_line(text, _TEXT_LIMIT) for _, text in reasons(report)]
    if why:
        return (Annotation("error", "", 0, title(report), "\n".join(why[:MOST])),)
    found: dict[Annotation, list[str]] = {}
    for annotation, project in _remarks(report):
        found.setdefault(annotation, []).append(project)
    ordered = sorted(found, key=lambda annotation: annotation.level == "warning")
    return tuple(_for_projects(annotation, found[annotation]) for annotation in ordered[:MOST])


def _remarks(report: Report) -> Iterator[tuple[Annotation, str]]:
    for decision in report.decisions:
        for finding in lacking(decision):
            yield _remark(finding), decision.project.id


def _remark(finding: Finding) -> Annotation:
    level: Literal["error", "warning"] = "error" if finding.verdict is Verdict.UNMET else "warning"
    origin = finding.requirement.origin
    file, line = _place(origin)
    name = f"{finding.requirement.name} {VERDICTS[finding.verdict]}"
    where = "" if file else f" (required by {origin})"
    return Annotation(level, file, line, one_line(name, _NAME_LIMIT), one_line(f"{finding.reason}{where}", _TEXT_LIMIT))


def _place(origin: Origin) -> _Place:
    """Return the file and line where they lie inside the repository; no file otherwise."""
    inside = origin.file and not origin.option and not _OUTSIDE.search(origin.file) and one_line(origin.file) == origin.file
    return (origin.file, max(origin.line, 0)) if inside else ("", 0)


def _for_projects(annotation: Annotation, projects: list[str]) -> Annotation:
    names = ", ".join(one_line(project, _NAME_LIMIT) for project in projects[:_NAMED])
    more = f" and {len(projects) - _NAMED:,} more" if len(projects) > _NAMED else ""
    return Annotation(annotation.level, annotation.file, annotation.line, annotation.title, one_line(f"{names}{more}: {annotation.text}"))
