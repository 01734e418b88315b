"""Try every fault on every host: `python -m faults [--update] [HOST...]`. Exit code 1 when something is wrong, or the docs are behind."""

from __future__ import annotations

import sys
import time

from atlantis_gate.hosts import HOSTS
from faults import page
from faults.crew import Tried, try_all
from faults.expected import RIGHT
from faults.scenes import PASSES, UNCHECKED


def behind(tried: Tried, *, update: bool) -> list[str]:
    """Return what the docs and the list of optional fields say otherwise; write them where that is wanted."""
    text = page.PAGE.read_text(encoding="utf-8")
    wanted = {page.PAGE: page.filled(text, tried.counts), page.OPTIONAL: page.listed(tried.optional)}
    if update:
        for path, new in wanted.items():
            path.write_text(new, encoding="utf-8")
    return [
        f"{path.name} is not up to date: run again with --update" for path, new in wanted.items() if path.read_text(encoding="utf-8") != new
    ]


def needless(tried: Tried) -> list[str]:
    """Return the exceptions that nothing needs."""
    passing = (each for each in RIGHT if each.stopped and tried.right[each] <= {PASSES, UNCHECKED.name})
    unused = [each for each in RIGHT if not tried.right[each]]
    return [*(f"{each} is never needed" for each in unused), *(f"{each} needs no `stopped`" for each in passing if each not in unused)]


def main(argv: list[str]) -> int:
    """Try, tell, and return the exit code."""
    began, only = time.monotonic(), [host for host in argv if host in HOSTS]
    tried = try_all(only or HOSTS)
    problems = [*tried.problems, *([] if only else [*behind(tried, update="--update" in argv), *needless(tried)])]
    print("\n".join(problems))  # noqa: T201 - this is what it is run for
    print(page.table(tried.counts), end="")  # noqa: T201
    print(f"{tried.counts.total()} faults tried in {time.monotonic() - began:.0f} s, {len(problems)} problems")  # noqa: T201
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
