"""Where the program prints: results on stdout, progress and problems on stderr, nothing that a CI would obey by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from atlantis_gate import plain
from atlantis_gate.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterable


class Console:
    """Two streams. What `redaction` knows is cut out of everything that is printed, as a last line of defence."""

    def __init__(self, out: TextIO, err: TextIO, secrets: Iterable[str] = (), *, color: bool = False) -> None:
        """Take the streams of the result and of everything else; `color` tells whether escapes show as colours."""
        self.color = color
        self.redaction = Redaction(secrets)
        self._out = out
        self._err = err

    def result(self, text: str) -> None:
        """Print the result, made harmless line by line."""
        self._write(self._out, plain.block(text))

    def document(self, text: str) -> None:
        """Print a document that is harmless already and must stay as it is."""
        self._write(self._out, text)

    def secret_document(self, text: str) -> None:
        """Print a document whose point is a secret, for the program that asked for it: nothing is cut out."""
        self._out.write(text + "\n")
        self._out.flush()

    def say(self, text: str) -> None:
        """Print progress or a problem."""
        self._write(self._err, plain.block(text))

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
