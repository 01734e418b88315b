"""What docs/fail-closed.md shows of the faults that are tried, and the list of fields that need not be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.hosts import HOSTS
from conftest import ROOT
from faults import wrong
from faults.cases import KINDS
from faults.expected import RIGHT
from faults.scenes import ALSO_STOPPED, LOWERS, MOVED, PASSES, STOPPED, UNCHECKED
from faults.twists import TWISTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Field = tuple[str, str, str, str]

PAGE: Final = ROOT / "docs" / "fail-closed.md"
OPTIONAL: Final = ROOT / "tests" / "faults" / "optional.txt"


def filled(text: str, counts: Mapping[tuple[str, str], int]) -> str:
    """Return the page with all that is made from the code; `counts` are numbers of cases by host and kind."""
    for name, content in {"counts": table(counts), "answers": answers(), "stories": stories(), "right": right()}.items():
        text, found = re.subn(
            rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", rf"\g<1>{_plain(content)}\g<2>", text, flags=re.DOTALL
        )
        assert found == 1, name
    return text


def _plain(content: str) -> str:
    return content.replace("\\", r"\\")


def table(counts: Mapping[tuple[str, str], int]) -> str:
    """Return the numbers of cases as a table."""
    numbers = {host: [counts.get((host, kind), 0) for kind in KINDS] for host in HOSTS}
    numbers["all"] = [sum(column) for column in zip(*numbers.values(), strict=True)]
    return _table(["host", *KINDS, "all"], [[host, *found, sum(found)] for host, found in numbers.items()])


def row(counts: Mapping[tuple[str, str], int], host: str) -> str:
    """Return the line of one host."""
    return next(line for line in table(counts).splitlines(keepends=True) if line.startswith(f"| {host} |"))


def answers() -> str:
    """Return what a request may get in place of its answer."""
    return f"{', '.join(wrong.LASTING)}.\n"


def stories() -> str:
    """Return the pull requests that are tried."""
    own = [[host, ", ".join(TWISTS[host])] for host in HOSTS]
    everywhere = [["passes", PASSES], ["is stopped", ", ".join((*STOPPED, *ALSO_STOPPED, MOVED.name))]]
    without = [["passes, the files read from the host", UNCHECKED.name], ["is stopped, the files read from the host", LOWERS.name]]
    return _table(["every host", "stories"], [*everywhere, *without]) + "\n" + _table(["host", "is stopped by its own rules"], own)


def right() -> str:
    """Return where exit code 0 is right."""
    rows = [[_every(right.host), f"`{right.place}`", f"`{right.name}`", "yes" if right.stopped else "", right.why] for right in RIGHT]
    return _table(["host", "request", "what is wrong", "also where the story is stopped", "why"], rows)


def _every(host: str) -> str:
    return "every host" if host == ".*" else host


def _table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def listed(fields: Iterable[Field]) -> str:
    """Return fields that need not be told, one a line: host, request, field and what it may be."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for host, place, field, name in sorted(fields):
        told.setdefault((host, place, field), []).append(name)
    return "".join(f"{host} | {place} | {field} | {', '.join(names)}\n" for (host, place, field), names in told.items())


def optional() -> set[Field]:
    """Return the fields that are known not to be needed."""
    lines = [line.split(" | ") for line in OPTIONAL.read_text(encoding="utf-8").splitlines()]
    return {(host, place, field, name) for host, place, field, names in lines for name in names.split(", ")}
