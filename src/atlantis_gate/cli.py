"""The whole program: arguments and environment in, text and an exit code out."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Final

from atlantis_gate import arguments, ci, commands
from atlantis_gate.console import Console
from atlantis_gate.errors import GateError
from atlantis_gate.model import Outcome
from atlantis_gate.redaction import in_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlantis_gate.arguments import Settings

# The one place that makes exit codes.
EXIT_CODES: Final[Mapping[Outcome, int]] = {
    Outcome.ALLOWED: 0,
    Outcome.NOTHING_TO_DO: 0,
    Outcome.BLOCKED: 1,
    Outcome.UNDETERMINED: 2,
}
ERROR: Final = 2
# The subcommands whose outputs later jobs read.
DECIDING: Final = ("check", "verify")
_HELP: Final = ("-h", "--help")


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the program: `argv` without the program's name, `env` as the only environment. Return the exit code."""
    console = Console(sys.stdout, sys.stderr, in_environment(env), color=_colors(env))
    try:
        return _run(argv, env, console)
    except SystemExit as leaving:
        # argparse leaves after --help and --version.
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        console.say("interrupted: nothing was decided")
        return ERROR
    except Exception:  # noqa: BLE001 - whatever happens, a gate that failed says so and does not open
        import traceback  # noqa: PLC0415 - only a bug needs it

        console.say(traceback.format_exc())
        console.say("This is a bug in atlantis-gate; nothing was decided. Please report it with the lines above.")
        return ERROR


def _run(argv: Sequence[str], env: Mapping[str, str], console: Console) -> int:
    settings: Settings | None = None
    command = ""
    try:
        if argv and argv[0] in _HELP:
            from atlantis_gate.usage import overview  # noqa: PLC0415 - for those who ask

            console.result(overview())
            return EXIT_CODES[Outcome.ALLOWED]
        command, rest = arguments.split(argv, env)
        env = arguments.with_config_file(command, rest, env, console.say)
        console.redaction.add(*in_environment(env))
        settings = arguments.resolve(command, rest, env)
        return EXIT_CODES[commands.run(command, settings, env, console)]
    except GateError as error:
        console.say(f"{_NAMES.get(type(error).__name__, 'error')}: {error}")
        if command in DECIDING:
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
    from atlantis_gate import publishing  # noqa: PLC0415 - it brings every form of report along, and most subcommands show none

    try:
        publishing.nothing_allowed(settings, env, console)
    except GateError as error:
        console.say(str(error))


def _colors(env: Mapping[str, str]) -> bool:
    """Tell whether colour shows: on a terminal, and in the job logs that show it."""
    # https://no-color.org
    if env.get("NO_COLOR"):
        return False
    found = ci.detect(env)
    return sys.stdout.isatty() or (found is not None and found.LOG.colors)


def entry() -> None:
    """Start from the command line."""
    # A run is over in seconds and makes few cycles: collecting them is a fifth of the time that a large configuration takes.
    gc.disable()
    raise SystemExit(main(sys.argv[1:], os.environ))
