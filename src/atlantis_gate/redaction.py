"""Secrets that are known in a run, and texts without them."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REDACTED: Final = "***"
# What is shorter is an ordinary word more often than a secret.
_SHORTEST: Final = 6
_NAMES: Final = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|APP_KEY$|PRIVATE_KEY|_PAT$")
# What these hold is the place of a secret.
_PLACES: Final = ("_FILE", "_URL", "_PATH", "_DIR")
# https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
_USER_INFO: Final = re.compile(r"(?<=://)[^/\s\"'<>]+@")
_PASSWORD: Final = re.compile(r"://[^/\s\"'<>:]*:([^/\s\"'<>]+)@")


class Redaction:
    """The secrets that are known so far. Several threads may add, and what is added counts at once."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets that are known from the start."""
        self._known: set[str] = set()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Keep secrets, each line of those with several, and how each is written in a URL."""
        lines = {line.strip() for secret in secrets for line in (secret, *secret.splitlines())}
        self._known |= {form for line in lines if len(line) >= _SHORTEST for form in (line, quote(line, safe="", errors="replace"))}

    def cut(self, text: str) -> str:
        """Return a text without any secret that is known, and without what stands before the @ of a URL."""
        # The longest first, so that one secret inside another leaves nothing behind.
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return _USER_INFO.sub(f"{REDACTED}@", text)


def in_environment(env: Mapping[str, str]) -> Iterable[str]:
    """Return every value of an environment that its name calls a secret, and the passwords in its URLs."""
    for name, value in env.items():
        if _NAMES.search(name.upper()) and not name.upper().endswith(_PLACES):
            yield value
        yield from _PASSWORD.findall(value)


def in_header(authorization: str) -> tuple[str, ...]:
    """Return what of an Authorization header's value is a secret: https://www.rfc-editor.org/rfc/rfc9110#section-11.4."""
    scheme, _, text = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return (text,)
    try:
        return text, binascii.a2b_base64(text).decode().partition(":")[2]
    except ValueError:
        return (text,)
