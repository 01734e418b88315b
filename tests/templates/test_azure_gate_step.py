"""The gate's step, run by a real bash with a docker that gives the program what its arguments say, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hosts.stage_azure_devops import TOKEN
from hosts.stories import STORIES
from templates.azure_agent import git
from templates.azure_docker import REFUSED, parsed
from templates.azure_host import AzureHost
from templates.azure_scenes import EXAMPLE, ROOT, SERVER_CONFIG, Repository, Tools, expanded, repository, server, using

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from templates.azure_server import StageResult

BY_NAME = {story.name: story for story in STORIES}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(tmp_path_factory.mktemp("made") / "repository")


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


@pytest.fixture
def host(made: Repository) -> Iterator[AzureHost]:
    with AzureHost(BY_NAME["approved by another"], head=made.head, merge=made.merge) as host:
        yield host


class Gate:
    """Runs a pipeline with the gate alone."""

    def __init__(self, folder: Path, made: Repository, tools: Tools, host: AzureHost) -> None:
        self.folder = folder
        self._made, self._tools, self._host = made, tools, host

    def __call__(self, pipeline: dict[str, Any] | None = None, *, given: dict[str, str] | None = None, **parameters: Any) -> StageResult:
        content = pipeline or expanded(using(**parameters))
        return server(content, self.folder, self._made, self._tools, url=self._host.url, **(given or {})).run()["gate"]

    @property
    def temp(self) -> Path:
        """The agent's folder for temporary files."""
        return self.folder / "agent" / "_temp"


@pytest.fixture
def gate(tmp_path: Path, made: Repository, tools: Tools, host: AzureHost) -> Gate:
    return Gate(tmp_path, made, tools, host)


def test_the_outputs_arrive_and_the_statuses_are_posted_with_the_jobs_own_token(gate: Gate, made: Repository, host: AzureHost) -> None:
    ran = gate(require="approved,mergeable,undiverged")
    assert ran.result == "Succeeded", ran.jobs["gate"].printed
    outputs = {name.removeprefix("gate.gate."): value for name, value in ran.outputs.items()}
    assert list(outputs) == ["outcome", "allowed", "projects", "blocked_projects", "head_sha", "base_sha"]
    assert (outputs["outcome"], outputs["allowed"], outputs["head_sha"]) == ("allowed", "true", made.head)
    assert json.loads(outputs["projects"]) == [{"id": "staging/default", "name": None, "dir": "staging", "workspace": "default"}]
    assert host.posted.statuses == {"apply": "succeeded", "apply: staging/default": "succeeded"}
    assert host.posted.authorizations == {f"Bearer {TOKEN}"}
    assert TOKEN not in ran.jobs["gate"].printed


def test_a_blocked_pull_request_is_told_everywhere(gate: Gate, host: AzureHost) -> None:
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(require="approved")
    assert (ran.result, ran.outputs["gate.gate.outcome"], ran.outputs["gate.gate.allowed"]) == ("Failed", "blocked", "false")
    assert set(host.posted.statuses.values()) == {"failed"}
    (comment,) = host.posted.comments
    assert "nobody approves" in comment
    assert "##vso[task.logissue type=error]approved not met" in ran.jobs["gate"].printed


def test_only_the_agents_temporary_folder_is_written(gate: Gate) -> None:
    ran = gate(require="approved")
    written = {path.name.partition("-gate")[2].partition(".")[2] for path in gate.temp.iterdir() if path.name.startswith("atlantis-gate")}
    assert written == {"md", "junit.xml", "decision.json"}, ran.jobs["gate"].printed
    assert git(gate.folder / "agent" / "s", "status", "--porcelain") == ""
    assert f"##vso[task.uploadsummary]{gate.temp}/atlantis-gate-" in ran.jobs["gate"].printed


def test_the_container_is_given_few_rights(gate: Gate, tools: Tools) -> None:
    gate(require="approved")
    (container,) = tools.containers
    assert container["user"] == f"{os.getuid()}:{os.getgid()}"
    assert container["options"] == ["--rm", "--read-only", "--cap-drop ALL", "no-new-privileges"]
    assert container["mounts"] == {str(gate.temp): True, str(gate.folder / "agent" / "s"): False}


