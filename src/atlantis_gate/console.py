"""Where the program prints: results on stdout, progress and problems on stderr, nothing that a CI would obey by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from atlantis_gate import plain
from atlantis_gate.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_LINE: Final = 10_000
_MOST_LINES: Final = 5_000


class Console:
    """Two streams. What `redaction` knows is cut out of everything that is printed, as a last line of defence."""

    def __init__(self, out: TextIO, err: TextIO, secrets: Iterable[str] = (), *, color: bool = False) -> None:
        """Take the streams of the result and of everything else; `color` tells whether escapes show as colours."""
        self.color = color
        self.redaction = Redaction(secrets)
        self._out = out
        self._err = err

    def result(self, text: str) -> None:
        """Print the result, made harmless line by line; a line that nobody would read is cut."""
        self._write(self._out, "\n".join(map(_cut, plain.block(text).split("\n"))))

    def document(self, text: str) -> None:
        """Print a document that is harmless already and must stay as it is."""
        self._write(self._out, text)

    def secret_document(self, text: str) -> None:
        """Print a document whose point is a secret, for the program that asked for it: nothing is cut out."""
        self._out.write(text + "\n")
        self._out.flush()

    def say(self, text: str) -> None:
        """Print progress or a problem, its lines cut as a result's are, and those that are too many left out."""
        lines = [_cut(line) for line in plain.block(text).split("\n")]
        left_out = len(lines) - _MOST_LINES
        self._write(self._err, "\n".join([*lines[:_MOST_LINES], *([f"({left_out:,} more lines)"] if left_out > 0 else [])]))

    def colored(self, text: str) -> None:
        """Print a text whose escapes are the program's own and whose other parts are harmless already."""
        self._write(self._out, text)

    def command(self, line: str, *, beside_document: bool) -> None:
        """Print one workflow command; on stderr when stdout holds a document alone."""
        self._write(self._err if beside_document else self._out, line)

    def _write(self, stream: TextIO, text: str) -> None:
        # A name that is no valid text (a lone surrogate) must not stop the run.
        stream.write(self.redaction.cut(text).encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
        stream.flush()


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + plain.ELLIPSIS
