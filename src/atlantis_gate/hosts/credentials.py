"""Credentials from the environment: wrapped at the door, so that no text ever shows one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_FILE: Final = "_FILE"
_LONGEST: Final = 100_000


@frozen
class Secret:
    """A credential. `source` names the variable it came from; only `reveal` gives its text."""

    _text: str = field(repr=False)
    source: str

    def reveal(self) -> str:
        """Return the credential itself, for a request header and nothing else."""
        return self._text


@frozen
class Choice:
    """Which credential was chosen: what it is in the host's words, the variable it came from, and those that are set too but lost."""

    kind: str
    source: str
    passed_over: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in words, without any value."""
        lost = f" ({', '.join(self.passed_over)} also set, and not used)" if self.passed_over else ""
        return f"{self.kind} from {self.source}{lost}"


@frozen(kw_only=True)
class GitLogin:
    """How git logs in over HTTPS to a server, named by scheme, host and port. `expires`: None where that is not known."""

    server_url: str
    username: str
    password: Secret
    expires: datetime | None = None


def passed_over(env: Mapping[str, str], names: Iterable[str], chosen: str) -> tuple[str, ...]:
    """Return which of `names` are set besides the one that was chosen, in their order."""
    return tuple(name for name in names if name != chosen and env.get(name, "").strip())


def first_of(env: Mapping[str, str], names: Iterable[str]) -> Secret | None:
    """Return the first variable of `names` that is set and not blank, None without one; a name ending in `_FILE` holds a path.

    Raises CredentialError for one that cannot be a token (white space or control characters inside, not ASCII) or an unreadable file.
    """
    for name in names:
        text = text_of(env, name)
        if text:
            if not (text.isascii() and text.isprintable() and " " not in text):
                raise CredentialError(
                    f"{name} does not hold a token: there is white space or another character inside that no token has",
                    advice="Set the variable to the token alone, without quotes, name or line breaks.",
                )
            return Secret(text, name)
    return None


def text_of(env: Mapping[str, str], name: str) -> str:
    """Return what a variable gives, trimmed, empty when it gives nothing; a name ending in `_FILE` holds the path of a file to read."""
    value = env.get(name, "").strip()
    if not value or not name.endswith(_FILE):
        return value
    try:
        with Path(value).open(encoding="utf-8") as file:
            return file.read(_LONGEST).strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise CredentialError(
            f"the file that {name} names cannot be read: {type(error).__name__}",
            advice="Mount the file where the gate runs, readable for its user, or unset the variable.",
        ) from None
