"""Every CI's environment of a pull request, with texts of its author wherever the CI hands those on, and what the CI takes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ci import azure_pipelines_agent, github_runner

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = Path(__file__).parents[1] / "ci" / "environments"
# Variables in which CIs hand on what an author writes: branches, titles, messages, names, labels.
WRITTEN = (
    *("GITHUB_HEAD_REF", "GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR"),
    *("CI_COMMIT_MESSAGE", "CI_COMMIT_TITLE", "CI_COMMIT_DESCRIPTION", "CI_COMMIT_AUTHOR", "CI_COMMIT_REF_NAME", "CI_COMMIT_BRANCH"),
    *("CI_MERGE_REQUEST_TITLE", "CI_MERGE_REQUEST_DESCRIPTION", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_LABELS"),
    *("GITLAB_USER_NAME", "GITLAB_USER_LOGIN", "CI_COMMIT_TAG_MESSAGE"),
    *("BUILD_SOURCEVERSIONMESSAGE", "BUILD_REQUESTEDFOR", "SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"),
    *("BITBUCKET_BRANCH", "BITBUCKET_PR_DESCRIPTION"),
    *("CIRCLE_BRANCH", "CIRCLE_USERNAME", "CIRCLE_PR_USERNAME"),
    *("BUILDKITE_BRANCH", "BUILDKITE_MESSAGE", "BUILDKITE_BUILD_AUTHOR", "BUILDKITE_LABEL"),
    *("CHANGE_TITLE", "CHANGE_BRANCH", "CHANGE_AUTHOR", "CHANGE_AUTHOR_DISPLAY_NAME", "GIT_BRANCH", "BRANCH_NAME"),
    *("CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_PULL_REQUEST_LABELS", "CI_PIPELINE_AVATAR"),
)
# In an event's payload.
_IN_EVENTS = ("title", "body", "login", "name", "ref", "label", "message")
_OURS = ("outcome", "allowed", "projects", "blocked-projects", "head-sha", "base-sha")
_DOTENV = ("OUTCOME", "ALLOWED", "HEAD_SHA", "BASE_SHA", "PROJECT_COUNT")


@dataclass(frozen=True)
class Place:
    """One CI: an environment of it, and how its outputs, and the commands that it obeys, are read."""

    kept: str
    folders: tuple[str, ...]
    outputs: Callable[[Path, str], dict[str, str]]


def _in_file(name: str) -> Callable[[Path, str], dict[str, str]]:
    return lambda folder, _: github_runner.file_values((folder / name).read_text(encoding="utf-8"))


def _in_lines(name: str) -> Callable[[Path, str], dict[str, str]]:
    """Read a file of `NAME=value` lines; one that is anything else, or another name, is an error."""

    def read(folder: Path, _: str) -> dict[str, str]:
        pairs = [line.split("=") for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        assert [key for key, _ in pairs] == [f"ATLANTIS_GATE_{key}" for key in _DOTENV]
        values = dict(zip(_DOTENV, (value for _, value in pairs), strict=True))
        return {"outcome": values["OUTCOME"], "allowed": values["ALLOWED"], "head-sha": values["HEAD_SHA"], "base-sha": values["BASE_SHA"]}

    return read


def _in_commands(_: Path, printed: str) -> dict[str, str]:
    found = [command for command in azure_pipelines_agent.commands(printed) if command.name == "task.setvariable"]
    assert [command.properties["variable"] for command in found] == [name.replace("-", "_") for name in _OURS]
    return {name: command.data for name, command in zip(_OURS, found, strict=True)}


def _nowhere(_: Path, __: str) -> dict[str, str]:
    return {}


PLACES = {
    "github-actions": Place("github_actions/pull_request", ("GITHUB_WORKSPACE",), _in_file("output")),
    "gitea-actions": Place("gitea_actions/pull_request", ("GITHUB_WORKSPACE",), _in_file("output")),
    "gitlab-ci": Place("gitlab_ci/detached", ("CI_PROJECT_DIR",), _in_lines("root/atlantis-gate.env")),
    "azure-pipelines": Place("azure_pipelines/pull_request", ("BUILD_SOURCESDIRECTORY", "BUILD_REPOSITORY_LOCALPATH"), _in_commands),
    "bitbucket-pipelines": Place("bitbucket_pipelines/pull_request", ("BITBUCKET_CLONE_DIR",), _in_lines("variables")),
    "circleci": Place("circleci/github", (), _nowhere),
    "buildkite": Place("buildkite/github", (), _nowhere),
    "woodpecker": Place("woodpecker/github", ("CI_WORKSPACE",), _nowhere),
    "jenkins": Place("jenkins/github", ("WORKSPACE",), _nowhere),
    "none": Place("", (), _nowhere),
}


def environment(name: str, folder: Path, text: str, which: str = "") -> dict[str, str]:
    """Return a CI's environment, its usual one or another kept one, with a text of the author's in it; `folder / root` is the checkout."""
    place = PLACES[name]
    path = which or place.kept
    kept: dict[str, Any] = json.loads((KEPT / f"{path}.json").read_text(encoding="utf-8")) if path else {}
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary.md", "BITBUCKET_PIPELINES_VARIABLES_PATH": "variables"}
    for file in files.values():
        (folder / file).write_text("", encoding="utf-8")
    (folder / "temp").mkdir(exist_ok=True)
    env = {**kept.get("env", {}), "AGENT_TEMPDIRECTORY": str(folder / "temp"), **{key: str(folder / file) for key, file in files.items()}}
    env |= {key: str(folder / "root") for key in place.folders}
    # An environment holds no NUL, and bytes that are no UTF-8 as lone surrogates of another kind.
    value = text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    env |= dict.fromkeys((key for key in WRITTEN if key in env or name != "woodpecker"), value)
    if "event" in kept:
        (folder / "event.json").write_text(json.dumps(written(kept["event"], text)), encoding="utf-8")
        env["GITHUB_EVENT_PATH"] = str(folder / "event.json")
    return env


def kept_environments(name: str) -> tuple[str, ...]:
    """Return the names of all environments that are kept of a CI, of every event."""
    return tuple(f"{path.parent.name}/{path.stem}" for path in sorted((KEPT / Path(PLACES[name].kept).parent).glob("*.json")))


def written(value: Any, text: str) -> Any:
    """Return a payload with a text of the author's wherever one may be."""
    if isinstance(value, dict):
        return {key: text if key in _IN_EVENTS and isinstance(each, str) else written(each, text) for key, each in value.items()}
    return [written(each, text) for each in value] if isinstance(value, list) else value
