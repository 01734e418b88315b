"""Whatever goes wrong ends in exit code 2 with a reason, and never opens the gate."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from fake_github import TOKEN, FakeGitHub, Pull, Repository, rest, step
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fake_github import Step

ATLANTIS_YAML = "version: 3\nprojects:\n- dir: staging\n  name: staging\n"
REQUIRE = "approved,mergeable,undiverged"


class Faulty(FakeGitHub):
    """A stand-in whose request number `broken` (counted from 0), and each later one to the same place, gets another answer."""

    broken: int = -1
    instead: rest.Answer = rest.Answer(None)

    def answer(self, request: rest.Request, token: str) -> rest.Answer:
        real = super().answer(request, token)
        asked = [(each.method, each.path) for each in self.requests]
        return self.instead if self.broken >= 0 and (request.method, request.path) in asked[self.broken : self.broken + 1] else real


@pytest.fixture
def github() -> Iterator[Faulty]:
    with Faulty() as running:
        yield running


@pytest.fixture
def repository(github: Faulty) -> Repository:
    return github.repository("acme/infra", {"atlantis.yaml": ATLANTIS_YAML, "staging/main.tf": "# 1\n", "old.tf": "# old\n"})


@pytest.fixture
def pull(repository: Repository) -> Pull:
    # A rename makes the gate ask for the list of files too; a base that moved makes the comparison count.
    opened = repository.open_pull({"staging/main.tf": "# 2\n", "old.tf": None, "staging/old.tf": "# old\n"})
    repository.review(opened, "alice")
    repository.push("main", {"README.md": "x\n"})
    return opened


@pytest.fixture
def made(tmp_path: Path, github: Faulty, repository: Repository, pull: Pull) -> Step:
    return step(tmp_path, github, repository, pull, TOKEN, require=REQUIRE, timeout="5")


def assert_closed(ran: Ran, made: Step, repository: Repository, pull: Pull) -> None:
    assert ran.code == 2, ran.out + ran.err
    assert "Traceback" not in ran.err
    assert TOKEN not in ran.out + ran.err
    assert made.outputs()["allowed"] == "false"
    assert "success" not in repository.statuses(repository.head(pull)).values()


def test_without_faults_it_opens(made: Step) -> None:
    ran = gate(env=made.env)
    assert ran.code == 0, ran.out + ran.err


ANSWERS = [
    rest.Answer({"message": "Bad credentials"}, HTTPStatus.UNAUTHORIZED),
    rest.Answer({"message": "Resource not accessible by integration"}, HTTPStatus.FORBIDDEN),
    rest.Answer({"message": "Not Found"}, HTTPStatus.NOT_FOUND),
    rest.Answer({"message": "Server Error"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    rest.Answer(None),
    rest.Answer([]),
    rest.Answer({}),
    rest.Answer("<html>sign in</html>"),
    rest.Answer({"data": None, "errors": [{"message": "Something went wrong"}]}),
    rest.Answer({"data": {"repository": None}}),
]
# What is asked before the decision: pull request, files, comparison.
DECIDING = 3


@pytest.mark.parametrize("number", range(DECIDING))
@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_a_fault_at_any_request_that_decides_never_opens(
    made: Step, github: Faulty, repository: Repository, pull: Pull, number: int, answer: rest.Answer
) -> None:
    github.broken, github.instead = number, answer
    ran = gate("--timeout", "1", env=made.env)
    assert_closed(ran, made, repository, pull)


def test_the_requests_that_decide_are_three_and_those_after_them_post(made: Step, github: Faulty) -> None:
    gate(env=made.env)
    asked = [(request.method, request.path.partition("?")[0].rpartition("/")[2]) for request in github.requests]
    assert len([pair for pair in asked[:DECIDING] if pair[0] == "GET" or pair[1] == "graphql"]) == DECIDING
    assert all(method != "GET" for method, _ in asked[DECIDING:])


@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY])
def test_what_cannot_be_posted_changes_no_decision(made: Step, github: Faulty, repository: Repository, status: HTTPStatus) -> None:
    github.fail("POST", "/statuses/", status)
    github.fail("POST", "/comments", status)
    ran = gate(env=made.env)
    assert ran.code == 0, ran.out + ran.err
    assert "status could not be posted" in ran.err
    assert made.outputs()["allowed"] == "true"


def changed(made: Step, **env: str) -> dict[str, str]:
    return {name: value for name, value in {**made.env, **env}.items() if value}


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"INPUT_TOKEN": ""}, "token"),
        ({"INPUT_TOKEN": "wrong"}, "401"),
        ({"GITHUB_REPOSITORY": "acme/none"}, "acme/none"),
        ({"GITHUB_EVENT_PATH": "/nowhere/event.json"}, "GITHUB_EVENT_PATH"),
        ({"GITHUB_EVENT_NAME": "schedule"}, "--pull-request"),
        ({"INPUT_PULL-REQUEST": "seven"}, "'seven'"),
        ({"INPUT_PULL-REQUEST": "4711"}, "4711"),
        ({"INPUT_REQUIRE": "aproved"}, "'aproved'"),
        ({"INPUT_REQUIRE": "policies_passed"}, "'policies_passed'"),
        ({"INPUT_REPOS-YAML": "/nowhere/repos.yaml"}, "/nowhere/repos.yaml"),
        ({"INPUT_COMMAND": "aply"}, "apply"),
        ({"INPUT_PROJECT": "nothing"}, "'nothing'"),
        ({"INPUT_PLANNED-ON": "main"}, "'main'"),
        ({"INPUT_CONFIG": "/nowhere/config.yaml"}, "/nowhere/config.yaml"),
        ({"GITHUB_API_URL": "http://localhost:9", "GITHUB_GRAPHQL_URL": "http://localhost:9/graphql"}, "localhost:9"),
    ],
)
def test_bad_input_is_a_clear_error(made: Step, repository: Repository, pull: Pull, env: dict[str, str], message: str) -> None:
    ran = gate(env=changed(made, **env))
    assert_closed(ran, made, repository, pull)
    assert message in ran.err


@pytest.mark.parametrize("event", [b"", b"{", b"[]", b"\xff", json.dumps({"pull_request": {"number": "7"}}).encode()])
def test_an_event_that_cannot_be_read_is_a_clear_error(made: Step, repository: Repository, pull: Pull, event: bytes) -> None:
    (made.folder / "workflow" / "event.json").write_bytes(event)
    ran = gate(env=made.env)
    assert_closed(ran, made, repository, pull)
    assert "GITHUB_EVENT_PATH" in ran.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 3\nprojects: [\n", "atlantis.yaml:"),
        ("version: 3\nprojects:\n- dir: staging\n  apply_requirments: [approved]\n", "atlantis.yaml:4"),
        ("", "version"),
        ("\x00", "atlantis.yaml"),
        ("version: 3\nprojects:\n- dir: staging\n  apply_requirements: [approved]\n", "allowed_overrides"),
    ],
)
def test_a_wrong_repo_config_is_told_with_its_place_and_posted_as_no_success(
    made: Step, repository: Repository, pull: Pull, text: str, message: str
) -> None:
    (made.workspace / "atlantis.yaml").write_text(text)
    ran = gate(env=made.env)
    assert_closed(ran, made, repository, pull)
    assert message in ran.err
    assert repository.statuses(repository.head(pull)) == {"atlantis-gate/apply": "error"}


@pytest.mark.parametrize("text", ["repos: [\n", "repos:\n- id: /.*/\n  apply_requirments: [approved]\n", "", "repos: 3\n"])
def test_a_wrong_server_config_is_told_with_its_place(made: Step, repository: Repository, pull: Pull, tmp_path: Path, text: str) -> None:
    path = workspace(tmp_path / "config", {"repos.yaml": text}) / "repos.yaml"
    ran = gate(env=changed(made, **{"INPUT_REPOS-YAML": str(path)}))
    assert_closed(ran, made, repository, pull)
    assert "repos.yaml" in ran.err


def test_outputs_that_cannot_be_written_keep_the_gate_closed(made: Step) -> None:
    ran = gate(env=changed(made, GITHUB_OUTPUT=str(made.folder)))
    assert ran.code == 2
    assert "GITHUB_OUTPUT" in ran.err


def test_a_bug_is_told_as_one_and_keeps_the_gate_closed(made: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError(TOKEN)

    monkeypatch.setattr("atlantis_gate.commands.run", broken)
    ran = gate(env=made.env)
    assert ran.code == 2
    assert "bug in atlantis-gate" in ran.err
    assert TOKEN not in ran.err


@pytest.mark.parametrize("argv", [["--help"], ["check", "--help"], ["--version"]])
def test_help_and_version_are_no_error(argv: list[str]) -> None:
    ran = gate(*argv)
    assert ran.code == 0
    assert "atlantis-gate" in ran.out


def test_a_decision_file_that_cannot_be_written_keeps_the_gate_closed(made: Step, repository: Repository, pull: Pull) -> None:
    ran = gate("--decision-file", str(made.folder), env=made.env)
    assert_closed(ran, made, repository, pull)
    assert "--decision-file" in ran.err
