"""Speaking with Azure DevOps: which token goes where, the sign-in page instead of a refusal, faults and limits."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
import requests

from atlantis_gate.errors import CredentialError, HostError
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import GIT, JOB, REF, TOKEN, opened, play
from hosts.stories import HEAD

if TYPE_CHECKING:
    from pathlib import Path

BASIC = f"Basic {base64.b64encode(b':secret-pat').decode()}"
PULL = f"{GIT}/pullRequests/7"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("env", "header"),
    [
        ({"SYSTEM_ACCESSTOKEN": "secret-job"}, "Bearer secret-job"),
        ({"AZURE_DEVOPS_EXT_PAT": "secret-pat", "SYSTEM_ACCESSTOKEN": "x"}, BASIC),
        ({"INPUT_TOKEN": " secret-pat\n", "AZURE_DEVOPS_EXT_PAT": "x"}, BASIC),
        ({"ATLANTIS_AZUREDEVOPS_TOKEN": "secret-pat", "INPUT_TOKEN": "x", "ATLANTIS_AZUREDEVOPS_TOKEN_FILE": "/none"}, BASIC),
    ],
)
def test_a_personal_token_goes_as_a_password_and_the_jobs_token_as_a_bearer(stage: Stage, env: dict[str, str], header: str) -> None:
    play(stage)
    opened(stage, env).pull_request(REF)
    assert {asked.headers["Authorization"] for asked in stage.asked} == {header}


def test_a_token_may_be_in_a_file(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "pat").write_text("secret-pat\n", encoding="utf-8")
    play(stage)
    opened(stage, {"ATLANTIS_AZUREDEVOPS_TOKEN_FILE": str(tmp_path / "pat")}).pull_request(REF)
    assert stage.asked[0].headers["Authorization"] == BASIC


def test_without_a_token_every_variable_is_named(stage: Stage) -> None:
    with pytest.raises(CredentialError, match="AZURE_DEVOPS_EXT_PAT, SYSTEM_ACCESSTOKEN is set"):
        opened(stage, {"PATH": "/bin"})


def test_a_variable_that_was_not_expanded_is_no_token(stage: Stage) -> None:
    with pytest.raises(CredentialError, match="SYSTEM_ACCESSTOKEN holds the name of a pipeline variable"):
        opened(stage, {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"})


@pytest.mark.parametrize(
    "sign_in",
    [
        Reply("<html>Sign In</html>", 203, HTML),
        Reply("<html>Sign In</html>", 200, HTML),
        Reply({}, 203),
        Reply("", 302, {"Location": "https://spsprodweu1.vssps.visualstudio.com/_signin?realm=dev.azure.com"}),
        Reply("", 302, {"Location": "https://login.microsoftonline.com/common"}),
        Reply({"message": "no"}, 401),
    ],
)
def test_the_way_to_the_sign_in_page_is_a_refused_token(stage: Stage, sign_in: Reply) -> None:
    stage.on("GET", PULL, sign_in)
    with pytest.raises(CredentialError, match="refused the token from SYSTEM_ACCESSTOKEN") as caught:
        opened(stage).pull_request(REF)
    assert TOKEN not in str(caught.value)


def test_another_redirect_is_not_followed_to_another_host(stage: Stage) -> None:
    stage.on("GET", PULL, Reply("", 301, {"Location": "https://evil.example/x"}))
    with pytest.raises(HostError, match="redirected"):
        opened(stage).pull_request(REF)
    assert [asked.host for asked in stage.asked] == ["dev.azure.com"]


@pytest.mark.parametrize(
    ("fault", "slept"),
    [
        (Reply("", 503), [1.0]),
        (requests.Timeout("slow"), [1.0]),
        (Reply({"message": "TF400733: The request has been canceled"}, 429, {"Retry-After": "17"}), [17.0]),
    ],
)
def test_what_may_pass_is_asked_again(stage: Stage, fault: Any, slept: list[float]) -> None:
    play(stage)
    stage.on("GET", f"{GIT}/commits/{HEAD}", fault, {"parents": []})
    assert opened(stage).parents(HEAD) == ()
    assert stage.clock.slept == slept


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"message": "TF401027: You need the Git 'GenericRead' permission"}, 403), "Code \\(Read\\)"),
        (Reply({"message": "TF401019: The Git repository does not exist"}, 404), "TF401019"),
        (Reply("<html>gone</html>", 404, HTML), "not found"),
        (Reply("hello"), "not JSON"),
        (Reply([]), "a list at pull request"),
        (Reply({}), "nothing at pull request"),
    ],
)
def test_any_other_answer_is_an_error_that_says_why(stage: Stage, reply: Reply, words: str) -> None:
    stage.on("GET", PULL, reply)
    with pytest.raises(HostError, match=words):
        opened(stage).pull_request(REF)


def test_the_job_needs_no_other_variables(stage: Stage) -> None:
    play(stage)
    assert opened(stage, {"SYSTEM_ACCESSTOKEN": JOB["SYSTEM_ACCESSTOKEN"]}).pull_request(REF).head_sha == HEAD
