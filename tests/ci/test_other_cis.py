"""Jenkins, CircleCI, Buildkite and Woodpecker say which pull request a build is for, or the error says what to name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.ci import Publication, buildkite, circleci, jenkins, woodpecker
from atlantis_gate.errors import CIError
from atlantis_gate.model import PullRequestRef, Run

if TYPE_CHECKING:
    from atlantis_gate.ci import CI

ROOT = Path(__file__).parent / "environments"
MODULES: dict[str, CI] = {"jenkins": jenkins, "circleci": circleci, "buildkite": buildkite, "woodpecker": woodpecker}
KEPT = {
    (name, path.stem): json.loads(path.read_text(encoding="utf-8")) for name in MODULES for path in sorted((ROOT / name).glob("*.json"))
}
NAMED = [key for key, kept in KEPT.items() if "run" in kept]
UNNAMED = [key for key, kept in KEPT.items() if "error" in kept]
# An ordinary environment of each.
PLAIN = {"jenkins": "github", "circleci": "github", "buildkite": "github", "woodpecker": "github"}
SEVEN = PullRequestRef(host="github", server_url="https://github.com", repo="acme/infra", number=7)
ALONE = PullRequestRef(host="", server_url="", repo="", number=8)
REPORT = Publication(outputs={"outcome": "blocked"}, summary="summary", junit="<testsuites/>")


def environment(name: str, which: str, **changes: str | None) -> dict[str, str]:
    env = {**KEPT[name, which]["env"], **changes}
    return {key: value for key, value in env.items() if value is not None}


def expected(name: str, which: str) -> Run:
    kept: dict[str, Any] = dict(KEPT[name, which]["run"])
    return Run(ci=name, **{**kept, "target": PullRequestRef(**kept["target"])})


def refused(name: str, env: dict[str, str], explicit: PullRequestRef | None = None) -> str:
    with pytest.raises(CIError) as caught:
        MODULES[name].read(env, explicit)
    return str(caught.value)


@pytest.mark.parametrize(("name", "which"), NAMED)
def test_a_build_names_its_pull_request(name: str, which: str) -> None:
    assert MODULES[name].read(environment(name, which), None) == expected(name, which)


@pytest.mark.parametrize(("name", "which"), UNNAMED)
def test_a_build_without_a_pull_request_says_how_to_name_one(name: str, which: str) -> None:
    message, advice = refused(name, environment(name, which)).split("\n")
    assert message == KEPT[name, which]["error"]
    assert "--pull-request (ATLANTIS_GATE_PULL_REQUEST)" in advice


@pytest.mark.parametrize(("name", "which"), list(KEPT))
def test_each_environment_is_its_own_cis_only(name: str, which: str) -> None:
    assert [other for other, module in MODULES.items() if module.detect(environment(name, which))] == [name]


@pytest.mark.parametrize("name", MODULES)
def test_no_other_environment_is_taken_for_it(name: str) -> None:
    assert MODULES[name].detect({"CI": "true", "GITHUB_ACTIONS": "true", "CIRCLECI": "false", "BUILDKITE": "", "JENKINS_URL": ""}) is False


@pytest.mark.parametrize(("name", "which"), list(KEPT))
def test_an_explicit_pull_request_always_wins_and_takes_nothing_of_another(name: str, which: str) -> None:
    other = replace(SEVEN, number=99)
    run = MODULES[name].read(environment(name, which), other)
    assert (run.target, run.head_sha, run.merge_sha) == (other, None, None)


@pytest.mark.parametrize(("name", "which"), NAMED)
def test_what_the_ci_says_is_kept_for_the_same_pull_request(name: str, which: str) -> None:
    target = expected(name, which).target
    assert isinstance(target, PullRequestRef)
    same = replace(target, repo=target.repo.upper(), server_url=f"{target.server_url}/")
    assert MODULES[name].read(environment(name, which), same) == replace(expected(name, which), target=same)


@pytest.mark.parametrize(("name", "which"), NAMED)
def test_a_number_alone_is_of_the_builds_own_repository(name: str, which: str) -> None:
    target = expected(name, which).target
    assert isinstance(target, PullRequestRef)
    run = MODULES[name].read(environment(name, which), ALONE)
    assert (run.target, run.head_sha) == (replace(target, number=8), None)


@pytest.mark.parametrize(
    ("name", "which", "changes"),
    [
        ("jenkins", "none_branch", {"GIT_URL": "https://github.com/acme/infra.git"}),
        ("circleci", "none_branch", {}),
        ("buildkite", "none_branch", {}),
        ("woodpecker", "none_push", {"CI_FORGE_TYPE": "github", "CI_FORGE_URL": "https://github.com"}),
    ],
)
def test_a_number_alone_is_enough_where_the_build_is_for_no_pull_request(name: str, which: str, changes: dict[str, str]) -> None:
    assert MODULES[name].read(environment(name, which, **changes), ALONE).target == replace(SEVEN, number=8)


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        *[("jenkins", "CHANGE_ID", value) for value in ("PR-7", "0", "-7", "\u0667", "7 ")],
        *[
            ("jenkins", "CHANGE_URL", value)
            for value in (None, "https://gerrit.example/c/infra/+/7", "https://u:secret@github.com/a/b/pull/7")
        ],
        ("jenkins", "BUILD_URL", "javascript:alert(1)"),
        ("circleci", "CIRCLE_PULL_REQUEST", "https://github.com/acme/infra\n::error::x"),
        *[("circleci", "CIRCLE_SHA1", value) for value in (None, "main", "1" * 6, "1" * 65)],
        ("circleci", "CIRCLE_BUILD_URL", "circleci.com/gh"),
        *[("buildkite", "BUILDKITE_PULL_REQUEST", value) for value in ("true", "7;rm", "07")],
        *[("buildkite", "BUILDKITE_REPO", value) for value in (None, "/srv/git", "git@git.corp.example:a/b", "git@github.com:a/b/c")],
        *[("buildkite", "BUILDKITE_COMMIT", value) for value in (None, "main", "##[set-output]")],
        ("buildkite", "BUILDKITE_BUILD_URL", "https://u:secret@buildkite.com"),
        ("woodpecker", "CI_COMMIT_PULL_REQUEST", "x"),
        *[("woodpecker", "CI_COMMIT_SHA", value) for value in (None, "main")],
        *[("woodpecker", "CI_FORGE_TYPE", value) for value in (None, "addon", "GitHub")],
        *[
            ("woodpecker", "CI_FORGE_URL", value)
            for value in (None, "github.com", "https://u:secret@github.com", "https://gitlab.com", "https://h:0")
        ],
        *[("woodpecker", "CI_REPO", value) for value in (None, "infra", "a/b/c", "a/..", "a/b c")],
        ("woodpecker", "CI_PIPELINE_URL", "https://[x"),
    ],
)
def test_a_missing_or_wrong_variable_is_named(name: str, variable: str, value: str | None) -> None:
    changes = {variable: value, "BUILDKITE_PIPELINE_PROVIDER": None}
    said = refused(name, environment(name, PLAIN[name], **changes))
    assert f"the variable {variable} is " in said
    assert "secret@" not in said
    assert "\n::" not in said
    assert "##[" not in said


def test_a_number_that_contradicts_the_address_is_refused() -> None:
    assert "CHANGE_ID is 8, but CHANGE_URL is pull request 7's" in refused("jenkins", environment("jenkins", "github", CHANGE_ID="8"))


@pytest.mark.parametrize(
    ("name", "which", "changes", "said"),
    [
        ("jenkins", "none_branch", {}, "neither CHANGE_URL nor GIT_URL"),
        ("jenkins", "none_branch", {"GIT_URL": "https://git.corp.example/a/b"}, "the variable GIT_URL is "),
        ("jenkins", "none_branch", {"GIT_URL": "https://x-token:secret@git.corp.example/a/b"}, "'https://git.corp.example/a/b'"),
        ("circleci", "none_branch", {"CIRCLE_REPOSITORY_URL": None}, "neither CIRCLE_PULL_REQUEST nor CIRCLE_REPOSITORY_URL"),
        ("circleci", "none_branch", {"CIRCLE_REPOSITORY_URL": "git@git.corp.example:a/b"}, "the variable CIRCLE_REPOSITORY_URL is "),
    ],
)
def test_a_number_alone_needs_the_repository(name: str, which: str, changes: dict[str, str | None], said: str) -> None:
    message = refused(name, environment(name, which, **changes), ALONE)
    assert said in message
    assert "--host" in message


def test_what_jenkins_checked_out_is_never_taken_for_the_head() -> None:
    assert jenkins.read(environment("jenkins", "github", GIT_COMMIT="1" * 40), None).head_sha is None


@pytest.mark.parametrize("name", ["circleci", "buildkite", "woodpecker"])
def test_a_ci_without_outputs_is_given_none(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines: list[str] = []
    MODULES[name].publish(environment(name, PLAIN[name]), REPORT, lines.append)
    assert (lines, list(tmp_path.iterdir())) == ([], [])


def left(folder: Path, publication: Publication = REPORT) -> dict[str, str]:
    """Return the files that Jenkins finds in a workspace."""
    lines: list[str] = []
    jenkins.publish({"WORKSPACE": str(folder)}, publication, lines.append)
    assert lines == []
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_jenkins_finds_the_test_report_in_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "atlantis-gate.junit.xml").write_text("an earlier build's", encoding="utf-8")
    assert left(tmp_path) == {"atlantis-gate.junit.xml": "<testsuites/>"}


def test_jenkins_finds_no_earlier_report_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "atlantis-gate.junit.xml").write_text("an earlier build's", encoding="utf-8")
    assert left(tmp_path, replace(REPORT, junit="")) == {}


def test_a_link_in_the_checkout_leads_the_report_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "precious").write_text("kept", encoding="utf-8")
    (tmp_path / "workspace" / "atlantis-gate.junit.xml").symlink_to(tmp_path / "precious")
    assert left(tmp_path / "workspace") == {"atlantis-gate.junit.xml": "<testsuites/>"}
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "kept"


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "atlantis-gate.junit.xml").mkdir()
    with pytest.raises(CIError, match=r"cannot be written to the workspace \(WORKSPACE\)"):
        left(tmp_path)


@pytest.mark.parametrize("env", [{}, {"WORKSPACE": "/none/such"}])
def test_without_a_workspace_nothing_is_written(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jenkins.publish(env, REPORT, print)
    assert list(tmp_path.iterdir()) == []
