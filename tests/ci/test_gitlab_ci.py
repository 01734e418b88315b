"""Every GitLab pipeline says which merge request it is about or how to name one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atlantis_gate.ci import gitlab_ci
from atlantis_gate.errors import CIError
from atlantis_gate.model import CommitRef, PullRequestRef, Run

ENVIRONMENTS = sorted((Path(__file__).parent / "environments" / "gitlab_ci").glob("*.json"))
KEPT = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ENVIRONMENTS}
NAMED = [name for name, kept in KEPT.items() if "run" in kept]
UNNAMED = [name for name, kept in KEPT.items() if "error" in kept]
URL = "https://gitlab.com/acme/platform/infra/-/jobs/9001"
FOLDER = "/builds/acme/platform/infra"
SEVEN = PullRequestRef(host="gitlab", server_url="https://gitlab.com", repo="acme/platform/infra", number=7)
EIGHT = replace(SEVEN, number=8)
ALONE = PullRequestRef(host="", server_url="", repo="", number=7)
DOCS = Path(__file__).parents[2] / "docs" / "ci" / "gitlab-ci.md"


def environment(name: str, **changes: str | None) -> dict[str, str]:
    """Return an environment, variables changed as asked (None takes one out)."""
    env = {**KEPT[name]["env"], **changes}
    return {key: value for key, value in env.items() if value is not None}


def expected(name: str) -> Run:
    kept: dict[str, Any] = {"url": URL, "run_id": "4242", **KEPT[name]["run"]}
    kept["target"] = (CommitRef if "sha" in kept["target"] else PullRequestRef)(**kept["target"])
    return Run(ci="gitlab-ci", event=KEPT[name]["env"]["CI_PIPELINE_SOURCE"], workspace=FOLDER, **kept)


def refused(env: dict[str, str], explicit: PullRequestRef | None = None) -> str:
    with pytest.raises(CIError) as caught:
        gitlab_ci.read(env, explicit)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMED)
def test_a_pipeline_names_its_merge_request(name: str) -> None:
    assert gitlab_ci.read(environment(name), None) == expected(name)


@pytest.mark.parametrize("name", UNNAMED)
def test_a_pipeline_without_a_merge_request_says_how_to_name_one(name: str) -> None:
    message, advice = refused(environment(name)).split("\n")
    assert message == KEPT[name]["error"]
    assert "--pull-request" in advice


@pytest.mark.parametrize("name", [*NAMED, *UNNAMED])
def test_an_explicit_merge_request_always_wins(name: str) -> None:
    assert gitlab_ci.read(environment(name), EIGHT).target == EIGHT


@pytest.mark.parametrize("name", [name for name in NAMED if KEPT[name]["run"]["target"].get("number")])
def test_what_the_pipeline_says_is_kept_for_the_same_merge_request(name: str) -> None:
    run = expected(name)
    assert isinstance(run.target, PullRequestRef)
    same = replace(run.target, repo=run.target.repo.upper(), server_url=f"{run.target.server_url}/")
    assert gitlab_ci.read(environment(name), same) == replace(run, target=same)


@pytest.mark.parametrize(
    "other", [EIGHT, replace(SEVEN, repo="acme/other"), replace(SEVEN, server_url="https://git.example"), replace(SEVEN, host="gitea")]
)
def test_what_the_pipeline_says_is_dropped_for_another_merge_request(other: PullRequestRef) -> None:
    dropped = Run(ci="gitlab-ci", target=other, event="merge_request_event", workspace=FOLDER)
    assert gitlab_ci.read(environment("merged_result"), other) == dropped


@pytest.mark.parametrize("name", ["none_schedule", "none_tag", "none_several_open", "push_after_merge"])
def test_an_explicit_merge_request_keeps_the_run_where_the_pipeline_names_none(name: str) -> None:
    run = gitlab_ci.read(environment(name), SEVEN)
    assert (run.run_id, run.url, run.head_sha, run.before_sha) == ("4242", URL, None, None)


@pytest.mark.parametrize("name", ["detached", "merged_result", "fork", "server_below_a_path", "external_pull_request"])
def test_a_number_alone_is_of_the_project_that_the_pipeline_is_about(name: str) -> None:
    assert gitlab_ci.read(environment(name), ALONE) == expected(name)


@pytest.mark.parametrize("name", ["none_schedule", "push_after_merge"])
def test_nothing_is_kept_for_a_merge_request_of_another_project(name: str) -> None:
    other = replace(SEVEN, repo="acme/other")
    event = KEPT[name]["env"]["CI_PIPELINE_SOURCE"]
    assert gitlab_ci.read(environment(name), other) == Run(ci="gitlab-ci", target=other, event=event, workspace=FOLDER)


def test_a_slash_at_the_end_of_the_servers_address_means_nothing() -> None:
    assert gitlab_ci.read(environment("detached", CI_SERVER_URL="https://gitlab.com/"), None) == expected("detached")


def test_the_documentation_lists_the_pipelines_that_are_understood() -> None:
    rows = [line.split("|")[1] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    documented = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    assert {kept["env"]["CI_PIPELINE_SOURCE"] for kept in KEPT.values()} <= documented


def test_a_number_alone_in_a_schedule_is_of_its_own_project() -> None:
    assert gitlab_ci.read(environment("none_schedule"), ALONE).target == SEVEN


def test_a_number_alone_needs_the_project() -> None:
    assert "CI_PROJECT_PATH is not set" in refused(environment("none_schedule", CI_PROJECT_PATH=None), ALONE)


def test_an_explicit_merge_request_needs_no_other_variable() -> None:
    assert gitlab_ci.read({"GITLAB_CI": "true"}, SEVEN) == Run(ci="gitlab-ci", target=SEVEN, workspace=".")
    assert gitlab_ci.read(environment("none_schedule", CI_JOB_URL=None), SEVEN).target == SEVEN


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        *(("detached", each) for each in ("CI_PIPELINE_SOURCE", "CI_PIPELINE_ID", "CI_JOB_URL", "CI_SERVER_URL", "CI_COMMIT_SHA")),
        *(("detached", f"CI_MERGE_REQUEST_{each}") for each in ("IID", "EVENT_TYPE", "PROJECT_PATH")),
        ("merged_result", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        ("merge_train", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        ("push_after_merge", "CI_PROJECT_PATH"),
        ("push_after_merge", "CI_COMMIT_BRANCH"),
        ("push_after_merge", "CI_COMMIT_SHA"),
        ("external_pull_request", "CI_EXTERNAL_PULL_REQUEST_IID"),
        ("external_pull_request", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY"),
        ("external_pull_request", "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, variable: str, value: str | None) -> None:
    assert f"the variable {variable} is not set" in refused(environment(name, **{variable: value}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("CI_MERGE_REQUEST_IID", value) for value in ("0", "-7", "07", "7x", "\u0667", "7\n", "7.0", "9" * 20)),
        *(("CI_COMMIT_SHA", value) for value in ("main", "1" * 6, "1" * 65, "g" * 40, "1" * 40 + "\n")),
        *(("CI_SERVER_URL", value) for value in ("gitlab.com", "https://user:secret@gitlab.com", "file:///etc", "https://gitlab.com/?x")),
        *(
            ("CI_MERGE_REQUEST_PROJECT_PATH", value)
            for value in ("acme", "acme//infra", "/acme/infra", "acme/..", "acme/in fra", "acme/infra\n::x")
        ),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged"),
        ("CI_MERGE_REQUEST_REF_PATH", "refs/heads/main"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "feature"),
        ("CI_PIPELINE_ID", "1; rm"),
        ("CI_PIPELINE_SOURCE", "merge request\n::error::x"),
        ("CI_JOB_URL", "javascript:alert(1)"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    said = refused(environment("detached", **{variable: value}))
    assert f"the variable {variable} is " in said
    assert "\n::" not in said


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "detached",
            {"CI_MERGE_REQUEST_IID": "8"},
            "CI_MERGE_REQUEST_IID is 8, but CI_MERGE_REQUEST_REF_PATH is refs/merge-requests/7/head",
        ),
        ("push_with_one_open", {"CI_OPEN_MERGE_REQUESTS": "7"}, "CI_OPEN_MERGE_REQUESTS is '7'"),
        ("push_with_one_open", {"CI_OPEN_MERGE_REQUESTS": "acme/infra!7\n::error::x"}, "CI_OPEN_MERGE_REQUESTS is "),
        ("push_after_merge", {"CI_COMMIT_BEFORE_SHA": "main"}, "the variable CI_COMMIT_BEFORE_SHA is 'main'"),
        ("external_pull_request", {"ATLANTIS_GH_HOSTNAME": "a b"}, "the variable ATLANTIS_GH_HOSTNAME is 'a b'"),
        ("external_pull_request", {"CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "infra"}, "TARGET_REPOSITORY is 'infra'"),
        ("external_pull_request", {"CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "acme/.."}, "TARGET_REPOSITORY is 'acme/..'"),
    ],
)
def test_variables_that_do_not_fit_are_refused(name: str, changes: dict[str, str], said: str) -> None:
    assert said in refused(environment(name, **changes))


def test_without_a_word_of_it_a_push_has_no_earlier_commit() -> None:
    assert gitlab_ci.read(environment("push_after_merge", CI_COMMIT_BEFORE_SHA=None), None).before_sha is None


@pytest.mark.parametrize(("value", "found"), [("true", True), ("false", False), ("", False)])
def test_gitlab_is_told_by_its_marker(value: str, found: bool) -> None:
    assert gitlab_ci.detect({"CI": "true", "GITLAB_CI": value}) is found
