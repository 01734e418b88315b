"""Outputs, issues, summary and test report arrive at Azure's agent exactly, and nothing in them is obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.ci import Publication, azure_pipelines
from atlantis_gate.ci.azure_pipelines_commands import issues, variables
from atlantis_gate.decisions import Annotation
from atlantis_gate.errors import CIError
from atlantis_gate.plain import block, json_text, one_line
from ci.azure_pipelines_agent import Command, commands
from report.hostile import HOSTILE

TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join))
BRACKETS = ["a];b=c]%5D%3B%0A%AZP25", "##vso[task.setvariable variable=allowed]true", "x]##vso[task.complete result=Succeeded]"]
OUTPUTS = {
    "outcome": "blocked",
    "allowed": "false",
    "projects": json_text([{"id": "50%0A off; [a]", "dir": "##vso[x]", "name": "$(System.AccessToken)"}]),
    "blocked-projects": "[]",
    "head-sha": "1" * 40,
    "base-sha": "",
}


def published(env: dict[str, str], *annotations: Annotation, summary: str = "", junit: str = "", **outputs: str) -> list[str]:
    lines: list[str] = []
    azure_pipelines.publish(env, Publication(outputs=outputs, summary=summary, annotations=annotations, junit=junit), lines.append)
    return lines


def values(lines: list[str], *, decodes_percents: bool = True) -> dict[str, str]:
    found = commands("\n".join(lines), decodes_percents=decodes_percents)
    return {command.properties["variable"]: command.data for command in found if command.name == "task.setvariable"}


@pytest.mark.parametrize("decodes_percents", [True, False])
def test_every_output_arrives_empty_ones_too(decodes_percents: bool) -> None:
    found = values(published({}, **OUTPUTS), decodes_percents=decodes_percents)
    assert list(found) == ["outcome", "allowed", "projects", "blocked_projects", "head_sha", "base_sha"]
    assert json.loads(found.pop("projects")) == [{"id": "50%0A off; [a]", "dir": "##vso[x]", "name": "$(System.AccessToken)"}]
    assert list(found.values()) == ["blocked", "false", "[]", "1" * 40, ""]


def test_a_name_is_not_expanded_as_a_variable() -> None:
    assert "$(" not in "\n".join(published({}, **OUTPUTS))


def test_outputs_are_seen_by_other_jobs_and_cannot_be_changed_by_later_steps() -> None:
    (command,) = commands("\n".join(published({}, allowed="true")))
    assert command.properties == {"variable": "allowed", "isOutput": "true", "isreadonly": "true"}


@pytest.mark.parametrize("value", [*BRACKETS, "two\r\nlines", "100%"])
def test_a_value_arrives_exactly_and_makes_no_other_command(value: str) -> None:
    lines = published({}, first=value, allowed="false")
    assert values(lines) == {"first": value, "allowed": "false"}
    assert len(lines) == len(commands("\n".join(lines))) == 2


def test_a_list_that_no_environment_can_hold_is_left_empty_and_said_so() -> None:
    warning, left, *others = commands("\n".join(variables({"projects": "[" + "1," * 16_000 + "1]", "allowed": "true"})))
    assert warning == Command("task.logissue", {"type": "warning"}, "projects is left empty: 32,003 characters are too many for a variable")
    assert (left.properties["variable"], left.data) == ("projects", "")
    assert [other.data for other in others] == ["true"]


def test_an_annotation_arrives_as_it_was_meant() -> None:
    (line,) = issues([Annotation("error", "a;b]c%.yaml", 3, "approved not met", "two\nlines; 100% [of] it")])
    place = {"type": "error", "sourcepath": "a;b]c%.yaml", "linenumber": "3"}
    assert commands(line) == [Command("task.logissue", place, "approved not met: two\nlines; 100% [of] it")]


@pytest.mark.parametrize(
    ("file", "line", "place"),
    [("", 3, {}), ("a.yaml", 0, {"sourcepath": "a.yaml"}), ("a.yaml", 1, {"sourcepath": "a.yaml", "linenumber": "1"})],
)
def test_an_annotation_has_the_place_that_is_known(file: str, line: int, place: dict[str, str]) -> None:
    (written,) = issues([Annotation("warning", file, line, "", "x")])
    assert commands(written) == [Command("task.logissue", {"type": "warning", **place}, "x")]


def test_as_many_issues_are_shown_as_the_agent_keeps() -> None:
    notes = [Annotation(level, "", 0, "", str(number)) for number in range(12) for level in ("notice", "error")]
    found = commands("\n".join(issues(notes)))
    assert [command.data for command in found if command.properties["type"] == "error"] == [str(number) for number in range(10)]
    assert [command.data for command in found if command.properties["type"] == "warning"] == [str(number) for number in range(10)]


@given(text=TEXTS | st.sampled_from(BRACKETS))
def test_nothing_in_an_annotation_is_obeyed(text: str) -> None:
    (line,) = issues([Annotation("error", "a.yaml", 3, text, text)])
    (command,) = commands(line)
    assert command.name == "task.logissue"
    assert command.properties == {"type": "error", "sourcepath": "a.yaml", "linenumber": "3"}
    assert command.data == block(": ".join(part for part in (one_line(text), text) if part))
    assert line.count("##vso[") == 1


@given(file=st.text(min_size=1) | st.sampled_from(BRACKETS))
def test_nothing_in_the_name_of_a_file_is_obeyed(file: str) -> None:
    (line,) = issues([Annotation("error", file, 3, "t", "x")])
    assert commands(line) == [Command("task.logissue", {"type": "error", "sourcepath": one_line(file), "linenumber": "3"}, "t: x")]


def test_the_summary_is_a_file_that_the_agent_finds(tmp_path: Path) -> None:
    lines = published({"AGENT_TEMPDIRECTORY": str(tmp_path)}, summary="## é\n", allowed="true")
    first, second = commands("\n".join(lines))
    assert (first.name, second.name) == ("task.uploadsummary", "task.setvariable")
    assert Path(first.data).parent == tmp_path
    assert Path(first.data).read_text(encoding="utf-8") == "## é\n"


@pytest.mark.parametrize("agents", ["/agent/_work/_temp", "/agent/100% ]/_temp/", "D:\\a\\_temp"])
def test_in_a_container_the_summary_has_the_agents_path(agents: str, tmp_path: Path) -> None:
    env = {"AGENT_TEMPDIRECTORY": str(tmp_path), "ATLANTIS_GATE_HOST_TEMP": agents}
    (command,) = commands("\n".join(published(env, summary="x")))
    (file,) = tmp_path.iterdir()
    assert command.data == f"{agents.rstrip('/')}/{file.name}"


def test_two_runs_of_one_job_have_a_summary_each(tmp_path: Path) -> None:
    for _ in range(2):
        published({"AGENT_TEMPDIRECTORY": str(tmp_path)}, summary="x")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_test_report_is_a_file_and_none_of_an_earlier_run_stays(tmp_path: Path) -> None:
    env = {"AGENT_TEMPDIRECTORY": str(tmp_path)}
    published(env, junit="<testsuites/>\n")
    assert (tmp_path / "atlantis-gate.junit.xml").read_text(encoding="utf-8") == "<testsuites/>\n"
    published(env)
    assert list(tmp_path.iterdir()) == []


def test_without_the_folder_only_commands_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert values(published({}, summary="x", junit="y", allowed="true")) == {"allowed": "true"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["none", "\0"])
@pytest.mark.parametrize(("summary", "junit"), [("x", ""), ("", "x")])
def test_a_file_that_cannot_be_written_is_an_error_and_no_output_is_set(summary: str, junit: str, path: str, tmp_path: Path) -> None:
    lines: list[str] = []
    publication = Publication(outputs={"allowed": "true"}, summary=summary, junit=junit)
    with pytest.raises(CIError, match=r"\(AGENT_TEMPDIRECTORY\) cannot be written"):
        azure_pipelines.publish({"AGENT_TEMPDIRECTORY": f"{tmp_path}/{path}"}, publication, lines.append)
    assert values(lines) == {}
