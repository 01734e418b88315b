"""Which CI an environment is of."""

from __future__ import annotations

from importlib import import_module

import pytest

from atlantis_gate.ci import CIS, detect
from conftest import ROOT

ENVIRONMENTS = {
    "gitea_actions": {"CI": "true", "GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"},
    "github_actions": {"CI": "true", "GITHUB_ACTIONS": "true"},
    "gitlab_ci": {"CI": "true", "GITLAB_CI": "true"},
    "azure_pipelines": {"TF_BUILD": "True"},
    "bitbucket_pipelines": {"CI": "true", "BITBUCKET_PIPELINE_UUID": "{1}", "BITBUCKET_STEP_UUID": "{2}", "BITBUCKET_BUILD_NUMBER": "3"},
    "circleci": {"CI": "true", "CIRCLECI": "true"},
    "buildkite": {"CI": "true", "BUILDKITE": "true"},
    "woodpecker": {"CI": "woodpecker"},
    "jenkins": {"JENKINS_URL": "https://jenkins.example/"},
}


@pytest.mark.parametrize("name", CIS)
def test_each_ci_is_told_from_the_others(name: str) -> None:
    found = detect(ENVIRONMENTS[name])
    assert found is import_module(f"atlantis_gate.ci.{name}")


@pytest.mark.parametrize("env", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "false"}, {"BITBUCKET_REPO_SLUG": "infra"}])
def test_anything_else_is_no_ci(env: dict[str, str]) -> None:
    assert detect(env) is None


@pytest.mark.parametrize(("name", "markers"), CIS.items())
def test_each_module_is_marked_by_its_own_variable_and_has_a_page(name: str, markers: tuple[str, ...]) -> None:
    module = import_module(f"atlantis_gate.ci.{name}")
    assert markers[0] == module.MARKER
    page = ROOT / "docs" / "ci" / f"{module.NAME}.md"
    assert page.is_file() or module.NAME.title().replace("ci", "CI") in (ROOT / "docs" / "ci" / "other.md").read_text(encoding="utf-8")
