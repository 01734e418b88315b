"""SECURITY.md names tests that there are, and docs/wall.md has a recipe for every CI."""

from __future__ import annotations

import re

import pytest

from atlantis_gate.ci import CIS
from conftest import ROOT
from security.fuzz_targets import TARGETS
from security.test_fuzz import LIKELY

HEADINGS = {
    "github_actions": "GitHub Actions",
    "gitlab_ci": "GitLab CI",
    "azure_pipelines": "Azure Pipelines",
    "bitbucket_pipelines": "Bitbucket Pipelines",
    "gitea_actions": "Gitea Actions",
    "circleci": "CircleCI",
    "buildkite": "Buildkite",
    "woodpecker": "Woodpecker",
    "jenkins": "Jenkins",
}


def rows() -> list[list[str]]:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in page.splitlines() if line.startswith("| ")]
    return found[2:]


def test_every_row_but_the_last_names_tests_that_there_are() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(rows()) > 5
    for row in rows()[:-1]:
        names = re.findall(r"`(test_\w+)`", row[-1])
        assert names, row
        assert [name for name in names if f"def {name}(" not in written] == []


@pytest.mark.parametrize("ci", CIS)
def test_the_wall_page_has_a_recipe_for_the_ci(ci: str) -> None:
    page = (ROOT / "docs" / "wall.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*\b{HEADINGS[ci]}\b", page, re.MULTILINE)


def test_every_target_is_fuzzed_with_likely_texts() -> None:
    assert list(LIKELY) == list(TARGETS)
