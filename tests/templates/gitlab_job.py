"""An apply job by itself: what stands before it in the template, run in a real shell with git, and what GitLab gives it."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from conftest import ROOT
from hosts import gitlab_answers as made
from hosts.stories import BASE, HEAD, NUMBER, REPO
from templates.gitlab_server import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from templates.gitlab_server import FakeGitLab

TEMPLATE = yaml.safe_load((ROOT / ".gitlab-ci-template.yml").read_text(encoding="utf-8"))
SCRIPT = "\n".join([*TEMPLATE[".atlantis-gate-apply"]["before_script"], "echo APPLIED"])
# GitLab's runner has the shell stop at the first command that fails: https://docs.gitlab.com/runner/shells/
SHELLS = {"sh": "set -e", "bash": "set -eo pipefail"}
SYSTEM = "/usr/bin:/bin"


@dataclass
class Job:
    """An apply job in a folder: the gate's report, given as variables and as a file, and the variables that GitLab sets.

    `variables` changes what is set, `report` what is in the file too; None takes away.
    """

    folder: Path
    gitlab: FakeGitLab
    report: dict[str, str | None] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)
    path: str = SYSTEM
    file: str | None = ""

    def run(self, shell: str = "sh") -> subprocess.CompletedProcess[str]:
        """Run the job's script and return how it ended."""
        said = self.said()
        text = "".join(f"{name}={value}\n" for name, value in said.items()) if self.file == "" else self.file
        (self.folder / "atlantis-gate.env").unlink(missing_ok=True)
        if text is not None:
            (self.folder / "atlantis-gate.env").write_text(text, encoding="utf-8")
        given = {"PATH": self.path, "HOME": str(self.folder), **said, **self.told(), **self.variables}
        env = {name: value for name, value in given.items() if value is not None}
        command = [shutil.which(shell, path=SYSTEM) or shell, "-c", f"{SHELLS[shell]}\n{SCRIPT}"]
        return subprocess.run(command, cwd=self.folder, env=env, check=False, capture_output=True, text=True, timeout=60)

    def said(self) -> dict[str, str]:
        values = {
            "ATLANTIS_GATE_OUTCOME": "allowed",
            "ATLANTIS_GATE_ALLOWED": "true",
            "ATLANTIS_GATE_HEAD_SHA": HEAD,
            "ATLANTIS_GATE_BASE_SHA": BASE,
            "ATLANTIS_GATE_PROJECT_COUNT": "1",
            "ATLANTIS_GATE_CHECKED_AT": str(int(time.time()) - 60),
            **self.report,
        }
        return {name: value for name, value in values.items() if value is not None}

    def told(self) -> dict[str, str]:
        return {
            "NO_COLOR": "1",
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": TOKEN,
            "CI_SERVER_URL": self.gitlab.url,
            "CI_PROJECT_DIR": str(self.folder),
            "CI_PROJECT_PATH": REPO,
            "CI_PIPELINE_ID": str(made.PIPELINE),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_JOB_URL": f"{self.gitlab.url}/{REPO}/-/jobs/9",
            "CI_COMMIT_SHA": HEAD,
            "CI_DEFAULT_BRANCH": "main",
            "CI_REPOSITORY_URL": self.gitlab.clone_url,
            "CI_MERGE_REQUEST_IID": str(NUMBER),
            "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
            "CI_MERGE_REQUEST_PROJECT_PATH": REPO,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "ATLANTIS_GATE_DECISION_FILE": "atlantis-gate.json",
            "ATLANTIS_GATE_MAX_AGE": "3600",
            "ATLANTIS_GATE_REQUIRE": "approved",
        }
