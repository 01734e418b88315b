"""A stand-in for `docker` on PATH: reads the arguments of `docker run` as Docker does and runs the real program with what they give.

https://docs.docker.com/reference/cli/docker/container/run/
Started as a script: `azure_docker.py LOG run ...`; LOG gets one JSON object a run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

# What Docker answers to arguments that it does not take, or a mount that it cannot make.
REFUSED = 125
INTERPRETER = "/app/bin/python"
HERE = Path(__file__).resolve().parent
BARE = {"PATH": "/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}


@dataclass(frozen=True)
class Container:
    """What a container was given; `mounts` says of each folder or file whether it may be written."""

    image: str
    user: str
    command: list[str]
    env: dict[str, str] = field(repr=False)
    mounts: dict[str, bool]
    workdir: str = "/"
    network: str = "bridge"
    entrypoint: str = ""
    options: list[str] = field(default_factory=list)


def refuse(why: str) -> NoReturn:
    """End as Docker does."""
    sys.stderr.write(f"docker: {why}\n")
    raise SystemExit(REFUSED)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        refuse(message)


def parsed(arguments: list[str], env: dict[str, str]) -> Container:
    """Read the arguments of `docker run`; everything after the image is the container's command."""
    parser = _Parser(allow_abbrev=False)
    flags = ["--rm", "--read-only"]
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    for name in ("--user", "--workdir", "--network", "--entrypoint"):
        parser.add_argument(name)
    for name in ("--cap-drop", "--security-opt", "--mount"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--env", "-e", action="append", default=[])
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    found = parser.parse_args(arguments)
    given = [flag for flag in flags if getattr(found, flag.strip("-").replace("-", "_"))]
    return Container(
        image=found.image,
        user=found.user or "",
        command=found.command,
        env=_environment(found.env, env),
        mounts=dict(_mount(text) for text in found.mount),
        workdir=found.workdir or "/",
        network=found.network or "bridge",
        entrypoint=found.entrypoint or "",
        options=[*given, *(f"--cap-drop {name}" for name in found.cap_drop), *found.security_opt],
    )


def _environment(asked: list[str], env: dict[str, str]) -> dict[str, str]:
    """Return the container's variables: `NAME=value`, or `NAME` with the value that it has here, if it has one."""
    made: dict[str, str] = {}
    for text in asked:
        name, equals, value = text.partition("=")
        if equals:
            made[name] = value
        elif name in env:
            made[name] = env[name]
    return made


def _mount(text: str) -> tuple[str, bool]:
    """Read a bind mount; unlike --volume, --mount makes no folder where the source is missing."""
    pairs = [part.partition("=") for part in text.split(",")]
    fields = {name: value for name, _, value in pairs}
    if fields.pop("type", "") != "bind" or set(fields) - {"source", "target", "readonly"}:
        refuse(f"invalid mount: {text}")
    if not fields["source"].startswith("/") or not Path(fields["source"]).exists():
        refuse(f"invalid mount config for type bind: bind source path does not exist: {fields['source']}")
    if fields["source"] != fields["target"]:
        refuse("this stand-in mounts a path at the same place only")
    return fields["source"], "readonly" not in fields


def run(container: Container) -> int:
    """Run the program in the container's place: its environment alone, its paths alone."""
    if (container.user or "0:0") != f"{os.getuid()}:{os.getgid()}":
        refuse(f"this stand-in runs as {os.getuid()}:{os.getgid()} only, not as {container.user}")
    if container.entrypoint not in {"", INTERPRETER}:
        refuse(f"{container.entrypoint}: no such file or directory")
    command = container.command if container.entrypoint else ["entrypoint.py", *container.command]
    plan = {"mounts": container.mounts, "workdir": container.workdir, "network": container.network, "command": command}
    arguments = [sys.executable, "-I", str(HERE / "azure_container.py"), json.dumps(plan)]
    return subprocess.run(arguments, env={**BARE, **container.env}, check=False).returncode


def main() -> int:
    """Take LOG and Docker's own arguments from the command line."""
    log, verb, *arguments = sys.argv[1:]
    if verb != "run":
        refuse(f"{verb!r} is not a docker command")
    container = parsed(arguments, dict(os.environ))
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(container)) + "\n")
    return run(container)


if __name__ == "__main__":
    raise SystemExit(main())
