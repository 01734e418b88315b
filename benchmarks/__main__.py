"""`python -m benchmarks`: measure everything, print a table and write JSON. With `--quick` little, and fail where a budget is broken."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import report
from benchmarks.measuring import ROOT, FailedError
from benchmarks.registry import GROUPS, REASONS
from benchmarks.rows import FULL, QUICK

if TYPE_CHECKING:
    from benchmarks.rows import Effort, Row

PAGE: Final = ROOT / "docs" / "performance.md"


def main(arguments: list[str]) -> int:
    """Run; return 1 where a quick run is sure that a budget is broken."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little; fail on what is far beyond its budget, never on seconds")
    parser.add_argument("--only", metavar="TITLE", help="only this group, and keep what was measured of the others")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the numbers")
    given = parser.parse_args(arguments)
    file = given.json or ROOT / ".cache" / ("benchmarks-quick.json" if given.quick else "benchmarks.json")
    try:
        found = measured(QUICK if given.quick else FULL, given.only)
    except FailedError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not given.quick:
        return _publish(found, file)
    _write(found, file)
    broken = [row for rows in found.values() for row in rows if row.broken]
    for row in broken:
        sys.stderr.write(f"far beyond its budget: {row.name}: {row.value:.2f}, and at most {row.budget} is wanted\n")
    return 1 if broken else 0


def _publish(found: dict[str, list[Row]], file: Path) -> int:
    """Write the JSON and the page; a group that was not measured now stays as it was."""
    known = report.groups(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}
    merged = {group.title: rows for group in GROUPS if (rows := found.get(group.title) or known.get(group.title))}
    _write(merged, file)
    PAGE.write_text(report.put(PAGE.read_text(encoding="utf-8"), report.table(merged, REASONS)), encoding="utf-8")
    return 0


def _write(found: dict[str, list[Row]], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report.document(found), indent=2) + "\n", encoding="utf-8")


def measured(effort: Effort, only: str | None) -> dict[str, list[Row]]:
    """Return the rows of each group. Raises FailedError where something did not work, or gave other rows than it promises."""
    found: dict[str, list[Row]] = {}
    for group in GROUPS:
        if only not in {None, group.title} or (effort is QUICK and not group.quick):
            continue
        sys.stderr.write(f"measuring: {group.title}\n")
        rows = found[group.title] = group.measure(effort)
        if tuple(row.name for row in rows) != group.names:
            raise FailedError(f"{group.title} gives other rows than its names say")
        sys.stdout.write(report.table({group.title: rows}, REASONS) + "\n")
        sys.stdout.flush()
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
