"""One image for every CI: started the way that GitLab's runner, Azure's agent with Docker and Bitbucket's agent start it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ci.azure_pipelines_agent import commands
from image.containers import IMAGE, ROOT, container

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.extra

EXAMPLES = ROOT / "examples"
BLOCKED = "pull-requests/12-not-approved.json"
ALLOWED = "pull-requests/13-approved.json"
# How gitlab-runner finds the shell that it pipes the job's script into:
# https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/shells/bash.go
FIND_SHELL = (
    "if [ -x /usr/local/bin/bash ]; then exec /usr/local/bin/bash; elif [ -x /bin/bash ]; then exec /bin/bash; else exec /bin/sh; fi"
)
CLONE = "/opt/atlassian/pipelines/agent/build"


def environment(ci: str, which: str, **more: str) -> dict[str, str]:
    """Return the variables of a kept run, and what the gate shall do with the recorded pull request."""
    kept = json.loads((ROOT / "tests" / "ci" / "environments" / ci / f"{which}.json").read_text(encoding="utf-8"))["env"]
    recorded = {"ATLANTIS_GATE_ROOT": "/examples/repository", "ATLANTIS_REPO_CONFIG": "/examples/repos.yaml"}
    return {**kept, **recorded, **more}


def given(env: dict[str, str]) -> list[str]:
    return ["-v", f"{EXAMPLES}:/examples:ro", *(part for name in env for part in ("-e", name))]


@pytest.mark.parametrize(("facts", "code", "said"), [(BLOCKED, 1, "false"), (ALLOWED, 0, "true")])
def test_gitlabs_runner_pipes_the_script_into_a_shell(facts: str, code: int, said: str, tmp_path: Path) -> None:
    env = environment("gitlab_ci", "detached", ATLANTIS_GATE_FACTS=f"/examples/{facts}")
    where = env["CI_PROJECT_DIR"]
    arguments = ["-i", "--entrypoint", "", "-v", f"{tmp_path}:{where}", "-w", where, *given(env), IMAGE, "sh", "-c", FIND_SHELL]

    ended = container(*arguments, env=env, stdin="set -eo pipefail\natlantis-gate check\necho reached\n")

    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ("reached" in ended.stdout.splitlines()) is (code == 0)
    assert f"ATLANTIS_GATE_ALLOWED={said}\n" in (tmp_path / "atlantis-gate.env").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"atlantis-gate.env", "atlantis-gate.md", "atlantis-gate.junit.xml"}


@pytest.mark.parametrize(("facts", "code", "said"), [(BLOCKED, 1, "false"), (ALLOWED, 0, "true")])
def test_azures_agent_runs_it_as_its_own_user(facts: str, code: int, said: str, tmp_path: Path) -> None:
    user = 1000
    os.chown(tmp_path, user, user)
    env = environment("azure_pipelines", "pull_request", ATLANTIS_GATE_FACTS=f"/examples/{facts}", AGENT_TEMPDIRECTORY=str(tmp_path))

    ended = container("--user", f"{user}:{user}", "-v", f"{tmp_path}:{tmp_path}", *given(env), IMAGE, env=env)

    assert ended.returncode == code, ended.stdout + ended.stderr
    found = {command.properties["variable"]: command.data for command in commands(ended.stdout) if command.name == "task.setvariable"}
    assert found["allowed"] == said
    (summary,) = [command.data for command in commands(ended.stdout) if command.name == "task.uploadsummary"]
    assert summary.startswith(f"{tmp_path}/")
    assert {path.stat().st_uid for path in tmp_path.iterdir()} == {user}


@pytest.mark.parametrize(("facts", "code", "said"), [(BLOCKED, 1, "false"), (ALLOWED, 0, "true")])
def test_bitbuckets_agent_runs_the_script_in_a_shell_and_a_pipe_by_its_entrypoint(facts: str, code: int, said: str, tmp_path: Path) -> None:
    clone, variables = tmp_path / "build", tmp_path / "variables.env"
    clone.mkdir()
    variables.touch()
    env = environment(
        "bitbucket_pipelines",
        "pull_request",
        ATLANTIS_GATE_FACTS=f"/examples/{facts}",
        BITBUCKET_CLONE_DIR=CLONE,
        BITBUCKET_PIPELINES_VARIABLES_PATH="/variables.env",
    )
    mounts = ["-v", f"{clone}:{CLONE}", "-v", f"{variables}:/variables.env", "-w", CLONE]

    step = container("--entrypoint", "/bin/sh", *mounts, *given(env), IMAGE, "-e", "-c", "atlantis-gate check\necho reached", env=env)
    written = variables.read_text(encoding="utf-8")
    pipe = container(*mounts, *given(env), IMAGE, env=env)

    assert (step.returncode, pipe.returncode) == (code, code), step.stdout + step.stderr + pipe.stderr
    assert ("reached" in step.stdout.splitlines()) is (code == 0)
    assert f"ATLANTIS_GATE_ALLOWED={said}\n" in written
