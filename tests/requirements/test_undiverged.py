"""The truth table of undiverged."""

from __future__ import annotations

from atlantis_gate.decisions import Finding
from atlantis_gate.model import Divergence, Unknown, Verdict
from atlantis_gate.requirements import Case, undiverged
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, START, facts, project, requirement

PROJECT = project()


def judge(fact: Divergence | Unknown, concerned: tuple[str, ...] | None = None) -> Finding:
    diverged = {} if concerned is None else {PROJECT.key: concerned}
    case = Case(command="apply", facts=facts(divergence=fact), bypass=Bypass(), diverged=diverged)
    return undiverged.judge(case, PROJECT, requirement("undiverged"))


def moved(*files: str) -> Divergence:
    return Divergence(BASE, START, files)


def test_a_base_branch_that_has_not_moved_is_undiverged() -> None:
    assert judge(moved()) == Finding(requirement("undiverged"), Verdict.MET, "main has not moved")


def test_files_that_do_not_concern_the_project_do_not_count() -> None:
    found = judge(moved("docs/index.md"), concerned=())
    assert (found.verdict, found.reason) == (Verdict.MET, "nothing that concerns it changed on main")
    assert found.evidence


def test_a_file_that_concerns_it_blocks_and_is_named() -> None:
    found = judge(moved("docs/index.md", "staging/main.tf"), concerned=("staging/main.tf",))
    assert found.verdict is Verdict.UNMET
    assert found.reason == "1 file that concerns it changed on main between 333333333333 and 222222222222"
    assert found.evidence == ("staging/main.tf",)
    assert found.advice


def test_a_project_nothing_is_known_of_is_concerned_by_every_file() -> None:
    assert judge(moved("docs/index.md")).verdict is Verdict.UNMET


def test_many_files_are_counted_and_some_are_named() -> None:
    files = tuple(f"staging/{number}.tf" for number in range(12))
    found = judge(moved(*files), concerned=files)
    assert found.reason.startswith("12 files that concern it")
    assert found.evidence == (*files[:10], "and 2 more")


def test_an_unknown_divergence_is_unknown() -> None:
    assert judge(Unknown("not an ancestor")).verdict is Verdict.UNKNOWN
