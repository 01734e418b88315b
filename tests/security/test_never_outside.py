"""Links and `..` in paths lead nobody out of the checkout: outside of it nothing is opened and no folder is listed."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import GateError
from atlantis_gate.selection import CheckoutTree
from hosts.stories import FINE
from programs import gate, workspace
from security.wire import named, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = 'module "m" {\n  source = "%s"\n}\nterraform {\n  cloud {\n    workspaces {\n      name = "w"\n    }\n  }\n}\n'
OUT = ("../outside", "../../outside", "out", "out/deeper", "prod/../../outside", "/etc", "./../outside/.", "up/outside", "prod/abs")
GLOBS = ("../**", "../../**/*.tf", "/**", "out/**", "**/secret.tf", "../outside/{secret,other}.tf", "../[o]utside/*")
CHANGED = (
    "prod/main.tf",
    "../outside/secret.tf",
    "prod/../../outside/secret.tf",
    "/etc/passwd",
    "out/secret.tf",
    "prod/link.tf",
    "up/outside/secret.tf",
)
_events: list[tuple[str, Any]] = []
_listening: list[bool] = []


def _heard(event: str, given: tuple[Any, ...]) -> None:
    if _listening and event in {"open", "os.listdir", "os.scandir"}:
        _events.append((event, given[0]))


@pytest.fixture(scope="module", autouse=True)
def ears() -> None:
    """Hear of each file that is opened and each folder that is listed; Python lets nobody take a hook away."""
    sys.addaudithook(_heard)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Lay out a checkout full of links beside a folder that nobody may look into."""
    workspace(
        tmp_path, {"outside/secret.tf": MODULE % "../root/modules/vpc", "outside/deeper/x.tf": "", "outside/atlantis.yaml": "version: 3\n"}
    )
    calls = "".join((MODULE % source).replace('"m"', f'"m{number}"') for number, source in enumerate(OUT))
    made = workspace(tmp_path / "root", {"prod/main.tf": calls, "modules/vpc/main.tf": "x", "real/main.tf": MODULE % "../modules/vpc"})
    for name, target in (
        *(("out", "../outside"), ("up", ".."), ("prod/link.tf", "../../outside/secret.tf"), ("prod/abs", str(tmp_path / "outside"))),
        *(("modules/evil", "/etc"), ("loop", "loop"), ("chain", "up/outside"), ("prod/inner", "../real"), ("proc", "/proc/self")),
    ):
        (made / name).symlink_to(target)
    _events.clear()
    _listening.append(True)
    yield made
    _listening.clear()


def strayed(root: Path) -> list[str]:
    """Return what was opened or listed in the folder beside the checkout, or in the machine's own ones that links lead to."""
    outside = (str(root.parent / "outside"), "/etc", "/proc/self")
    seen = {os.path.realpath(os.fsdecode(path)) for _, path in _events if isinstance(path, str | bytes | os.PathLike)}
    return sorted(path for path in seen if path.startswith(outside) and not path.startswith("/etc/ssl"))


def config() -> str:
    projects = "".join(f"- {{dir: '{path}', name: n{number}}}\n" for number, path in enumerate(OUT))
    patterns = "".join(f"- {{dir: prod, name: p{number}, autoplan: {{when_modified: ['{glob}']}}}}\n" for number, glob in enumerate(GLOBS))
    globs = "".join(f"- {{dir: '{glob}'}}\n" for glob in ("*", "**", "out/*", "up/*", "*/*", "prod/**"))
    return f"version: 3\nautodiscover: {{mode: enabled}}\nprojects:\n{projects}{patterns}{globs}"


PARTS = {
    "dirs": lambda: "version: 3\nprojects:\n" + "".join(f"- {{dir: '{path}', name: n{number}}}\n" for number, path in enumerate(OUT)),
    "patterns": lambda: (
        "version: 3\nprojects:\n"
        + "".join(f"- {{dir: prod, name: p{n}, autoplan: {{when_modified: ['{g}']}}}}\n" for n, g in enumerate(GLOBS))
    ),
    "globs": lambda: "version: 3\nprojects:\n" + "".join(f"- dir: '{glob}'\n" for glob in ("*", "out/*", "up/*", "*/*", "prod/**")),
    "discovery": lambda: "version: 3\nautodiscover: {mode: enabled}\n",
    "all": config,
}


@pytest.mark.parametrize("part", PARTS)
def test_no_path_in_a_configuration_leads_out(part: str, root: Path) -> None:
    workspace(root, {"atlantis.yaml": PARTS[part](), "changed": "\n".join(CHANGED)})
    for argv in (["validate"], ["projects", "--all"], ["projects", "--changed-files", str(root / "changed"), "--autoplan-modules"]):
        ran = gate(*argv, "--root", str(root), "--base-branch", "main")
        assert "Traceback" not in ran.err, ran.err
    assert strayed(root) == []


@pytest.mark.parametrize("path", OUT)
def test_no_target_leads_out(path: str, root: Path) -> None:
    for argv in (["-d", path], ["-d", path, "-w", "../../outside"], ["-p", path], ["-w", path]):
        ran = gate("projects", *argv, "--root", str(root))
        assert "Traceback" not in ran.err, ran.err
    assert strayed(root) == []


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_no_changed_file_leads_out(kind: str, root: Path) -> None:
    workspace(root, {"staging/main.tf": MODULE % "../../outside"})
    with told(kind, FINE.__class__(name="x", files=("staging/main.tf", *CHANGED))) as (_, connection):
        env = {**connection.env, **named(kind, connection), "ATLANTIS_GATE_ROOT": str(root), "ATLANTIS_AUTOPLAN_MODULES": "true"}
        ran = gate("check", "--require", "approved", env=env)
    assert "Traceback" not in ran.err, ran.err
    assert strayed(root) == []


@pytest.mark.parametrize(
    "path", [*OUT, *CHANGED[1:], "loop", "loop/x", "chain", "chain/secret.tf", "proc/environ", "modules/evil/passwd", "\0", "a\0/../.."]
)
def test_the_checkout_as_a_tree_shows_nothing_outside(path: str, root: Path) -> None:
    tree = CheckoutTree(root)
    for name in (path, f"{path}/secret.tf", f"{path}/../outside/secret.tf"):
        try:
            assert tree.read(name) is None
            assert list(tree.entries(name)) == []
        except GateError:
            pass
    assert strayed(root) == []


@pytest.mark.parametrize("part", PARTS)
def test_what_lies_outside_makes_no_difference(part: str, root: Path) -> None:
    """Whether a file is there may be seen without opening it; nothing that is printed depends on it."""
    workspace(root, {"atlantis.yaml": PARTS[part](), "changed": "\n".join(CHANGED)})
    runs = (["validate"], ["projects", "--all"], ["projects", "--changed-files", str(root / "changed"), "--autoplan-modules"])
    before = [gate(*argv, "--root", str(root), "--base-branch", "main") for argv in runs]
    shutil.rmtree(root.parent / "outside")
    assert [gate(*argv, "--root", str(root), "--base-branch", "main") for argv in runs] == before
