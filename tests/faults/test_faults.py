"""Whole runs on every host with requests that fail: some of each kind here, all of them by `make faults`."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from atlantis_gate.hosts import HOSTS
from faults import page, wrong
from faults.cases import FAMILIES, Case
from faults.crew import attempt
from faults.expected import RIGHT, Right

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Beside one of each kind and name, every so many-th is tried.
EVERY = 400
# Of these kinds names are many, and much alike.
SHORT: dict[str, Callable[[str], str]] = {
    "one field": lambda name: name.rpartition(" is ")[2],
    "GraphQL errors": lambda name: name.partition(" at ")[0] + name.partition(", ")[2],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of all runs; in an empty environment they look for no proxies, which takes longer than the rest of a request."""
    with patch.dict(os.environ, clear=True):
        yield tmp_path_factory.mktemp("faults")


def sample(cases: list[Case]) -> list[Case]:
    """Return some cases: one of each name in turn from further on, and every so many-th of all."""
    named: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        named.setdefault((case.family, SHORT.get(case.family, str)(case.name)), []).append(case)
    return [*(some[7 * place % len(some)] for place, some in enumerate(named.values())), *cases[::EVERY]]


@pytest.mark.parametrize("host", HOSTS)
def test_no_fault_opens_the_gate_and_the_page_counts_them(host: str, folder: Path) -> None:
    cases = [case for family in FAMILIES.values() for case in family(host, folder)]
    tried = attempt(sample(cases), folder)

    assert tried.problems == []
    assert tried.optional <= page.optional()
    counts = Counter((case.host, case.family) for case in cases)
    assert page.row(counts, host) in page.PAGE.read_text(encoding="utf-8"), "`make faults` counts otherwise; --update rewrites the page"


def test_the_page_tells_what_is_tried_and_where_exit_0_is_right(golden: Callable[[Path, str], None]) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    told = page.filled(text, {})
    table = text.partition("<!-- begin: counts -->\n")[2].partition("<!-- end: counts -->")[0]
    golden(page.PAGE, told.replace(page.table({}), table))


@pytest.mark.parametrize("right", RIGHT, ids=lambda right: f"{right.host}: {right.name}")
def test_every_exception_has_a_reason(right: Right) -> None:
    assert len(right.why.split()) > 3


def test_every_passing_and_paired_fault_is_one_that_is_tried_alone() -> None:
    assert {*wrong.PASSING, *wrong.BESIDE, *wrong.BESIDE.values(), *wrong.READABLE} <= wrong.LASTING.keys()
