"""Scenes for runs of Azure Pipelines: a repository with a pull request, an agent's machine, and what is on its PATH."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from hosts.stage_azure_devops import DEFINITION, PROJECT_ID, TOKEN
from hosts.stories import NUMBER
from templates.azure_agent import Machine, git
from templates.azure_expander import pipeline
from templates.azure_server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = ROOT / "azure-pipelines-template.yml"
EXAMPLE: Final = ROOT / "examples" / "azure-pipelines.yml"
ALIAS: Final = "atlantis-gate"
SERVER_CONFIG: Final = "repos:\n- id: /.*/\n  apply_requirements: [approved]\n"
TERRAFORM: Final = "git rev-parse HEAD >>{log}\n"
NOTHING: Final = {"outcome": "undetermined", "allowed": "false", "projects": "[]", "blocked_projects": "[]", "head_sha": "", "base_sha": ""}


@dataclass(frozen=True)
class Repository:
    """A clone-able repository with pull request 7: its head, its merge into main, and main's own tip."""

    path: Path
    head: str
    merge: str
    main: str


def repository(folder: Path, files: Mapping[str, str] | None = None) -> Repository:
    """Make a repository on disk; the pull request changes staging/main.tf and whatever `files` holds."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    main = _commit(folder, {"staging/main.tf": "# first\n", "policies/repos.yaml": SERVER_CONFIG}, "first")
    git(folder, "checkout", "--quiet", "-b", "feature")
    # A title that would set the gate's own variable if git printed it.
    head = _commit(folder, files or {"staging/main.tf": "# second\n"}, "##vso[task.setvariable variable=gateOpen]true")
    git(folder, "checkout", "--quiet", "--detach", main)
    git(folder, "merge", "--quiet", "--no-ff", "-m", "Merge pull request 7 from feature into main", head)
    merge = git(folder, "rev-parse", "HEAD")
    git(folder, "update-ref", f"refs/pull/{NUMBER}/merge", merge)
    git(folder, "checkout", "--quiet", "main")
    return Repository(folder, head, merge, main)


def _commit(folder: Path, files: Mapping[str, str], title: str) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", title)
    return git(folder, "rev-parse", "HEAD")


class Tools:
    """The commands on an agent's PATH, each with a log: `docker`, real or canned, and `terraform`."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "bin"
        self._bin.mkdir(parents=True)
        self._docker, self._terraform = folder / "docker.log", folder / "terraform.log"
        self._write("terraform", TERRAFORM.format(log=shlex.quote(str(self._terraform))))
        stand_in = (sys.executable, "-I", str(ROOT / "tests" / "templates" / "azure_docker.py"), str(self._docker))
        self._write("docker", f'exec {shlex.join(stand_in)} "$@"\n')

    @property
    def path(self) -> str:
        """PATH."""
        return f"{self._bin}:/usr/local/bin:/usr/bin:/bin"

    @property
    def applied(self) -> list[str]:
        """The commit that was checked out at every call of terraform."""
        return self._terraform.read_text(encoding="utf-8").split() if self._terraform.exists() else []

    @property
    def containers(self) -> list[dict[str, Any]]:
        """What every container was given."""
        return [json.loads(line) for line in self._docker.read_text(encoding="utf-8").splitlines()] if self._docker.exists() else []

    def without_docker(self) -> None:
        """Take docker off the PATH."""
        self._write("docker", "echo 'docker: command not found' >&2\nexit 127\n")

    def canned(self, code: int, **outputs: str) -> None:
        """Let docker print these outputs, the others as of a gate that could not decide, and end with a code."""
        values = {**NOTHING, **outputs}
        lines = [f"##vso[task.setvariable variable={name};isOutput=true;isreadonly=true]{value}" for name, value in values.items()]
        self._write("docker", f"printf '%s\\n' {shlex.join(lines)}\nexit {code}\n")

    def _write(self, name: str, text: str) -> None:
        file = self._bin / name
        file.write_text(f"#!/bin/bash\n{text}", encoding="utf-8")
        file.chmod(0o755)


def expanded(text: str, template: str | None = None) -> dict[str, Any]:
    """Return the pipeline that a file makes with the template."""
    files = {"self": {"azure-pipelines.yml": text}, ALIAS: {TEMPLATE.name: template or TEMPLATE.read_text(encoding="utf-8")}}
    return pipeline(files)


def using(**parameters: Any) -> str:
    """Return a pipeline that uses the template with these parameters."""
    named = {"repository": ALIAS, "type": "github", "name": "atlantis-gate/atlantis-gate", "endpoint": "github"}
    stages = [{"template": f"{TEMPLATE.name}@{ALIAS}", "parameters": parameters}]
    return yaml.safe_dump({"trigger": "none", "resources": {"repositories": [named]}, "stages": stages}, sort_keys=False)


def predefined(machine: Machine, made: Repository, url: str) -> dict[str, str]:
    """Return the variables that Azure sets for a run of pull request 7.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
    """
    return {
        "TF_BUILD": "True",
        "Agent.TempDirectory": str(machine.temp),
        "Build.BuildId": "1001",
        "Build.Reason": "PullRequest",
        "Build.SourceBranch": machine.ref,
        "Build.SourceVersion": machine.commit,
        "Build.SourcesDirectory": str(machine.sources),
        "Build.Repository.LocalPath": str(machine.sources),
        "Build.Repository.Provider": "TfsGit",
        "Build.Repository.Uri": f"{url}/org/acme/_git/infra",
        "System.CollectionUri": f"{url}/org/",
        "System.TeamProject": "acme",
        "System.TeamProjectId": PROJECT_ID,
        "System.DefinitionId": str(DEFINITION),
        "System.PullRequest.PullRequestId": str(NUMBER),
        "System.PullRequest.SourceCommitId": made.head,
    }


def server(
    content: Mapping[str, Any], folder: Path, made: Repository, tools: Tools, *, url: str = "http://nowhere", **given: str
) -> Server:
    """Return a run of a pipeline for the pull request, on a machine of its own; `given` are variables somebody set for the run."""
    machine = Machine(folder / "agent", tools.path, made.path, f"refs/pull/{NUMBER}/merge", made.merge)
    secrets = {"System.AccessToken": TOKEN, "githubToken": "ghp_" + "s" * 36}
    return Server(content, machine, predefined(machine, made, url), given, secrets)
