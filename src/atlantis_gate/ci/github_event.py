"""What a GitHub Actions run is told: its variables and the payload of its event, checked."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from atlantis_gate.errors import CIError
from atlantis_gate.frozen import field, frozen
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import one_line

# Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
# Events:    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
# Payloads:  https://docs.github.com/en/webhooks/webhook-events-and-payloads
NAME: Final = "github-actions"
HOST: Final = "github"
# https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
EVENT_BYTES: Final = 25_000_000

NAME_IT: Final = "Name the pull request with --pull-request (ATLANTIS_GATE_PULL_REQUEST)."
_SET_BY_RUNNER: Final = "The runner sets it; in a container of your own, pass the variable on and mount the file."
_EVENT_NAME: Final = re.compile(r"[a-z_]{1,100}")
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,9}")
SHA: Final = re.compile(r"[0-9a-fA-F]{40}")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_SERVER: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._/~-]*)?")


@frozen
class Event:
    """What the runner tells of a run: its variables, checked, and the payload."""

    env: Mapping[str, str] = field(repr=False)
    name: str
    server_url: str
    repo: str
    payload: Mapping[str, object]

    @classmethod
    def load(cls, env: Mapping[str, str]) -> Event:
        """Read the variables and the event file. Raises CIError naming what is missing or wrong."""
        return cls(
            env=env,
            name=_variable(env, "GITHUB_EVENT_NAME", _EVENT_NAME),
            server_url=_variable(env, "GITHUB_SERVER_URL", _SERVER).rstrip("/"),
            repo=_variable(env, "GITHUB_REPOSITORY", _REPOSITORY),
            payload=_payload(env),
        )

    def at(self, path: str) -> object:
        """Return the value at a dotted path of the payload, None where it or what should hold it is absent or null."""
        value: object = self.payload
        walked: list[str] = []
        for key in path.split("."):
            if value is None:
                return None
            if not isinstance(value, Mapping):
                raise self.wrong(".".join(walked), "an object")
            value = value.get(key)
            walked.append(key)
        return value

    def number(self, path: str) -> int:
        """Return the pull request number at a path."""
        value = self.at(path)
        text = str(value) if isinstance(value, int | str) else ""
        if not _DIGITS.fullmatch(text):
            raise self.wrong(path, "the number of a pull request")
        return int(text)

    def sha(self, path: str) -> str:
        """Return the full commit hash at a path, in lower case."""
        value = self.at(path)
        if not isinstance(value, str) or not SHA.fullmatch(value):
            raise self.wrong(path, "a commit hash of 40 hexadecimal digits")
        return value.lower()

    def wrong(self, path: str, expected: str) -> CIError:
        """Return the error for a field that is not what it must be."""
        return CIError(
            f"the payload of this {self.name} event (GITHUB_EVENT_PATH) should hold {expected} in {path}, but does not", advice=NAME_IT
        )

    @property
    def ref(self) -> str:
        """The ref that the run was started for."""
        return self.env.get("GITHUB_REF", "")

    @property
    def commit(self) -> str:
        """The commit that the run checks out by default."""
        return _variable(self.env, "GITHUB_SHA", SHA).lower()

    @property
    def run_id(self) -> str:
        """The number of this run on its host."""
        return _variable(self.env, "GITHUB_RUN_ID", re.compile(r"[0-9]{1,20}"))

    @property
    def url(self) -> str:
        """The web page of this attempt of the run."""
        attempt = self.env.get("GITHUB_RUN_ATTEMPT", "")
        page = f"{self.server_url}/{self.repo}/actions/runs/{self.run_id}"
        return f"{page}/attempts/{attempt}" if _DIGITS.fullmatch(attempt) else page

    def run(
        self,
        target: PullRequestRef | CommitRef,
        *,
        head_sha: str | None = None,
        merge_sha: str | None = None,
    ) -> Run:
        """Return this run with its target and the commits that are known."""
        return Run(
            ci=NAME,
            target=target,
            event=self.name,
            head_sha=head_sha,
            merge_sha=merge_sha,
            run_id=self.run_id,
            url=self.url,
            workspace=workspace(self.env),
        )

    def pull_request(self, number: int) -> PullRequestRef:
        """Return the pull request of this number in the run's repository, which is the base repository even for a fork."""
        return PullRequestRef(host=HOST, server_url=self.server_url, repo=self.repo, number=number)


def workspace(env: Mapping[str, str]) -> str:
    """Return the folder that a checkout lies in."""
    return env.get("GITHUB_WORKSPACE") or "."


def pull_request_here(env: Mapping[str, str], number: int) -> PullRequestRef:
    """Return the pull request of this number in the run's repository. Raises CIError when a variable is missing or wrong."""
    server_url = _variable(env, "GITHUB_SERVER_URL", _SERVER).rstrip("/")
    return PullRequestRef(host=HOST, server_url=server_url, repo=_variable(env, "GITHUB_REPOSITORY", _REPOSITORY), number=number)


def _variable(env: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = env.get(name, "")
    if not value:
        raise CIError(f"the variable {name} is not set", advice=_SET_BY_RUNNER)
    if not pattern.fullmatch(value):
        raise CIError(f"the variable {name} is {one_line(value, 100)!r}, not what GitHub Actions puts there", advice=_SET_BY_RUNNER)
    return value


def _payload(env: Mapping[str, str]) -> Mapping[str, object]:
    path = Path(_variable(env, "GITHUB_EVENT_PATH", re.compile(r"[^\0]+")))
    named = f"the event file {one_line(str(path), 200)!r} (GITHUB_EVENT_PATH)"
    try:
        data = _file_bytes(path)
        payload: object = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        raise CIError(f"{named} cannot be read: {one_line(str(error), 200)}", advice=_SET_BY_RUNNER) from error
    if not isinstance(payload, dict):
        raise CIError(f"{named} holds no JSON object", advice=_SET_BY_RUNNER)
    return payload


def _file_bytes(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no file")
    with path.open("rb") as file:
        data = file.read(EVENT_BYTES + 1)
    if len(data) > EVENT_BYTES:
        raise ValueError(f"it holds more than {EVENT_BYTES:,} bytes, the most that GitHub sends")
    return data
