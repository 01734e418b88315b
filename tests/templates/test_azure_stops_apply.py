"""Nothing that can be done to a run of Azure Pipelines lets the steps after the gate run without the gate's word."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hosts.stories import STORIES
from templates.azure_agent import JobResult
from templates.azure_host import AzureHost
from templates.azure_scenes import Repository, Tools, expanded, repository, server, using
from templates.azure_server import Results, Server, StageResult, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY_NAME = {story.name: story for story in STORIES}
FINE, UNAPPROVED = BY_NAME["approved by another"], BY_NAME["approved by nobody"]
APPLY = {"bash": "terraform apply", "displayName": "apply"}
ANYWAY = {**APPLY, "condition": "always()"}
HEAD = "0" * 40
ALLOWED = {"outcome": "allowed", "allowed": "true", "head_sha": HEAD}
BLOCKED = {"outcome": "blocked", "allowed": "false", "head_sha": HEAD}
NOTHING_TO_DO = {"outcome": "nothing_to_do", "allowed": "false", "head_sha": HEAD}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(tmp_path_factory.mktemp("made") / "repository")


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


@pytest.fixture
def host(made: Repository) -> Iterator[AzureHost]:
    with AzureHost(FINE, head=made.head, merge=made.merge) as host:
        yield host


def content(*steps: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Return a pipeline with the template and a terraform in it."""
    return expanded(using(**{"steps": list(steps) or [APPLY], "require": "approved", **parameters}))


def changed(
    pipeline: dict[str, Any], *, stage: str, job: dict[str, Any] | None = None, gate: dict[str, Any] | None = None, **of_stage: Any
) -> Any:
    """Return a pipeline that somebody edited: a stage, its job, or the gate's step in it."""
    edited = copy.deepcopy(pipeline)
    (found,) = [each for each in edited["stages"] if each["stage"] == stage]
    found.update(of_stage)
    found["jobs"][0].update(job or {})
    (step,) = [each for each in found["jobs"][0]["steps"] if each.get("name") == "gate"]
    step.update(gate or {})
    return edited


def shown(results: Results) -> dict[str, str]:
    return {name: stage.result for name, stage in results.items()}


def gated(result: str, **outputs: str) -> dict[str, StageResult]:
    """Return the results of a gate's stage that ended like this."""
    return {"gate": StageResult(result, {"gate": JobResult(result, {f"gate.{name}": value for name, value in outputs.items()})})}


@pytest.mark.parametrize(
    ("code", "outputs", "stages", "run"),
    [
        (1, BLOCKED, {"gate": "Failed", "apply": "Skipped"}, "Failed"),
        (2, {}, {"gate": "Failed", "apply": "Skipped"}, "Failed"),
        (0, NOTHING_TO_DO, {"gate": "Succeeded", "apply": "Skipped"}, "Succeeded"),
        # None of these is what the gate does; still nothing may follow.
        (0, {"allowed": ""}, {"gate": "Succeeded", "apply": "Skipped"}, "Succeeded"),
        (1, ALLOWED, {"gate": "Failed", "apply": "Skipped"}, "Failed"),
    ],
)
def test_what_is_not_allowed_does_not_follow(
    code: int, outputs: dict[str, str], stages: dict[str, str], run: str, made: Repository, tools: Tools, tmp_path: Path
) -> None:
    tools.canned(code, **outputs)
    results = server(content(), tmp_path, made, tools).run()
    assert (shown(results), result_of(results), tools.applied) == (stages, run, [])


def test_what_is_allowed_is_applied_on_the_commit_that_was_judged(host: AzureHost, made: Repository, tools: Tools, tmp_path: Path) -> None:
    results = server(content(), tmp_path, made, tools, url=host.url).run()
    assert shown(results) == {"gate": "Succeeded", "apply": "Succeeded"}
    assert tools.applied == [made.head]
    assert len(tools.containers) == 2


