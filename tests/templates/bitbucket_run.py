"""A run of a Bitbucket pipeline, step by step: scripts in a shell, variables from step to step, conditions, and pipes as containers.

https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from templates.bitbucket_expressions import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from templates.bitbucket_commands import Commands

Tree = dict[str, Any]

# Images of a step: the shell that Bitbucket finds there, and the programs.
IMAGES = {
    "atlantis-gate/atlantis-gate": ("bash", ("atlantis-gate",)),
    "hashicorp/terraform": ("sh", ("terraform", "git", "docker")),
}
# What a pipe's container is given besides its own variables, in a pull request's pipeline.
# https://github.com/mathieu-lemay/pipeline-runner/blob/main/pipeline_runner/models.py (as Bitbucket's log shows it, for a branch), and for
# those of a pull request https://github.com/ariga/atlas-action/blob/master/atlasaction/bitbucket.go, which runs as a pipe
PIPE_VARIABLES = (
    "CI",
    "BITBUCKET_BRANCH",
    "BITBUCKET_BUILD_NUMBER",
    "BITBUCKET_CLONE_DIR",
    "BITBUCKET_COMMIT",
    "BITBUCKET_PIPELINES_VARIABLES_PATH",
    "BITBUCKET_PIPELINE_UUID",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BITBUCKET_PR_ID",
    "BITBUCKET_REPO_FULL_NAME",
    "BITBUCKET_REPO_SLUG",
    "BITBUCKET_STEP_RUN_NUMBER",
    "BITBUCKET_STEP_UUID",
    "BITBUCKET_WORKSPACE",
)


@dataclass(frozen=True)
class Ended:
    """How a step ended: successful, failed, skipped or paused, and what its log shows."""

    word: str
    log: str = ""


@dataclass
class Pipeline:
    """One pipeline. `variables` are Bitbucket's own, `secured` the repository's; `clone` fills a step's clone.

    `shared` holds what steps handed on, `ended` how each step ended.
    """

    tree: list[Tree]
    folder: Path
    commands: Commands
    variables: Mapping[str, str]
    secured: Mapping[str, str]
    clone: Callable[[Path], None]
    shared: dict[str, str] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    starts: int = 0

    def start(self) -> dict[str, str]:
        """Run steps up to the first one that fails or waits, then the final one; a step that has succeeded is not run again."""
        for item in self.tree:
            if "step" in item and not self._goes_on(item["step"]):
                break
        for item in self.tree:
            if "final" in item:
                self._run(item["final"])
        return {name: ended.word for name, ended in self.ended.items()}

    def rerun_failed_steps(self) -> dict[str, str]:
        """Run the failed step and those after it once more; what earlier ones handed on stays.

        https://bitbucket.org/blog/rerun-failed-pipeline-steps
        """
        self.ended = {name: ended for name, ended in self.ended.items() if ended.word != "failed"}
        return self.start()

    def run_manually(self, name: str) -> dict[str, str]:
        """Start a step that waits for somebody, or redeploy one that succeeded."""
        for item in self.tree:
            if item.get("step", {}).get("name") == name:
                self._run(item["step"])
        return {name: ended.word for name, ended in self.ended.items()}

    def _goes_on(self, step: Tree) -> bool:
        """Run a step and tell whether the next one is reached."""
        if step["name"] in self.ended:
            return True
        if step.get("trigger") == "manual":
            self.ended[step["name"]] = Ended("paused")
        else:
            self._run(step)
        tolerated = step.get("on-fail", {}).get("strategy") == "ignore"
        return self.ended[step["name"]].word in {"successful", "skipped"} or (tolerated and self.ended[step["name"]].word == "failed")

    def _run(self, step: Tree) -> None:
        self.starts += 1
        place = self.folder / str(self.starts)
        env = {**self.variables, **self.shared, **self.secured}
        condition = step.get("condition", {}).get("state")
        if condition is not None and not holds(condition, env):
            self.ended[step["name"]] = Ended("skipped")
            return
        clone, variables = place / "build", place / "variables"
        clone.mkdir(parents=True)
        if step.get("clone", {}).get("enabled", True):
            self.clone(clone)
        env |= {"BITBUCKET_CLONE_DIR": str(clone), "BITBUCKET_PIPELINES_VARIABLES_PATH": str(variables)}
        ran = self._shell(step, place, env)
        self.ended[step["name"]] = Ended("failed" if ran.returncode else "successful", ran.stdout)
        self._hand_on(step, variables)

    def _shell(self, step: Tree, place: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        shell, programs = IMAGES[step["image"].partition(":")[0]]
        path = place / "bin"
        path.mkdir()
        self.commands.put(path, programs)
        for name in ("grep", "rm"):
            (path / name).symlink_to(shutil.which(name) or name)
        (place / "script").write_text(script(step["script"]), encoding="utf-8")
        command = [shutil.which(shell) or shell, str(place / "script")]
        merged = {**env, "PATH": str(path)}
        return subprocess.run(
            command, env=merged, cwd=place / "build", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
        )

    def _hand_on(self, step: Tree, variables: Path) -> None:
        """Keep what the step wrote of the variables that it lists: https://support.atlassian.com/bitbucket-cloud/docs/variable-sharing/."""
        lines = variables.read_text(encoding="utf-8").splitlines() if variables.exists() else []
        written = dict(line.split("=", 1) for line in lines if "=" in line)
        self.shared |= {name: value for name, value in written.items() if name in step.get("output-variables", [])}


def script(items: list[str | Tree]) -> str:
    """Return the shell script that Bitbucket makes of a step.

    https://support.atlassian.com/bitbucket-cloud/kb/why-does-bitbucket-pipelines-pass-build-steps-despite-previous-command-failure/
    """
    lines = [item if isinstance(item, str) else pipe(item) for item in items]
    return "set -e\n" + "".join(f"{line.rstrip()}\nprintf '\\n'\n" for line in lines)


def pipe(item: Tree) -> str:
    """Return the command that runs a pipe; its variables' values stand in double quotes, so that the shell fills them in."""
    image = item["pipe"].removeprefix("docker://")
    own = [f'--env={name}="$' + name + '"' for name in PIPE_VARIABLES]
    given = [f'--env={name}="' + str(value).replace('"', '\\"') + '"' for name, value in item.get("variables", {}).items()]
    volume = "/opt/atlassian/pipelines/agent/build:/opt/atlassian/pipelines/agent/build"
    return " ".join(["docker container run", f"--volume={volume}", "--workdir=$(pwd)", *own, *given, image])
