"""Arguments: argv, action inputs, environment and Atlantis' own config file become settings."""

from __future__ import annotations

import argparse
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from atlantis_gate import __version__
from atlantis_gate.commands import COMMANDS
from atlantis_gate.errors import UsageError
from atlantis_gate.frozen import frozen
from atlantis_gate.settings import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

DESCRIPTION: Final = "Atlantis' command requirements (approved, mergeable, undiverged) as a pipeline step."
EPILOG: Final = "Exit codes: 0 allowed or nothing to do; 1 blocked; 2 undetermined or an error. An option's variable stands in brackets."
# A container action is started without arguments, so that its subcommand is an input.
SUBCOMMAND_INPUT: Final = "INPUT_SUBCOMMAND"
# What Go's strconv.ParseBool takes: https://pkg.go.dev/strconv#ParseBool
_TRUE: Final = frozenset({"1", "t", "true"})
_FALSE: Final = frozenset({"0", "f", "false"})


@frozen(kw_only=True)
class Settings:
    """Every option's value, and which of them somebody set; one field an option, in the table's order."""

    command: str
    require: tuple[str, ...]
    project: str
    dir: str
    workspace: str
    planned_on: str
    host: str
    host_url: str
    repo: str
    pull_request: str
    head_sha: str
    base_branch: str
    facts: str
    changed_files: str
    all: bool
    root: str
    repos_yaml: str
    repo_config_json: str
    atlantis_yaml: str
    config: str
    gh_allow_mergeable_bypass_apply: bool
    vcs_status_name: str
    ignore_vcs_status_names: tuple[str, ...]
    allow_fork_prs: bool
    repo_allowlist: tuple[str, ...]
    autoplan_file_list: tuple[str, ...]
    autoplan_modules: bool
    autoplan_modules_from_projects: tuple[str, ...]
    autodiscover_mode: str
    enable_regexp_cmd: bool
    enable_policy_checks: bool
    restrict_file_list: bool
    default_tf_distribution: str
    require_approval: bool
    require_mergeable: bool
    require_undiverged: bool
    format: str
    decision_file: str
    decision: str
    output: str
    no_status: bool
    status_name: str
    comment: str
    timeout: int
    organization: str
    app_name: str
    credentials_dir: str
    port: int
    show_secrets: bool
    no_browser: bool
    credentials_file: str
    git_config: str
    erase: bool
    given: Mapping[str, str]

    @property
    def json(self) -> bool:
        """Whether the result is printed as a document, on a stdout that holds nothing else."""
        return self.format == "json"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ordinary errors, with a suggestion for a misspelt option."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of leaving the program."""
        raise UsageError(message, advice=self._suggestion(message) or f"See `{self.prog} --help`.")

    def _suggestion(self, message: str) -> str:
        if not message.startswith("unrecognized arguments: "):
            return ""
        typed = message.removeprefix("unrecognized arguments: ").split()[0].partition("=")[0]
        return _meant(typed, self._option_string_actions)


@cache
def parser(command: str) -> argparse.ArgumentParser:
    """Return the parser of one subcommand, made from the table of options."""
    made = _Parser(
        prog=f"atlantis-gate {command}",
        description=COMMANDS[command],
        epilog=EPILOG,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=120, max_help_position=40),
    )
    made.add_argument("--version", action="version", version=f"atlantis-gate {__version__}")
    for option in OPTIONS:
        if command in option.commands:
            _add(made, option)
    return made


def _add(made: argparse.ArgumentParser, option: Option) -> None:
    names = [name for name in (option.short, f"--{option.name}") if name]
    text = (option.help + _default_text(option)).replace("%", "%%")
    if option.kind == "switch":
        # A switch may also be spelt out (--all=true), as Atlantis' flags may.
        made.add_argument(*names, dest=option.attribute, help=text, nargs="?", const="true", metavar="BOOL")
    else:
        made.add_argument(*names, dest=option.attribute, help=text, metavar=option.metavar)


