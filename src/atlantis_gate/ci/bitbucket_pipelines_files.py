"""The files that a step of Bitbucket Pipelines leaves: variables for later steps, the summary and a JUnit report."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CIError
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

__all__ = ["publish", "variables"]

# https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/ (output variables)
VARIABLES: Final = "BITBUCKET_PIPELINES_VARIABLES_PATH"
# A folder that is searched for reports: https://support.atlassian.com/bitbucket-cloud/docs/test-reporting-in-pipelines/
JUNIT_FILE: Final = "test-results/atlantis-gate.xml"
SUMMARY_FILE: Final = "atlantis-gate.md"
_VALUE: Final = re.compile(r"[A-Za-z0-9_]*")


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Write the summary and the test report to the clone and the variables to the file that Bitbucket names; either may be absent.

    Bitbucket obeys no printed command. Raises CIError for a file that cannot be written.
    """
    del command
    if env.get("BITBUCKET_CLONE_DIR"):
        clone = Path(env["BITBUCKET_CLONE_DIR"])
        _put(clone, SUMMARY_FILE, publication.summary)
        _put(clone, JUNIT_FILE, publication.junit)
    if env.get(VARIABLES) and not _out_of_reach(env):
        _append(Path(env[VARIABLES]), variables(publication.outputs))


def _out_of_reach(env: Mapping[str, str]) -> bool:
    """Tell whether a pipe is told of a file that its container does not see; later steps then miss the variables, which stops them."""
    # https://support.atlassian.com/bitbucket-cloud/docs/advanced-techniques-for-writing-pipes/
    return bool(env.get("BITBUCKET_PIPE_STORAGE_DIR")) and not Path(env[VARIABLES]).parent.is_dir()


def variables(outputs: Mapping[str, str]) -> str:
    """Return the variables for later steps, one a line; `_PROJECT_COUNT` counts the projects that may run.

    Raises CIError for a value that would be read as something else.
    """
    values = {
        "ATLANTIS_GATE_OUTCOME": outputs.get("outcome", "undetermined"),
        "ATLANTIS_GATE_ALLOWED": outputs.get("allowed", "false"),
        "ATLANTIS_GATE_HEAD_SHA": outputs.get("head-sha", ""),
        "ATLANTIS_GATE_BASE_SHA": outputs.get("base-sha", ""),
        "ATLANTIS_GATE_PROJECT_COUNT": str(len(json.loads(outputs.get("projects", "[]")))),
    }
    for name, value in values.items():
        if not _VALUE.fullmatch(value):
            raise CIError(f"{one_line(value, 100)!r} cannot be the value of {name}", advice="Please report this as a bug.")
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _append(path: Path, text: str) -> None:
    """Append to the variables of this step, on a line of its own: the last value of a name counts."""
    try:
        before = path.read_bytes() if path.exists() else b""
        with path.open("ab") as file:
            file.write(b"\n" * (bool(before) and not before.endswith(b"\n")) + text.encode())
    except (OSError, ValueError) as error:
        raise _unwritable(path, VARIABLES, error) from error


def _put(clone: Path, name: str, text: str) -> None:
    """Put a file in the place of whatever the clone holds there, or nothing in its place when there is no text.

    The clone is the pull request's: a link is never followed out of it, and a file of that name is never taken for ours.
    """
    path = clone / name
    try:
        _check_inside(clone, path.parent)
        if not text:
            path.unlink(missing_ok=True)
            return
        if path.parent != clone:
            path.parent.mkdir(exist_ok=True)
        # What `secrets` returns; that module brings OpenSSL along.
        fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        with fresh.open("xb") as file:
            file.write(text.encode("utf-8", "replace"))
        try:
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, "BITBUCKET_CLONE_DIR", error) from error


def _check_inside(clone: Path, folder: Path) -> None:
    if not folder.resolve().is_relative_to(clone.resolve()):
        raise ValueError("its folder is a link that leads out of the clone")


def _unwritable(path: Path, variable: str, error: Exception) -> CIError:
    message = f"{one_line(str(path), 200)!r} ({variable}) cannot be written: {one_line(str(error), 200)}"
    return CIError(message, advice="In a container of your own, mount the folder of this file and run as its owner.")
