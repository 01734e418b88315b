"""A pull request on a stand-in for Bitbucket Cloud, and the programs of its pipeline: the real gate, and others that only note they ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import responses
import yaml

from conftest import ROOT
from hosts import stage_bitbucket_cloud as bitbucket
from hosts.bitbucket_wire import Reply, Wire
from hosts.stories import FINE, HEAD, NUMBER, REPO, Story
from programs import Ran, gate, workspace
from templates.bitbucket_run import Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from templates.bitbucket_commands import Answer, Call, Commands

FILE = ROOT / "examples" / "bitbucket-pipelines.yml"
IMAGE = "atlantis-gate/atlantis-gate:0.1.0"
TOKEN = {"ATLANTIS_BITBUCKET_TOKEN": bitbucket.TOKEN}
MOVED = "e" * 40
SHARED = "BITBUCKET_PIPELINES_VARIABLES_PATH"
VARIABLES = {
    "CI": "true",
    "BITBUCKET_PIPELINE_UUID": "{11111111-2222-3333-4444-555555555555}",
    "BITBUCKET_STEP_UUID": "{21111111-2222-3333-4444-555555555555}",
    "BITBUCKET_BUILD_NUMBER": "42",
    "BITBUCKET_REPO_FULL_NAME": "acme/infra",
    "BITBUCKET_WORKSPACE": "acme",
    "BITBUCKET_REPO_SLUG": "infra",
    "BITBUCKET_PR_ID": str(NUMBER),
    "BITBUCKET_PR_DESTINATION_BRANCH": "main",
    "BITBUCKET_BRANCH": "feature",
    "BITBUCKET_COMMIT": HEAD,
}


@dataclass
class Scene:
    """What Bitbucket tells at the moment, and what ran. `mounted` is whether pipes see the file for variables.

    `head` is the pull request's; `refused` answers every request with 401; `failing` names programs that end with 1.
    """

    folder: Path
    story: Story = FINE
    head: str = HEAD
    refused: bool = False
    mounted: bool = True
    committed: Mapping[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    gates: list[Ran] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    commands: Commands | None = None

    def pipeline(self, tree: Mapping[str, Any] | None = None, secured: Mapping[str, str] = TOKEN) -> Pipeline:
        """Return a run of a pipelines file (the example) for the pull request."""
        tree = tree or yaml.safe_load(FILE.read_text(encoding="utf-8"))
        assert self.commands is not None
        steps = tree["pipelines"]["pull-requests"]["**"]
        return Pipeline(steps, self.folder, self.commands, VARIABLES, secured, self.clone)

    def clone(self, folder: Path) -> None:
        """Clone the pull request's files, whatever is committed among them."""
        workspace(folder, {"staging/main.tf": "", **self.committed})

    def act(self, call: Call) -> Answer:
        """Do what a program of a step does."""
        if call.name == "atlantis-gate":
            return self._gate(call.argv, call.env)
        if call.name == "docker":
            return self._container(call)
        self.ran.append(str(call))
        return int(call.name in self.failing or str(call) in self.failing), "", ""

    def _container(self, call: Call) -> Answer:
        """Run a container of the gate's image: nothing of the step's environment is in it but what the command names."""
        *options, image = call.argv
        assert (options[:2], image) == (["container", "run"], IMAGE), call
        # Of a variable that is given twice the last value counts.
        env = dict(option.removeprefix("--env=").split("=", 1) for option in options if option.startswith("--env="))
        env["BITBUCKET_PIPE_STORAGE_DIR"] = "/opt/atlassian/pipelines/agent/build/.bitbucket/pipelines/generated"
        if not self.mounted:
            env[SHARED] = str(self.folder / "not" / "mounted")
        return self._gate((), env)

    def _gate(self, argv: tuple[str, ...], env: Mapping[str, str]) -> Answer:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
            self._play(bitbucket.told(self.story, http))
            ran = gate(*argv, env=env)
        self.gates.append(ran)
        return ran.code, ran.out, ran.err

    def _play(self, wire: Wire) -> None:
        wire.on("POST", ".*", Reply({}, 201)).on("PUT", ".*", Reply({})).on("GET", f"{bitbucket.PULL}/comments", {"values": []})
        wire.on("GET", "/user", bitbucket.user("gate"))
        listed = [{"type": "commit_file", "path": path} for path in ("staging/main.tf", "README.md")]
        wire.on("GET", f"{bitbucket.HERE}/src/{HEAD}/", {"pagelen": 100, "values": listed})
        if self.head != HEAD:
            wire.on("GET", bitbucket.PULL, bitbucket.pull(self.story, source=bitbucket.endpoint("feature", self.head, REPO)))
            wire.on("GET", f"{bitbucket.HERE}/commit/{self.head[:12]}", {"type": "commit", "hash": self.head, "parents": []})
        if self.refused:
            wire.on("GET", ".*", Reply({"type": "error", "error": {"message": "no"}}, 401))
