"""Arguments: argv, action inputs, environment and Atlantis' own config file become settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atlantis_gate.commands import COMMANDS
from atlantis_gate.errors import UsageError
from atlantis_gate.frozen import frozen
from atlantis_gate.settings import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


def with_config_file(command: str, arguments: Sequence[str], env: Mapping[str, str], tell: Callable[[str], None]) -> Mapping[str, str]:
    """Return the environment with what Atlantis' own config file (--config) sets; variables that are there already win.

    Raises ConfigError for a file that cannot be read as Atlantis' flags by name.
    """
    typed = _typed(command, arguments)
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
    advice = _suggestion(argv[0], COMMANDS) or "Subcommands: " + ", ".join(COMMANDS) + "."
    raise UsageError(f"no such subcommand: {argv[0]}", advice=advice)


def resolve(command: str, arguments: Sequence[str], env: Mapping[str, str]) -> Settings:
    """Return the settings of a run: a flag wins over an action's input, that over the environment, that over the default.

    An empty value is the same as none. Raises UsageError for anything that cannot be read as its option asks.
    """
    typed = _typed(command, arguments)
    given: dict[str, str] = {}
    values: dict[str, Any] = {}
    for option in OPTIONS:
        where, text = _find(option, typed.get(option.attribute), env)
        if where:
            given[option.name] = where
        values[option.attribute] = _value(option, text, where)
    return Settings(**values, given=given)


def _typed(command: str, arguments: Sequence[str]) -> Mapping[str, str | None]:
    """Return what is typed, by attribute. Raises UsageError, or SystemExit once it has shown the help or the version that is asked for."""
    spelt_out = _spelt_out(command, arguments)
    if spelt_out is not None:
        return spelt_out
    from atlantis_gate.usage import parser  # noqa: PLC0415 - argparse takes as long as half a bare start

    return vars(parser(command).parse_args(arguments))


def _spelt_out(command: str, arguments: Sequence[str]) -> dict[str, str | None] | None:
    """Read options that are spelt out, each with its value (`--name value`, `--name=value`) or a switch; None for anything else."""
    known = {f"--{option.name}": option for option in OPTIONS if command in option.commands}
    found: dict[str, str | None] = {}
    waiting = list(reversed(arguments))
    while waiting:
        name, equals, value = waiting.pop().partition("=")
        option = known.get(name)
        if option is None:
            return None
        if not equals and option.kind == "switch" and (not waiting or waiting[-1].startswith("--")):
            value = "true"
        elif not equals:
            value = waiting.pop() if waiting and option.kind != "switch" else "-"
            if value.startswith("-"):
                return None
        found[option.attribute] = value
    return found


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
        raise UsageError(f"{where}: {text!r} is not one of {', '.join(option.choices)}", advice=_suggestion(text, option.choices))
    return text


def _switch(text: str, where: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise UsageError(f"{where}: {text!r} is neither true nor false", advice="Write true or false.")
    return text.lower() in _TRUE


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) <= 6):  # noqa: PLR2004 - six digits of seconds are eleven days
        raise UsageError(f"{where}: {text!r} is not a whole number above 0")
    return int(text)


def _suggestion(typed: str, known: Iterable[str]) -> str:
    from atlantis_gate.usage import meant  # noqa: PLC0415 - only needed when something is wrong

    return meant(typed, known)
