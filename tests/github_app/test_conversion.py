"""Trading the code: what is sent, what comes back, and what every failure says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import HostError, UsageError
from atlantis_gate.github_app.app import App
from atlantis_gate.github_app.conversion import api, convert
from atlantis_gate.github_app.door import Code
from atlantis_gate.github_app.manifest import Place, manifest
from github_app.ports import free_port
from github_app.stand_in import CODE, KEY, OTHER_SECRETS, PLANTED, GitHub
from hosts.github_contracts import rest_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.hosts.credentials import Secret


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as made:
        made.manifests.append(manifest("Our Gate", "http://127.0.0.1:1/callback"))
        yield made


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def trade(github: GitHub, organization: str = "acme") -> tuple[App, Secret]:
    clock = Clock()
    where = Place(github.url, organization)
    return convert(Code(CODE), where, api(where, {}), Deadline(60, clock=lambda: clock.now, sleep=clock.sleep))


def test_the_code_is_sent_as_github_documents_it_and_no_credential_with_it(github: GitHub) -> None:
    trade(github)
    (seen,) = github.seen
    assert (seen.method, seen.target, seen.body) == ("POST", f"/api/v3/app-manifests/{CODE}/conversions", "")
    assert (seen.headers["accept"], seen.headers["x-github-api-version"]) == ("application/vnd.github+json", "2022-11-28")
    assert not {"authorization", "cookie", "referer"} & seen.headers.keys()


def test_the_app_and_its_key_come_back(github: GitHub) -> None:
    app, key = trade(github)
    assert app == App(
        id=4711,
        slug="our-gate",
        name="Our Gate",
        owner="acme",
        settings_url=f"{github.url}/organizations/acme/settings/apps/our-gate",
        install_url=f"{github.url}/apps/our-gate/installations/new",
    )
    assert key.reveal() == KEY
    assert PLANTED not in repr((app, key))


def test_a_persons_app_is_changed_in_their_own_settings(github: GitHub) -> None:
    assert trade(github, "")[0].settings_url == f"{github.url}/settings/apps/our-gate"


@pytest.mark.extra
def test_the_stand_ins_answer_keeps_to_githubs_contract(github: GitHub) -> None:
    assert rest_problems("/app-manifests/{code}/conversions", "post", 201, github.app()) == []


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://git.example.com", "https://git.example.com/api/v3"),
    ],
)
def test_the_api_is_that_of_the_server(server: str, expected: str) -> None:
    assert api(Place(server), {}) == expected


def test_an_api_without_encryption_is_refused_before_anything_is_made() -> None:
    with pytest.raises(UsageError, match="GITHUB_API_URL"):
        api(Place("https://git.example.com"), {"GITHUB_API_URL": "http://git.example.com/api/v3"})


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, {"message": "Not Found"}, "does not take the code (404): it works once, and for one hour"),
        (422, {"message": "Validation Failed"}, "does not take the code (422)"),
        (401, {"message": "Requires authentication"}, "asks for a login (401)"),
        (403, {"message": "Forbidden"}, "not permitted (403 Forbidden)"),
        (302, {"message": "elsewhere"}, "redirect (302)"),
        (200, ["no", "object"], "answer has a list"),
        (201, {"id": 0, "pem": KEY}, "no private key"),
        (201, {"id": 4711, "pem": "-----BEGIN CERTIFICATE-----\n"}, "no private key"),
        (201, {"id": 4711, "pem": KEY + KEY}, "no private key"),
        (201, {"id": 4711}, "answer has nothing at the App.pem"),
        (201, {"id": "4711", "pem": KEY}, "answer has a str at the App.id"),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do_and_without_the_code(github: GitHub, status: int, body: Any, message: str) -> None:
    github.answers.append((status, body))
    with pytest.raises(HostError, match=re.escape(message)) as caught:
        trade(github)
    said = str(caught.value)
    assert "/app-manifests/.../conversions" in said
    assert f"generate a key for it: {github.url}/organizations/acme/settings/apps" in said
    assert not any(secret in said for secret in (CODE, PLANTED))
    assert len(github.seen) == 1


def test_a_fault_that_passes_is_waited_out(github: GitHub) -> None:
    github.answers.extend([(502, {"message": "Bad gateway"}), (503, {})])
    assert trade(github)[1].reveal() == KEY
    assert len(github.seen) == 3


def test_a_server_that_is_not_there_is_said_without_the_code() -> None:
    where, clock = Place(f"http://127.0.0.1:{free_port()}"), Clock()
    told: list[str] = []
    with pytest.raises(HostError, match="no answer") as caught:
        convert(Code(CODE), where, api(where, {}), Deadline(60, told.append, lambda: clock.now, clock.sleep))
    assert told
    assert CODE not in str(caught.value) + "".join(told)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"html_url": "https://evil.example/apps/our-gate"}, "{settings}/our-gate/installations"),
        ({"html_url": "javascript:alert(1)"}, "{settings}/our-gate/installations"),
        ({"html_url": None}, "{settings}/our-gate/installations"),
        ({"html_url": "{url}/github-apps/our-gate"}, "{url}/github-apps/our-gate/installations/new"),
    ],
)
def test_the_way_to_install_it_stays_on_the_server(github: GitHub, change: dict[str, Any], expected: str) -> None:
    names = {"url": github.url, "settings": f"{github.url}/organizations/acme/settings/apps"}
    changed = {key: value and value.format(**names) for key, value in change.items()}
    github.answers.append((201, {**github.app(), **changed}))
    assert trade(github)[0].install_url == expected.format(**names)


@pytest.mark.parametrize("slug", ["../../etc/passwd", "", None, "-x", "a/b", "a" * 200])
def test_an_odd_slug_does_not_cost_the_key_and_names_no_file(github: GitHub, slug: str | None) -> None:
    github.answers.append((201, {**github.app(), "slug": slug}))
    app, key = trade(github)
    assert (app.slug, key.reveal()) == ("app-4711", KEY)


def test_names_are_one_harmless_line(github: GitHub) -> None:
    github.answers.append(
        (201, {**github.app(), "name": "a\n::error::b\x1b[31m", "owner": {"login": "x" * 500}, "pem": KEY.replace("\n", "\r\n")})
    )
    app, key = trade(github)
    assert app.name.isprintable()
    assert len(app.owner) == 100
    assert key.reveal() == KEY


def test_an_app_without_an_owner_or_a_last_line_break_is_taken_too(github: GitHub) -> None:
    github.answers.append((201, {**github.app(), "owner": None, "name": None, "pem": KEY.rstrip("\n")}))
    app, key = trade(github)
    assert (app.owner, app.name, key.reveal()) == ("", "our-gate", KEY)
    assert not any(secret in repr(app) for secret in OTHER_SECRETS)
