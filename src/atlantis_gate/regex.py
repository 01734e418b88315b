"""Regular expressions in Go's dialect, matched in linear time by RE2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from atlantis_gate.frozen import frozen

MAX_LENGTH = 10_000
_MAX_DEPTH = 1_000
# RE2's words for a mistake, and Go's (https://pkg.go.dev/regexp/syntax#ErrorCode).
_GO_WORDS = {
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "trailing \\": "trailing backslash at end of expression",
    "invalid named capture group": "invalid named capture",
}
# The pieces of an expression that RE2 accepted: a quoted run, an escape, a group's opening with its name, a class, a parenthesis.
_PIECES = r"\\Q.*?(?:\\E|\Z)|\\.|\(\?P?<(?P<name>[^>]*)>|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|[()]"


class RegexError(ValueError):
    """An expression that Go would not compile."""


@frozen
class Regex:
    """A compiled expression and its text."""

    text: str
    compiled: Any

    def search(self, text: str) -> bool:
        """Tell whether the expression matches anywhere in `text`."""
        return self.compiled.search(text.encode("utf-8", "replace").decode("utf-8")) is not None


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def _go_message(error: Exception) -> str:
    raw = error.args[0] if error.args else ""
    code, _, fragment = (raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)).partition(": ")
    words = _GO_WORDS.get(code, code)
    return f"error parsing regexp: {words}: `{fragment}`" if fragment else f"error parsing regexp: {words}"


def _refused_by_go(text: str) -> str:
    """Return why Go refuses what RE2 accepts: the escape for one byte, non-ASCII group names, groups nested over 1,000 deep."""
    if "(" not in text and "\\" not in text:
        return ""
    depth = 0
    for piece in re.finditer(_PIECES, text, re.DOTALL):
        found = piece[0]
        if found == "\\C":
            return "error parsing regexp: invalid escape sequence: `\\C`"
        if piece["name"] is not None and not piece["name"].isascii():
            return f"error parsing regexp: invalid named capture: `{found}`"
        depth += 1 if found[0] == "(" else -1 if found == ")" else 0
        if depth > _MAX_DEPTH:
            return "error parsing regexp: expression nests too deeply"
    return ""


@lru_cache(maxsize=512)
def compile_regex(text: str) -> Regex:
    """Compile an expression; raise RegexError, worded like Go's, when Go would refuse it or when it is over `MAX_LENGTH` characters."""
    if len(text) > MAX_LENGTH:
        raise RegexError(f"error parsing regexp: expression of {len(text)} characters, at most {MAX_LENGTH} are accepted")
    try:
        compiled = re2.compile(text, _options())
    except UnicodeEncodeError as error:
        raise RegexError("error parsing regexp: invalid UTF-8") from error
    except re2.error as error:
        raise RegexError(_go_message(error)) from error
    refused = _refused_by_go(text)
    if refused:
        raise RegexError(refused)
    return Regex(text, compiled)
