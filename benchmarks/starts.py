"""How fast a run starts: beside a bare interpreter, and online beside the import of the host's client library."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.loopback import played
from benchmarks.measuring import ROOT, processor_seconds, ratio, side_by_side
from benchmarks.rows import Row
from hosts.stories import FINE, HEAD, NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.loopback import Played
    from benchmarks.rows import Effort

# As the image starts it: -I, with nothing from the environment. What is installed where the benchmark runs stays out of the way.
STARTER: Final = f"import sys; sys.path[:0] = [{str(ROOT / 'src')!r}]; from atlantis_gate.cli import entry; entry()"
BARE: Final = (sys.executable, "-I", "-c", "pass")
PROGRAM: Final = (sys.executable, "-I", "-c", STARTER)
EXAMPLE: Final = ("--root", "repository", "--repos-yaml", "repos.yaml")
OFFLINE: Final = {"validate": ("validate",), "check --facts": ("check", "--facts", "pull-requests/13-approved.json")}
# How the library that a host is spoken to with is imported; python-gitlab imports its second half when a client is made.
LIBRARIES: Final = {
    "github": "import github",
    "gitlab": "import gitlab.v4.objects",
    "bitbucket-cloud": "import requests",
    "bitbucket-data-center": "import requests",
    "azure-devops": "import requests",
    "gitea": "import requests",
}
START_BUDGET: Final = 8.0
ONLINE_BUDGET: Final = 1.2
OFFLINE_NAMES: Final = (*(f"start of `{name}`" for name in OFFLINE), "start of `check --facts` in GitHub Actions")
ONLINE_NAMES: Final = tuple(f"start of an online check, {kind}" for kind in LIBRARIES)


def offline(effort: Effort) -> list[Row]:
    """Measure the subcommands that ask nobody, on the example repository; the last one in a CI, which it tells the result."""
    folder = ROOT / "examples"
    with tempfile.TemporaryDirectory() as runner:
        *alone, last = [(*PROGRAM, *arguments, *EXAMPLE) for arguments in (*OFFLINE.values(), OFFLINE["check --facts"])]
        measures = {
            "bare": partial(processor_seconds, BARE, folder, {}),
            OFFLINE_NAMES[-1]: partial(processor_seconds, last, folder, _actions(Path(runner))),
        }
        measures |= {name: partial(processor_seconds, command, folder, {}) for name, command in zip(OFFLINE_NAMES, alone, strict=False)}
        found = side_by_side(measures, effort.rounds)
    return [_row(name, found[name], found["bare"], START_BUDGET, "`python -c pass`") for name in OFFLINE_NAMES]


def _actions(folder: Path) -> dict[str, str]:
    """Return the environment of a step of GitHub Actions, with its files in a folder."""
    files = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")}
    for file in files.values():
        Path(file).write_text("{}" if file.endswith("PATH") else "", encoding="utf-8")
    names = {"ACTIONS": "true", "EVENT_NAME": "pull_request", "REPOSITORY": "acme/infra", "SERVER_URL": "https://github.com", "RUN_ID": "1"}
    return {
        **files,
        **{f"GITHUB_{name}": value for name, value in names.items()},
        "GITHUB_REF": "refs/pull/13/merge",
        "GITHUB_WORKSPACE": "repository",
    }


def online(effort: Effort) -> list[Row]:
    """Measure a check of each host on the loopback interface, without latency."""
    return [_online(name, kind, effort) for name, kind in zip(ONLINE_NAMES, LIBRARIES, strict=True)]


def _online(name: str, kind: str, effort: Effort) -> Row:
    with played(kind, FINE) as host, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "staging").mkdir()
        (root / "staging" / "main.tf").touch()
        importing = (sys.executable, "-I", "-c", f"{LIBRARIES[kind]}")
        command = (*PROGRAM, *checking(host), "--root", folder)
        measures = {
            "import": lambda: processor_seconds(importing, root, {}),
            "check": lambda: processor_seconds(command, root, host.env),
        }
        found = side_by_side(measures, effort.rounds)
    return _row(name, found["check"], found["import"], ONLINE_BUDGET, f"`{LIBRARIES[kind]}`")


def checking(host: Played, *options: str) -> tuple[str, ...]:
    """Return the arguments of a check of the pull request of a host that is played; nothing is written."""
    where = ("--host", host.kind, "--host-url", host.url, "--repo", host.repo, "--pull-request", str(NUMBER), "--head-sha", HEAD)
    return ("check", *where, "--require", "approved,mergeable,undiverged", "--comment", "never", *(options or ("--no-status",)))


def _row(name: str, values: Sequence[float], references: Sequence[float], budget: float, against: str) -> Row:
    detail = f"{1000 * min(values):.0f} ms against {1000 * min(references):.0f} ms at best"
    return Row(name=name, value=ratio(values, references), unit="times", budget=budget, against=against, detail=detail)
