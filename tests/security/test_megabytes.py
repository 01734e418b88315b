"""Megabytes from a pull request's author blow up neither time nor memory nor anything that is shown or posted."""

from __future__ import annotations

import json
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.ci.github_event import EVENT_BYTES
from atlantis_gate.hosts import HOSTS
from hosts.stories import FINE, Check
from programs import gate, workspace
from security import harmless
from security.ci_environments import PLACES, environment
from security.test_hostile_runs import hand_on
from security.wire import named, told

if TYPE_CHECKING:
    from pathlib import Path

    from programs import Ran
    from security.wire import Wire

LONG = 1_000_000
SECONDS = 6
# GitHub takes 1 MiB of summaries, Bitbucket Data Center the shortest comments.
SUMMARY, COMMENT, STATUS = 1_048_576, 32_768, 1_000
# What Linux lets a variable hold: https://man7.org/linux/man-pages/man2/execve.2.html (MAX_ARG_STRLEN)
VARIABLE = 131_000
LIMITS = {"details": COMMENT, "message": 2_000}
PIECES = ["x", "_", "::error::", "##[", "\n", "😀", "@a ", "<", "a/", "\x1b["]


def run(kind: str, text: str, folder: Path, files: tuple[str, ...] = (), ci: str = "github-actions") -> tuple[Ran, Wire]:
    """Run the gate on a story whose names are all that long; `files` are changed besides one of a project."""
    checks = tuple(Check(f"{number}{text}", "failure") for number in range(3))
    story = replace(FINE, author=text, approved_by=(text,), checks=checks, files=("staging/main.tf", *files))
    root = workspace(folder, {"root/staging/main.tf": ""}) / "root"
    with told(kind, story, hand_on(text)) as (wire, connection):
        env = {**environment(ci, folder, text[:VARIABLE]), **connection.env, **named(kind, connection), "ATLANTIS_GATE_ROOT": str(root)}
        return gate("check", "--require", "approved,mergeable", "--comment", "always", env=env), wire


@pytest.mark.parametrize(
    ("kind", "ci", "piece", "where"),
    [
        (list(HOSTS)[number % len(HOSTS)], list(PLACES)[number % len(PLACES)], piece, ("names", "files")[number % 2])
        for number, piece in enumerate([*PIECES, "x"])
    ],
)
def test_long_names_cost_seconds_and_are_cut(kind: str, ci: str, piece: str, where: str, tmp_path: Path) -> None:
    # Two files have the name.
    text = piece * ((LONG if where == "names" else LONG // 2) // len(piece))
    name = text.replace("/", "_").replace("\n", "_")
    start = time.process_time()
    ran, wire = run(kind, text, tmp_path, (f"{name}/x.tf", name) if where == "files" else (), ci)
    assert time.process_time() - start < SECONDS
    assert ran.code in {1, 2}, ran.err[:1000]
    assert "Traceback" not in ran.err, ran.err[:1000]
    assert len(ran.out) + len(ran.err) < SUMMARY
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "event.json"]
    assert [path.name for path in left if path.stat().st_size >= SUMMARY] == []
    for request in wire.sent:
        if request.method != "GET" and not str(request.url).endswith("/graphql"):
            for name, text in harmless.posted(request):
                limit = COMMENT if harmless.is_comment(text) else LIMITS.get(name, STATUS)
                assert name in {"ref", "refname"} or len(text) < limit, name


def test_memory_stays_a_small_multiple_of_what_comes_in(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        run("gitlab", "x" * (LONG // 10), tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 8 * LONG + 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("projects:\n" + "- dir: a\n" * 10_000, id="a list"),
        pytest.param("[" * LONG, id="nested"),
        pytest.param("a: " + "x" * LONG, id="a long value"),
        pytest.param("#" * 40_000_000, id="40 MB"),
        pytest.param(
            "a: &a [x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*a' if n == 0 else f'*b{n - 1}'] * 9)}]\n" for n in range(30)), id="aliases"
        ),
        pytest.param("? " * 1_000_000, id="keys"),
        pytest.param('"' + "\\u0041" * 500_000, id="an open string"),
        pytest.param("version: 3\nprojects:\n- dir: a\n  autoplan: {when_modified: ['" + "*" * 1_000_000 + "']}\n", id="a pattern"),
        pytest.param("version: 3\nprojects:\n- dir: '" + "*/" * 500_000 + "'\n", id="a glob"),
        pytest.param("version: 3\nprojects:\n- {dir: a, branch: /" + "(a*)*" * 200_000 + "/}\n", id="an expression"),
        pytest.param("version: 3\nprojects:\n- {dir: a, branch: /(((a{100}){100}){100}){100}/}\n", id="a counted expression"),
    ],
)
def test_a_huge_repo_config_is_refused_in_seconds(text: str, tmp_path: Path) -> None:
    root = workspace(tmp_path, {"atlantis.yaml": text, "a/main.tf": "", "files": "a/main.tf\n"})
    start = time.process_time()
    for argv in (["validate"], ["projects", "--changed-files", str(root / "files")]):
        ran = gate(*argv, "--root", str(root), "--base-branch", "main")
        assert ran.code in {0, 2}
        assert "Traceback" not in ran.err, ran.err[:1000]
        assert len(ran.out) + len(ran.err) < SUMMARY
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    ("form", "size"),
    [("value", 1_000_000), ("value", EVENT_BYTES + 1), ("nested", 1_000_000), ("keys", 1_000_000)],
)
def test_a_huge_event_is_read_or_refused_in_seconds(size: int, form: str, tmp_path: Path) -> None:
    workspace(tmp_path, {"root/staging/main.tf": ""})
    env = environment("github-actions", tmp_path, "x")
    event = json.loads((tmp_path / "event.json").read_text(encoding="utf-8"))
    padding = {"value": "x" * size, "keys": {str(number): 0 for number in range(size // 12)}}
    text = "[" * size if form == "nested" else json.dumps({**event, "padding": padding[form]})
    (tmp_path / "event.json").write_text(text, encoding="utf-8")
    start = time.process_time()
    ran = gate("check", env={**env, "GITHUB_TOKEN": ""})
    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert time.process_time() - start < SECONDS
    assert ("GITHUB_EVENT_PATH" in ran.err) == (form == "nested" or len(text) > EVENT_BYTES)
