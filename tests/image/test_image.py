"""The built image, run the way GitHub's runner runs a docker action, against a GitHub on the loopback interface."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import zlib
from typing import TYPE_CHECKING

import pytest

from fake_github import RUN_ID, TOKEN, FakeGitHub, Repository, Step, step
from image.containers import CONTAINER, IMAGE, container, shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.extra

FILES = {
    "atlantis.yaml": "version: 3\nprojects:\n- dir: staging\n- dir: production\n",
    "repos.yaml": "repos:\n- id: /.*/\n  apply_requirements: [approved, mergeable, undiverged]\n",
    "staging/main.tf": "# first\n",
    "production/main.tf": "# first\n",
}
# The base image is python:3.13-slim, which is under 50 MB compressed; the whole may take 80 MB.
OWN_LAYERS_LIMIT = 30_000_000
# What the runner mounts: https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support
MOUNTS = {
    "workspace": "/github/workspace",
    "workflow": "/github/workflow",
    "file_commands": "/github/file_commands",
    "home": "/github/home",
}


def as_the_runner(run: Step) -> subprocess.CompletedProcess[str]:
    """Run the action: variables by name with paths as the container sees them, HOME and the working directory forced."""
    (run.folder / "home").mkdir(exist_ok=True)
    env = {name: value.replace(str(run.folder), "/github") for name, value in run.env.items()}
    variables = [part for name in (*env, "HOME=/github/home") for part in ("-e", name)]
    mounts = [part for name, target in MOUNTS.items() for part in ("-v", f"{run.folder / name}:{target}")]
    return container("--workdir", "/github/workspace", *variables, *mounts, IMAGE, env=env)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    made = github.repository("acme/infra", FILES)
    made.rules.approvals = 1
    made.rules.checks = {"ci/build", "gate"}
    return made


def test_the_gate_blocks_until_a_second_person_approves(github: FakeGitHub, repository: Repository, tmp_path: Path) -> None:
    pull = repository.open_pull({"staging/main.tf": "# second\n"}, author="bob")
    head = repository.head(pull)
    repository.status(head, "ci/build", "success")
    repository.check(head, "gate", "pending", run_id=RUN_ID)
    run = step(tmp_path, github, repository, pull, TOKEN, command="apply", repos_yaml="repos.yaml")
    for file in (run.folder / "file_commands").iterdir():
        file.chmod(0o600)

    blocked = as_the_runner(run)

    assert blocked.returncode == 1, blocked.stdout + blocked.stderr
    assert run.outputs()["outcome"] == "blocked"
    assert run.outputs()["allowed"] == "false"
    assert repository.statuses(head) == {
        "ci/build": "success",
        "atlantis-gate/apply": "failure",
        "atlantis-gate/apply: staging/default": "failure",
    }
    assert "staging" in run.summary()
    assert [comment.pull for comment in repository.comments] == [pull.number]

    repository.review(pull, "alice")
    run = step(tmp_path, github, repository, pull, TOKEN, command="apply", repos_yaml="repos.yaml")
    allowed = as_the_runner(run)

    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert run.outputs()["allowed"] == "true"
    assert [entry["dir"] for entry in json.loads(run.outputs()["projects"])] == ["staging"]
    assert set(repository.statuses(head).values()) == {"success"}
    assert len(repository.comments) == 1


def test_a_server_that_is_gone_ends_in_exit_2(github: FakeGitHub, repository: Repository, tmp_path: Path) -> None:
    pull = repository.open_pull({"staging/main.tf": "# second\n"})
    github.fail("POST", "/graphql", 500)
    github.fail("GET", "/", 500)
    run = step(tmp_path, github, repository, pull, TOKEN, repos_yaml="repos.yaml", timeout="3")

    ended = as_the_runner(run)

    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr


def test_nothing_in_the_checkout_is_imported(github: FakeGitHub, repository: Repository, tmp_path: Path) -> None:
    poison = "import os\nos._exit(0)\n"
    pull = repository.open_pull(
        {"staging/main.tf": "# second\n", "yaml.py": poison, "sitecustomize.py": poison, "atlantis_gate/__init__.py": poison}
    )
    run = step(tmp_path, github, repository, pull, TOKEN, repos_yaml="repos.yaml")
    run.variables["PYTHONPATH"] = str(run.workspace)

    assert as_the_runner(run).returncode == 1
    assert run.outputs()["outcome"] == "blocked"


def test_other_runners_find_a_shell_and_the_program() -> None:
    found = shell("PYTHONHOME=/nowhere atlantis-gate --help")

    assert (found.returncode, found.stderr) == (0, "")
    assert "atlantis-gate" in found.stdout


def test_it_runs_as_another_user_without_any_privilege() -> None:
    found = container("--read-only", "--cap-drop", "ALL", "--user", "1000:1000", IMAGE, "--help")

    assert found.returncode == 0, found.stderr


def test_it_holds_no_tool_that_it_does_not_run() -> None:
    assert shell("command -v git curl gcc").stdout == ""
    assert shell("ls /app/bin | grep -E 'pip|pytest|ruff|mypy'").stdout == ""


def test_it_is_small(tmp_path: Path) -> None:
    file = tmp_path / "image.tar"
    subprocess.run([str(CONTAINER), "save", str(file)], check=True, timeout=120)
    with tarfile.open(file) as archive:
        layers = [read(archive, name) for name in json.loads(read(archive, "manifest.json"))[0]["Layers"]]
    size = sum(len(zlib.compress(layer)) for layer in layers if is_own(layer))

    assert 0 < size < OWN_LAYERS_LIMIT


def is_own(layer: bytes) -> bool:
    """Tell whether a layer holds the program; the base knows no /app."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as content:
        return any(member.name.split("/")[0] == "app" for member in content)


def read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()
