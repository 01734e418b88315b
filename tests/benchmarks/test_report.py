"""The benchmarks' report: what it shows, and that docs/performance.md shows all of it."""

from __future__ import annotations

import re

import pytest

from benchmarks.registry import GROUPS, REASONS
from benchmarks.report import document, groups, put, table
from benchmarks.rows import Row
from conftest import ROOT

PAGE = ROOT / "docs" / "performance.md"
FAST = Row(name="a start", value=6.5, unit="times", budget=8, against="`python -c pass`", detail="65 ms against 10 ms")
SLOW = Row(name="another start", value=9, unit="times", budget=8)
FREE = Row(name="a | b", value=12.5, unit="MB")
COUNT = Row(name="requests", value=7, unit="requests", budget=6)


def test_a_table_shows_each_row_and_why_a_budget_is_missed() -> None:
    last = Row(name="last start", value=2, unit="times", budget=1)
    reasons = {"another": "It is slow.", "last": "It is slow."}

    assert table({"Start": [FAST, SLOW, FREE, COUNT, last]}, reasons) == (
        "## Start\n\n"
        "| what | measured | budget | held against | seen |\n"
        "| --- | ---: | ---: | --- | --- |\n"
        "| a start | 6.50 times | 8.00 times | `python -c pass` | 65 ms against 10 ms |\n"
        "| another start | **9.00 times** | 8.00 times |  |  |\n"
        "| a \\| b | 12.50 MB |  |  |  |\n"
        "| requests | **7** | 6 |  |  |\n"
        "| last start | **2.00 times** | 1.00 times |  |  |\n"
        "\n"
        "- Missed: another start by 12 %; last start by 100 %. It is slow.\n"
        "- Missed: requests by 1. Not explained yet.\n"
    )


def test_machines_get_all_numbers() -> None:
    found = document({"Start": [FAST]})

    assert found["groups"] == {"Start": [{**vars(FAST), "met": True}]}
    assert groups(found) == {"Start": [FAST]}


def test_only_the_results_of_a_page_are_replaced() -> None:
    page = "# P\n\n<!-- begin: results -->\nold\n<!-- end: results -->\nafter\n"

    assert put(page, "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="has no"):
        put("# P\n", "new\n")


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        (Row(name="x", value=15.9, unit="times", budget=8), False),
        (Row(name="x", value=16.1, unit="times", budget=8), True),
        (Row(name="x", value=2.9, unit="growth", budget=2.3), False),
        (Row(name="x", value=3.9, unit="growth", budget=2.3), True),
        (Row(name="x", value=99, unit="s", budget=3), False),
        (Row(name="x", value=99, unit="times"), False),
    ],
    ids=["twice nearly", "more than twice", "a bit more than linear", "square", "seconds", "without a budget"],
)
def test_a_quick_run_fails_on_what_is_far_beyond_its_budget_and_never_on_seconds(row: Row, broken: bool) -> None:
    assert row.broken == broken


def test_the_page_shows_every_row_of_every_benchmark_and_no_other() -> None:
    shown = re.findall(r"^\| (?!what \||---)(.+?) \| \*{0,2}[0-9]", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [name.replace("\\|", "|") for name in shown] == [name for group in GROUPS for name in group.names]


def test_every_budget_that_the_page_says_is_missed_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")

    missed = re.findall(r"^\| ([^|]+) \| \*\*[0-9]", page, re.MULTILINE)
    explained = "\n".join(re.findall(r"^- Missed: .*", page, re.MULTILINE))
    assert [name for name in missed if f"{name} by " not in explained] == []
    assert "Not explained yet" not in page
    assert [begins for begins in REASONS if not any(name.startswith(begins) for group in GROUPS for name in group.names)] == []
