"""Scale: time and memory of a decision, and how both grow."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atlantis_gate import doublestar
from atlantis_gate.frozen import frozen
from atlantis_gate.model import Discovery, Project
from atlantis_gate.regex import compile_regex
from atlantis_gate.selection import ListingTree, Scope, touched
from benchmarks import literal, workspaces
from benchmarks.measuring import ROOT, FailedError, growth, ratio, seconds, side_by_side
from benchmarks.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rows import Effort

PROJECTS: Final = 10_000
FILES: Final = 3_000
# Linear is 2; what is above is noise, and what does not grow pulls it down.
GROWTH_BUDGET: Final = 2.3
_REPEATS: Final = 3
WHOLE_NAMES: Final = (
    "many projects and files: time beside reading the YAML",
    "many projects and files: time",
    "many projects and files: memory",
    "time, twice as many projects",
    "memory, twice as many projects",
)
SHAPE_NAMES: Final = (
    "time, twice as many changed files",
    "time, twice as many projects that depend on each other in a row",
    "time, twice as many entries of repos.yaml",
    "time, twice as many modules in a tree",
)
SELECTION_NAMES: Final = ("selection, few projects and files", "selection, many projects and files")
REGEXES: Final = ("(a+)+$", "(a|aa)*c", "(.*a){20}")
PATTERN: Final = "*a" * 10 + "*c"
HOSTILE_NAMES: Final = (*(f"text twice as long, expression `{text}`" for text in REGEXES), f"text twice as long, pattern `{PATTERN}`")


@frozen(kw_only=True)
class Size:
    """What a workspace holds."""

    projects: int
    files: int
    entries: int = 1
    modules: int = 0
    chained: bool = False


@frozen(kw_only=True)
class Taken:
    """What deciding took: processor seconds and megabytes; `reading`: the seconds that PyYAML's C loader takes for atlantis.yaml alone."""

    seconds: float
    megabytes: float
    reading: float


