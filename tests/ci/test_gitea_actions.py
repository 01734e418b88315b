"""Every event of Gitea and Forgejo Actions says which pull request a run is about, and outputs arrive at their runner exactly."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atlantis_gate.ci import Publication, gitea_actions
from atlantis_gate.decisions import Annotation
from atlantis_gate.errors import CIError
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from ci.github_runner import Command, commands
from report.hostile import HOSTILE

ENVIRONMENTS = sorted((Path(__file__).parent / "environments" / "gitea_actions").glob("*.json"))
KEPT = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ENVIRONMENTS}
NAMED = [name for name, kept in KEPT.items() if "run" in kept]
UNNAMED = [name for name, kept in KEPT.items() if "error" in kept]
SEVEN = PullRequestRef(host="gitea", server_url="https://git.example", repo="acme/infra", number=7)
EIGHT = replace(SEVEN, number=8)
ALONE = PullRequestRef(host="", server_url="", repo="", number=7)
URL = "https://git.example/acme/infra/actions/runs/12"
DOCS = Path(__file__).parents[2] / "docs" / "ci" / "gitea-actions.md"
TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE))


def environment(folder: Path, name: str, **changes: str | None) -> dict[str, str]:
    """Return an environment with its event file in `folder`, variables changed as asked (None takes one out)."""
    path = folder / "event.json"
    path.write_text(json.dumps(KEPT[name]["event"]), encoding="utf-8")
    env = {**KEPT[name]["env"], "GITHUB_EVENT_PATH": str(path), **changes}
    return {key: value for key, value in env.items() if value is not None}


def with_event(folder: Path, name: str, event: object) -> dict[str, str]:
    env = environment(folder, name)
    Path(env["GITHUB_EVENT_PATH"]).write_text(json.dumps(event), encoding="utf-8")
    return env


def expected(name: str) -> Run:
    kept: dict[str, Any] = {"url": URL, **KEPT[name]["run"]}
    kept["target"] = (CommitRef if "sha" in kept["target"] else PullRequestRef)(**kept["target"])
    event = KEPT[name]["env"]["GITHUB_EVENT_NAME"]
    return Run(ci="gitea-actions", event=event, run_id="4242", workspace="/workspace/acme/infra", **kept)


def refused(env: dict[str, str]) -> str:
    with pytest.raises(CIError) as caught:
        gitea_actions.read(env, None)
    return str(caught.value)


def runner_values(text: str) -> tuple[dict[str, str], str]:
    """Return the outputs that the runner of Gitea and Forgejo reads, and what made it stop: an empty line does, unlike GitHub's.

    https://gitea.com/gitea/act/src/branch/master/pkg/container/parse_env_file.go
    """
    found: dict[str, str] = {}
    lines = iter(text.split("\n")[:-1])
    while (line := next(lines, None)) is not None:
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
        elif heredoc >= 0:
            rest = list(lines)
            if line[heredoc + 2 :] not in rest:
                return found, "delimiter not found"
            end = rest.index(line[heredoc + 2 :])
            found[line[:heredoc]] = "\n".join(rest[:end])
            lines = iter(rest[end + 1 :])
        else:
            return found, f"invalid format {line!r}"
    return found, ""


def printed(env: dict[str, str], summary: str = "", *annotations: Annotation, **outputs: str) -> list[str]:
    lines: list[str] = []
    gitea_actions.publish(env, Publication(outputs=outputs, summary=summary, annotations=annotations), lines.append)
    return lines


@pytest.mark.parametrize("name", NAMED)
def test_an_event_names_its_pull_request(name: str, tmp_path: Path) -> None:
    assert gitea_actions.read(environment(tmp_path, name), None) == expected(name)


@pytest.mark.parametrize("name", UNNAMED)
def test_an_event_without_a_pull_request_says_how_to_name_one(name: str, tmp_path: Path) -> None:
    message, advice = refused(environment(tmp_path, name)).split("\n")
    assert message == KEPT[name]["error"]
    assert "--pull-request" in advice


def test_the_documentation_lists_the_events_that_are_understood() -> None:
    rows = [line.split("|")[1] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert documented == {kept["env"]["GITHUB_EVENT_NAME"] for kept in KEPT.values()}


@pytest.mark.parametrize("name", [*NAMED, *UNNAMED])
def test_an_explicit_pull_request_always_wins(name: str, tmp_path: Path) -> None:
    assert gitea_actions.read(environment(tmp_path, name), EIGHT).target == EIGHT


@pytest.mark.parametrize("name", [name for name in NAMED if "number" in KEPT[name]["run"]["target"]])
def test_what_the_event_says_is_kept_for_the_same_pull_request(name: str, tmp_path: Path) -> None:
    same = replace(SEVEN, repo="Acme/Infra", server_url="https://Git.Example/")
    assert gitea_actions.read(environment(tmp_path, name), same) == replace(expected(name), target=same)


@pytest.mark.parametrize(
    "other", [EIGHT, replace(SEVEN, repo="acme/x"), replace(SEVEN, server_url="https://x"), replace(SEVEN, host="github")]
)
def test_what_the_event_says_is_dropped_for_another_pull_request(other: PullRequestRef, tmp_path: Path) -> None:
    dropped = Run(ci="gitea-actions", target=other, event="pull_request", workspace="/workspace/acme/infra")
    assert gitea_actions.read(environment(tmp_path, "pull_request"), other) == dropped


@pytest.mark.parametrize("name", ["none_schedule", "push"])
def test_an_explicit_pull_request_keeps_the_run_where_the_event_names_none(name: str, tmp_path: Path) -> None:
    run = gitea_actions.read(environment(tmp_path, name), SEVEN)
    assert (run.run_id, run.url, run.head_sha) == ("4242", URL, None)


def test_a_number_alone_is_of_the_runs_own_repository(tmp_path: Path) -> None:
    assert gitea_actions.read(environment(tmp_path, "pull_request"), ALONE) == expected("pull_request")


def test_an_explicit_pull_request_needs_no_readable_event(tmp_path: Path) -> None:
    assert gitea_actions.read(environment(tmp_path, "pull_request", GITHUB_EVENT_PATH=None), SEVEN).target == SEVEN


@pytest.mark.parametrize("number", [None, "", "0", "x", "1/../../2"])
def test_without_a_run_number_the_page_is_named_after_the_run(number: str | None, tmp_path: Path) -> None:
    run = gitea_actions.read(environment(tmp_path, "pull_request", GITHUB_RUN_NUMBER=number), None)
    assert run.url == "https://git.example/acme/infra/actions/runs/4242"


@pytest.mark.parametrize("variable", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"])
def test_a_missing_variable_is_named(variable: str, tmp_path: Path) -> None:
    assert f"the variable {variable} is not set" in refused(environment(tmp_path, "pull_request", **{variable: None}))


@pytest.mark.parametrize(
    ("name", "event", "said"),
    [
        ("pull_request", {}, "in pull_request.number"),
        ("pull_request", {"pull_request": {"number": 8, "head": {"sha": "1" * 40}}}, "GITHUB_REF is refs/pull/7/head, but"),
        ("pull_request", {"pull_request": {"number": 7, "head": {"sha": "main"}}}, "in pull_request.head.sha"),
        ("pull_request_sync", {"pull_request": []}, "an object in pull_request,"),
        ("issue_comment", {"issue": {"number": "x", "pull_request": {}}}, "in issue.number"),
        ("push", {"after": "main"}, "in after"),
        ("push", {"after": "4" * 40, "before": "x"}, "in before"),
        ("workflow_dispatch", {"inputs": {"pr": "7; rm -rf"}}, "in inputs.pr,"),
        ("workflow_call_of_a_push", {"pull_request": {"number": 7}}, "in pull_request.head.sha"),
    ],
)
def test_a_payload_of_another_shape_is_refused(name: str, event: object, said: str, tmp_path: Path) -> None:
    assert said in refused(with_event(tmp_path, name, event))


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"}, True),
        ({"GITHUB_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}, True),
        ({"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "false"}, False),
        ({"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_gitea_and_forgejo_are_told_from_github(env: dict[str, str], found: bool) -> None:
    assert gitea_actions.detect(env) is found


@pytest.mark.parametrize("before", ["", "earlier=1", "earlier=1\n"])
def test_outputs_follow_what_the_file_holds_without_an_empty_line(before: str, tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text(before, encoding="utf-8")
    printed({"GITHUB_OUTPUT": str(path)}, outcome="allowed", projects='[{"id":"a"}]', empty="")
    earlier = {"earlier": "1"} if before else {}
    assert runner_values(path.read_text(encoding="utf-8")) == (
        {**earlier, "outcome": "allowed", "projects": '[{"id":"a"}]', "empty": ""},
        "",
    )


@given(value=TEXTS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_value_makes_another_output(value: str, tmp_path: Path) -> None:
    value = value.encode("utf-8", "replace").decode()
    path = tmp_path / "output"
    path.write_bytes(b"")
    printed({"GITHUB_OUTPUT": str(path)}, first=value, allowed="false")
    assert runner_values(path.read_bytes().decode()) == ({"first": value, "allowed": "false"}, "")


def test_a_value_that_holds_the_delimiter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda _: b"\1\2")
    with pytest.raises(CIError, match="the output first holds the delimiter"):
        printed({"GITHUB_OUTPUT": str(tmp_path / "output")}, first="x\ngate_0102\nallowed=true")


def test_a_name_that_would_be_read_as_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CIError, match="cannot be the name of an output"):
        printed({"GITHUB_OUTPUT": str(tmp_path / "output")}, **{"a=b": "x"})


def test_the_summary_is_appended_and_an_empty_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    printed({"GITHUB_STEP_SUMMARY": str(path)})
    assert not path.exists()
    printed({"GITHUB_STEP_SUMMARY": str(path)}, "## é\n")
    assert path.read_text(encoding="utf-8") == "## é\n"


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_file_that_cannot_be_written_is_an_error_that_names_it(variable: str, tmp_path: Path) -> None:
    with pytest.raises(CIError, match=f"{variable} names .* which cannot be written"):
        printed({variable: str(tmp_path)}, "summary", allowed="true")


def test_without_the_variables_nothing_is_written() -> None:
    assert printed({}, "summary", allowed="true") == []


@given(text=TEXTS)
def test_an_annotation_is_one_command_whatever_it_says(text: str) -> None:
    (line,) = printed({}, "", Annotation("error", "a,b.yaml", 3, text, text))
    assert [(command.name, command.properties["file"]) for command in commands(line)] == [("error", "a,b.yaml")]
    assert "##[" not in line
    assert "\n" not in line


def test_an_annotation_arrives_as_it_was_meant() -> None:
    (line,) = printed({}, "", Annotation("warning", "", 3, "a: b", "two\nlines, 100%"))
    assert commands(line) == [Command("warning", {"title": "a: b"}, "two\nlines, 100%")]
