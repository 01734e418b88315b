"""Speaking with Gitea and Forgejo: where the API is, which token goes there, and what its faults mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.gitea_addresses import repository
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import PATH, REF, TOKEN, opened, play
from hosts.stories import HEAD

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = {"GITHUB_SERVER_URL": "https://git.example.com/", "GITHUB_API_URL": "http://gitea:3000/api/v1"}


@pytest.mark.parametrize(
    ("server", "env", "expected"),
    [
        ("https://git.example.com", {}, "https://git.example.com/api/v1/repos/acme/infra"),
        ("https://example.com/git/", {}, "https://example.com/git/api/v1/repos/acme/infra"),
        ("https://git.example.com", ACTIONS, "http://gitea:3000/api/v1/repos/acme/infra"),
        ("https://codeberg.org", ACTIONS, "https://codeberg.org/api/v1/repos/acme/infra"),
        (
            "https://git.example.com",
            {**ACTIONS, "GITHUB_API_URL": "https://api.github.com"},
            "https://git.example.com/api/v1/repos/acme/infra",
        ),
        ("https://git.example.com", {"GITHUB_API_URL": "http://gitea:3000/api/v1"}, "https://git.example.com/api/v1/repos/acme/infra"),
    ],
)
def test_the_api_is_below_the_server_or_where_its_own_actions_say(server: str, env: dict[str, str], expected: str) -> None:
    assert repository(server, "acme/infra", env) == expected


@pytest.mark.parametrize("server", ["git.example.com", "ftp://x", "https://", "https://u@git.example.com", "https://x:0", "https://x:y"])
def test_a_url_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(HostError, match="URL is not one"):
        repository(server, "acme/infra", {})


@pytest.mark.parametrize("repo", ["infra", "", "a/b/c", "acme/", "../infra"])
def test_a_name_that_is_none_is_refused(repo: str) -> None:
    with pytest.raises(HostError, match="owner/name"):
        repository("https://git.example.com", repo, {})


@pytest.mark.parametrize(
    "env",
    [
        {"ATLANTIS_GITEA_TOKEN": TOKEN, "INPUT_TOKEN": "x", "ATLANTIS_GITEA_TOKEN_FILE": "/none"},
        {"INPUT_TOKEN": TOKEN, "GITEA_TOKEN": "x"},
        {"GITEA_TOKEN": TOKEN, "FORGEJO_TOKEN": "x"},
        {"FORGEJO_TOKEN": TOKEN, "GITHUB_TOKEN": "x", "GITEA_ACTIONS": "true"},
        {"GITHUB_TOKEN": TOKEN, "GITEA_ACTIONS": "true"},
        {"GITHUB_TOKEN": TOKEN, "FORGEJO_ACTIONS": "true"},
    ],
)
def test_the_first_token_in_order_is_sent(stage: Stage, env: dict[str, str]) -> None:
    play(stage)
    opened(stage, env).pull_request(REF)
    assert stage.asked[0].headers["Authorization"] == f"token {TOKEN}"


def test_a_token_may_be_in_a_file(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    play(stage)
    opened(stage, {"ATLANTIS_GITEA_TOKEN_FILE": str(tmp_path / "token")}).pull_request(REF)
    assert stage.asked[0].headers["Authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize("env", [{"PATH": "/bin"}, {"GITHUB_TOKEN": TOKEN}])
def test_without_a_token_of_its_own_every_variable_is_named(stage: Stage, env: dict[str, str]) -> None:
    with pytest.raises(CredentialError, match="GITEA_TOKEN, FORGEJO_TOKEN is set"):
        opened(stage, env)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"message": "token does not have at least one of required scope(s)"}, 403), "read:repository"),
        (Reply({"message": "The target couldn't be found."}, 404), "not found"),
        (Reply("<html>", 200), "not JSON"),
        (Reply([]), "a list at pull request"),
        (Reply({}), "nothing at pull request"),
        (Reply("", 301, {"Location": "https://evil.example/"}), "redirected"),
    ],
)
def test_any_other_answer_is_an_error_that_says_why(stage: Stage, reply: Reply, words: str) -> None:
    play(stage)
    stage.on("GET", f"{PATH}/pulls/7", reply)
    with pytest.raises(HostError, match=words):
        opened(stage).pull_request(REF)
    assert {asked.host for asked in stage.asked} == {"git.example.com"}


def test_a_refused_token_is_named_and_not_shown(stage: Stage) -> None:
    stage.on("GET", ".*", Reply({"message": "invalid username, password or token"}, 401))
    with pytest.raises(CredentialError, match="GITEA_TOKEN") as caught:
        opened(stage).pull_request(REF)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("fault", [Reply("", 502), requests.ConnectionError("reset"), requests.Timeout("slow")])
def test_what_may_pass_is_asked_again(stage: Stage, fault: Any) -> None:
    stage.on("GET", f"{PATH}/git/commits/{HEAD}", fault, {"parents": []})
    assert opened(stage).parents(HEAD) == ()
    assert stage.clock.slept == [1.0]
