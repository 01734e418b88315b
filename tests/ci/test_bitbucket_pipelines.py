"""Every pipeline of Bitbucket says which pull request it is about or how to name one, and leaves files as Bitbucket takes them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from atlantis_gate.ci import Publication, bitbucket_pipelines
from atlantis_gate.ci.bitbucket_pipelines_files import variables
from atlantis_gate.errors import CIError
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from report.hostile import HOSTILE

ENVIRONMENTS = sorted((Path(__file__).parent / "environments" / "bitbucket_pipelines").glob("*.json"))
KEPT = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ENVIRONMENTS}
NAMED = [name for name, kept in KEPT.items() if "run" in kept]
UNNAMED = [name for name, kept in KEPT.items() if "error" in kept]
PULL_REQUESTS = [name for name in NAMED if "number" in KEPT[name]["run"]["target"]]
URL = "https://bitbucket.org/acme/infra/pipelines/results/4242"
CLONE = "/opt/atlassian/pipelines/agent/build"
SEVEN = PullRequestRef(host="bitbucket-cloud", server_url="https://bitbucket.org", repo="acme/infra", number=7)
EIGHT = replace(SEVEN, number=8)
ALONE = PullRequestRef(host="", server_url="", repo="", number=7)
DOCS = Path(__file__).parents[2] / "docs" / "ci" / "bitbucket-pipelines.md"
OUTPUTS = {
    "outcome": "blocked",
    "allowed": "false",
    "projects": '[{"id":"a","name":null,"dir":"a","workspace":"default"}]',
    "blocked-projects": "[]",
    "head-sha": "1" * 40,
    "base-sha": "2" * 40,
}
LEFT = {
    "ATLANTIS_GATE_OUTCOME": "blocked",
    "ATLANTIS_GATE_ALLOWED": "false",
    "ATLANTIS_GATE_HEAD_SHA": "1" * 40,
    "ATLANTIS_GATE_BASE_SHA": "2" * 40,
    "ATLANTIS_GATE_PROJECT_COUNT": "1",
}


def environment(name: str, **changes: str | None) -> dict[str, str]:
    """Return an environment, variables changed as asked (None takes one out)."""
    env = {**KEPT[name]["env"], **changes}
    return {key: value for key, value in env.items() if value is not None}


def expected(name: str) -> Run:
    kept: dict[str, Any] = dict(KEPT[name]["run"])
    kept["target"] = (CommitRef if "sha" in kept["target"] else PullRequestRef)(**kept["target"])
    return Run(ci="bitbucket-pipelines", run_id="4242", url=URL, workspace=CLONE, **kept)


def refused(env: dict[str, str], explicit: PullRequestRef | None = None) -> str:
    with pytest.raises(CIError) as caught:
        bitbucket_pipelines.read(env, explicit)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMED)
def test_a_pipeline_names_its_pull_request(name: str) -> None:
    assert bitbucket_pipelines.read(environment(name), None) == expected(name)


@pytest.mark.parametrize("name", UNNAMED)
def test_a_pipeline_without_a_pull_request_says_how_to_name_one(name: str) -> None:
    message, advice = refused(environment(name)).split("\n")
    assert message == KEPT[name]["error"]
    assert "--pull-request" in advice


@pytest.mark.parametrize("name", [*NAMED, *UNNAMED])
def test_an_explicit_pull_request_always_wins(name: str) -> None:
    assert bitbucket_pipelines.read(environment(name), EIGHT).target == EIGHT


@pytest.mark.parametrize("name", PULL_REQUESTS)
def test_what_the_pipeline_says_is_kept_for_the_same_pull_request(name: str) -> None:
    same = replace(SEVEN, repo="Acme/Infra", server_url="https://Bitbucket.org/")
    assert bitbucket_pipelines.read(environment(name), same) == replace(expected(name), target=same)


@pytest.mark.parametrize(
    "other", [EIGHT, replace(SEVEN, repo="acme/other"), replace(SEVEN, server_url="https://git.example"), replace(SEVEN, host="gitea")]
)
def test_what_the_pipeline_says_is_dropped_for_another_pull_request(other: PullRequestRef) -> None:
    dropped = Run(ci="bitbucket-pipelines", target=other, workspace=CLONE)
    assert bitbucket_pipelines.read(environment("pull_request"), other) == dropped


@pytest.mark.parametrize(("name", "event"), [("none_custom", ""), ("none_tag", ""), ("push_after_merge", "push")])
def test_an_explicit_pull_request_keeps_the_run_where_the_pipeline_names_none(name: str, event: str) -> None:
    kept = Run(ci="bitbucket-pipelines", target=SEVEN, event=event, run_id="4242", url=URL, workspace=CLONE)
    assert bitbucket_pipelines.read(environment(name), SEVEN) == kept


@pytest.mark.parametrize("name", ["none_custom", "push_after_merge"])
def test_nothing_is_kept_for_a_pull_request_of_another_repository(name: str) -> None:
    other = replace(SEVEN, repo="acme/other")
    assert bitbucket_pipelines.read(environment(name), other) == Run(ci="bitbucket-pipelines", target=other, workspace=CLONE)


@pytest.mark.parametrize("name", PULL_REQUESTS)
def test_a_number_alone_is_of_the_pipelines_own_repository(name: str) -> None:
    assert bitbucket_pipelines.read(environment(name), ALONE) == expected(name)


def test_a_number_alone_needs_the_repository() -> None:
    assert "BITBUCKET_REPO_FULL_NAME is not set" in refused(environment("none_custom", BITBUCKET_REPO_FULL_NAME=None), ALONE)


def test_an_explicit_pull_request_needs_no_other_variable() -> None:
    assert bitbucket_pipelines.read({}, SEVEN) == Run(ci="bitbucket-pipelines", target=SEVEN, workspace=".")
    assert bitbucket_pipelines.read(environment("none_custom", BITBUCKET_BUILD_NUMBER=None), SEVEN).target == SEVEN


@pytest.mark.parametrize("variable", ["BITBUCKET_COMMIT", "BITBUCKET_BUILD_NUMBER", "BITBUCKET_REPO_FULL_NAME"])
@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["pull_request", "push_after_merge"])
def test_a_missing_variable_is_named(variable: str, value: str | None, name: str) -> None:
    assert f"the variable {variable} is not set" in refused(environment(name, **{variable: value}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("BITBUCKET_PR_ID", value) for value in ("0", "-7", "07", "7x", "\u0667", "7\n", "7.0", "9" * 20)),
        *(("BITBUCKET_COMMIT", value) for value in ("main", "1" * 6, "1" * 65, "g" * 40, "1" * 40 + "\n")),
        *(("BITBUCKET_REPO_FULL_NAME", value) for value in ("acme", "acme/infra/x", "acme/infra\n::error::x", "../infra", "acme/..")),
        ("BITBUCKET_BUILD_NUMBER", "1; rm"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    said = refused(environment("pull_request", **{variable: value}))
    assert f"the variable {variable} is " in said
    assert "\n::" not in said


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"BITBUCKET_PIPELINE_UUID": "{0b4f}"}, True),
        ({"BITBUCKET_PIPELINE_UUID": ""}, False),
        ({"CI": "true", "BITBUCKET_COMMIT": "1" * 40, "BITBUCKET_REPO_SLUG": "infra"}, False),
    ],
)
def test_bitbucket_is_told_by_its_marker(env: dict[str, str], found: bool) -> None:
    assert bitbucket_pipelines.detect(env) is found


def files(folder: Path) -> dict[str, str]:
    clone = folder / "clone"
    clone.mkdir(exist_ok=True)
    return {"BITBUCKET_CLONE_DIR": str(clone), "BITBUCKET_PIPELINES_VARIABLES_PATH": str(folder / "variables")}


def published(env: dict[str, str], *, junit: str = "<testsuites/>\n", summary: str = "## é\n", **changes: str) -> list[str]:
    lines: list[str] = []
    publication = Publication(outputs={**OUTPUTS, **changes}, summary=summary, junit=junit)
    bitbucket_pipelines.publish(env, publication, lines.append)
    return lines


def taken(text: str) -> dict[str, str]:
    """Return the variables in a file of `KEY=VALUE` lines, of which the last of a name counts. Raises ValueError for another line."""
    return dict(line.split("=", 1) for line in text.removesuffix("\n").split("\n"))


def test_later_steps_get_five_variables(tmp_path: Path) -> None:
    assert published(files(tmp_path)) == []
    assert taken((tmp_path / "variables").read_text(encoding="utf-8")) == LEFT


@pytest.mark.parametrize("before", ["EARLIER=1", "EARLIER=1\n", "EARLIER=1\nATLANTIS_GATE_ALLOWED=true\n"])
def test_variables_follow_what_the_file_holds_already(before: str, tmp_path: Path) -> None:
    env = files(tmp_path)
    (tmp_path / "variables").write_text(before, encoding="utf-8")
    published(env)
    assert taken((tmp_path / "variables").read_text(encoding="utf-8")) == {"EARLIER": "1", **LEFT}


def test_the_documented_pipeline_hands_on_the_variables_that_are_left() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    gate, apply = (item["step"] for item in yaml.safe_load(block)["pipelines"]["pull-requests"]["**"])
    assert gate["output-variables"] == list(LEFT)
    assert apply["condition"] == {"state": "ATLANTIS_GATE_ALLOWED == true"}


def test_what_is_not_known_is_empty_and_allows_nothing() -> None:
    assert taken(variables({})) == {
        "ATLANTIS_GATE_OUTCOME": "undetermined",
        "ATLANTIS_GATE_ALLOWED": "false",
        "ATLANTIS_GATE_HEAD_SHA": "",
        "ATLANTIS_GATE_BASE_SHA": "",
        "ATLANTIS_GATE_PROJECT_COUNT": "0",
    }


@pytest.mark.parametrize("value", ["x\nATLANTIS_GATE_ALLOWED=true", "x\r", "x\n", "a b", '"x"', *HOSTILE])
@pytest.mark.parametrize("name", ["outcome", "allowed", "head-sha", "base-sha"])
def test_a_value_that_would_be_read_otherwise_is_refused(name: str, value: str) -> None:
    with pytest.raises(CIError, match="cannot be the value of ATLANTIS_GATE_"):
        variables({**OUTPUTS, name: value})


def test_summary_and_test_report_are_files_of_the_clone(tmp_path: Path) -> None:
    published(files(tmp_path))
    assert (tmp_path / "clone" / "atlantis-gate.md").read_text(encoding="utf-8") == "## é\n"
    assert (tmp_path / "clone" / "test-results" / "atlantis-gate.xml").read_text(encoding="utf-8") == "<testsuites/>\n"


def test_without_the_variables_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert published({}) == []
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_earlier_run_or_of_the_pull_request_do_not_stay(tmp_path: Path) -> None:
    env = files(tmp_path)
    published(env)
    published(env, junit="", summary="")
    assert [path.name for path in (tmp_path / "clone").rglob("*")] == ["test-results"]


def test_a_link_in_the_clone_is_replaced_and_never_followed(tmp_path: Path) -> None:
    env, outside = files(tmp_path), tmp_path / "outside"
    outside.write_text("mine", encoding="utf-8")
    (tmp_path / "clone" / "atlantis-gate.md").symlink_to(outside)
    published(env)
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "clone" / "atlantis-gate.md").is_symlink()


@pytest.mark.parametrize("junit", ["<testsuites/>\n", ""])
def test_a_folder_that_leads_out_of_the_clone_is_refused(junit: str, tmp_path: Path) -> None:
    env, outside = files(tmp_path), tmp_path / "outside"
    outside.mkdir()
    (outside / "atlantis-gate.xml").write_text("mine", encoding="utf-8")
    (tmp_path / "clone" / "test-results").symlink_to(outside)
    with pytest.raises(CIError, match="leads out of the clone"):
        published(env, junit=junit)
    assert (outside / "atlantis-gate.xml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "variables").exists()


@pytest.mark.parametrize("name", ["atlantis-gate.md", "test-results/atlantis-gate.xml"])
def test_a_file_that_cannot_be_written_is_an_error_that_names_it_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    env = files(tmp_path)
    (tmp_path / "clone" / name / "x").mkdir(parents=True)
    with pytest.raises(CIError, match=rf"{re.escape(name)}' \(BITBUCKET_CLONE_DIR\) cannot be written"):
        published(env)
    assert [path.name for path in (tmp_path / "clone").rglob(".*")] == []


def test_a_pipe_that_does_not_see_the_file_for_variables_writes_none(tmp_path: Path) -> None:
    env = {**files(tmp_path), "BITBUCKET_PIPELINES_VARIABLES_PATH": f"{tmp_path}/none/file", "BITBUCKET_PIPE_STORAGE_DIR": "/pipe"}
    published(env)
    assert not (tmp_path / "none").exists()
    published({**files(tmp_path), "BITBUCKET_PIPE_STORAGE_DIR": "/pipe"})
    assert "ATLANTIS_GATE_OUTCOME=" in (tmp_path / "variables").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["none/file", "", "\0"])
def test_variables_that_cannot_be_written_are_an_error(path: str, tmp_path: Path) -> None:
    env = {**files(tmp_path), "BITBUCKET_PIPELINES_VARIABLES_PATH": f"{tmp_path}/{path}"}
    with pytest.raises(CIError, match=r"\(BITBUCKET_PIPELINES_VARIABLES_PATH\) cannot be written"):
        published(env)
