"""What GitHub's runner gives a step and takes from it: environment, event file, output and summary files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from fake_github.server import FakeGitHub
    from fake_github.state import Pull, Repository

RUN_ID = 4242


@dataclass
class Step:
    """One step of a workflow run in `folder`: its checkout (`workspace`), its environment and the files it may write.

    `variables` holds GITHUB_* and CI as the runner sets them; `inputs` holds INPUT_*.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The checkout, `/github/workspace` in a container."""
        return self.folder / "workspace"

    @property
    def env(self) -> dict[str, str]:
        """All that the step finds in its environment."""
        return {**self.variables, **self.inputs}

    def outputs(self) -> dict[str, str]:
        """Read the outputs as the runner does: `name=value`, or `name<<MARK` with lines up to the mark."""
        found: dict[str, str] = {}
        lines = iter((self.folder / "file_commands" / "output").read_text(encoding="utf-8").splitlines())
        for line in filter(None, lines):
            name, equals, value = line.partition("=")
            if equals and "<<" not in name:
                found[name] = value
                continue
            name, _, mark = line.partition("<<")
            value_lines: list[str] = []
            while (text := next(lines)) != mark:
                value_lines.append(text)
            found[name] = "\n".join(value_lines)
        return found

    def summary(self) -> str:
        """Read the job summary."""
        return (self.folder / "file_commands" / "summary").read_text(encoding="utf-8")


def step(folder: Path, github: FakeGitHub, repository: Repository, pull: Pull, token: str, **inputs: str) -> Step:
    """Prepare a step of a `pull_request` run for the pull request's head; `inputs` are the action's, with `_` for `-`."""
    merge = repository.test_merge(pull)
    made = Step(folder, inputs={f"INPUT_{name.upper().replace('_', '-')}": value for name, value in {"token": token, **inputs}.items()})
    for name, text in repository.commits[merge].files.items():
        target = made.workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    event = folder / "workflow" / "event.json"
    event.parent.mkdir(parents=True, exist_ok=True)
    event.write_text(json.dumps(_event(github, repository, pull)), encoding="utf-8")
    commands = folder / "file_commands"
    commands.mkdir(exist_ok=True)
    for name in ("output", "summary"):
        (commands / name).write_text("", encoding="utf-8")
    made.variables.update(
        {
            **_variables(github, repository, pull, merge),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_WORKSPACE": str(made.workspace),
            "GITHUB_OUTPUT": str(commands / "output"),
            "GITHUB_STEP_SUMMARY": str(commands / "summary"),
        }
    )
    return made


def _variables(github: FakeGitHub, repository: Repository, pull: Pull, merge: str) -> dict[str, str]:
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": github.url,
        "GITHUB_API_URL": f"{github.url}/api/v3",
        "GITHUB_GRAPHQL_URL": f"{github.url}/api/graphql",
        "GITHUB_REPOSITORY": repository.name,
        "GITHUB_REPOSITORY_OWNER": repository.name.partition("/")[0],
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": f"refs/pull/{pull.number}/merge",
        "GITHUB_SHA": merge,
        "GITHUB_HEAD_REF": pull.branch,
        "GITHUB_BASE_REF": pull.base,
        "GITHUB_RUN_ID": str(RUN_ID),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_JOB": "gate",
        "GITHUB_WORKFLOW": "terraform",
        "GITHUB_ACTOR": pull.author,
    }


def _event(github: FakeGitHub, repository: Repository, pull: Pull) -> dict[str, Any]:
    owner, _, name = repository.name.partition("/")
    source = f"{pull.author}/{name}" if pull.fork else repository.name
    return {
        "action": "synchronize",
        "number": pull.number,
        "repository": {
            "full_name": repository.name,
            "name": name,
            "owner": {"login": owner},
            "html_url": f"{github.url}/{repository.name}",
        },
        "pull_request": {
            "number": pull.number,
            "state": "closed" if pull.closed else "open",
            "merged": pull.merged,
            "draft": pull.draft,
            "title": pull.title,
            "user": {"login": pull.author},
            "html_url": f"{github.url}/{repository.name}/pull/{pull.number}",
            "head": {"ref": pull.branch, "sha": repository.head(pull), "repo": {"full_name": source, "fork": pull.fork}},
            "base": {"ref": pull.base, "sha": pull.base_sha, "repo": {"full_name": repository.name}},
        },
    }
