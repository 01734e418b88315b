"""What may run is folded away in logs that fold, colour shows where it shows, and what may not run is always in sight."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from atlantis_gate.ci import CIS
from atlantis_gate.ci.logs import Log
from conftest import ROOT
from programs import gate

VALUES = {"woodpecker": "woodpecker", "jenkins": "https://ci.example.com/", "bitbucket_pipelines": "{1}"}
# What begins and what ends a group, where a log has groups.
GROUPS = {
    "github_actions": ("::group::1 project that may apply, with the evidence", "::endgroup::"),
    "gitea_actions": ("::group::1 project that may apply, with the evidence", "::endgroup::"),
    "gitlab_ci": (
        "\x1b[0Ksection_start:1:atlantis_gate_details[collapsed=true]\r\x1b[0K1 project that may apply, with the evidence",
        "\x1b[0Ksection_end:1:atlantis_gate_details\r\x1b[0K",
    ),
    "azure_pipelines": ("##[group]1 project that may apply, with the evidence", "##[endgroup]"),
    "buildkite": ("~~~ 1 project that may apply, with the evidence", ""),
}
COLORLESS = {"jenkins"}


def marked(name: str) -> dict[str, str]:
    return {CIS[name][0]: VALUES.get(name, "true")}


def printed(env: dict[str, str], pull_request: str) -> str:
    ran = gate(
        "check",
        "--facts",
        str(ROOT / "examples" / "pull-requests" / pull_request),
        "--repos-yaml",
        str(ROOT / "examples" / "repos.yaml"),
        "--root",
        str(ROOT / "examples" / "repository"),
        env=env,
    )
    assert ran.code in (0, 1), ran.err
    return ran.out


@pytest.mark.parametrize("name", CIS)
def test_what_may_run_is_folded_and_what_may_not_is_in_sight(name: str) -> None:
    lines = printed({**marked(name), "NO_COLOR": "1"}, "12-not-approved.json").split("\n")

    blocked, allowed = lines.index("production: blocked"), lines.index("staging: allowed")
    if name not in GROUPS:
        assert not any(begins in line for begins, _ in GROUPS.values() for line in lines)
        assert blocked < allowed
        return
    begins, ends = GROUPS[name]
    assert blocked < lines.index(begins) < allowed
    assert not ends or lines.index(ends) > allowed


def test_nothing_is_folded_where_nothing_may_run() -> None:
    assert "::group::" not in printed({"GITHUB_ACTIONS": "true"}, "16-from-a-fork.json")


@pytest.mark.parametrize("name", CIS)
def test_colour_is_used_where_the_log_shows_it(name: str) -> None:
    colors = re.compile(r"\x1b\[[0-9;]+m")

    assert bool(colors.search(printed(marked(name), "13-approved.json"))) is (name not in COLORLESS)
    assert not colors.search(printed({**marked(name), "NO_COLOR": "1"}, "13-approved.json"))


@pytest.mark.parametrize("name", CIS)
def test_every_ci_says_how_its_log_shows(name: str) -> None:
    assert isinstance(import_module(f"atlantis_gate.ci.{name}").LOG, Log)


def test_a_title_cannot_begin_another_line() -> None:
    assert Log(opening="::group::{title}").folded("a\n::error::b", "text").split("\n")[1:] == ["text"]
