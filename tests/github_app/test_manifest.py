"""What GitHub is asked to make, where, and under which name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.github_app.manifest import HOMEPAGE, Place, manifest, name, place
from atlantis_gate.hosts.github_permissions import PERMISSIONS
from github_app.made import GOLDENS
from github_app.stand_in import problems
from hosts.github_contracts import npm_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLBACK = "http://127.0.0.1:8765/callback"


def test_the_manifest_is_this(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "manifest.json", json.dumps(manifest("atlantis-gate-acme", CALLBACK), indent=2) + "\n")


def test_the_manifest_keeps_to_what_github_documents() -> None:
    assert problems(manifest("atlantis-gate-acme", CALLBACK)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hook_attributes": {"active": False}}, ['"url" wasn\'t supplied']),
        ({"url": ""}, ['"url" wasn\'t supplied']),
        ({"webhook": {}}, ["webhook is no parameter"]),
        ({"public": "false"}, ["public has the wrong type"]),
        ({"default_permissions": {"checks": "all"}}, ["checks: all"]),
        ({"name": "n" * 35}, ["the name is too long"]),
    ],
)
def test_the_stand_in_refuses_what_github_refuses(change: dict[str, Any], expected: list[str]) -> None:
    assert problems({**manifest("a", CALLBACK), **change}) == expected


def test_the_app_gets_every_permission_that_the_gate_uses_and_no_webhook() -> None:
    made = manifest("a", CALLBACK)
    assert made["default_permissions"] == {each.key: each.full for each in PERMISSIONS}
    assert not {"hook_attributes", "default_events", "callback_urls", "setup_url"} & made.keys()
    assert (made["public"], made["redirect_url"], made["url"]) == (False, CALLBACK, HOMEPAGE)


@pytest.mark.extra
def test_github_has_every_permission_of_the_manifest() -> None:
    contract = json.loads(npm_file("@octokit/openapi@23.0.2", "generated/api.github.com.json").read_text(encoding="utf-8"))
    known = contract["components"]["schemas"]["app-permissions"]["properties"]
    asked = manifest("a", CALLBACK)["default_permissions"]
    assert isinstance(asked, dict)
    assert {key: level for key, level in asked.items() if level not in known.get(key, {}).get("enum", [])} == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://github.com", "https://github.com"),
        ("https://github.com/", "https://github.com"),
        ("github.com", "https://github.com"),
        ("https://WWW.GitHub.com", "https://github.com"),
        ("https://api.github.com", "https://github.com"),
        ("https://acme.ghe.com", "https://acme.ghe.com"),
        ("git.example.com:8443", "https://git.example.com:8443"),
        ("http://localhost:4000", "http://localhost:4000"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
    ],
)
def test_a_server_is_named_by_its_address(given: str, expected: str) -> None:
    assert place(given, "").server_url == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("https://github.com/acme", "not the web address of a GitHub server"),
        ("https://git.example.com?x=1", "not the web address"),
        ("https://git.example.com#x", "not the web address"),
        ("https://user:secret@git.example.com", "not the web address"),
        ("https://git.example.com; script-src *", "not the web address"),
        ("https://git.example.com'", "not the web address"),
        ("https://", "not the web address"),
        ("https://git.example.com:0", "not the web address"),
        ("https://git.example.com:99999", "not the web address"),
        ("https://[::1", "not the web address"),
        ("http://git.example.com", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("ftp://git.example.com", "unencrypted"),
    ],
)
def test_any_other_address_is_refused(given: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        place(given, "")


@pytest.mark.parametrize("given", ["acme/infra", "https://github.com/acme", "..", "-acme", "ac me", "a" * 101, 'acme"', "acme?x", "ä"])
def test_what_is_no_organization_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--organization"):
        place("https://github.com", given)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Place("https://github.com"), "https://github.com/settings/apps/new?state=s-1"),
        (Place("https://github.com", "acme"), "https://github.com/organizations/acme/settings/apps/new?state=s-1"),
        (Place("https://git.example.com", "acme"), "https://git.example.com/organizations/acme/settings/apps/new?state=s-1"),
    ],
)
def test_the_form_is_where_github_documents_it(where: Place, expected: str) -> None:
    assert where.form_url("s-1") == expected


@pytest.mark.parametrize(
    ("given", "organization", "expected"),
    [
        ("", "acme", "atlantis-gate-acme"),
        ("", "", "atlantis-gate-0a1b2c"),
        ("", "an-organization-with-a-long-name", "atlantis-gate-an-organization-with"),
        ("", "an-organization-wit-h", "atlantis-gate-an-organization-wit"),
        ("Our Gate", "acme", "Our Gate"),
    ],
)
def test_the_name_is_one_that_is_likely_to_be_free(given: str, organization: str, expected: str) -> None:
    assert name(given, organization, "0a1b2c") == expected


@pytest.mark.parametrize("given", ["n" * 35, "two\nlines", " ", "\x1b[31m"])
def test_a_name_that_github_refuses_is_refused_here(given: str) -> None:
    with pytest.raises(UsageError, match="--app-name"):
        name(given, "", "0a1b2c")