def test_without_docker_there_is_no_output_and_nothing_follows(made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.without_docker()
    results = server(content(ANYWAY), tmp_path, made, tools).run()
    assert results["gate"].outputs == {}
    assert (shown(results), tools.applied) == ({"gate": "Failed", "apply": "Skipped"}, [])


@pytest.mark.parametrize(
    ("results", "starts"),
    [
        (gated("Succeeded", allowed="true"), True),
        (gated("SucceededWithIssues", allowed="true"), True),
        *((gated("Succeeded", allowed=value), False) for value in ("", "false", "yes", "1", "true ", "'true'")),
        (gated("Succeeded"), False),
        (gated("SucceededWithIssues", allowed="false"), False),
        *((gated(result, allowed="true"), False) for result in ("Failed", "Canceled", "Skipped")),
        ({"gate": StageResult("Skipped")}, False),
    ],
)
def test_the_stage_starts_only_after_a_good_gate_that_said_true(
    results: Results, starts: bool, made: Repository, tools: Tools, tmp_path: Path
) -> None:
    assert server(content(), tmp_path, made, tools).starts("apply", results) is starts


def test_a_stage_before_the_gate_that_failed_stops_it(made: Repository, tools: Tools, tmp_path: Path) -> None:
    run = server(content(dependsOn=["plan"]), tmp_path, made, tools)
    assert not run.starts("gate", {"plan": StageResult("Failed")})
    assert not run.starts("apply", {"plan": StageResult("Failed"), **gated("Succeeded", allowed="true")})


@pytest.mark.parametrize("condition", ["always()", "not(canceled())"])
@pytest.mark.parametrize("first", [gated("Failed", allowed="false"), {"gate": StageResult("Skipped")}, gated("Succeeded", allowed="true")])
def test_a_stage_that_starts_whatever_came_before_meets_the_gate_again(
    condition: str, first: dict[str, StageResult], made: Repository, tools: Tools, tmp_path: Path
) -> None:
    tools.canned(1, **BLOCKED)
    stage = server(changed(content(APPLY, ANYWAY), stage="apply", condition=condition), tmp_path, made, tools).rerun("apply", first)
    (job,) = stage.jobs.values()
    assert [(step.title, step.result) for step in job.steps] == [
        ("checkout", "Succeeded"),
        ("atlantis-gate", "Failed"),
        ("check out what the gate judged", "Skipped"),
        ("apply", "Skipped"),
        ("apply", "Skipped"),
    ]
    assert (stage.result, tools.applied) == ("Failed", [])


@pytest.mark.parametrize("where", ["job", "gate"])
@pytest.mark.parametrize("outputs", [BLOCKED, {}])
def test_to_continue_on_error_opens_nothing(where: str, outputs: dict[str, str], made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.canned(1, **outputs)
    pipeline = changed(content(APPLY, ANYWAY), stage="gate", **{where: {"continueOnError": True}})
    pipeline = changed(pipeline, stage="apply", **{where: {"continueOnError": True}})
    results = server(pipeline, tmp_path, made, tools).run()
    assert (shown(results), tools.applied) == ({"gate": "SucceededWithIssues", "apply": "Skipped"}, [])

    results = server(changed(pipeline, stage="apply", condition="always()"), tmp_path, made, tools).run()
    assert tools.applied == []
    steps = {step.title: step.result for step in results["apply"].jobs["apply"].steps}
    assert steps["check out what the gate judged"] in {"Failed", "Skipped"}
    assert steps["apply"] == "Skipped"


def test_nothing_to_do_applies_nothing_even_in_a_stage_that_starts_anyway(made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.canned(0, **NOTHING_TO_DO)
    results = server(changed(content(APPLY, ANYWAY), stage="apply", condition="always()"), tmp_path, made, tools).run()
    assert "##vso[task.logissue type=error]The gate does not say that apply may run now" in results["apply"].jobs["apply"].printed
    assert (shown(results), tools.applied) == ({"gate": "Succeeded", "apply": "Failed"}, [])


@pytest.mark.parametrize("since", [BY_NAME["approval taken back"], BY_NAME["draft"]], ids=lambda story: story.name)
def test_to_run_failed_jobs_again_asks_again(since: Any, host: AzureHost, made: Repository, tools: Tools, tmp_path: Path) -> None:
    fails = {"bash": "terraform apply; exit 1"}
    run = server(content(fails, require="approved,mergeable"), tmp_path, made, tools, url=host.url)
    results = run.run()
    assert (shown(results), tools.applied) == ({"gate": "Succeeded", "apply": "Failed"}, [made.head])

    host.tell(since)
    again = run.rerun("apply", results)
    assert (again.result, tools.applied) == ("Failed", [made.head])
    host.tell(FINE)
    run.rerun("apply", results)
    assert tools.applied == [made.head, made.head]


def test_a_head_that_moved_since_is_not_applied(host: AzureHost, made: Repository, tools: Tools, tmp_path: Path) -> None:
    run = server(content(), tmp_path, made, tools, url=host.url)
    moved = {**run.predefined, "System.PullRequest.SourceCommitId": made.main}
    results = replace(run, predefined=moved).run()
    assert (shown(results), tools.applied) == ({"gate": "Failed", "apply": "Skipped"}, [])
    assert "now at" in results["gate"].jobs["gate"].printed


def without_history(pipeline: dict[str, Any]) -> dict[str, Any]:
    edited = copy.deepcopy(pipeline)
    for stage in edited["stages"]:
        stage["jobs"][0]["steps"][0]["fetchDepth"] = "1"
    return edited


def test_a_head_that_is_not_in_the_clone_is_not_applied(host: AzureHost, made: Repository, tools: Tools, tmp_path: Path) -> None:
    results = server(without_history(content(APPLY, ANYWAY)), tmp_path, made, tools, url=host.url).run()
    assert (shown(results), tools.applied) == ({"gate": "Succeeded", "apply": "Failed"}, [])
    assert "cannot be checked out" in results["apply"].jobs["apply"].printed


@pytest.mark.parametrize("judged", ["main", "--help", "", "$(gate.head_sha)", "0" * 39, "G" * 40])
def test_only_a_commit_is_checked_out(judged: str, made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.canned(0, **{**ALLOWED, "head_sha": judged})
    results = server(content(APPLY, ANYWAY), tmp_path, made, tools).run()
    assert (shown(results), tools.applied) == ({"gate": "Succeeded", "apply": "Failed"}, [])
    assert "does not say which commit" in results["apply"].jobs["apply"].printed


def test_the_title_of_a_commit_is_never_printed(host: AzureHost, made: Repository, tools: Tools, tmp_path: Path) -> None:
    results = server(content(), tmp_path, made, tools, url=host.url).run()
    assert "variable=gateOpen]true" not in "".join(job.printed for stage in results.values() for job in stage.jobs.values())


@pytest.mark.parametrize("reason", ["IndividualCI", "BatchedCI"])
def test_a_merge_is_applied_as_it_was_pushed(reason: str, made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.canned(0, **{**ALLOWED, "head_sha": made.head})
    run = pushed(server(content(), tmp_path, made, tools), made, reason)
    assert shown(run.run()) == {"gate": "Succeeded", "apply": "Succeeded"}
    assert tools.applied == [made.main]


def test_a_pull_request_that_a_pushs_run_names_is_applied_at_its_head(made: Repository, tools: Tools, tmp_path: Path) -> None:
    tools.canned(0, **{**ALLOWED, "head_sha": made.head})
    pushed(server(content(pullRequest="7"), tmp_path, made, tools), made, "IndividualCI").run()
    assert tools.applied == [made.head]


def pushed(run: Server, made: Repository, reason: str) -> Server:
    """Return the run of a push to main."""
    machine = replace(run.machine, ref="refs/heads/main", commit=made.main)
    changes = {"Build.Reason": reason, "Build.SourceBranch": machine.ref, "Build.SourceVersion": machine.commit}
    kept = {name: value for name, value in run.predefined.items() if not name.startswith("System.PullRequest")}
    return replace(run, machine=machine, predefined={**kept, **changes})


def test_variables_of_the_run_neither_open_the_gate_nor_change_what_it_asks(
    host: AzureHost, made: Repository, tools: Tools, tmp_path: Path
) -> None:
    host.tell(UNAPPROVED)
    given = {
        "gateOpen": "true",
        "GateAllowed": "true",
        "gateHead": made.main,
        "ATLANTIS_GATE_REQUIRE": "",
        "gateImage": "evil",
        "image": "evil",
    }
    facts = {"ATLANTIS_GATE_FACTS": "facts.json", "ATLANTIS_GATE_HOST": "github", "ATLANTIS_REPO_CONFIG": "mine.yaml", "INPUT_REQUIRE": "x"}
    pipeline = changed(content(APPLY, ANYWAY), stage="apply", condition="always()")
    results = server(pipeline, tmp_path, made, tools, url=host.url, **given, **facts).run()
    assert (shown(results), tools.applied) == ({"gate": "Failed", "apply": "Failed"}, [])
    for container in tools.containers:
        assert container["image"] == "atlantis-gate/atlantis-gate:0.1.0"
        assert container["env"]["ATLANTIS_GATE_REQUIRE"] == "approved"
        assert container["env"]["ATLANTIS_REPO_CONFIG"] == ""
        assert not {"ATLANTIS_GATE_FACTS", "ATLANTIS_GATE_HOST", "INPUT_REQUIRE"} & set(container["env"])


def test_steps_of_ones_own_find_the_projects_and_not_the_jobs_token(
    host: AzureHost, made: Repository, tools: Tools, tmp_path: Path
) -> None:
    step = {"bash": 'echo "$GATE_PROJECTS <$SYSTEM_ACCESSTOKEN>"'}
    results = server(content(step), tmp_path, made, tools, url=host.url).run()
    listed, _, token = results["apply"].jobs["apply"].steps[-1].printed.strip().rpartition(" ")
    assert ([project["dir"] for project in json.loads(listed)], token) == (["staging"], "<>")


def test_steps_of_ones_own_keep_their_conditions_once_the_gate_is_open(
    host: AzureHost, made: Repository, tools: Tools, tmp_path: Path
) -> None:
    steps: list[dict[str, Any]] = [{"bash": "exit 1"}, APPLY, {**APPLY, "condition": "failed()"}, ANYWAY, {**APPLY, "condition": False}]
    server(content(*steps), tmp_path, made, tools, url=host.url).run()
    assert tools.applied == [made.head, made.head]
