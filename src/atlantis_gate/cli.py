"""The whole program: arguments and environment in, text and an exit code out."""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING, Final

from atlantis_gate import arguments, commands, publishing
from atlantis_gate.console import Console
from atlantis_gate.errors import GateError
from atlantis_gate.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlantis_gate.arguments import Settings

# The one place that makes exit codes.
EXIT_CODES: Final[Mapping[Outcome, int]] = {
    Outcome.ALLOWED: 0,
    Outcome.NOTHING_TO_DO: 0,
    Outcome.BLOCKED: 1,
    Outcome.UNDETERMINED: 2,
}
ERROR: Final = 2
_SECRET_NAMES: Final = re.compile(r"TOKEN|SECRET|PASSWORD|APP_KEY$|PRIVATE_KEY")
_HELP: Final = ("-h", "--help")


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the program: `argv` without the program's name, `env` as the only environment. Return the exit code."""
    console = Console(sys.stdout, sys.stderr, secrets(env), color=_colors(env))
    try:
        return _run(argv, env, console)
    except SystemExit as leaving:
        # argparse leaves after --help and --version.
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        console.say("interrupted: nothing was decided")
        return ERROR
    except Exception:  # noqa: BLE001 - whatever happens, a gate that failed says so and does not open
        console.say(traceback.format_exc())
        console.say("This is a bug in atlantis-gate; nothing was decided. Please report it with the lines above.")
        return ERROR


def _run(argv: Sequence[str], env: Mapping[str, str], console: Console) -> int:
    settings: Settings | None = None
    command = ""
    try:
        if argv and argv[0] in _HELP:
            console.result(arguments.overview())
            return EXIT_CODES[Outcome.ALLOWED]
        command, rest = arguments.split(argv)
        env = arguments.with_config_file(command, rest, env, console.say)
        settings = arguments.resolve(command, rest, env)
        return EXIT_CODES[commands.run(command, settings, env, console)]
    except GateError as error:
        console.say(f"{_NAMES.get(type(error).__name__, 'error')}: {error}")
        if command == "check":
            _tell_ci(settings, env, console)
        return ERROR


_NAMES: Final[Mapping[str, str]] = {
    "UsageError": "usage error",
    "ConfigError": "configuration error",
    "CIError": "CI error",
    "CredentialError": "credential error",
    "HostError": "host error",
}


def _tell_ci(settings: Settings | None, env: Mapping[str, str], console: Console) -> None:
    """Give later jobs outputs that allow nothing; without them they might read an empty one wrongly."""
    try:
        publishing.nothing_allowed(settings, env, console)
    except GateError as error:
        console.say(str(error))


def secrets(env: Mapping[str, str]) -> Iterable[str]:
    """Return every value of the environment that its name calls a secret, and each line of those with several."""
    values = [value for name, value in env.items() if _SECRET_NAMES.search(name.upper()) and not name.upper().endswith(("_FILE", "_URL"))]
    return [line for value in values for line in (value, *value.splitlines())]


def _colors(env: Mapping[str, str]) -> bool:
    """Tell whether colour shows: on a terminal, and in GitHub's log."""
    # https://no-color.org
    return not env.get("NO_COLOR") and (sys.stdout.isatty() or env.get("GITHUB_ACTIONS") == "true")


def entry() -> None:
    """Start from the command line."""
    # A run is over in seconds and makes few cycles: collecting them is a fifth of the time that a large configuration takes.
    gc.disable()
    raise SystemExit(main(sys.argv[1:], os.environ))
