"""Keys of build statuses on Bitbucket: short enough, one for each context, and which are the gate's own."""

from __future__ import annotations

import hashlib
import re
from typing import Final

# "Ensure this value has at most 40 characters": https://github.com/buildbot/buildbot/issues/7049
LIMIT: Final = 40
_KEPT: Final = 27
_DIGITS: Final = 12
_CUT: Final = re.compile(r"-[0-9a-f]{12}")


def key(context: str) -> str:
    """Return the key of a context: itself, or its first 27 characters, `-` and 12 hexadecimal digits of the SHA-256 of the whole."""
    if len(context) <= LIMIT:
        return context
    digest = hashlib.sha256(context.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{context[:_KEPT]}-{digest[:_DIGITS]}"


def under(found: str, status_name: str) -> bool:
    """Tell whether a key is one of the gate's own: the status name, or a context below it, possibly cut."""
    prefix = f"{status_name}/"
    if found == status_name or found.startswith(prefix):
        return True
    cut = len(found) == LIMIT and _CUT.fullmatch(found[_KEPT:]) is not None
    return cut and found.startswith(prefix[:_KEPT])
