"""The truth table of undiverged."""

from __future__ import annotations

from itertools import product

import pytest

from atlantis_gate.decisions import Finding
from atlantis_gate.model import Divergence, Unknown, Verdict
from atlantis_gate.requirements import Case, undiverged
from atlantis_gate.requirements.mergeable import Bypass
from builders import BASE, START, facts, project, requirement

PROJECT = project()
OTHER = project("prod")


def moved(*files: str) -> Divergence:
    return Divergence(BASE, START, files)


FACTS: dict[str, list[Divergence | Unknown]] = {
    "not known": [Unknown("not an ancestor")],
    "no file": [moved()],
    "files": [moved("docs/index.md"), moved("docs/index.md", "staging/main.tf")],
}
# Which of the files are known to concern the project; nothing known: all may.
CONCERNED: dict[str, list[tuple[str, ...] | None]] = {
    "nothing known": [None],
    "none": [()],
    "some": [("staging/main.tf",), ("a", "b")],
}
TABLE = {
    ("not known", "nothing known"): Verdict.UNKNOWN,
    ("not known", "none"): Verdict.UNKNOWN,
    ("not known", "some"): Verdict.UNKNOWN,
    ("no file", "nothing known"): Verdict.MET,
    ("no file", "none"): Verdict.MET,
    ("no file", "some"): Verdict.UNMET,
    ("files", "nothing known"): Verdict.UNMET,
    ("files", "none"): Verdict.MET,
    ("files", "some"): Verdict.UNMET,
}


def judge(fact: Divergence | Unknown, concerned: tuple[str, ...] | None = None, other: tuple[str, ...] | None = None) -> Finding:
    known = {PROJECT.key: concerned, OTHER.key: other}
    diverged = {key: files for key, files in known.items() if files is not None}
    case = Case(command="apply", facts=facts(divergence=fact), bypass=Bypass(), diverged=diverged)
    return undiverged.judge(case, PROJECT, requirement("undiverged"))


@pytest.mark.parametrize("row", list(product(FACTS, CONCERNED)), ids=", ".join)
def test_every_combination_comes_out_as_the_table_says_whatever_concerns_another_project(row: tuple[str, str]) -> None:
    others = [files for listed in CONCERNED.values() for files in listed]
    for fact, concerned, other in product(FACTS[row[0]], CONCERNED[row[1]], others):
        assert judge(fact, concerned, other).verdict is TABLE[row], (fact, concerned, other)


def test_a_base_branch_that_has_not_moved_is_undiverged() -> None:
    assert judge(moved()) == Finding(requirement("undiverged"), Verdict.MET, "main has not moved")


def test_files_that_do_not_concern_the_project_do_not_count_and_are_counted() -> None:
    found = judge(moved("docs/index.md", "README.md"), concerned=())
    assert (found.verdict, found.reason) == (Verdict.MET, "nothing that concerns it changed on main")
    assert found.evidence == ("2 files changed on main between 333333333333 and 222222222222",)


def test_a_file_that_concerns_it_blocks_and_is_named() -> None:
    found = judge(moved("docs/index.md", "staging/main.tf"), concerned=("staging/main.tf",))
    assert found.verdict is Verdict.UNMET
    assert found.reason == "1 file that concerns it changed on main between 333333333333 and 222222222222"
    assert found.evidence == ("staging/main.tf",)
    assert found.advice


def test_a_project_nothing_is_known_of_is_concerned_by_every_file() -> None:
    assert judge(moved("docs/index.md")).verdict is Verdict.UNMET


@pytest.mark.parametrize(("count", "more"), [(2, ()), (10, ()), (11, ("and 1 more",)), (12, ("and 2 more",))])
def test_many_files_are_counted_and_ten_are_named(count: int, more: tuple[str, ...]) -> None:
    files = tuple(f"staging/{number}.tf" for number in range(count))
    found = judge(moved(*files), concerned=files)
    assert found.reason.startswith(f"{count} files that concern it")
    assert found.evidence == (*files[:10], *more)


def test_an_unknown_divergence_is_unknown() -> None:
    assert judge(Unknown("not an ancestor")).verdict is Verdict.UNKNOWN
