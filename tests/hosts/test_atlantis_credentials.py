"""Atlantis' own names for credentials keep working on every host, as variables, as files and as flags in its config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from hosts.stories import FINE, HEAD, NUMBER
from hosts.test_contract import stage
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from pathlib import Path

MAIL = "bot@example.com"
# Per host: Atlantis' flags, the header that carries the credential, and what its value begins with.
FLAGS: dict[str, tuple[dict[str, str], str, str]] = {
    "gitlab": ({"gitlab-user": "bot", "gitlab-token": "glpat-" + "s" * 20}, "PRIVATE-TOKEN", "glpat-"),
    "bitbucket-cloud": (
        {"bitbucket-user": "bot", "bitbucket-api-user": MAIL, "bitbucket-token": "ATATT3" + "s" * 30},
        "Authorization",
        "Basic ",
    ),
    "bitbucket-data-center": ({"bitbucket-user": "bot", "bitbucket-token": "BBDC-" + "s" * 40}, "Authorization", "Bearer BBDC-"),
    "azure-devops": ({"azuredevops-user": "bot", "azuredevops-token": "s" * 52}, "Authorization", "Basic "),
    "gitea": ({"gitea-user": "bot", "gitea-token": "5e" * 20}, "Authorization", "token 5e5e"),
}
TOKEN = {kind: next(name for name in flags if name.endswith("-token")) for kind, (flags, _, _) in FLAGS.items()}


def checked(kind: str, folder: Path, env: dict[str, str], *options: str) -> tuple[Ran, set[str]]:
    """Run a check and return how it ended and which credentials were sent."""
    root = workspace(folder, {"staging/main.tf": ""})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        connection = stage(kind).serve(FINE, http)
        where = ["--host", kind, "--host-url", connection.server_url, "--repo", connection.repo, "--pull-request", str(NUMBER)]
        what = ["--head-sha", HEAD, "--require", "approved", "--no-status", "--comment", "never", "--root", str(root)]
        ran = gate("check", *where, *what, *options, env=env)
        return ran, {str(call.request.headers.get(FLAGS[kind][1])) for call in http.calls}


def variable(flag: str) -> str:
    return f"ATLANTIS_{flag.upper().replace('-', '_')}"


def assert_used(kind: str, ran: Ran, sent: set[str]) -> None:
    flags, _, start = FLAGS[kind]
    assert ran.code == 0, ran.out + ran.err
    assert len(sent) == 1
    assert sent.pop().startswith(start)
    assert flags[TOKEN[kind]] not in ran.out + ran.err


@pytest.mark.parametrize("kind", FLAGS)
def test_the_variables_of_atlantis_are_used(kind: str, tmp_path: Path) -> None:
    env = {variable(flag): value for flag, value in FLAGS[kind][0].items()}
    assert_used(kind, *checked(kind, tmp_path, env))


@pytest.mark.parametrize("kind", FLAGS)
def test_a_token_may_be_in_a_file_that_a_variable_of_that_form_names(kind: str, tmp_path: Path) -> None:
    flags, token = FLAGS[kind][0], TOKEN[kind]
    (tmp_path / "secret").write_text(f"{flags[token]}\n", encoding="utf-8")
    env = {variable(flag): value for flag, value in flags.items() if flag != token}
    assert_used(kind, *checked(kind, tmp_path, {**env, f"{variable(token)}_FILE": str(tmp_path / "secret")}))


@pytest.mark.parametrize("kind", FLAGS)
def test_the_flags_of_atlantis_config_file_are_used(kind: str, tmp_path: Path) -> None:
    (tmp_path / "atlantis-server.yaml").write_text(
        "".join(f"{flag}: {value}\n" for flag, value in FLAGS[kind][0].items()), encoding="utf-8"
    )
    assert_used(kind, *checked(kind, tmp_path, {}, "--config", str(tmp_path / "atlantis-server.yaml")))