def whole(effort: Effort) -> list[Row]:
    """Measure the size that the budget names, and growth from a quarter of it."""
    size = Size(projects=effort.of(PROJECTS), files=effort.of(FILES))
    large, small, least = decide(size), decide(Size(projects=size.projects // 4, files=size.files)), decide(Size(projects=1, files=1))
    what = f"{size.projects:,} projects, {size.files:,} changed files"
    reading = f"{large.seconds:.2f} s against {large.reading:.2f} s"
    memory = growth(small.megabytes - least.megabytes, large.megabytes - least.megabytes, 4)
    times, spent, megabytes, time_growth, memory_growth = WHOLE_NAMES
    return [
        Row(
            name=times,
            value=large.seconds / large.reading,
            unit="times",
            against="reading atlantis.yaml with PyYAML's C loader",
            detail=reading,
        ),
        Row(name=spent, value=large.seconds, unit="s", budget=3, detail=what),
        Row(name=megabytes, value=large.megabytes, unit="MB", budget=300, detail=what),
        _growth(time_growth, small, large, 4),
        Row(name=memory_growth, value=memory, unit="growth", budget=GROWTH_BUDGET),
    ]


def shapes(effort: Effort) -> list[Row]:
    """Measure growth in everything else that can be large."""
    few, some = effort.of(2_500), effort.of(PROJECTS)
    cases = (
        (Size(projects=few, files=effort.of(3_000)), Size(projects=few, files=effort.of(30_000)), 10),
        (Size(projects=some // 4, files=10, chained=True), Size(projects=some, files=10, chained=True), 4),
        (Size(projects=1, files=1, entries=100), Size(projects=1, files=1, entries=800), 8),
        (Size(projects=10, files=10, modules=some // 10), Size(projects=10, files=10, modules=some // 2), 5),
    )
    return [_growth(name, decide(small), decide(large), factor) for name, (small, large, factor) in zip(SHAPE_NAMES, cases, strict=True)]


def _growth(name: str, small: Taken, large: Taken, factor: float) -> Row:
    detail = f"{1000 * small.seconds:.0f} ms, and {1000 * large.seconds:.0f} ms for {factor:.0f} times as much"
    return Row(name=name, value=growth(small.seconds, large.seconds, factor), unit="growth", budget=GROWTH_BUDGET, detail=detail)


def decide(size: Size) -> Taken:
    """Decide in a process of its own, three times; return the least of each."""
    with tempfile.TemporaryDirectory() as folder:
        workspaces.write(Path(folder), size.projects, size.files, entries=size.entries, chained=size.chained, modules=size.modules)
        options = ("--autoplan-modules",) if size.modules else ()
        found = [_once(folder, *options) for _ in range(_REPEATS)]
    return Taken(**{name: min(each[name] for each in found) for name in ("seconds", "megabytes", "reading")})


def _once(folder: str, *options: str) -> dict[str, Any]:
    env = {"PYTHONPATH": ":".join(str(ROOT / name) for name in (".", "src", "tests"))}
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.deciding", folder, *options], cwd=ROOT, env=env, capture_output=True, check=False
    )
    if ran.returncode:
        raise FailedError(ran.stderr.decode(errors="replace"))
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def selection(effort: Effort) -> list[Row]:
    """Hold the selection against one that puts every pattern to every file; both must select the same."""
    few, many = SELECTION_NAMES
    # The small one is small enough for a quick run, too.
    return [_against_literal(few, 100, 30, effort), _against_literal(many, effort.of(1_000), effort.of(300), effort)]


def _against_literal(name: str, count: int, changed: int, effort: Effort) -> Row:
    lists = (("*.tf", "*.tfvars", "../modules/**"), ("**/*.tf*", "../../modules/vpc/*.tf"), ("*.tf", "../modules/**/*.tf", "!**/*.md"))
    projects = [
        Project(dir=workspaces.project_dir(number), workspace="default", when_modified=lists[number % len(lists)], configured=True)
        for number in range(count)
    ]
    files = workspaces.changed_files(changed, count)
    tree = ListingTree(f"{project.dir}/main.tf" for project in projects)
    scope = Scope(tree=tree, discovery=Discovery(enabled=False), file_list=())
    if list(touched(projects, files, scope).configured) != literal.selected(projects, files):
        raise FailedError("the selection and the literal matcher select other projects")
    measures: dict[str, Callable[[], float]] = {
        "selection": lambda: seconds(lambda: touched(projects, files, scope)),
        "literal": lambda: seconds(lambda: literal.selected(projects, files)),
    }
    found = side_by_side(measures, max(3, effort.rounds // 3))
    return Row(
        name=name,
        value=ratio(found["selection"], found["literal"]),
        unit="times",
        budget=1,
        against="each pattern of each project put to each file",
        detail=f"{count:,} by {changed:,}: {1000 * min(found['selection']):.1f} ms against {1000 * min(found['literal']):.1f} ms at best",
    )


def hostile(effort: Effort) -> list[Row]:
    """Measure expressions and patterns that take exponential or square time where matching goes back and forth."""
    length = effort.of(100_000)
    searches: list[Callable[[int], object]] = [partial(_search, text) for text in REGEXES]
    return [_against_length(name, work, length) for name, work in zip(HOSTILE_NAMES, [*searches, _match], strict=True)]


def _search(text: str, size: int) -> bool:
    return compile_regex(text).search("a" * size + "b")


def _match(size: int) -> bool:
    return doublestar.matches(PATTERN, "a" * size)


def _against_length(name: str, work: Callable[[int], object], length: int) -> Row:
    small, large = (min(seconds(partial(work, size)) for _ in range(_REPEATS)) for size in (length // 4, length))
    detail = f"{1000 * large:.1f} ms for {length:,} characters"
    return Row(name=name, value=growth(small, large, 4), unit="growth", budget=GROWTH_BUDGET, detail=detail)
