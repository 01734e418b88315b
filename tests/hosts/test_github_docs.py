"""The page about GitHub is in step with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from atlantis_gate.hosts import github_app, github_app_key, github_credentials
from atlantis_gate.hosts.github_gaps import PERMISSION
from atlantis_gate.hosts.github_permissions import PERMISSIONS, UNUSED
from atlantis_gate.hosts.github_rest import MOST_COMPARED, MOST_FILES
from test_docs import between

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.hosts.github_permissions import Permission

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "hosts" / "github.md"
PAGE = FILE.read_text(encoding="utf-8")
# What a decision and the posting of its result take of a job: the rest GitHub grants by itself or not at all.
JOB = {item.workflow_key: item.full for item in PERMISSIONS if item.job and item.key != "metadata"}


def row(item: Permission) -> str:
    """Return a permission as a row of the table."""
    job = "by itself" if item.key == "metadata" else f"`{item.workflow_key}`" if item.job else "cannot be"
    return f"| {item.label} | {job} | {item.least} | {item.full} | {item.purpose} | {item.without} |\n"


def test_the_tables_and_samples_of_the_page_are_made_from_the_code(golden: Callable[[Path, str], None]) -> None:
    head = f"| permission | in a workflow | a decision needs | everything needs | what for | without it |\n{'| --- ' * 6}|\n"
    page = between(PAGE, "permissions", head + "".join(map(row, PERMISSIONS)))
    keys = "".join(f"  {key}: {access}\n" for key, access in JOB.items())
    page = between(page, "job", f"```yaml\npermissions:\n{keys}```\n")
    sample = (ROOT / "tests" / "goldens" / "doctor-job.txt").read_text(encoding="utf-8")
    golden(FILE, between(page, "doctor", f"```text\n{sample}```\n"))


def test_the_page_lists_every_variable_in_the_order_in_which_they_count() -> None:
    table = PAGE.partition("## Credentials")[2].partition("The gate says")[0]
    app = (github_app_key.APP_ID, *github_app_key.APP_KEYS, github_app.APP_INSTALLATION)
    known = (*github_credentials.USER_TOKENS, *app, *github_credentials.CI_TOKENS)
    assert tuple(dict.fromkeys(re.findall(r"`((?:[A-Z]+_)+[A-Z]+)`", table))) == known


def test_a_workflow_is_shown_all_that_a_decision_needs() -> None:
    shown = yaml.safe_load(PAGE.partition("```yaml\n")[2].partition("```")[0])["permissions"]
    assert shown == {"contents": "read", "pull-requests": "write", "checks": "read", "statuses": "write", "actions": "read"}


def test_what_a_fine_grained_token_is_given_is_all_that_it_can_have_and_a_decision_uses() -> None:
    words = {"read": "Read-only", "write": "Read and write"}
    listed = PAGE.partition("<!-- fine-grained -->")[2].partition("<!-- /fine-grained -->")[0]
    wanted = {item.label: words[item.full] for item in PERMISSIONS if item.fine_grained and item.least and item.key != "metadata"}
    assert dict(item.split(": ") for item in listed.split(", ")) == wanted
    assert [item.label for item in PERMISSIONS if not item.fine_grained] == ["Checks"]


def test_what_is_named_as_missing_at_run_time_is_a_permission_of_the_table() -> None:
    named = {name for text in PERMISSION.values() for name in re.findall(r"([a-z-]+): read", text)}
    assert named - {item.workflow_key for item in PERMISSIONS} == set()


def test_permissions_that_came_later_and_the_one_that_is_not_used_are_named() -> None:
    section = PAGE.partition("<!-- end: permissions -->")[2].partition("###")[0]
    assert [item.label for item in (*PERMISSIONS, *UNUSED) if item.later and item.label not in section] == []


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"- {MOST_FILES:,} changed files or more, {MOST_COMPARED} or more files changed on the base branch" in PAGE
