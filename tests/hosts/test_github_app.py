"""A GitHub App's token: of the right installation, no wider than the gate needs, and renewed before it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.github_addresses import addresses
from atlantis_gate.hosts.github_credentials import find
from builders import HEAD
from hosts.github_apps import APP, ENOUGH, KEY, LIST, PUBLIC, TOKEN_ROUTE, Reply, Stage, installation, installed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMED = {**APP, "ATLANTIS_GH_APP_INSTALLATION_ID": "99"}
NOT_GRANTED = Reply({"message": "The permissions requested are not granted to this installation."}, 422)
NOT_REACHED = Reply(
    {"message": "There is at least one repository that does not exist or is not accessible to the parent installation."}, 422
)
TRADE = f"POST {LIST}/99/access_tokens"
DATE = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}


def bodies(stage: Stage) -> list[Any]:
    """Return what was sent with each trade."""
    return [asked.body for asked in stage.asked if asked.path.endswith("access_tokens")]


def error_of(stage: Stage, env: Mapping[str, str]) -> str:
    """Return the error of opening the host, in full."""
    with pytest.raises(CredentialError) as caught:
        stage.host(env)
    assert KEY.splitlines()[1] not in str(caught.value)
    return str(caught.value)


def test_the_only_installation_trades_the_key_for_a_token(stage: Stage) -> None:
    installed(stage).host({**APP, "GITHUB_TOKEN": "c"})
    assert stage.paths() == [f"GET {LIST}", TRADE]
    kind, _, token = stage.asked[0].headers["Authorization"].partition(" ")
    assert (kind, jwt.decode(token, PUBLIC, algorithms=["RS256"])["iss"]) == ("Bearer", "12")


def test_a_named_installation_and_a_key_file_need_no_list(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(KEY)
    env = {"ATLANTIS_GH_APP_ID": "Iv23abc", "ATLANTIS_GH_APP_KEY_FILE": str(tmp_path / "key.pem"), "ATLANTIS_GH_APP_INSTALLATION_ID": "99"}
    installed(stage).host(env)
    assert stage.paths() == [TRADE]


def test_the_token_is_for_this_repository_and_what_the_gate_does_there(stage: Stage) -> None:
    installed(stage, permissions={**ENOUGH, "contents": "write", "issues": "write", "members": "read", "organization_plan": "admin"}).host(
        APP
    )
    assert bodies(stage) == [{"permissions": ENOUGH, "repositories": ["infra"]}]


def test_what_the_app_lacks_is_not_asked_for(stage: Stage) -> None:
    installed(stage, permissions={"metadata": "read", "pull_requests": "read", "statuses": "write"}).host(APP)
    assert bodies(stage)[0]["permissions"] == {"metadata": "read", "pull_requests": "read", "statuses": "write"}


def test_an_installation_that_may_do_nothing_gets_no_token_for_everything(stage: Stage) -> None:
    installed(stage, permissions={}).host(APP)
    assert bodies(stage)[0]["permissions"] == {"metadata": "read"}


def test_a_named_installation_that_lacks_a_permission_is_read_and_asked_for_the_others(stage: Stage) -> None:
    less = {name: access for name, access in ENOUGH.items() if name != "administration"}
    installed(stage, NOT_GRANTED, Reply({"token": "ghs_less"}, 201), permissions=less).host(NAMED)
    assert stage.paths() == [TRADE, f"GET {LIST}/99", TRADE]
    assert [body["permissions"] for body in bodies(stage)] == [ENOUGH, less]


def test_a_token_to_fetch_with_reaches_all_repositories_and_reads_contents_alone(stage: Stage) -> None:
    installed(stage)
    found = find(APP, addresses("https://github.com", {}), stage.clock.deadline(), "acme/infra", everywhere=True)
    assert bodies(stage) == [{"permissions": {"contents": "read"}}]
    assert (found.auth.token, f"{found.expires:%Y-%m-%d}") == ("ghs_traded", "2099-01-01")


def test_a_token_is_kept_and_renewed_within_a_minute_of_its_end(stage: Stage) -> None:
    tokens = (Reply({"token": name, "expires_at": "2026-01-01T01:00:00Z"}, 201, DATE) for name in ("ghs_first", "ghs_second"))
    installed(stage, *tokens).on("GET", ".*/git/commits/.*", {"parents": []})
    host, used = stage.host(APP, seconds=9000), []
    for now in (0, 3539, 3540, 3600):
        stage.clock.now = now
        host.parents(HEAD)
        used.append(stage.asked[-1].headers["Authorization"])
    assert used == ["token ghs_first", "token ghs_first", "token ghs_second", "token ghs_second"]
    assert stage.paths().count(TRADE) == 2


def test_a_token_whose_end_is_not_told_is_taken_to_last_an_hour(stage: Stage) -> None:
    installed(stage, Reply({"token": "ghs_first"}, 201)).on("GET", ".*/git/commits/.*", {"parents": []})
    host = stage.host(APP, seconds=9000)
    stage.clock.now = 3541
    host.parents(HEAD)
    assert stage.paths().count(TRADE) == 2


def test_an_app_that_is_suspended_while_the_job_runs_is_an_error(stage: Stage) -> None:
    suspended = Reply({"message": "This installation has been suspended"}, 403)
    installed(stage, Reply({"token": "ghs_first"}, 201), suspended).on("GET", ".*/git/commits/.*", {"parents": []})
    host = stage.host(APP, seconds=9000)
    stage.clock.now = 4000
    with pytest.raises(CredentialError, match="it is suspended"):
        host.parents(HEAD)


@pytest.mark.parametrize(
    ("installations", "expected"),
    [
        ([], "GitHub App 12 has 0 installations, and the gate must know which to use\nInstall the App on the repository's owner."),
        (
            [{"id": 1, "account": {"login": "acme"}}, {"id": 2, "account": {"slug": "corp"}}, {"id": 3, "account": None}],
            (
                "GitHub App 12 has 3 installations, and the gate must know which to use: 1 (acme); 2 (corp); 3 (unknown account)\n"
                "Set ATLANTIS_GH_APP_INSTALLATION_ID to one of them."
            ),
        ),
    ],
)
def test_several_installations_or_none_are_listed(stage: Stage, installations: list[Any], expected: str) -> None:
    stage.on("GET", LIST, installations)
    assert error_of(stage, APP) == expected


@pytest.mark.parametrize(
    ("env", "reply", "texts"),
    [
        (
            NAMED,
            Reply({"message": "Not Found"}, 404),
            ["GitHub App 12 has no installation 99 (any more); GitHub: not found (404 Not Found)", "install the App again"],
        ),
        (
            NAMED,
            Reply({"message": "This installation has been suspended"}, 403),
            [
                "GitHub refused the GitHub App 12 from ATLANTIS_GH_APP_KEY (403 This installation has been suspended): it is suspended",
                "Let whoever suspended it",
            ],
        ),
        (
            NAMED,
            NOT_REACHED,
            ["the installation of GitHub App 12 does not reach acme/infra; GitHub: not accepted (422 There is", "Repository access"],
        ),
        (
            NAMED,
            Reply({"message": "No"}, 403),
            ["GitHub refused GitHub App 12; GitHub: not permitted (403 No)", "Check ATLANTIS_GH_APP_ID"],
        ),
    ],
)
def test_an_installation_that_gives_no_token_is_an_error_of_its_own(
    stage: Stage, env: Mapping[str, str], reply: Reply, texts: list[str]
) -> None:
    installed(stage, reply)
    said = error_of(stage, env)
    assert [text for text in texts if text not in said] == []


def test_an_id_that_no_app_on_the_server_has_is_an_error_of_its_own(stage: Stage) -> None:
    stage.on("GET", LIST, Reply({"message": "Integration not found"}, 404))
    assert error_of(stage, APP) == (
        "there is no GitHub App 12 on this server; GitHub: not found (404 Integration not found)\n"
        "Set ATLANTIS_GH_APP_ID to the App's id, at the top of its page."
    )


def test_an_installation_id_that_is_no_number_is_refused_before_anything_is_sent(stage: Stage) -> None:
    assert error_of(stage, {**NAMED, "ATLANTIS_GH_APP_INSTALLATION_ID": "../user"}) == (
        "ATLANTIS_GH_APP_INSTALLATION_ID is not a number\nIt is the last part of the address of the installation's page."
    )
    assert stage.asked == []


@pytest.mark.parametrize("body", [{}, {"token": None}, [], "<html>"])
def test_a_trade_without_a_token_is_an_error(stage: Stage, body: Any) -> None:
    stage.on("POST", TOKEN_ROUTE, Reply(body, 201))
    with pytest.raises((CredentialError, HostError)):
        stage.host(NAMED)


def test_a_server_that_does_not_answer_is_no_fault_of_the_app(stage: Stage) -> None:
    stage.on("POST", TOKEN_ROUTE, Reply("", 503))
    with pytest.raises(HostError, match="GitHub had a fault"):
        stage.host(NAMED)


def test_an_installation_that_names_no_permissions_is_asked_for_all(stage: Stage) -> None:
    installed(stage).on("GET", LIST, [{**installation(), "permissions": None}]).host(APP)
    assert bodies(stage)[0]["permissions"] == ENOUGH
