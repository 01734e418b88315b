"""Programs of a step's PATH that do their work inside the test: stand-ins tell it how they were started, over the loopback interface."""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

STAND_IN = """\
#!{python} -IS
import json, os, socket, sys
with socket.create_connection(("127.0.0.1", {port})) as asked, asked.makefile("rw", encoding="utf-8") as stream:
    stream.write(json.dumps([os.path.basename(sys.argv[0]), sys.argv[1:], os.getcwd(), dict(os.environ)]) + "\\n")
    stream.flush()
    code, out, err = json.loads(stream.readline())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


@dataclass(frozen=True)
class Call:
    """A program that a step started."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]

    def __str__(self) -> str:
        """Render as typed."""
        return " ".join((self.name, *self.argv))


Answer = tuple[int, str, str]


class Commands:
    """Answers stand-ins: `with Commands(act) as commands: commands.put(folder, ["terraform"])`.

    `act` returns exit code, stdout and stderr; `failures` are its exceptions.
    """

    def __init__(self, act: Callable[[Call], Answer]) -> None:
        """Take what does the work."""
        self.failures: list[Exception] = []
        self._act = act

    def __enter__(self) -> Self:
        """Start listening."""
        commands = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                name, argv, cwd, env = json.loads(self.rfile.readline())
                self.wfile.write((json.dumps(commands.answer(Call(name, tuple(argv), cwd, env))) + "\n").encode())

        self._server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, call: Call) -> Answer:
        """Do what a program does; what goes wrong in the test itself is kept for it."""
        try:
            return self._act(call)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test must see it and not the shell
            self.failures.append(error)
            return 70, "", f"{error!r}\n"

    def put(self, folder: Path, names: Iterable[str]) -> None:
        """Put stand-ins into a folder."""
        port: Any = self._server.server_address[1]
        for name in names:
            path = folder / name
            path.write_text(STAND_IN.format(python=sys.executable, port=port), encoding="utf-8")
            path.chmod(0o755)
