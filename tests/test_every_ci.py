"""Whole runs in CIs other than GitHub's: what they say of the pull request goes in, and what they take comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from hosts.stories import HEAD, NUMBER, STORIES
from hosts.test_contract import stage
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {story.name: story for story in STORIES}


def gitlab(root: Path) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_SERVER_URL": "https://gitlab.com",
        "CI_PROJECT_PATH": "acme/infra",
        "CI_PROJECT_DIR": str(root),
        "CI_PIPELINE_ID": "4242",
        "CI_JOB_URL": "https://gitlab.com/acme/infra/-/jobs/9",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": str(NUMBER),
        "CI_MERGE_REQUEST_PROJECT_PATH": "acme/infra",
        "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
        "CI_COMMIT_SHA": HEAD,
    }


def bitbucket(root: Path) -> dict[str, str]:
    return {
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
        "BITBUCKET_CLONE_DIR": str(root),
        "BITBUCKET_PIPELINES_VARIABLES_PATH": str(root / "variables"),
    }


ENVIRONMENTS = {"gitlab": gitlab, "bitbucket-cloud": bitbucket}


def check(kind: str, name: str, root: Path, *options: str) -> Ran:
    workspace(root, {"staging/main.tf": ""})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        connection = stage(kind).serve(BY_NAME[name], http)
        env = {**connection.env, **ENVIRONMENTS[kind](root)}
        return gate("--timeout", "3", "--require", "approved", "--no-status", "--comment", "never", *options, env=env)


@pytest.mark.parametrize("kind", ENVIRONMENTS)
@pytest.mark.parametrize(("story", "code", "allowed"), [("approved by another", 0, "true"), ("approved by nobody", 1, "false")])
def test_the_ci_says_which_pull_request_and_takes_the_outcome(kind: str, story: str, code: int, allowed: str, tmp_path: Path) -> None:
    ran = check(kind, story, tmp_path)
    assert ran.code == code, ran.out + ran.err
    files = {"gitlab": "atlantis-gate.env", "bitbucket-cloud": "variables"}
    lines = (tmp_path / files[kind]).read_text(encoding="utf-8").splitlines()
    assert f"ATLANTIS_GATE_ALLOWED={allowed}" in lines
    assert f"ATLANTIS_GATE_HEAD_SHA={HEAD}" in lines


@pytest.mark.parametrize("kind", ENVIRONMENTS)
def test_a_head_that_moved_is_refused(kind: str, tmp_path: Path) -> None:
    ran = check(kind, "approved by another", tmp_path, "--head-sha", "9" * 40)
    assert ran.code == 1
    assert "now at" in ran.out
