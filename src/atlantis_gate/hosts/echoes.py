"""Answers that give the credential back that they were asked with: nothing of them may be shown, and nothing rests on them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import replace
from atlantis_gate.hosts.calls import TransportError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts.calls import Raw

# No host's credentials are shorter; what is could be a word of any answer.
_SHORTEST: Final = 12
# How JSON may write what could be written as it is: https://www.rfc-editor.org/rfc/rfc8259#section-7
_ESCAPED: Final = re.compile(r"\\(?:u00([2-7][0-9A-Fa-f])|(/))")
_ESCAPABLE: Final = re.compile(r"[^\w.-]")


def unechoed(raw: Raw, secrets: Iterable[str]) -> Raw:
    """Return a reply without the secrets that it was asked with: one that refuses keeps neither its words nor the headers with one.

    Raises TransportError for a good answer that holds one: it is not what the host itself would say.
    """
    asked = [secret for secret in secrets if len(secret) >= _SHORTEST]
    inside = {name for name, value in raw.headers.items() if any(secret in value for secret in asked)}
    if not inside and not _holds(raw.text, asked):
        return raw
    if HTTPStatus.OK <= raw.status < HTTPStatus.MULTIPLE_CHOICES:
        raise TransportError("an answer that holds the very credential that it was asked with", passing=False)
    return replace(raw, headers={name: value for name, value in raw.headers.items() if name not in inside}, text="")


def _holds(text: str, secrets: Iterable[str]) -> bool:
    return any(secret in text or (_ESCAPABLE.search(secret) and "\\" in text and secret in _unescaped(text)) for secret in secrets)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[2] or chr(int(found[1], 16)), text)
