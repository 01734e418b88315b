"""The local pages in a real Chromium: its clicks lead through GitHub's pages and back, under the pages' own security policy."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from github_app.chromium import Chromium, program
from github_app.person import ask
from github_app.ports import free_port
from github_app.running import Creating, Ended
from github_app.stand_in import CODE, KEY, PLANTED, GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.extra
# How the pages are looked at: width, height, dark.
LOOKS = {"wide": (1000, 900, False), "dark": (1000, 900, True), "narrow": (320, 700, False)}


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as made:
        yield made


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Chromium]:
    program()
    with Chromium(tmp_path / "profile") as made:
        yield made


def creating(github: GitHub, tmp_path: Path) -> Creating:
    folder = tmp_path / "run"
    folder.mkdir()
    argv = ("--host-url", github.url, "--port", str(free_port()), "--organization", "acme", "--no-browser", "--timeout", "60")
    return Creating(folder, *argv)


def pictures(chromium: Chromium, folder: Path, name: str) -> None:
    """Take a picture in each look; nothing may stick out at the side, and dark must be darker than light."""
    for look, (width, height, dark) in LOOKS.items():
        chromium.look(width, height, dark=dark)
        path = folder / f"{name}-{look}.png"
        chromium.screenshot(path)
        assert struct.unpack(">II", path.read_bytes()[16:24])[0] == width
        assert chromium.evaluate("document.documentElement.scrollWidth") == width
        brightness = chromium.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((a, b) => a + +b, 0)")
        assert (brightness < 3 * 128) is dark
    chromium.look(*LOOKS["wide"][:2], dark=False)


def test_two_clicks_make_the_app(github: GitHub, chromium: Chromium, tmp_path: Path) -> None:
    with creating(github, tmp_path) as run:
        chromium.open(run.setup_url())
        assert chromium.evaluate("document.title") == f"Set up a GitHub App on {github.url.removeprefix('http://')}"
        pictures(chromium, tmp_path, "setup")

        chromium.click("form button")
        chromium.until("document.title === 'Create GitHub App from manifest'")
        chromium.click("#create")
        chromium.until("document.title.endsWith(' is made')")
        ended: Ended = run.ended()
        pictures(chromium, tmp_path, "done")
        text = chromium.evaluate("document.documentElement.outerHTML")

    assert ended.code == 0, ended.err
    assert (tmp_path / "run" / "atlantis-gate-app" / "atlantis-gate-acme.private-key.pem").read_text(encoding="utf-8") == KEY
    assert chromium.evaluate("document.querySelector('a.go').href") == f"{github.url}/apps/atlantis-gate-acme/installations/new"
    assert PLANTED not in text
    assert chromium.complaints() == []
    # GitHub learns the local address from the manifest alone.
    assert "referer" not in github.seen[0].headers


def test_going_back_and_pressing_again_works_and_another_browser_is_kept_out(github: GitHub, chromium: Chromium, tmp_path: Path) -> None:
    with creating(github, tmp_path) as run:
        url = run.setup_url()
        for _ in range(2):
            chromium.open(url)
            assert ask(url).status == 409
            chromium.click("form button")
            chromium.until("document.title === 'Create GitHub App from manifest'")
        chromium.click("#create")
        chromium.until("document.title.endsWith(' is made')")
        assert run.ended().code == 0


def test_the_browser_sends_the_form_to_no_other_server(github: GitHub, chromium: Chromium, tmp_path: Path) -> None:
    with GitHub() as elsewhere, creating(github, tmp_path) as run:
        chromium.open(run.setup_url())
        chromium.evaluate(f"document.forms[0].action = '{elsewhere.url}/settings/apps/new?state=x'")
        chromium.click("form button")
        assert f"form-action {github.url}" in chromium.until_it_complains("form-action")
        assert [seen.target for seen in elsewhere.seen] == []


def test_no_script_runs_in_the_page(github: GitHub, chromium: Chromium, tmp_path: Path) -> None:
    with creating(github, tmp_path) as run:
        chromium.open(run.setup_url())
        script = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); window.ran || 0"
        assert chromium.evaluate(f"(() => {{{script.replace('window.ran || 0', 'return window.ran || 0')}}})()") == 0
        chromium.until_it_complains("default-src 'none'")


def test_the_codes_address_works_once(github: GitHub, chromium: Chromium, tmp_path: Path) -> None:
    with creating(github, tmp_path) as run:
        chromium.open(run.setup_url())
        chromium.click("form button")
        chromium.until("document.title === 'Create GitHub App from manifest'")
        chromium.click("#create")
        chromium.until("document.title.endsWith(' is made')")
        run.ended()
    assert CODE in chromium.evaluate("location.href")
    assert len([seen for seen in github.seen if "conversions" in seen.target]) == 1
    assert github.conversion(CODE)[0] == 404
