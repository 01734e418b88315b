"""How often each host is asked for a decision, how many requests wait for another one, and the posting of statuses."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from benchmarks.loopback import played
from benchmarks.measuring import FailedError, round_trips
from benchmarks.rows import Row
from benchmarks.starts import LIBRARIES, PROGRAM, checking
from hosts.stories import FINE, Check

if TYPE_CHECKING:
    from benchmarks.loopback import Asked
    from benchmarks.rows import Effort

# The budgets of reading, without further pages of long lists.
REQUESTS: Final = {"github": 3, "gitlab": 8}
OTHERS: Final = 6
ROUND_TRIPS: Final = 3
LATENCY: Final = 0.05
SIZES: Final = (1, 100, 1_000)
# One changed module touches every project; checks are to be told apart, and the base branch went on.
STORY: Final = replace(
    FINE,
    files=("modules/vpc/main.tf",),
    base_files=("modules/vpc/old.tf",),
    checks=(Check("ci/build", "success"), Check("ci/plan", "failure")),
)
READING_NAMES: Final = tuple(f"{what}, {kind}" for kind in LIBRARIES for what in ("requests to decide", "one after another"))
# More projects than this have no statuses of their own.
WITH_STATUSES: Final = 50
POSTING_NAMES: Final = tuple(f"statuses one after another, {kind}" for kind in LIBRARIES)
ONE_AT_A_TIME: Final = {"gitlab": "it refuses two at the same time", "gitea": "two at the same time may block each other in its database"}


@frozen
class Reading:
    """What a run asked before it decided: how many requests, and how many one after another."""

    requests: int
    deep: int
    seconds: float


def reading(effort: Effort) -> list[Row]:
    """Count the requests of a decision on each host for few and many projects."""
    sizes = SIZES if effort.share == 1 else SIZES[:2]
    return [row for kind in LIBRARIES for row in _reading(kind, sizes)]


def _reading(kind: str, sizes: tuple[int, ...]) -> list[Row]:
    found = [_read(kind, size) for size in sizes]
    told = ", ".join(f"{size:,}" for size in sizes)
    counts = ", ".join(str(each.requests) for each in found)
    detail = f"for {told} projects: {counts}; {1000 * found[0].seconds:.0f} ms at {1000 * LATENCY:.0f} ms each"
    # With many projects the work in between takes longer than requests that run beside it: what waits for what shows with one.
    most, deepest = max(each.requests for each in found), found[0].deep
    budget = REQUESTS.get(kind, OTHERS)
    return [
        Row(name=f"requests to decide, {kind}", value=most, unit="requests", budget=budget, detail=detail),
        Row(name=f"one after another, {kind}", value=deepest, unit="round trips", budget=ROUND_TRIPS),
    ]


def _read(kind: str, projects: int) -> Reading:
    read = [each for each in _asked(kind, projects, "--no-status") if each.reads]
    spans = [(each.began, each.ended) for each in read]
    return Reading(len(read), round_trips(spans), max(ended for _, ended in spans) - min(began for began, _ in spans))


def posting(effort: Effort) -> list[Row]:
    """Count how many of a run's statuses wait for another one."""
    del effort
    rows = []
    for name, kind in zip(POSTING_NAMES, LIBRARIES, strict=True):
        posted = [(each.began, each.ended) for each in _asked(kind, WITH_STATUSES, "--status-name=gate") if not each.reads]
        why = f"; {ONE_AT_A_TIME[kind]}" if kind in ONE_AT_A_TIME else ""
        detail = f"{len(posted)} posted for {WITH_STATUSES} projects{why}"
        rows.append(Row(name=name, value=round_trips(posted), unit="round trips", detail=detail))
    return rows


def _asked(kind: str, projects: int, *options: str) -> list[Asked]:
    with played(kind, STORY, LATENCY) as host, tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), projects)
        command = (*PROGRAM, *checking(host, *options), "--root", folder)
        ran = subprocess.run(command, cwd=folder, env=dict(host.env), capture_output=True, text=True, check=False)
        # Blocked: it decided, and a check has failed.
        if ran.returncode != 1:
            raise FailedError(f"{' '.join(command)} ended with {ran.returncode}:\n{ran.stdout[-2000:]}\n{ran.stderr}")
        return list(host.asked)


def _write(root: Path, projects: int) -> None:
    lines = ["version: 3", "projects:"]
    for number in range(projects):
        (root / f"app{number}").mkdir()
        lines += [f"- dir: app{number}", "  autoplan: {when_modified: [../modules/**]}"]
    (root / "atlantis.yaml").write_text("\n".join([*lines, ""]), encoding="utf-8")
