"""The list of changes to the code that no test can notice is about the code as it is, and docs/mutation.md counts it."""

from __future__ import annotations

import runpy
from collections import Counter
from typing import TYPE_CHECKING, TypedDict

import pytest
import yaml

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


class Survivor(TypedDict):
    """A line, what it may become without anybody noticing, and why nobody can."""

    file: str
    line: str
    becomes: list[str]
    why: str


SURVIVORS: list[Survivor] = yaml.safe_load((ROOT / "tests" / "mutation" / "survivors.yaml").read_text(encoding="utf-8"))
# The script itself needs mutmut, which has an environment of its own.
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "mutation_table.py"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def changes() -> Iterator[tuple[str, str, str]]:
    yield from ((entry["file"], entry["line"], becomes) for entry in SURVIVORS for becomes in entry["becomes"])


@pytest.mark.parametrize("entry", SURVIVORS, ids=lambda entry: f"{entry['file']}: {entry['line'][:40]}")
def test_a_survivor_is_a_line_of_the_code_with_a_reason(entry: Survivor) -> None:
    code = (ROOT / "src" / "atlantis_gate" / entry["file"]).read_text(encoding="utf-8")

    assert entry.keys() == {"file", "line", "becomes", "why"}
    assert one_line(entry["line"]) in one_line(code)
    assert entry["becomes"]
    assert entry["line"] not in entry["becomes"]
    assert len(entry["why"].split()) > 3


def test_the_page_has_the_table_that_the_script_prints_and_counts_what_is_listed() -> None:
    page = (ROOT / "docs" / "mutation.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in page if line.startswith("|")]
    counts = [(int(changes), int(noticed)) for line in table[2:] for changes, noticed in [line.split("|")[2:4]]]
    listed = Counter(file.partition("/")[0] for file, _, _ in changes())

    assert [*SCRIPT["HEAD"], *(SCRIPT["row"](name, *both) for name, both in zip(SCRIPT["PACKAGES"], counts, strict=True))] == table
    assert [changes - noticed for changes, noticed in counts] == [listed[name] for name in SCRIPT["PACKAGES"]]
    assert all(noticed > 0 for _, noticed in counts)
