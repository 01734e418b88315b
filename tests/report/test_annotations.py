"""Annotations point at the lines that ask for what is not met, inside the repository only."""

from __future__ import annotations

import pytest

from atlantis_gate.decisions import Annotation, Decision
from atlantis_gate.model import Origin, Requirement, Verdict
from atlantis_gate.report.annotations import annotations as annotated
from builders import finding, project, report
from report.reports import NETWORK, NOT_APPROVED, PROD, SCENARIOS


def at(file: str, line: int = 3, verdict: Verdict = Verdict.UNMET, option: str = "") -> Decision:
    asked = Requirement("approved", Origin(file=file, line=line, key="apply_requirements", option=option))
    return Decision(project(), (finding("approved", verdict, "nobody approves", requirement=asked),))


def test_met_requirements_get_none() -> None:
    assert annotated(report(PROD)) == ()


def test_an_unmet_requirement_is_an_error_on_its_line() -> None:
    expected = Annotation("error", "repos.yaml", 3, "approved not met", "staging/default: nobody approves")
    assert annotated(report(at("repos.yaml"))) == (expected,)


def test_an_unknown_requirement_is_a_warning() -> None:
    expected = Annotation("warning", "repos.yaml", 3, "approved unknown", "staging/default: nobody approves")
    assert annotated(report(at("repos.yaml", verdict=Verdict.UNKNOWN))) == (expected,)


@pytest.mark.parametrize("file", ["atlantis.yaml", "a/b.yaml", "..a/b", "a..b"])
def test_a_file_inside_the_repository_is_named(file: str) -> None:
    assert [(each.file, each.line) for each in annotated(report(at(file)))] == [(file, 3)]


@pytest.mark.parametrize(
    "file",
    ["/etc/repos.yaml", "../repos.yaml", "a/../../b", "a/..", "C:\\repos.yaml", "\\\\server\\x", "..\\x", "~/x", "a\nb", "##[x]", ""],
)
def test_a_place_outside_the_repository_is_told_in_the_text(file: str) -> None:
    (annotation,) = annotated(report(at(file)))
    assert (annotation.file, annotation.line) == ("", 0)
    assert "required by" in annotation.text


def test_an_option_is_told_in_the_text() -> None:
    (annotation,) = annotated(report(at("repos.yaml", option="--require")))
    assert (annotation.file, annotation.text) == ("", "staging/default: nobody approves (required by --require)")


def test_projects_share_one_annotation_for_one_line_and_reason() -> None:
    many = report(*(Decision(project(f"p{number}"), (NOT_APPROVED,)) for number in range(5)))
    (annotation,) = annotated(many)
    assert annotation.text.startswith("p0/default, p1/default, p2/default and 2 more: nobody other")


def test_at_most_ten_are_made_and_errors_come_first() -> None:
    warning = at("repos.yaml", 99, Verdict.UNKNOWN)
    lines = [annotation.line for annotation in annotated(report(warning, *(at("repos.yaml", line) for line in range(1, 10))))]
    assert lines == [*range(1, 10), 99]
    assert len(annotated(report(NETWORK, *(at("repos.yaml", line) for line in range(1, 20))))) == 10


def test_an_error_is_one_error_without_a_place() -> None:
    text = "atlantis.yaml:3:5: dir is missing\nFix the file."
    assert annotated(SCENARIOS["problems"]) == (Annotation("error", "", 0, "Apply could not be decided", text),)


def test_a_refusal_is_one_error_without_a_place() -> None:
    text = "its head lies in a fork\nAllow forks with --allow-fork-prs if you trust them."
    assert annotated(SCENARIOS["refused"]) == (Annotation("error", "", 0, "Apply is refused", text),)
