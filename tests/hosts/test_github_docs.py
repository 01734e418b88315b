"""The page about GitHub is in step with the code."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from atlantis_gate.hosts import github_credentials as credentials
from atlantis_gate.hosts.github_gaps import PERMISSION
from atlantis_gate.hosts.github_rest import MOST_COMPARED, MOST_FILES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hosts" / "github.md").read_text(encoding="utf-8")


def test_the_page_lists_every_variable_in_the_order_in_which_they_count() -> None:
    table = PAGE.partition("## Credentials")[2].partition("### ")[0]
    known = (*credentials.USER_TOKENS, credentials.APP_ID, *credentials.APP_KEYS, credentials.APP_INSTALLATION, *credentials.CI_TOKENS)
    assert tuple(dict.fromkeys(re.findall(r"`((?:[A-Z]+_)+[A-Z]+)`", table))) == known


def test_the_permissions_of_the_page_are_those_the_gate_asks_for() -> None:
    block = yaml.safe_load(PAGE.partition("```yaml\n")[2].partition("```")[0])["permissions"]
    asked = dict(item.split(": ") for item in credentials.PERMISSIONS.split(", "))
    assert {name: level for name, level in block.items() if asked.get(name) != level} == {"pull-requests": "write"}
    assert set(block) == set(asked)
    named = {name for text in PERMISSION.values() for name in re.findall(r"[a-z-]+: read", text)}
    assert {name for name in named if f"`{name}`" not in PAGE} == set()


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"- {MOST_FILES:,} changed files or more, {MOST_COMPARED} or more files changed on the base branch" in PAGE
