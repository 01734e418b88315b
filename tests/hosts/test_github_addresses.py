"""Where GitHub's APIs are, for every kind of GitHub and for what the runner says."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.github_addresses import Addresses, addresses

STAND_IN = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("server", "rest", "graphql"),
    [
        ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://GitHub.com/", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://api.acme.ghe.com:443", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://ghe.com", "https://ghe.com/api/v3", "https://ghe.com/api/graphql"),
        ("https://git.corp:8443/", "https://git.corp:8443/api/v3", "https://git.corp:8443/api/graphql"),
        ("http://git.corp", "http://git.corp/api/v3", "http://git.corp/api/graphql"),
        ("git.corp", "https://git.corp/api/v3", "https://git.corp/api/graphql"),
        (f"{STAND_IN}/a/b", f"{STAND_IN}/a/b/api/v3", f"{STAND_IN}/a/b/api/graphql"),
    ],
)
def test_the_apis_follow_from_the_servers_url(server: str, rest: str, graphql: str) -> None:
    assert addresses(server, {}) == Addresses(rest, graphql)


RUNNER = {"GITHUB_SERVER_URL": STAND_IN, "GITHUB_API_URL": f"{STAND_IN}/rest/", "GITHUB_GRAPHQL_URL": f"{STAND_IN}/ql"}


@pytest.mark.parametrize(
    ("server", "env", "expected"),
    [
        (STAND_IN, RUNNER, (f"{STAND_IN}/rest", f"{STAND_IN}/ql")),
        (f"{STAND_IN}/", RUNNER, (f"{STAND_IN}/rest", f"{STAND_IN}/ql")),
        (STAND_IN, {**RUNNER, "GITHUB_SERVER_URL": ""}, (f"{STAND_IN}/rest", f"{STAND_IN}/ql")),
        (STAND_IN, {"GITHUB_API_URL": f"{STAND_IN}/api/v3"}, (f"{STAND_IN}/api/v3", f"{STAND_IN}/api/graphql")),
        (STAND_IN, {"GITHUB_API_URL": f"{STAND_IN}/x"}, (f"{STAND_IN}/x", f"{STAND_IN}/x/graphql")),
        ("https://git.corp", RUNNER, ("https://git.corp/api/v3", "https://git.corp/api/graphql")),
    ],
)
def test_what_the_runner_says_counts_for_its_own_server_only(server: str, env: dict[str, str], expected: tuple[str, str]) -> None:
    assert addresses(server, env) == Addresses(*expected)


@pytest.mark.parametrize(
    "server", ["", "ftp://git.corp", "https://", "https://user:secret@git.corp", "https://git.corp:x", "https://git.corp:0", "http://[1"]
)
def test_what_is_no_address_is_refused_without_showing_it(server: str) -> None:
    with pytest.raises(HostError) as caught:
        addresses(server, {})
    assert "secret" not in str(caught.value)


def test_an_address_from_the_environment_is_checked_too() -> None:
    with pytest.raises(HostError):
        addresses(STAND_IN, {"GITHUB_API_URL": "file:///etc/passwd"})
