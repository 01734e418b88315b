"""The page about Azure Pipelines says what the template does, and every pipeline on it works."""

from __future__ import annotations

import re
from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hosts.stories import STORIES, Story
from templates import test_azure_stops_apply as stopping
from templates.azure_expander import pipeline
from templates.azure_host import AzureHost
from templates.azure_parameters import TEMPLATE, template
from templates.azure_scenes import ALIAS, EXAMPLE, ROOT, Repository, Tools, expanded, repository, server, using
from templates.azure_server import StageResult, result_of
from templates.test_azure_template import NOT_PASSED, OF_AN_ENVIRONMENT, schema_problems, without_runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = ROOT / "docs" / "ci" / "azure-pipelines.md"
BLOCKS = [dedent(block) for block in re.findall(r"^ *```yaml\n(.*?)^ *```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)]
PIPELINES = [block for block in BLOCKS if block.startswith("trigger:")]
BY_NAME = {story.name: story for story in STORIES}
FINE = BY_NAME["approved by another"]
UNAPPROVED = BY_NAME["approved by nobody"]
# Every row of the page's table, and the test that shows it.
SHOWN = {
    "the gate blocks or cannot decide": "test_what_is_not_allowed_does_not_follow",
    "no project is touched": "test_what_is_not_allowed_does_not_follow",
    "the gate does not run at all (no Docker, no image)": "test_without_docker_there_is_no_output_and_nothing_follows",
    "the gate's stage is skipped": "test_the_stage_starts_only_after_a_good_gate_that_said_true",
    "an output is empty or another word": "test_the_stage_starts_only_after_a_good_gate_that_said_true",
    "the run is cancelled": "test_the_stage_starts_only_after_a_good_gate_that_said_true",
    "`continueOnError` on the gate's step or job": "test_to_continue_on_error_opens_nothing",
    "the condition of `apply` becomes `always()`": "test_a_stage_that_starts_whatever_came_before_meets_the_gate_again",
    "`always()` on one of your steps": "test_a_stage_that_starts_whatever_came_before_meets_the_gate_again",
    '"Rerun failed jobs", after an approval was withdrawn': "test_to_run_failed_jobs_again_asks_again",
    "the head has moved": "test_a_head_that_moved_since_is_not_applied",
    "the commit that was judged is not in the clone": "test_a_head_that_is_not_in_the_clone_is_not_applied",
    "a variable of the run has the name of one of the gate's": "test_variables_of_the_run_neither_open_the_gate_nor_change_what_it_asks",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(tmp_path_factory.mktemp("made") / "repository")


def block(start: str) -> str:
    (found,) = [block for block in BLOCKS if start in block]
    return found


def whole(text: str) -> dict[str, Any]:
    """Return the pipeline that a block makes, with the page's other files where it looks for them."""
    ours = {TEMPLATE.name: TEMPLATE.read_text(encoding="utf-8")}
    platform = {**ours, "terraform.yml": block("# terraform.yml")}
    return pipeline({"self": {"azure-pipelines.yml": text}, ALIAS: ours, "platform": platform})


def ran(text: str, story: Story, made: Repository, folder: Path) -> tuple[dict[str, StageResult], Tools]:
    tools = Tools(folder)
    with AzureHost(story, head=made.head, merge=made.merge) as host:
        return server(whole(text), folder, made, tools, url=host.url).run(), tools


def test_the_pipeline_to_copy_is_the_example() -> None:
    assert BLOCKS[0] == EXAMPLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", PIPELINES, ids=range(len(PIPELINES)))
def test_every_pipeline_on_the_page_is_one(text: str) -> None:
    assert schema_problems(yaml.safe_load(text)) == []
    assert schema_problems(without_runtime(whole(text))) == []


@pytest.mark.parametrize("text", PIPELINES, ids=range(len(PIPELINES)))
@pytest.mark.parametrize(("story", "result"), [(UNAPPROVED, "Failed"), (FINE, "Succeeded")], ids=["unapproved", "approved"])
def test_every_pipeline_on_the_page_applies_what_is_approved(
    text: str, story: Story, result: str, made: Repository, tmp_path: Path
) -> None:
    results, tools = ran(text, story, made, tmp_path)
    assert result_of(results) == result, "".join(job.printed for stage in results.values() for job in stage.jobs.values())
    # The steps of a task (AzureCLI@2) are not run here.
    assert set(tools.applied) == ({made.head} if story is FINE and "AzureCLI@2" not in text else set())


@pytest.mark.parametrize("text", PIPELINES, ids=range(len(PIPELINES)))
def test_every_pipeline_on_the_page_is_green_and_applies_nothing_where_no_project_is_touched(
    text: str, made: Repository, tmp_path: Path
) -> None:
    results, tools = ran(text, replace(FINE, files=("README.md",)), made, tmp_path)
    assert (result_of(results), tools.applied) == ("Succeeded", [])


def test_other_blocks_are_parts_of_pipelines() -> None:
    parts = [yaml.safe_load(text) for text in BLOCKS if text not in PIPELINES and not text.startswith("#")]
    assert [list(part) for part in parts] == [["resources"], ["parameters"], ["parameters"]]
    for part in parts:
        if "parameters" in part:
            assert schema_problems(expanded(using(**part["parameters"]))) == []
        else:
            assert schema_problems({**part, "steps": []}) == []


def test_the_form_without_the_template_passes_on_every_variable_that_tells_the_run() -> None:
    text = (ROOT / "src" / "atlantis_gate" / "ci" / "azure_pipelines.py").read_text(encoding="utf-8")
    text += (ROOT / "src" / "atlantis_gate" / "ci" / "azure_pipelines_repository.py").read_text(encoding="utf-8")
    text += (ROOT / "src" / "atlantis_gate" / "hosts" / "azure_devops_policies.py").read_text(encoding="utf-8")
    read = {name for name in OF_AN_ENVIRONMENT.findall(text) if not name.startswith("ATLANTIS_")} - set(NOT_PASSED)
    passed = set(re.findall(r"--env (\w+)", block("docker run")))
    assert passed == read | {"TF_BUILD", "SYSTEM_ACCESSTOKEN", "ATLANTIS_GATE_REQUIRE"}


def test_the_page_lists_the_parameters(golden: Callable[[Path, str], None]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = "".join(f"| `{each['name']}` | {shown(each)} | {default(each)} |\n" for each in template()["parameters"])
    pattern = re.compile(r"(<!-- begin: parameters -->\n).*?(<!-- end: parameters -->)", re.DOTALL)
    assert pattern.search(page)
    table = f"| parameter | what it is | default |\n| --- | --- | --- |\n{rows}"
    golden(PAGE, pattern.sub(lambda found: f"{found[1]}{table}{found[2]}", page))


def shown(parameter: dict[str, Any]) -> str:
    values = f": {', '.join(parameter['values'])}" if "values" in parameter else ""
    return f"{parameter['displayName']}{values}".replace("*", r"\*").replace("|", r"\|")


def default(parameter: dict[str, Any]) -> str:
    value = parameter["default"]
    if isinstance(value, dict):
        value = ", ".join(f"{key}: {each}" for key, each in value.items())
    return f"`{value}`" if value and value is not True else ""


def test_every_row_of_what_stops_the_steps_is_shown_by_a_test() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## What stops your steps")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[2:] == list(SHOWN)
    assert [name for name in SHOWN.values() if not callable(getattr(stopping, name, None))] == []
