"""What to do with the new App: its commands work as they are copied, and none of them holds the key."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from atlantis_gate.commands import COMMANDS
from atlantis_gate.github_app.handover import handover, text
from atlantis_gate.github_app.manifest import Place
from atlantis_gate.settings import OPTIONS
from github_app.made import APP, GOLDENS, PUBLIC, told
from github_app.stand_in import KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# The variables that the gate reads an App from.
VARIABLES = {"ATLANTIS_GH_APP_ID", "ATLANTIS_GH_APP_KEY", "ATLANTIS_GH_APP_KEY_FILE"}
ODD = "/home/al ice/it's $HOME/key.pem"


def lines(title: str, place: Place = PUBLIC, key_file: str = ODD) -> list[str]:
    """Return the lines to copy for one CI."""
    part = next(part for part in handover(APP, place, key_file, "/x.env").cis if part.title == title)
    return [line for step in part.steps for line in step.lines]


def test_the_terminal_says_this(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "done.txt", text(told()) + "\n")


def test_an_app_without_a_known_owner_is_told_too() -> None:
    assert text(told()).startswith("atlantis-gate-acme is made: GitHub App 4711 of acme\n")


@pytest.mark.parametrize(("title", "redirected"), [("GitHub Actions", 1), ("GitLab CI", 1)])
def test_a_commands_file_is_the_key_whatever_its_name(title: str, redirected: int) -> None:
    words = [shlex.split(line) for line in lines(title) if line.startswith(("gh ", "glab "))]
    assert [each[-2:] for each in words if "<" in each] == [["<", ODD]] * redirected
    assert words[0][:3] == [words[0][0], "variable", "set"]
    assert {word for each in words for word in each if word.startswith("ATLANTIS_")} <= VARIABLES


@pytest.mark.parametrize(
    ("place", "repo"), [(PUBLIC, "OWNER/REPO"), (Place("https://git.example.com:8443"), "git.example.com:8443/OWNER/REPO")]
)
def test_the_repository_is_named_with_its_server_unless_that_is_github_com(place: Place, repo: str) -> None:
    assert all(f"--repo {repo} " in line for line in lines("GitHub Actions", place) if line.startswith("gh "))


@pytest.mark.parametrize("title", ["GitHub Actions", "Azure Pipelines"])
def test_the_lines_for_a_step_are_yaml_that_hands_both_on(title: str) -> None:
    found = lines(title, key_file="/home/alice/key.pem")
    step = yaml.safe_load("\n".join(found[found.index("env:") :]))
    assert step["env"].keys() <= VARIABLES
    assert len(step["env"]) == 2


def test_azure_fetches_the_file_that_was_uploaded() -> None:
    found = lines("Azure Pipelines", key_file="/home/alice/key.pem")
    (task,) = yaml.safe_load("\n".join(found[: found.index("env:")]))
    assert task == {"task": "DownloadSecureFile@1", "name": "appKey", "inputs": {"secureFile": "key.pem"}}


def test_the_line_for_bitbucket_puts_the_key_on_one_line_as_the_gate_reads_it(tmp_path: Path) -> None:
    key_file = tmp_path / "it's a key.pem"
    key_file.write_text(KEY, encoding="utf-8")
    (line,) = lines("Bitbucket Pipelines", key_file=str(key_file))
    made = subprocess.run(["sh", "-c", line.replace("pbcopy", "cat")], check=True, capture_output=True, text=True).stdout
    assert made == KEY.replace("\n", "\\n")


def test_the_trial_runs_a_subcommand_that_there_is_with_options_that_it_takes() -> None:
    (step,) = told().trial.steps
    program, subcommand, *options = shlex.split(step.lines[-1])
    known = {f"--{option.name}" for option in OPTIONS if subcommand in option.commands}
    assert (program, subcommand in COMMANDS) == ("atlantis-gate", True)
    assert {option for option in options if option.startswith("--")} <= known