def test_the_container_gets_the_checkout_as_it_is_and_no_more_is_asked_of_the_host(gate: Gate) -> None:
    assert "its files are read from the host" not in gate(require="approved").jobs["gate"].printed


@pytest.mark.parametrize(
    ("missing", "said"),
    [("AGENT_TEMPDIRECTORY", "cannot write"), ("BUILD_SOURCESDIRECTORY", "is not a checkout of the pull request")],
)
def test_without_a_mount_the_program_does_not_find_the_folder(missing: str, said: str, gate: Gate) -> None:
    pipeline = expanded(using(require="approved"))
    (step,) = [step for step in pipeline["stages"][0]["jobs"][0]["steps"] if step.get("name") == "gate"]
    step["bash"] = "\n".join(line for line in step["bash"].splitlines() if f"source=${missing}" not in line)
    ran = gate(pipeline)
    assert ran.result == "Failed"
    assert ran.outputs.get("gate.gate.allowed", "false") == "false"
    assert said in ran.jobs["gate"].printed


def test_the_server_config_of_the_agents_own_disk_is_mounted_and_read(gate: Gate, host: AzureHost, tools: Tools) -> None:
    path = gate.folder / "etc" / "repos.yaml"
    path.parent.mkdir()
    path.write_text(SERVER_CONFIG, encoding="utf-8")
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(reposYaml=str(path))
    assert tools.containers[0]["mounts"][str(path)] is False
    assert (ran.result, ran.outputs["gate.gate.outcome"]) == ("Failed", "blocked")
    assert f"from {path}:3" in " ".join(ran.jobs["gate"].printed.split())


def test_the_server_config_may_be_named_relative_to_the_checkout(gate: Gate, host: AzureHost) -> None:
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(reposYaml="policies/repos.yaml")
    assert ran.outputs["gate.gate.outcome"] == "blocked", ran.jobs["gate"].printed


def test_the_server_config_may_be_fetched_into_the_temporary_folder(gate: Gate, host: AzureHost) -> None:
    fetch = f"printf '{SERVER_CONFIG}' >\"$AGENT_TEMPDIRECTORY/repos.yaml\"".replace("\n", "\\n")
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(before=[{"bash": fetch}], reposYaml="$(Agent.TempDirectory)/repos.yaml")
    assert ran.outputs["gate.gate.outcome"] == "blocked", ran.jobs["gate"].printed


def test_a_step_before_may_say_where_the_server_config_is(gate: Gate, host: AzureHost) -> None:
    fetch = f'printf "%b" "{SERVER_CONFIG}" >"$AGENT_TEMPDIRECTORY/x.yaml"\n'
    tell = 'echo "##vso[task.setvariable variable=secureFilePath;isOutput=true]$AGENT_TEMPDIRECTORY/x.yaml"'
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(before=[{"bash": fetch + tell, "name": "fetch"}], reposYaml="$(fetch.secureFilePath)")
    assert ran.outputs["gate.gate.outcome"] == "blocked", ran.jobs["gate"].printed


@pytest.mark.parametrize("path", ["/nowhere/repos.yaml", "$(fetch.secureFilePath)", "nowhere.yaml"])
def test_a_server_config_that_is_not_there_opens_nothing(path: str, gate: Gate) -> None:
    ran = gate(reposYaml=path)
    assert ran.result == "Failed"
    assert ran.outputs.get("gate.gate.allowed", "") in {"", "false"}


def test_what_another_run_left_on_the_agent_counts_for_nothing(gate: Gate, host: AzureHost) -> None:
    left = gate.folder / "agent" / "s"
    left.mkdir(parents=True)
    (left / "atlantis.yaml").write_text("version: 3\nprojects:\n- dir: production\n", encoding="utf-8")
    host.tell(BY_NAME["approved by nobody"])
    assert gate(require="approved").outputs["gate.gate.outcome"] == "blocked"


