"""Every row of docs/differences.md about configuration, asserted under the row's id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from atlantis_gate import doublestar
from atlantis_gate.config import Flags, default_project, judged_by_both, projects
from atlantis_gate.config.document import MAX_DEPTH
from atlantis_gate.regex import MAX_LENGTH
from atlantis_gate.selection.trees import ListingTree
from config.files import EVERYTHING, REPO, names, problems_of, repo, server, server_problems_of
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


def empty_list_clears() -> None:
    loaded = server("repos:\n- {id: /.*/, apply_requirements: [approved]}\n- {id: /acme/, apply_requirements: []}\n")

    assert names(default_project(loaded, REPO, Flags(), dir="a", workspace="default")) == []


def policy_flag_adds() -> None:
    flags = Flags(enable_policy_checks=True)
    loaded = server("repos:\n- {id: /.*/, apply_requirements: [approved]}\n- {id: /acme/, workflow: default}\n", flags)

    assert names(default_project(loaded, REPO, flags, dir="a", workspace="default")) == ["approved", "policies_passed"]


def allowed_workflows_all() -> None:
    served = EVERYTHING + "  allowed_workflows: [ok]\nworkflows: {ok: ~, forbidden: ~}\n"
    text = "version: 3\nprojects:\n- {dir: a, workflow: mine}\n- {dir: b, workflow: forbidden}\nworkflows: {mine: ~}\n"

    assert problems_of(text, served) == [
        'atlantis.yaml:4:22: this repository may not use the workflow "forbidden": `allowed_workflows` of repos.yaml has `ok`'
    ]
    assert repo(text.replace("forbidden", "ok"), served).projects


def glob_leaves_repo() -> None:
    assert "cannot contain `..`" in problems_of("version: 3\nprojects:\n- dir: ../*\n", tree=ListingTree(["a/main.tf"]))[0]


def crashes_are_errors() -> None:
    step = "version: 3\nworkflows: {w: {plan: {steps: [run: {command: c, %s}]}}}\n"

    assert len(server_problems_of("repos:\n- {id: /, branch: /, pre_workflow_hooks: [{}]}\n")) == 3
    assert len(problems_of("version: 3\nprojects:\n- {dir: a, branch: /}\n")) == 1
    assert len(problems_of(step % "output: [{filter_regex: '('}]")) == 1
    assert len(problems_of(step % "shell: 5, shellArgs: -c")) == 1


def limits() -> None:
    assert "at most" in problems_of("#" * 10_000_001)[0]
    assert "nested" in problems_of("[" * (MAX_DEPTH + 1))[0]
    assert "begin with %" in problems_of("%TAG !a! x\n" * 102)[0]
    assert "at most" in problems_of(f"version: 3\nprojects:\n- {{dir: a, branch: /{'a' * (MAX_LENGTH + 1)}/}}\n")[0]


def pattern_limits() -> None:
    patterns = ["a" * 2_001 + "*", "{a}" * 51 + "*", "{a,b}" * 20 + "*"]

    assert [doublestar.valid(pattern) for pattern in patterns] == [False] * 3
    assert len(server_problems_of(f"repos:\n- {{id: a, autodiscover: {{ignore_paths: ['{patterns[2]}']}}}}\n")) == 1


def unknown_tags() -> None:
    assert len(problems_of("version: 3\nprojects: !mine []\nemoji_reaction: !!binary aGk=\n")) == 2


def both_versions() -> None:
    served = server(EVERYTHING)
    versions = [repo(f"version: 3\nprojects:\n- {{dir: a, apply_requirements: [{asked}]}}\n") for asked in ("", "approved")]
    head, base = (projects(served, version, REPO, Flags()) for version in versions)

    assert [names(project) for project in judged_by_both(head, base)[0]] == [["approved"]]


ROWS: dict[str, Callable[[], None]] = {
    "config-empty-list-clears": empty_list_clears,
    "config-policy-flag-adds": policy_flag_adds,
    "config-allowed-workflows-all": allowed_workflows_all,
    "config-glob-leaves-repo": glob_leaves_repo,
    "config-crashes-are-errors": crashes_are_errors,
    "config-limits": limits,
    "config-pattern-limits": pattern_limits,
    "config-unknown-tags": unknown_tags,
    "config-both-versions": both_versions,
}


@pytest.mark.parametrize("row", ROWS)
def test_the_difference_is_as_the_document_says(row: str) -> None:
    ROWS[row]()


def test_every_row_about_configuration_is_asserted() -> None:
    text = (ROOT / "docs/differences.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(config-[a-z0-9-]+)` \|", text, re.MULTILINE)) == set(ROWS)
