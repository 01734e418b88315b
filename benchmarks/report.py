"""The result for people and for machines: a table in Markdown, and JSON."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Any, Final

from benchmarks.rows import COUNTED, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BEGIN: Final = "<!-- begin: results -->\n"
_END: Final = "<!-- end: results -->"
_HEAD: Final = "| what | measured | budget | held against | seen |\n| --- | ---: | ---: | --- | --- |\n"


def document(found: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return everything as JSON values: each group's rows, and on what they were measured."""
    rows = {title: [{**vars(row), "met": row.met} for row in rows] for title, rows in found.items()}
    return {"version": 1, "python": platform.python_version(), "machine": platform.machine(), "groups": rows}


def groups(document: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return each group's rows from such a document."""
    told: dict[str, list[dict[str, Any]]] = document["groups"]
    return {title: [Row(**{name: value for name, value in row.items() if name != "met"}) for row in found] for title, found in told.items()}


def table(found: Mapping[str, Sequence[Row]], reasons: Mapping[str, str]) -> str:
    """Return the tables of all groups; below each, by how much a budget is missed and why."""
    return "\n".join(_group(title, rows, reasons) for title, rows in found.items())


def put(page: str, text: str) -> str:
    """Return a page with the results replaced. Raises ValueError for a page without a place for them."""
    pattern = re.compile(re.escape(_BEGIN) + ".*?" + re.escape(_END), re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no {_BEGIN.strip()} ... {_END}")
    return pattern.sub(lambda _: f"{_BEGIN}{text}{_END}", page)


def _group(title: str, rows: Sequence[Row], reasons: Mapping[str, str]) -> str:
    missed: dict[str, list[str]] = {}
    for row in rows:
        if not row.met:
            missed.setdefault(_reason(row, reasons), []).append(f"{row.name} by {_over(row)}")
    notes = [f"- Missed: {'; '.join(names)}. {why}\n" for why, names in missed.items()]
    lines = [f"## {title}\n\n", _HEAD, *map(_line, rows), *(["\n"] if notes else []), *notes]
    return "".join(lines)


def _line(row: Row) -> str:
    shown = _number(row.value, row)
    budget = "" if row.budget is None else _number(row.budget, row)
    cells = (row.name, shown if row.met else f"**{shown}**", budget, row.against, row.detail)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _number(value: float, row: Row) -> str:
    if row.unit in COUNTED:
        return f"{value:.0f}"
    unit = " times" if row.unit == "growth" else f" {row.unit}"
    return f"{value:.0f}{unit}" if value >= 100 else f"{value:.2f}{unit}"  # noqa: PLR2004 - digits that say something


def _over(row: Row) -> str:
    over = row.value - (row.budget or 0)
    return f"{over:.0f}" if row.unit in COUNTED else f"{100 * over / (row.budget or 1):.0f} %"


def _reason(row: Row, reasons: Mapping[str, str]) -> str:
    return next((why for begins, why in reasons.items() if row.name.startswith(begins)), "Not explained yet.")
