"""Settings from flags, action inputs, the environment and Atlantis' own config file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from atlantis_gate import arguments, atlantis_flags
from atlantis_gate.arguments import Settings
from atlantis_gate.commands import COMMANDS
from atlantis_gate.errors import ConfigError, UsageError
from atlantis_gate.settings import DEFAULT_FILE_LIST, OPTIONS

if TYPE_CHECKING:
    from pathlib import Path


def resolve(*argv: str, **env: str) -> Settings:
    return arguments.resolve("check", argv, env)


def test_without_anything_given_the_defaults_hold() -> None:
    settings = resolve()
    assert (settings.command, settings.comment, settings.status_name, settings.timeout) == ("apply", "blocked", "atlantis-gate", 300)
    assert settings.autoplan_file_list == tuple(DEFAULT_FILE_LIST.split(","))
    assert settings.given == {}


def test_a_flag_wins_over_an_input_that_over_the_environment() -> None:
    env = {"ATLANTIS_GATE_COMMAND": "plan"}
    assert arguments.resolve("check", [], env).command == "plan"
    env["INPUT_COMMAND"] = "import"
    assert arguments.resolve("check", [], env).command == "import"
    assert arguments.resolve("check", ["--command", "apply"], env).command == "apply"


def test_an_empty_value_is_the_same_as_none() -> None:
    assert resolve("--require", "", INPUT_REQUIRE="", ATLANTIS_GATE_REQUIRE="approved").require == ("approved",)


def test_lists_are_split_at_commas_and_trimmed() -> None:
    assert resolve("--require", " approved, mergeable ,").require == ("approved", "mergeable")


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False)])
def test_switches_are_read_as_atlantis_reads_them(text: str, expected: bool) -> None:
    assert resolve(ATLANTIS_ALLOW_FORK_PRS=text).allow_fork_prs is expected
    assert resolve(f"--allow-fork-prs={text}").allow_fork_prs is expected


def test_a_switch_alone_is_on() -> None:
    assert resolve("--no-status").no_status is True


@pytest.mark.parametrize(
    ("argv", "env", "message"),
    [
        (["--allow-fork-prs=maybe"], {}, "neither true nor false"),
        ([], {"ATLANTIS_ALLOW_FORK_PRS": "yes please"}, "ATLANTIS_ALLOW_FORK_PRS: 'yes please'"),
        (["--command", "aply"], {}, "Did you mean apply"),
        (["--comand", "apply"], {}, "Did you mean --command"),
        (["--timeout=-1"], {}, "not a whole number"),
        (["--timeout", "0"], {}, "not a whole number"),
        (["--timeout", "9" * 30], {}, "not a whole number"),
        (["--timeout", "\u0663"], {}, "not a whole number"),
        (["--format", "xml"], {}, "not one of text, json"),
        (["stray"], {}, "stray"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_its_place(argv: list[str], env: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        arguments.resolve("check", argv, env)


@pytest.mark.parametrize(
    ("argv", "command", "rest"),
    [([], "check", []), (["--format", "json"], "check", ["--format", "json"]), (["validate", "--root", "x"], "validate", ["--root", "x"])],
)
def test_check_is_what_runs_when_no_subcommand_is_named(argv: list[str], command: str, rest: list[str]) -> None:
    assert arguments.split(argv, {}) == (command, rest)


def test_a_misspelt_subcommand_is_suggested() -> None:
    with pytest.raises(UsageError, match="Did you mean validate"):
        arguments.split(["valdate"], {})


def test_every_option_is_a_field_and_is_taken_by_some_subcommand() -> None:
    fields = set(Settings.__dataclass_fields__) - {"given"}
    assert fields == {option.attribute for option in OPTIONS}
    for option in OPTIONS:
        assert set(option.commands) <= set(COMMANDS), option.name
        assert option.help


def test_variables_and_inputs_are_named_once() -> None:
    variables = [option.variable for option in OPTIONS]
    assert len(set(variables)) == len(variables)
    assert next(option for option in OPTIONS if option.name == "planned-on").input_variable == "INPUT_PLANNED-ON"


def test_atlantis_own_config_file_sets_what_means_something_here(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("allow-fork-prs: true\nvcs-status-name: infra\nport: 4141\ngh-token: hidden\n")
    told: list[str] = []
    env = arguments.with_config_file("check", ["--config", str(file)], {"ATLANTIS_VCS_STATUS_NAME": "mine"}, told.append)
    assert env == {"ATLANTIS_ALLOW_FORK_PRS": "true", "ATLANTIS_VCS_STATUS_NAME": "mine", "ATLANTIS_GH_TOKEN": "hidden"}
    assert len(told) == 1
    assert told[0].endswith("left out: port")


@pytest.mark.parametrize("text", ["- a\n", "a: [1]\n", "a: {b: 1}\n", "a: 'x\n", "1: x\n", "\x00"])
def test_a_config_file_that_is_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        atlantis_flags.read(str(file), print)


def test_a_config_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        atlantis_flags.read(str(tmp_path / "none.yaml"), print)
