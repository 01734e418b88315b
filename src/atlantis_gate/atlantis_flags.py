"""Atlantis' own server config file: its flags by name become the variables of the same meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from atlantis_gate.errors import ConfigError, Problem
from atlantis_gate.settings import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BYTES: Final = 1_000_000
# Flags that name a host or a credential: https://www.runatlantis.io/docs/server-configuration.html#flags
_HOST_PREFIXES: Final = ("gh-", "gitlab-", "bitbucket-", "azuredevops-", "gitea-")


def read(name: str, tell: Callable[[str], None]) -> dict[str, str]:
    """Return what the file sets, as variables. Flags that mean nothing to the gate are told by name.

    Raises ConfigError for a file that cannot be read, is no YAML, or holds anything but flags with plain values.
    """
    try:
        text = Path(name).read_bytes()
        if len(text) > _MOST_BYTES:
            raise ConfigError((Problem(name, 0, 0, f"is larger than {_MOST_BYTES} bytes"),))
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are safe ones
    except OSError as error:
        raise ConfigError(
            (Problem(name, 0, 0, f"cannot be read: {error.strerror}"),), advice="Check the path that --config names."
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigError((Problem(name, line, column, f"is not YAML: {getattr(error, 'problem', '') or type(error).__name__}"),)) from None
    return _variables(name, {} if document is None else document, tell)


def _variables(name: str, document: Any, tell: Callable[[str], None]) -> dict[str, str]:
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise ConfigError(
            (Problem(name, 0, 0, "is not a list of Atlantis' flags and their values"),), advice="Write lines such as `gh-token: ...`."
        )
    wrong = [key for key, value in document.items() if isinstance(value, dict | list)]
    if wrong:
        raise ConfigError(tuple(Problem(name, 0, 0, f"{key}: not a plain value") for key in wrong))
    known = {option.atlantis for option in OPTIONS if option.atlantis}
    found = {f"ATLANTIS_{key.upper().replace('-', '_')}": _text(value) for key, value in document.items() if value is not None}
    ignored = [key for key in document if not (_variable(key) in known or key.startswith(_HOST_PREFIXES))]
    if ignored:
        tell(f"{name}: these mean nothing to the gate and are left out: {', '.join(ignored)}")
    return {variable: text for variable, text in found.items() if variable not in {_variable(key) for key in ignored}}


def _variable(key: str) -> str:
    return f"ATLANTIS_{key.upper().replace('-', '_')}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
