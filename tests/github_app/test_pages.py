"""The local pages: what they say, that everything in them is escaped, and that they need nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.github_app import pages
from atlantis_gate.github_app.app import App
from atlantis_gate.github_app.manifest import Place, manifest
from atlantis_gate.github_app.style import STYLE, policy
from atlantis_gate.hosts.github_permissions import PERMISSIONS
from github_app.made import GOLDENS, PUBLIC, told
from github_app.person import form

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"
KNOWN = (
    "html head meta title style body main h1 h2 p a strong em form input button table thead tbody tr th td ol li dl dt dd"
    " code pre details summary footer"
)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def setup(name: str = "atlantis-gate-acme", place: Place = PUBLIC, state: str = "s-1") -> str:
    return pages.setup(place, manifest(name, "http://127.0.0.1:8765/callback"), place.form_url(state))


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("setup.html", setup()),
        ("setup-user.html", setup("atlantis-gate-0a1b2c", Place("https://git.example.com"))),
        ("done.html", pages.done(told())),
        ("failed.html", pages.failed("GitHub does not take the code (404)\nRun it again.")),
        ("refused.html", pages.refusal("Not Found", "There is nothing here.")),
    ],
)
def test_the_pages_are_these(name: str, page: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / name, page.replace(STYLE, "/* style.py */"))


def test_the_button_sends_the_manifest_to_github_with_the_state() -> None:
    read = form(setup())
    assert read.action == "https://github.com/organizations/acme/settings/apps/new?state=s-1"
    assert json.loads(read.fields["manifest"]) == manifest("atlantis-gate-acme", "http://127.0.0.1:8765/callback")
    assert list(read.fields) == ["manifest"]


def test_the_setup_page_names_every_permission_and_says_that_nothing_listens() -> None:
    text = Tags(setup()).text
    for each in PERMISSIONS:
        assert f"{each.label}{'read and write' if each.full == 'write' else 'read'}{each.purpose}" in text
    assert "no webhook" in text
    assert "nothing keeps listening" in text


HOSTILE_APP = App(
    id=1, slug="s", name=HOSTILE, owner=HOSTILE, settings_url=f"https://github.com/{HOSTILE}", install_url=f"https://github.com/{HOSTILE}"
)


@pytest.mark.parametrize(
    "page",
    [setup(HOSTILE), pages.done(told(HOSTILE_APP, f"/home/{HOSTILE}")), pages.failed(HOSTILE), pages.refusal(HOSTILE, HOSTILE)],
    ids=["setup", "done", "failed", "refusal"],
)
def test_whatever_is_put_into_a_page_stays_text(page: str) -> None:
    tags = Tags(page)
    assert {tag for tag, _ in tags.found} <= set(KNOWN.split())
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on") or name in {"src", "style"}]
    assert HOSTILE in tags.text


@pytest.mark.parametrize("page", [setup(), pages.done(told())], ids=["setup", "done"])
def test_a_page_needs_nothing_from_outside_and_lets_nothing_out(page: str) -> None:
    assert not re.search(r"url\(|@import|<script|<link|<img|<iframe|srcset", page)
    for tag, attributes in Tags(page).found:
        if tag == "a":
            assert (attributes["target"], attributes["rel"]) == ("_blank", "noopener noreferrer")


def test_the_policy_allows_this_style_sheet_and_forms_to_one_origin_only() -> None:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert f"<style>{STYLE}</style>" in setup()
    expected = f"default-src 'none'; style-src 'sha256-{digest}'; form-action https://github.com; base-uri 'none'; frame-ancestors 'none'"
    assert policy("https://github.com") == expected
