"""Which credential is used on Azure DevOps, what it is, and what each refusal means."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.credentials import Choice
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import GIT, REF, opened, play

if TYPE_CHECKING:
    from pathlib import Path

PAT = "s" * 76 + "AZDO" + "ssss"
OLD_PAT = "s" * 52
JOB = "eyJ0eXAi.eyJuYW1l.c2ln"
PULL = f"{GIT}/pullRequests/7"
PERSONAL = "personal access token"
OWN = "job's own token (System.AccessToken)"
FILE = "ATLANTIS_AZUREDEVOPS_TOKEN_FILE"


@pytest.mark.parametrize(
    ("env", "expected", "scheme"),
    [
        ({"INPUT_TOKEN": PAT}, Choice(PERSONAL, "INPUT_TOKEN"), "Basic"),
        ({"AZURE_DEVOPS_EXT_PAT": OLD_PAT}, Choice(PERSONAL, "AZURE_DEVOPS_EXT_PAT"), "Basic"),
        ({"SYSTEM_ACCESSTOKEN": JOB}, Choice(OWN, "SYSTEM_ACCESSTOKEN"), "Bearer"),
        (
            {"AZURE_DEVOPS_EXT_PAT": JOB, "SYSTEM_ACCESSTOKEN": JOB},
            Choice(OWN, "AZURE_DEVOPS_EXT_PAT", ("SYSTEM_ACCESSTOKEN",)),
            "Bearer",
        ),
        ({"AZURE_DEVOPS_EXT_PAT": JOB}, Choice("bearer token (a job's own or Microsoft Entra's)", "AZURE_DEVOPS_EXT_PAT"), "Bearer"),
        (
            {"ATLANTIS_AZUREDEVOPS_TOKEN": PAT, FILE: "/x", "INPUT_TOKEN": "y", "SYSTEM_ACCESSTOKEN": JOB},
            Choice(PERSONAL, "ATLANTIS_AZUREDEVOPS_TOKEN", (FILE, "INPUT_TOKEN", "SYSTEM_ACCESSTOKEN")),
            "Basic",
        ),
    ],
)
def test_the_choice_says_what_it_is_where_from_and_what_it_passes_over(
    stage: Stage, env: dict[str, str], expected: Choice, scheme: str
) -> None:
    play(stage)
    host = opened(stage, env)
    assert host.credential == expected
    host.pull_request(REF)
    assert {asked.headers["Authorization"].partition(" ")[0] for asked in stage.asked} == {scheme}


def test_a_token_in_a_file_is_told_by_the_variable_that_names_it(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "pat").write_text(f"{PAT}\n", encoding="utf-8")
    assert str(opened(stage, {FILE: str(tmp_path / "pat")}).credential) == f"{PERSONAL} from {FILE}"


@pytest.mark.parametrize(
    ("token", "owner"),
    [
        ("ghp_" + "s" * 36, "GitHub"),
        ("glpat-" + "s" * 20, "GitLab"),
        ("ATCTT3" + "s" * 30, "Bitbucket Cloud"),
        ("BBDC-s", "Bitbucket Data"),
    ],
)
def test_another_products_token_is_refused_before_anything_is_sent(stage: Stage, token: str, owner: str) -> None:
    with pytest.raises(CredentialError, match=f"SYSTEM_ACCESSTOKEN holds a token of {owner}") as caught:
        opened(stage, {"SYSTEM_ACCESSTOKEN": token})
    assert token not in str(caught.value)
    assert stage.asked == []


EXPIRED = "Access Denied: The Personal Access Token used has expired."
ANONYMOUS = "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized to access this resource."
SIGN_IN = {"Location": "https://spsprodweu1.vssps.visualstudio.com/_signin"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            Reply({"message": EXPIRED}, 401),
            r"(?s)refused the token from INPUT_TOKEN \(401 Access Denied.*\): it has expired.*Make a new one",
        ),
        (Reply("", 302, {**SIGN_IN, "X-TFS-ServiceError": EXPIRED.replace(" ", "%20")}), r"\(302\): it has expired"),
        (
            Reply({"message": ANONYMOUS}, 401),
            r"takes it for nobody's: it is wrong, expired or revoked, of another organization, or it lacks",
        ),
        (Reply("", 302, SIGN_IN), r"it is wrong, expired or revoked, of another organization, or it lacks Code \(Read\)"),
        (Reply("<html>", 203, {"Content-Type": "text/html"}), r"\(203\): it is wrong, expired or revoked, of another organization"),
    ],
)
def test_each_refusal_of_a_personal_token_says_what_it_means(stage: Stage, reply: Reply, words: str) -> None:
    stage.on("GET", PULL, reply)
    with pytest.raises(CredentialError, match=words) as caught:
        opened(stage, {"INPUT_TOKEN": PAT}).pull_request(REF)
    shown = str(caught.value)
    assert PAT not in shown
    assert base64.b64encode(f":{PAT}".encode()).decode() not in shown


def test_a_refused_job_token_is_told_otherwise(stage: Stage) -> None:
    stage.on("GET", PULL, Reply("", 302, SIGN_IN))
    with pytest.raises(CredentialError, match="a job's token is valid only while the job runs") as caught:
        opened(stage, {"SYSTEM_ACCESSTOKEN": JOB}).pull_request(REF)
    assert JOB not in str(caught.value)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"SYSTEM_ACCESSTOKEN": JOB}, r"(?s)TF401019.*sees no other repositories than its pipeline names.*Protect access to repositories"),
        ({"INPUT_TOKEN": PAT}, r"not found \(404 TF401019"),
    ],
)
def test_a_repository_that_is_not_seen_is_the_pipelines_matter_for_a_job_alone(stage: Stage, env: dict[str, str], words: str) -> None:
    stage.on("GET", PULL, Reply({"message": "TF401019: The Git repository with name or identifier infra does not exist"}, 404))
    with pytest.raises(HostError, match=words) as caught:
        opened(stage, env).pull_request(REF)
    assert caught.value.status == 404
