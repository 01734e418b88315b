"""The page about Azure DevOps is in step with the code."""

from __future__ import annotations

import re
from pathlib import Path

from atlantis_gate.hosts import azure_devops_api as api
from atlantis_gate.hosts import azure_devops_credentials as credentials
from atlantis_gate.hosts.azure_devops import MOST_CHARACTERS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hosts" / "azure-devops.md").read_text(encoding="utf-8")


def test_the_page_lists_every_variable_in_the_order_in_which_they_count() -> None:
    table = PAGE.partition("## Credentials")[2].partition("### ")[0]
    assert tuple(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)) == (*credentials.USER_TOKENS, credentials.JOB_TOKEN)


def test_the_scopes_of_the_page_are_those_that_errors_name() -> None:
    scopes = [needs.partition(",")[0] for needs in (api.READ, api.STATUS, api.THREADS)]
    assert set(re.findall(r"\| scope ([\w ]+ \([^)]*\)); permission", PAGE)) == set(scopes)
    assert "Contribute to pull requests" in api.STATUS
    assert "; permission Contribute to pull requests |" in PAGE


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"More than {api.MOST_ENTRIES:,} changed files" in PAGE
    assert f"Comments are cut at {MOST_CHARACTERS:,} characters" in PAGE