def _default_text(option: Option) -> str:
    one_of = f": {', '.join(option.choices)}" if option.choices else ""
    default = f" (default: {option.default})" if option.default and option.kind != "switch" else ""
    return f"{one_of}{default} [{option.variable}]"


def overview() -> str:
    """Return the text of `atlantis-gate --help`: the subcommands."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: atlantis-gate [SUBCOMMAND] [OPTIONS]",
            "",
            DESCRIPTION,
            "",
            "subcommands:",
            *lines,
            "",
            "`atlantis-gate SUBCOMMAND --help` lists its options.",
            EPILOG,
        ]
    )


def with_config_file(command: str, arguments: Sequence[str], env: Mapping[str, str], tell: Callable[[str], None]) -> Mapping[str, str]:
    """Return the environment with what Atlantis' own config file (--config) sets; variables that are there already win.

    Raises ConfigError for a file that cannot be read as Atlantis' flags by name.
    """
    typed = vars(parser(command).parse_args(arguments))
    option = next(option for option in OPTIONS if option.name == "config")
    _, name = _find(option, typed.get(option.attribute), env)
    if not name:
        return env
    from atlantis_gate import atlantis_flags  # noqa: PLC0415 - few runs have such a file

    return {**atlantis_flags.read(name, tell), **env}


def split(argv: Sequence[str], env: Mapping[str, str]) -> tuple[str, list[str]]:
    """Tell the subcommand from its arguments; without one it is the action's input, else check. Raises UsageError for an unknown one."""
    if not argv or argv[0].startswith("-"):
        argv = [*(env.get(SUBCOMMAND_INPUT) or next(iter(COMMANDS))).split(), *argv]
    for words in (2, 1):
        name = " ".join(argv[:words])
        if name in COMMANDS:
            return name, list(argv[words:])
    advice = _meant(argv[0], COMMANDS) or "Subcommands: " + ", ".join(COMMANDS) + "."
    raise UsageError(f"no such subcommand: {argv[0]}", advice=advice)


def resolve(command: str, arguments: Sequence[str], env: Mapping[str, str]) -> Settings:
    """Return the settings of a run: a flag wins over an action's input, that over the environment, that over the default.

    An empty value is the same as none. Raises UsageError for anything that cannot be read as its option asks.
    """
    typed = vars(parser(command).parse_args(arguments))
    given: dict[str, str] = {}
    values: dict[str, Any] = {}
    for option in OPTIONS:
        where, text = _find(option, typed.get(option.attribute), env)
        if where:
            given[option.name] = where
        values[option.attribute] = _value(option, text, where)
    return Settings(**values, given=given)


def _find(option: Option, flag: str | None, env: Mapping[str, str]) -> tuple[str, str]:
    """Return where an option's value was given (empty when nowhere) and the value."""
    if flag:
        return f"--{option.name}", flag
    for name in (option.input_variable, option.variable):
        if env.get(name):
            return name, env[name]
    return "", option.default


def _value(option: Option, text: str, where: str) -> Any:
    if option.kind == "switch":
        return _switch(text, where)
    if option.kind == "list":
        return tuple(item.strip() for item in text.split(",") if item.strip())
    if option.kind == "number":
        return _number(text, where)
    if option.choices and text and text not in option.choices:
        raise UsageError(f"{where}: {text!r} is not one of {', '.join(option.choices)}", advice=_meant(text, option.choices))
    return text


def _switch(text: str, where: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise UsageError(f"{where}: {text!r} is neither true nor false", advice="Write true or false.")
    return text.lower() in _TRUE


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) <= 6):  # noqa: PLR2004 - six digits of seconds are eleven days
        raise UsageError(f"{where}: {text!r} is not a whole number above 0")
    return int(text)


def _meant(typed: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt word, empty where none comes close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    close = get_close_matches(typed, list(known), n=1)
    return f"Did you mean {close[0]}?" if close else ""
