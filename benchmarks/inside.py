"""Run by itself in the image, without the rest of this project: tells as JSON what a start takes there, and a bare one."""

import json
import os
import subprocess
import sys

ROUNDS = int(sys.argv[1])
PYTHON = "/app/bin/python"
BARE = [PYTHON, "-I", "-c", "pass"]
PROGRAM = [PYTHON, "-I", "/app/entrypoint.py", "validate", "--root", "repository", "--repos-yaml", "repos.yaml"]


def seconds(command: list[str]) -> float:
    """Return the processor time of a program that must succeed."""
    with subprocess.Popen(command, cwd="/examples", stdout=subprocess.DEVNULL) as started:
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {started.returncode}")
    return used.ru_utime + used.ru_stime


seconds(BARE)
seconds(PROGRAM)
pairs = [(seconds(PROGRAM), seconds(BARE)) for _ in range(ROUNDS)]
sys.stdout.write(json.dumps(pairs))
