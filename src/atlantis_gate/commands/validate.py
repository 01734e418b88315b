"""validate: check repos.yaml and atlantis.yaml, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlantis_gate import config, plain, selecting, sources
from atlantis_gate.errors import ConfigError
from atlantis_gate.model import Outcome
from atlantis_gate.offline import local_question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.arguments import Settings
    from atlantis_gate.console import Console
    from atlantis_gate.errors import Problem


def run(settings: Settings, env: Mapping[str, str], console: Console) -> Outcome:
    """Print every problem as `file:line:column: text`, or as JSON; UNDETERMINED when one of them is no mere warning."""
    checked: list[str] = []
    problems = _problems(settings, env, console, checked)
    wrong = [problem for problem in problems if not problem.warning]
    if settings.json:
        console.document(plain.json_text([_document(problem) for problem in problems], plain.INDENT))
    else:
        console.result("\n".join([*map(str, problems), _verdict(checked, wrong, problems)]))
    return Outcome.UNDETERMINED if wrong else Outcome.ALLOWED


def _problems(settings: Settings, env: Mapping[str, str], console: Console, checked: list[str]) -> Sequence[Problem]:
    """Return what is wrong in both files; a wrong server config leaves the repo config unchecked against it."""
    try:
        question = local_question(settings, env, console)
    except ConfigError as error:
        return error.problems
    checked.append(settings.repos_yaml)
    path = config.repo_config_file(question.server, question.repo_id)
    source = sources.chosen(settings, path, question.tree)
    if source is None:
        return question.server.warnings
    checked.append(source.file)
    try:
        repo = selecting.repo_config(question, source)
    except ConfigError as error:
        return (*question.server.warnings, *error.problems)
    return (*question.server.warnings, *(repo.warnings if repo else ()))


def _verdict(checked: Sequence[str], wrong: Sequence[Problem], problems: Sequence[Problem]) -> str:
    names = " and ".join(name for name in checked if name)
    if wrong:
        return f"{_count(len(wrong), 'problem')}"
    if not names:
        return "no atlantis.yaml and no --repos-yaml: nothing to check"
    remarks = f", {_count(len(problems), 'warning')}" if problems else ""
    return f"{names}: valid{remarks}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _document(problem: Problem) -> dict[str, Any]:
    level = "warning" if problem.warning else "error"
    return {"file": problem.file, "line": problem.line, "column": problem.column, "severity": level, "text": problem.text}
