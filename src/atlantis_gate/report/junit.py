"""The JUnit report: a test suite for each project, a test case for each requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Verdict
from atlantis_gate.plain import one_line
from atlantis_gate.report.words import VERDICTS, reasons, title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.decisions import Decision, Finding, Report

# What Jenkins, GitLab and Azure read: https://github.com/testmoapp/junitxml
_ELEMENTS: Final[Mapping[Verdict, str]] = {Verdict.UNMET: "failure", Verdict.UNKNOWN: "error"}
_TEXT_LIMIT: Final = 1000
# https://www.w3.org/TR/xml/#syntax; the standard library's escape() comes with its whole HTTP client.
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def junit(report: Report) -> str:
    """Return the report as JUnit XML: unmet requirements are failures, unknown ones errors. A refusal or an error is one failed case.

    Its name holds the head that was judged and the base that it was judged against.
    """
    suites = [_suite(decision) for decision in report.decisions]
    why = reasons(report)
    if why:
        suites = [_nothing_evaluated(report, " ".join(text for _, text in why))]
    pull = report.pull_request
    name = _attribute(f"atlantis-gate {report.command}: head {pull.head_sha} on base {pull.base_sha}")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={name}>\n{"".join(suites)}</testsuites>\n'


def _suite(decision: Decision) -> str:
    cases = "".join(_case(decision.project.id, finding) for finding in decision.findings)
    counts = {element: sum(_ELEMENTS.get(finding.verdict) == element for finding in decision.findings) for element in _ELEMENTS.values()}
    head = f'name={_attribute(decision.project.id)} tests="{len(decision.findings)}"'
    return f'<testsuite {head} failures="{counts["failure"]}" errors="{counts["error"]}">\n{cases}</testsuite>\n'


def _case(project: str, finding: Finding) -> str:
    head = f"<testcase classname={_attribute(project)} name={_attribute(finding.requirement.name)}"
    element = _ELEMENTS.get(finding.verdict)
    if element is None:
        return f"{head}/>\n"
    lines = [finding.reason, finding.advice, f"required by {finding.requirement.origin}", *finding.evidence]
    text = "\n".join(_escaped(line) for line in lines if line)
    message = _attribute(f"{finding.requirement.name} {VERDICTS[finding.verdict]}: {finding.reason}")
    return f"{head}>\n<{element} message={message}>{text}</{element}>\n</testcase>\n"


def _nothing_evaluated(report: Report, why: str) -> str:
    element = "failure" if report.refusal is not None else "error"
    counts = " ".join(f'{name}="{int(name == f"{element}s")}"' for name in ("failures", "errors"))
    case = f'<testcase classname="atlantis-gate" name={_attribute(title(report))}>\n<{element} message={_attribute(why)}/>\n</testcase>\n'
    return f'<testsuite name="atlantis-gate" tests="1" {counts}>\n{case}</testsuite>\n'


def _attribute(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return one_line(text, _TEXT_LIMIT).translate(_MARKUP)
