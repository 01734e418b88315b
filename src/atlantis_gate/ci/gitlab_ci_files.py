"""The files that a GitLab CI job leaves: a dotenv report, a JUnit report and the summary."""

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

__all__ = ["dotenv", "publish"]

DOTENV_FILE: Final = "atlantis-gate.env"
JUNIT_FILE: Final = "atlantis-gate.junit.xml"
SUMMARY_FILE: Final = "atlantis-gate.md"
# Nothing is quoted or escaped in a dotenv report: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
_VALUE: Final = re.compile(r"[A-Za-z0-9_]*")


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Write the reports to the project's folder; without CI_PROJECT_DIR nothing is written. GitLab obeys no printed command.

    Raises CIError for a file that cannot be written.
    """
    del command
    if not env.get("CI_PROJECT_DIR"):
        return
    folder = Path(env["CI_PROJECT_DIR"])
    _put(folder / SUMMARY_FILE, publication.summary)
    _put(folder / JUNIT_FILE, publication.junit)
    _put(folder / DOTENV_FILE, dotenv(publication.outputs))


def dotenv(outputs: Mapping[str, str]) -> str:
    """Return the dotenv report: five short values; `_PROJECT_COUNT` counts the projects that may run.

    Raises CIError for a value that GitLab would read as something else.
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


def _put(path: Path, text: str) -> None:
    """Put a file in the place of whatever the checkout holds there, or nothing in its place when there is no text.

    The checkout is the merge request's: a link of that name is replaced and never followed, a file of that name is never taken for ours.
    """
    try:
        if not text:
            path.unlink(missing_ok=True)
            return
        # What `secrets` returns; that module brings OpenSSL along.
        fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        with fresh.open("xb") as file:
            file.write(text.encode("utf-8", "replace"))
        try:
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        message = f"{one_line(str(path), 200)!r} (in CI_PROJECT_DIR) cannot be written: {one_line(str(error), 200)}"
        raise CIError(message, advice="In a container of your own, mount the project's folder and run as its owner.") from error
