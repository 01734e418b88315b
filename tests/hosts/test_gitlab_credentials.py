"""Which token is used on GitLab, what it is, and what each refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.credentials import Choice
from hosts.gitlab_scene import MERGE_REQUEST, Reply, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "glpat-" + "s" * 20
JOB = "glcbt-64_" + "j" * 20
ACCESS = "personal, project or group access token"


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"GITLAB_TOKEN": SECRET}, Choice(ACCESS, "GITLAB_TOKEN")),
        ({"GITLAB_TOKEN": "acme-" + SECRET}, Choice(ACCESS, "GITLAB_TOKEN")),
        ({"GITLAB_TOKEN": "s" * 20}, Choice("access token", "GITLAB_TOKEN")),
        ({"INPUT_TOKEN": SECRET, "CI_JOB_TOKEN": JOB}, Choice(ACCESS, "INPUT_TOKEN", ("CI_JOB_TOKEN",))),
        ({"CI_JOB_TOKEN": JOB}, Choice("job token", "CI_JOB_TOKEN")),
        ({"CI_JOB_TOKEN": "eyJh.eyJz.c2ln"}, Choice("job token", "CI_JOB_TOKEN")),
        ({"GITLAB_TOKEN": JOB}, Choice("job token", "GITLAB_TOKEN")),
        ({"GITLAB_TOKEN": "old", "CI_JOB_TOKEN": "old"}, Choice("job token", "GITLAB_TOKEN", ("CI_JOB_TOKEN",))),
        (
            {"ATLANTIS_GITLAB_TOKEN": SECRET, "ATLANTIS_GITLAB_TOKEN_FILE": "/x", "GITLAB_TOKEN": "y"},
            Choice(ACCESS, "ATLANTIS_GITLAB_TOKEN", ("ATLANTIS_GITLAB_TOKEN_FILE", "GITLAB_TOKEN")),
        ),
    ],
)
def test_the_choice_says_what_it_is_where_from_and_what_it_passes_over(scene: Scene, env: dict[str, str], expected: Choice) -> None:
    assert scene.gitlab(env=env).credential == expected


def test_a_token_in_a_file_is_told_by_the_variable_that_names_it(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n", encoding="utf-8")
    chosen = scene.gitlab(env={"ATLANTIS_GITLAB_TOKEN_FILE": str(tmp_path / "token")}).credential
    assert str(chosen) == f"{ACCESS} from ATLANTIS_GITLAB_TOKEN_FILE"


def test_a_job_token_in_another_variable_goes_in_the_header_for_job_tokens(scene: Scene) -> None:
    scene.pull(scene.gitlab(env={"GITLAB_TOKEN": JOB}))
    assert {asked.headers.get("JOB-TOKEN") for asked in scene.asked} == {JOB}
    assert not any("PRIVATE-TOKEN" in asked.headers for asked in scene.asked)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("ghp_" + "s" * 36, "GITLAB_TOKEN holds a token of GitHub"),
        ("github_pat_" + "s" * 36, "GITLAB_TOKEN holds a token of GitHub"),
        ("ATATT3xFfGF0" + "s" * 40, "GITLAB_TOKEN holds a token of Bitbucket Cloud"),
        ("BBDC-" + "s" * 40, "GITLAB_TOKEN holds a token of Bitbucket Data Center"),
        ("s" * 76 + "AZDO" + "ssss", "GITLAB_TOKEN holds a token of Azure DevOps"),
        ("gldt-" + "s" * 20, "holds a deploy token, and GitLab's API takes none"),
        ("acme-gldt-" + "s" * 20, "holds a deploy token, and GitLab's API takes none"),
        ("gloas-" + "s" * 20, "holds the secret of an OAuth application"),
        ("glptt-" + "s" * 20, "holds a pipeline trigger token"),
        ("glrt-" + "s" * 20, "holds a runner's token"),
        ("eyJhbGc.eyJzdWI.c2ln", "holds an ID token of a job"),
    ],
)
def test_what_is_no_token_of_gitlabs_api_is_refused_before_anything_is_sent(scene: Scene, token: str, words: str) -> None:
    with pytest.raises(CredentialError, match=words) as caught:
        scene.gitlab(env={"GITLAB_TOKEN": token})
    assert token not in str(caught.value)
    assert scene.asked == []


def bearer(description: str, error: str = "invalid_token") -> dict[str, str]:
    return {"error": error, "error_description": description}


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (
            Reply(bearer("Token is expired. You can either do re-authorization or token refresh."), 401),
            CredentialError,
            r"(?s)GitLab refused the token from GITLAB_TOKEN \(401 Token is expired.*\): it has expired.*Make a new one",
        ),
        (
            Reply(bearer("Token was revoked. You have to re-authorize from the user."), 401),
            CredentialError,
            r"(?s)GITLAB_TOKEN .*: it was revoked.*Make a new one",
        ),
        (
            Reply(bearer("Token is an impersonation token but impersonation was disabled."), 401),
            CredentialError,
            "it is an impersonation token, and this GitLab allows none",
        ),
        (Reply({"message": "401 Unauthorized"}, 401), CredentialError, "GITLAB_TOKEN .*: it is wrong, expired or revoked"),
        (
            Reply({**bearer("The request requires higher privileges than provided.", "insufficient_scope"), "scope": "api read_api"}, 403),
            HostError,
            r"(?s)403 The request requires higher privileges.*: the token lacks a scope.*needs the scope read_api",
        ),
        (
            Reply({"message": "403 Forbidden"}, 403),
            HostError,
            r"(?s)not permitted \(403 403 Forbidden\).*needs the scope read_api and the role",
        ),
    ],
)
def test_each_refusal_says_what_it_means(scene: Scene, reply: Reply, error: type[Exception], words: str) -> None:
    scene.on("GET", MERGE_REQUEST, reply)
    with pytest.raises(error, match=words) as caught:
        scene.pull(scene.gitlab(env={"GITLAB_TOKEN": SECRET}))
    assert SECRET not in str(caught.value)
