"""Every run of Azure Pipelines says which pull request it is about, or the error says what to name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atlantis_gate.ci import azure_pipelines
from atlantis_gate.errors import CIError
from atlantis_gate.hosts.azure_devops_addresses import addresses
from atlantis_gate.model import CommitRef, PullRequestRef, Run

ENVIRONMENTS = sorted((Path(__file__).parent / "environments" / "azure_pipelines").glob("*.json"))
KEPT = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ENVIRONMENTS}
NAMED = [name for name, kept in KEPT.items() if "run" in kept]
UNNAMED = [name for name, kept in KEPT.items() if "error" in kept]
PULL_REQUESTS = [name for name in NAMED if "number" in KEPT[name]["run"]["target"]]
URL = "https://dev.azure.com/acme/Platform%20Team/_build/results?buildId=4242"
SEVEN = PullRequestRef(host="azure-devops", server_url="https://dev.azure.com", repo="acme/Platform Team/infra", number=7)
EIGHT = replace(SEVEN, number=8)
ALONE = PullRequestRef(host="", server_url="", repo="", number=7)
DOCS = Path(__file__).parents[2] / "docs" / "ci" / "azure-pipelines.md"


def environment(name: str, **changes: str | None) -> dict[str, str]:
    """Return an environment, variables changed as asked (None takes one out)."""
    env = {**KEPT[name]["env"], **changes}
    return {key: value for key, value in env.items() if value is not None}


def expected(name: str) -> Run:
    kept: dict[str, Any] = {"url": URL, "run_id": "4242", **KEPT[name]["run"]}
    kept["target"] = (CommitRef if "sha" in kept["target"] else PullRequestRef)(**kept["target"])
    return Run(ci="azure-pipelines", event=KEPT[name]["env"]["BUILD_REASON"], workspace="/agent/_work/1/s", **kept)


def refused(env: dict[str, str], explicit: PullRequestRef | None = None) -> str:
    with pytest.raises(CIError) as caught:
        azure_pipelines.read(env, explicit)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMED)
def test_a_run_names_its_pull_request(name: str) -> None:
    assert azure_pipelines.read(environment(name), None) == expected(name)


@pytest.mark.parametrize("name", UNNAMED)
def test_a_run_without_a_pull_request_says_how_to_name_one(name: str) -> None:
    message, advice = refused(environment(name)).split("\n")
    assert message == KEPT[name]["error"]
    assert "--pull-request" in advice


@pytest.mark.parametrize(
    ("name", "repo_id", "git"),
    [
        ("pull_request", "dev.azure.com/acme/Platform Team/infra", "https://dev.azure.com/acme"),
        ("pull_request_visualstudio", "acme.visualstudio.com/acme/Platform Team/infra", "https://acme.visualstudio.com"),
        ("pull_request_server", "tfs.corp.example/Main/Platform Team/infra", "https://tfs.corp.example:8443/tfs/Main"),
        ("pull_request_server_without_a_path", "devops.corp.example/Main/Platform Team/infra", "https://devops.corp.example/Main"),
    ],
)
def test_the_repository_is_found_in_repos_yaml_and_on_its_host(name: str, repo_id: str, git: str) -> None:
    target = azure_pipelines.read(environment(name), None).target
    assert target.repo_id == repo_id
    assert addresses(target.server_url, target.repo).git == f"{git}/Platform%20Team/_apis/git/repositories/infra"


@pytest.mark.parametrize("name", [*NAMED, *UNNAMED])
def test_an_explicit_pull_request_always_wins(name: str) -> None:
    assert azure_pipelines.read(environment(name), EIGHT).target == EIGHT


@pytest.mark.parametrize("name", PULL_REQUESTS)
def test_what_the_run_says_is_kept_for_the_same_pull_request(name: str) -> None:
    run = expected(name)
    assert isinstance(run.target, PullRequestRef)
    same = replace(run.target, repo=run.target.repo.upper(), server_url=f"{run.target.server_url}/")
    assert azure_pipelines.read(environment(name), same) == replace(run, target=same)


def test_the_organization_may_be_named_in_the_address() -> None:
    same = replace(SEVEN, server_url="https://dev.azure.com/acme", repo="Platform Team/infra")
    assert azure_pipelines.read(environment("pull_request"), same) == replace(expected("pull_request"), target=same)


@pytest.mark.parametrize(
    "other",
    [EIGHT, replace(SEVEN, repo="acme/other/infra"), replace(SEVEN, server_url="https://git.example"), replace(SEVEN, host="gitea")],
)
def test_what_the_run_says_is_dropped_for_another_pull_request(other: PullRequestRef) -> None:
    dropped = Run(ci="azure-pipelines", target=other, event="PullRequest", workspace="/agent/_work/1/s")
    assert azure_pipelines.read(environment("pull_request"), other) == dropped


@pytest.mark.parametrize("name", ["none_schedule", "none_manual", "push_after_merge"])
def test_an_explicit_pull_request_keeps_the_run_where_the_run_names_none(name: str) -> None:
    run = azure_pipelines.read(environment(name), SEVEN)
    assert (run.run_id, run.url, run.head_sha, run.merge_sha) == ("4242", URL, None, None)


@pytest.mark.parametrize("name", ["pull_request", "pull_request_visualstudio", "pull_request_server", "github_pull_request"])
def test_a_number_alone_is_of_the_runs_own_repository(name: str) -> None:
    assert azure_pipelines.read(environment(name), ALONE) == expected(name)


@pytest.mark.parametrize("name", ["none_schedule", "push_after_merge"])
def test_nothing_is_kept_for_a_pull_request_of_another_repository(name: str) -> None:
    other = replace(SEVEN, repo="acme/other/infra")
    event = KEPT[name]["env"]["BUILD_REASON"]
    assert azure_pipelines.read(environment(name), other) == Run(
        ci="azure-pipelines", target=other, event=event, workspace="/agent/_work/1/s"
    )


def test_the_documentation_lists_the_runs_that_are_understood() -> None:
    rows = [line.split("|")[1] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    documented = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    assert {kept["env"]["BUILD_REASON"] for kept in KEPT.values()} <= documented


def test_a_number_alone_needs_the_repository() -> None:
    assert "BUILD_REPOSITORY_URI is not set" in refused(environment("pull_request", BUILD_REPOSITORY_URI=None), ALONE)


def test_an_explicit_pull_request_needs_no_other_variable() -> None:
    assert azure_pipelines.read({"TF_BUILD": "True"}, SEVEN) == Run(ci="azure-pipelines", target=SEVEN, workspace=".")
    assert azure_pipelines.read(environment("none_external_git"), SEVEN).target == SEVEN


REQUIRED = (
    "BUILD_REASON",
    "BUILD_SOURCEBRANCH",
    "BUILD_SOURCEVERSION",
    "BUILD_BUILDID",
    "BUILD_REPOSITORY_URI",
    "BUILD_REPOSITORY_PROVIDER",
    "SYSTEM_COLLECTIONURI",
    "SYSTEM_TEAMPROJECT",
)


@pytest.mark.parametrize("variable", REQUIRED)
@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["pull_request", "push_after_merge", "pull_request_server"])
def test_a_missing_variable_is_named(variable: str, value: str | None, name: str) -> None:
    assert f"the variable {variable} is not set" in refused(environment(name, **{variable: value}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("SYSTEM_PULLREQUEST_PULLREQUESTID", value) for value in ("0", "-7", "07", "7x", "\u0667", "7\n", "7.0", "9" * 20)),
        *(("BUILD_SOURCEVERSION", value) for value in ("main", "1" * 39, "1" * 41, "g" * 40, "1" * 40 + "\n")),
        *(
            ("BUILD_REPOSITORY_URI", f"https://dev.azure.com/{path}")
            for path in ("acme/p/infra", "acme/p/_git", "acme/p/_git/a/b", "_git/a")
        ),
        *(
            ("BUILD_REPOSITORY_URI", f"https://dev.azure.com/acme/{path}")
            for path in ("p/q/_git/a", "..%2Fp/_git/a", "../_git/a", "p%0A/_git/a")
        ),
        *(
            ("BUILD_REPOSITORY_URI", value)
            for value in ("acme/infra", "git@ssh.dev.azure.com:v3/acme/p/a", "https://[x/_git/a", "file:///_git/a")
        ),
        ("SYSTEM_COLLECTIONURI", "dev.azure.com/acme"),
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com:port/acme"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "feature"),
        ("BUILD_SOURCEBRANCH", "main"),
        ("BUILD_REASON", "Pull Request\n##vso[task.complete]"),
        ("BUILD_BUILDID", "1; rm"),
        ("BUILD_REPOSITORY_PROVIDER", "Tfs Git"),
        ("SYSTEM_TEAMPROJECT", "a\nb"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    said = refused(environment("pull_request", **{variable: value}))
    assert f"{variable} is " in said
    assert "##vso[" not in said


@pytest.mark.parametrize("variable", ["BUILD_REPOSITORY_URI", "SYSTEM_COLLECTIONURI"])
def test_a_password_in_an_address_is_not_shown(variable: str) -> None:
    said = refused(environment("pull_request", **{variable: "https://user:secret@dev.azure.com/acme?x"}))
    assert "secret" not in said
    assert variable in said


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "pull_request",
            {"SYSTEM_PULLREQUEST_PULLREQUESTID": "8"},
            "SYSTEM_PULLREQUEST_PULLREQUESTID is 8, but BUILD_SOURCEBRANCH is refs/pull/7/merge",
        ),
        ("github_pull_request", {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "8"}, "NUMBER is 8, but BUILD_SOURCEBRANCH is refs/pull/7/merge"),
        (
            "pull_request_server",
            {"SYSTEM_COLLECTIONURI": "https://tfs.corp.example:8443/tfs/Other/"},
            "which is not below SYSTEM_COLLECTIONURI",
        ),
        ("pull_request_server", {"SYSTEM_COLLECTIONURI": "https://other.example/tfs/Main/"}, "which is not below SYSTEM_COLLECTIONURI"),
        ("pull_request_server", {"SYSTEM_COLLECTIONURI": "https://tfs.corp.example:8443/"}, "which is not below SYSTEM_COLLECTIONURI"),
        ("github_pull_request", {"BUILD_REPOSITORY_URI": "https://github.com/acme"}, "BUILD_REPOSITORY_URI is"),
        ("github_pull_request", {"BUILD_REPOSITORY_URI": "https://github.com/acme/.."}, "BUILD_REPOSITORY_URI is"),
        ("github_pull_request", {"BUILD_REPOSITORY_URI": "https://github.com/acme%2Finfra"}, "BUILD_REPOSITORY_URI is"),
        ("none_external_git", {"BUILD_REPOSITORY_PROVIDER": "Svn"}, "BUILD_REPOSITORY_PROVIDER is Svn"),
        ("none_external_git", {"BUILD_REPOSITORY_PROVIDER": "TfsVersionControl"}, "BUILD_REPOSITORY_PROVIDER is TfsVersionControl"),
    ],
)
def test_variables_that_do_not_fit_are_refused(name: str, changes: dict[str, str], said: str) -> None:
    assert said in refused(environment(name, **changes))


def test_beside_other_repositories_the_workspace_is_the_repositorys_own_folder() -> None:
    env = environment("pull_request", BUILD_REPOSITORY_LOCALPATH="/agent/_work/1/s/infra")
    assert azure_pipelines.read(env, None).workspace == "/agent/_work/1/s/infra"


def test_without_the_repositorys_own_folder_the_sources_are_the_workspace() -> None:
    env = environment("pull_request", BUILD_REPOSITORY_LOCALPATH=None, BUILD_SOURCESDIRECTORY="/elsewhere")
    assert azure_pipelines.read(env, None).workspace == "/elsewhere"


@pytest.mark.parametrize(("value", "found"), [("True", True), ("true", True), ("False", False), ("", False)])
def test_azure_is_told_by_its_marker(value: str, found: bool) -> None:
    assert azure_pipelines.detect({"CI": "true", "TF_BUILD": value}) is found
