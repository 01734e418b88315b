"""A check by another CI is the gate's own when it links to the run that the gate is part of, and only while it has not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.hosts.gitea_checks import Status
from atlantis_gate.hosts.gitea_checks import own as gitea_own
from atlantis_gate.hosts.github_answer import Node
from atlantis_gate.hosts.github_checks import Own, check
from atlantis_gate.hosts.run_pages import same_run
from atlantis_gate.model import PullRequestRef, Run
from fake_github import TOKEN, FakeGitHub
from hosts.github_answers import check_run, status
from programs import gate

if TYPE_CHECKING:
    from pathlib import Path

AZURE = "https://dev.azure.com/acme/infra/_build/results?buildId=41"
JENKINS = "https://ci.example.com/job/infra/job/PR-7/5/"
BUILDKITE = "https://buildkite.com/acme/infra/builds/12"
WOODPECKER = "https://ci.example.com/repos/1/pipeline/5"


@pytest.mark.parametrize(
    ("run", "page"),
    [
        (JENKINS, f"{JENKINS}display/redirect"),
        (JENKINS, JENKINS.rstrip("/")),
        (BUILDKITE, BUILDKITE),
        (BUILDKITE, f"{BUILDKITE}#0190-a"),
        (WOODPECKER, f"{WOODPECKER}/1"),
        ("https://circleci.com/gh/acme/infra/9", "https://circleci.com/gh/acme/infra/9?utm_source=github"),
        (AZURE, "https://dev.azure.com/Acme/2f1b0a52-0000-0000-0000-000000000000/_build/results?buildId=41&view=results"),
    ],
)
def test_a_link_to_the_run_or_below_it_is_the_runs(run: str, page: str) -> None:
    assert same_run(run, page)


@pytest.mark.parametrize(
    ("run", "page"),
    [
        ("", ""),
        ("", "/job/1"),
        (JENKINS, ""),
        (JENKINS, "https://ci.example.com/job/infra/job/PR-7/51/"),
        (JENKINS, "https://ci.example.com/job/infra/job/PR-7/"),
        (JENKINS, "http://ci.example.com/job/infra/job/PR-7/5/"),
        (JENKINS, "https://ci.example.com:8443/job/infra/job/PR-7/5/"),
        (JENKINS, "https://ci.example.com.evil.example/job/infra/job/PR-7/5/"),
        (JENKINS, "https://[/job"),
        (AZURE, "https://dev.azure.com/acme/infra/_build/results?buildId=411"),
        (AZURE, "https://dev.azure.com/acme/infra/_build/results"),
        (AZURE, "https://dev.azure.com/other/infra/_build/results?buildId=41"),
        (AZURE, "https://dev.azure.com/acme/infra/_build?buildId=41"),
        ("https://dev.azure.com/acme/infra/_build/results", "https://dev.azure.com/acme/infra/_build/results"),
    ],
)
def test_any_other_link_is_not(run: str, page: str) -> None:
    assert not same_run(run, page)


@pytest.mark.parametrize(("word", "covered"), [("IN_PROGRESS", True), ("FAILURE", False), ("CANCELLED", False)])
def test_on_github_a_check_run_of_this_run_counts_as_own_until_it_has_failed(word: str, *, covered: bool) -> None:
    node = {**check_run("ci", word), "detailsUrl": f"{AZURE}&view=results"}
    assert Own(None, "atlantis-gate", AZURE).covers(check(Node("GitHub", "check", node), runs_hidden=False)) is covered


@pytest.mark.parametrize(("state", "covered"), [("PENDING", True), ("FAILURE", False), ("ERROR", False)])
def test_on_github_a_status_of_this_run_counts_as_own_until_it_has_failed(state: str, *, covered: bool) -> None:
    node = {**status("ci/jenkins", state), "targetUrl": f"{JENKINS}display/redirect"}
    assert Own(None, "atlantis-gate", JENKINS).covers(check(Node("GitHub", "check", node), runs_hidden=False)) is covered


@pytest.mark.parametrize(
    ("page", "code"), [(JENKINS, 0), (f"{JENKINS}display/redirect", 0), ("https://ci.example.com/job/infra/job/PR-7/4/", 1)]
)
def test_a_gate_in_jenkins_does_not_wait_for_its_own_build(page: str, code: int, tmp_path: Path) -> None:
    with FakeGitHub() as github:
        repository = github.repository("acme/infra", {"staging/main.tf": "# first\n"})
        repository.rules.checks = {"ci/jenkins"}
        pull = repository.open_pull({"staging/main.tf": "# second\n"})
        repository.status(repository.head(pull), "ci/jenkins", "pending", target_url=page)
        env = {
            "JENKINS_URL": "https://ci.example.com/",
            "BUILD_URL": JENKINS,
            "CHANGE_ID": str(pull.number),
            "CHANGE_URL": f"{github.url}/acme/infra/pull/{pull.number}",
            "ATLANTIS_GH_HOSTNAME": github.url.partition("//")[2],
            "ATLANTIS_GH_TOKEN": TOKEN,
            "ATLANTIS_GATE_REQUIRE": "mergeable",
        }
        where = ["--host", "github", "--host-url", github.url, "--repo", "acme/infra", "--pull-request", str(pull.number)]
        ran = gate("check", *where, "--root", str(tmp_path), "--no-status", "--comment", "never", env=env)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize(("word", "covered"), [("pending", True), ("failure", False), ("error", False)])
def test_on_gitea_a_status_of_this_run_counts_as_own_until_it_has_failed(word: str, *, covered: bool) -> None:
    target = PullRequestRef(host="gitea", server_url="https://git.example.com", repo="acme/infra", number=7)
    mine = gitea_own(Run(ci="woodpecker", target=target, url=WOODPECKER), {}, "atlantis-gate")
    assert mine.covers(Status(1, "ci/woodpecker/pr/gate", word, f"{WOODPECKER}/1")) is covered
    assert not mine.covers(Status(1, "ci/woodpecker/pr/gate", word, "https://ci.example.com/repos/1/pipeline/6/1"))