def test_credentials_reach_the_container_and_other_variables_do_not(gate: Gate, tools: Tools) -> None:
    given = {"SOME_VARIABLE": "x", "TF_VAR_password": "x", "no_proxy": "*"}
    gate(require="approved", credentials={"ATLANTIS_GH_TOKEN": "$(githubToken)", "SOMETHING_ELSE": "x"}, given=given)
    env = tools.containers[0]["env"]
    assert (env["ATLANTIS_GH_TOKEN"], env["NO_PROXY"]) == ("ghp_" + "s" * 36, "*")
    assert not {"SOMETHING_ELSE", "SOME_VARIABLE", "TF_VAR_PASSWORD", "PATH"} & set(env)


def test_certificates_of_ones_own_are_mounted_and_named(gate: Gate, tools: Tools) -> None:
    bundle = gate.folder / "ca.pem"
    bundle.write_text("", encoding="utf-8")
    gate(require="approved", caBundle=str(bundle))
    assert (tools.containers[0]["env"]["REQUESTS_CA_BUNDLE"], tools.containers[0]["mounts"][str(bundle)]) == (str(bundle), False)


def test_options_reach_the_program_whatever_is_in_them(gate: Gate) -> None:
    ran = gate(require="approved", project="""`id` "$HOME" \\ ; exit 0 #""")
    assert ran.result == "Failed"
    assert """'`id` "$HOME" \\\\ ; exit 0 #'""" in ran.jobs["gate"].printed


def test_every_project_gets_a_job_of_its_own(gate: Gate, made: Repository, tools: Tools, host: AzureHost, tmp_path: Path) -> None:
    results = server(expanded(EXAMPLE.read_text(encoding="utf-8")), tmp_path, made, tools, url=host.url).run()
    assert json.loads(results["gate"].outputs["gate.projects.matrix"]) == {
        "project_1_staging_default": {
            "project_id": "staging/default",
            "project_name": "",
            "project_dir": "staging",
            "project_workspace": "default",
        }
    }
    assert list(results["apply"].jobs) == ["apply project_1_staging_default"]
    assert tools.applied == [made.head, made.head]
    assert [container["network"] for container in tools.containers] == ["bridge", "none", "bridge"]


def test_no_project_gets_a_job_where_the_gate_blocks(gate: Gate, host: AzureHost) -> None:
    host.tell(BY_NAME["approved by nobody"])
    ran = gate(require="approved", perProject=True, steps=[{"bash": "terraform apply"}])
    assert {step.title: step.result for step in ran.jobs["gate"].steps}["one job for each project"] == "Skipped"


@pytest.mark.parametrize("directory", ["$(System.AccessToken)", "$[variables.x]"])
def test_a_project_whose_name_the_agent_would_replace_gets_no_job(directory: str, tools: Tools, tmp_path: Path) -> None:
    made = repository(tmp_path / "repository", {f"{directory}/main.tf": "# second\n"})
    story = replace(BY_NAME["approved by another"], files=(f"{directory}/main.tf",))
    pipeline = expanded(using(require="approved", perProject=True, steps=[{"bash": "terraform apply"}]))
    with AzureHost(story, head=made.head, merge=made.merge) as host:
        ran = server(pipeline, tmp_path, made, tools, url=host.url).run()
    assert ran["gate"].outputs["gate.gate.outcome"] == "allowed"
    assert (ran["gate"].result, ran["apply"].result, tools.applied) == ("Failed", "Skipped", [])
    assert "gate.projects.matrix" not in ran["gate"].outputs
    assert TOKEN not in json.dumps([step.printed for step in ran["gate"].jobs["gate"].steps[2:]])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--privileged", "image"],
        ["--env"],
        ["--mount", "type=bind,source=/nowhere,target=/nowhere", "image"],
        ["--mount", "type=volume", "image"],
        [],
    ],
)
def test_the_stand_in_for_docker_refuses_what_docker_refuses(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(ROOT / "tests" / "templates" / "azure_docker.py"), str(tmp_path / "log"), "run", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.startswith("docker: ")) == (REFUSED, True)


def test_the_stand_in_passes_variables_on_as_docker_does() -> None:
    made = parsed(["-e", "A", "--env", "B=b", "--env", "C", "image", "--env", "D"], {"A": "", "D": "d"})
    assert (made.env, made.command) == ({"A": "", "B": "b"}, ["--env", "D"])
