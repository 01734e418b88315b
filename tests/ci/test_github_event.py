"""Every GitHub event says which pull request a run is about, or the error says what to name."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atlantis_gate.ci import github_actions
from atlantis_gate.ci.github_event import EVENT_BYTES
from atlantis_gate.errors import CIError
from atlantis_gate.model import CommitRef, PullRequestRef, Run

ENVIRONMENTS = sorted((Path(__file__).parent / "environments" / "github_actions").glob("*.json"))
KEPT = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ENVIRONMENTS}
NAMED = [name for name, kept in KEPT.items() if "run" in kept]
UNNAMED = [name for name, kept in KEPT.items() if "error" in kept]
URL = "https://github.com/acme/infra/actions/runs/4242/attempts/2"
SEVEN = PullRequestRef(host="github", server_url="https://github.com", repo="acme/infra", number=7)
EIGHT = replace(SEVEN, number=8)
QUEUED = f"refs/heads/gh-readonly-queue/main/pr-7-{'2' * 40}"
DOCS = Path(__file__).parents[2] / "docs" / "ci" / "github-actions.md"


def environment(folder: Path, name: str, **changes: str | None) -> dict[str, str]:
    """Return an environment with its event file in `folder`, variables changed as asked (None takes one out)."""
    path = folder / "event.json"
    path.write_text(json.dumps(KEPT[name]["event"]), encoding="utf-8")
    env = {**KEPT[name]["env"], "GITHUB_EVENT_PATH": str(path), **changes}
    return {key: value for key, value in env.items() if value is not None}


def with_event(folder: Path, name: str, content: bytes) -> dict[str, str]:
    env = environment(folder, name)
    Path(env["GITHUB_EVENT_PATH"]).write_bytes(content)
    return env


def expected(name: str) -> Run:
    kept: dict[str, Any] = {"url": URL, **KEPT[name]["run"]}
    kind = CommitRef if "sha" in kept["target"] else PullRequestRef
    kept["target"] = kind(**kept["target"])
    return Run(ci="github-actions", event=KEPT[name]["env"]["GITHUB_EVENT_NAME"], run_id="4242", workspace="/github/workspace", **kept)


def refused(env: dict[str, str]) -> str:
    with pytest.raises(CIError) as caught:
        github_actions.read(env, None)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMED)
def test_an_event_names_its_pull_request(name: str, tmp_path: Path) -> None:
    assert github_actions.read(environment(tmp_path, name), None) == expected(name)


@pytest.mark.parametrize("name", UNNAMED)
def test_an_event_without_a_pull_request_says_how_to_name_one(name: str, tmp_path: Path) -> None:
    message, advice = refused(environment(tmp_path, name)).split("\n")
    assert message == KEPT[name]["error"]
    assert "--pull-request" in advice


def test_the_documentation_lists_the_events_that_are_understood() -> None:
    rows = [line.split("|")[1] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert documented == {kept["env"]["GITHUB_EVENT_NAME"] for kept in KEPT.values()}


@pytest.mark.parametrize("name", [*NAMED, *UNNAMED])
def test_an_explicit_pull_request_always_wins(name: str, tmp_path: Path) -> None:
    assert github_actions.read(environment(tmp_path, name), EIGHT).target == EIGHT


@pytest.mark.parametrize("name", [name for name in NAMED if "number" in KEPT[name]["run"]["target"] and name != "enterprise_server"])
def test_what_the_event_says_is_kept_for_the_same_pull_request(name: str, tmp_path: Path) -> None:
    same = replace(SEVEN, repo="Acme/Infra", server_url="https://GitHub.com/")
    assert github_actions.read(environment(tmp_path, name), same) == replace(expected(name), target=same)


@pytest.mark.parametrize(
    "other", [EIGHT, replace(SEVEN, repo="acme/other"), replace(SEVEN, server_url="https://git.example"), replace(SEVEN, host="gitea")]
)
def test_what_the_event_says_is_dropped_for_another_pull_request(other: PullRequestRef, tmp_path: Path) -> None:
    env = environment(tmp_path, "pull_request")
    dropped = Run(ci="github-actions", target=other, event="pull_request", workspace="/github/workspace")
    assert github_actions.read(env, other) == dropped


@pytest.mark.parametrize("name", ["none_schedule", "none_dispatch_without_input", "push"])
def test_an_explicit_pull_request_keeps_the_run_where_the_event_names_none(name: str, tmp_path: Path) -> None:
    run = github_actions.read(environment(tmp_path, name), SEVEN)
    assert (run.run_id, run.url, run.head_sha) == ("4242", URL, None)


def test_a_number_alone_is_of_the_runs_own_repository(tmp_path: Path) -> None:
    alone = PullRequestRef(host="", server_url="", repo="", number=7)
    assert github_actions.read(environment(tmp_path, "pull_request"), alone) == expected("pull_request")


def test_a_number_alone_needs_the_repository(tmp_path: Path) -> None:
    alone = PullRequestRef(host="", server_url="", repo="", number=7)
    with pytest.raises(CIError, match="GITHUB_REPOSITORY is not set"):
        github_actions.read(environment(tmp_path, "pull_request", GITHUB_REPOSITORY=None), alone)


def test_an_explicit_pull_request_needs_no_readable_event(tmp_path: Path) -> None:
    assert github_actions.read(with_event(tmp_path, "pull_request", b"{"), SEVEN).target == SEVEN


@pytest.mark.parametrize("variable", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"])
def test_a_missing_variable_is_named(variable: str, tmp_path: Path) -> None:
    assert f"the variable {variable} is not set" in refused(environment(tmp_path, "pull_request", **{variable: None}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITHUB_EVENT_NAME", "pull request"),
        ("GITHUB_REPOSITORY", "acme"),
        ("GITHUB_REPOSITORY", "acme/infra/x"),
        ("GITHUB_REPOSITORY", "acme/infra\n::error::x"),
        ("GITHUB_SERVER_URL", "github.com"),
        ("GITHUB_SERVER_URL", "https://user:secret@github.com"),
        ("GITHUB_SERVER_URL", "file:///etc"),
        ("GITHUB_RUN_ID", "1; rm"),
        ("GITHUB_SHA", "main"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, tmp_path: Path) -> None:
    said = refused(environment(tmp_path, "pull_request", **{variable: value}))
    assert f"the variable {variable} is " in said
    assert "\n::" not in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"number": ' + b"9" * 10_000 + b"}", "cannot be read"),
        (b"[]", "holds no JSON object"),
        (b"null", "holds no JSON object"),
        (b'"x"', "holds no JSON object"),
        (b" " * EVENT_BYTES + b"{}", "more than 25,000,000 bytes"),
    ],
)
def test_an_unreadable_event_file_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    message = refused(with_event(tmp_path, "pull_request", content))
    assert "GITHUB_EVENT_PATH" in message
    assert said in message


def test_an_event_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "(GITHUB_EVENT_PATH) cannot be read" in refused(environment(tmp_path, "pull_request", GITHUB_EVENT_PATH=str(tmp_path / "none")))


def test_only_a_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert "it is no file" in refused(environment(tmp_path, "pull_request", GITHUB_EVENT_PATH=str(path)))


@pytest.mark.parametrize("number", [None, True, 0, -7, 7.0, "7x", "", "\u0667", [7], {"n": 7}, 10**12, "07"])
def test_a_number_that_is_none_is_refused(number: object, tmp_path: Path) -> None:
    event = {"pull_request": {"number": number, "head": {"sha": "1" * 40}}}
    said = refused(with_event(tmp_path, "pull_request_target", json.dumps(event).encode()))
    assert "should hold the number of a pull request in pull_request.number" in said


@pytest.mark.parametrize("sha", [None, 7, "", "abc", "1" * 39, "1" * 41, "g" * 40, "1" * 40 + "\n"])
def test_a_head_that_is_no_full_commit_is_refused(sha: object, tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "head": {"sha": sha}}}
    assert "40 hexadecimal digits in pull_request.head.sha" in refused(with_event(tmp_path, "pull_request", json.dumps(event).encode()))


@pytest.mark.parametrize(
    ("name", "event", "said"),
    [
        ("pull_request", {"pull_request": []}, "an object in pull_request,"),
        ("pull_request", {"pull_request": {"number": 7, "head": "x"}}, "an object in pull_request.head,"),
        ("pull_request", {"pull_request": {"number": 8, "head": {"sha": "1" * 40}}}, "GITHUB_REF is refs/pull/7/merge, but"),
        ("pull_request_merged", {}, "the pull request in pull_request,"),
        ("pull_request_target", {}, "in pull_request.number"),
        ("issue_comment", {"issue": {"number": 7, "pull_request": True}}, "is on an issue"),
        ("issue_comment", {"issue": {"number": "x", "pull_request": {}}}, "in issue.number"),
        ("push", {"after": "main"}, "in after"),
        ("push", {"after": "4" * 40, "before": "main"}, "in before"),
        ("push", {"after": "0" * 40}, "this push deleted"),
        ("push", {"after": "4" * 40, "deleted": True}, "this push deleted"),
        ("merge_group", {"merge_group": {"head_ref": "refs/heads/main"}}, "in merge_group.head_ref"),
        ("merge_group", {"merge_group": {"head_ref": 7}}, "in merge_group.head_ref"),
        ("merge_group", {"merge_group": {"head_ref": f"x/{QUEUED}"}}, "in merge_group.head_ref"),
        ("merge_group", {"merge_group": {"head_ref": f"{QUEUED}/x"}}, "in merge_group.head_ref"),
        ("merge_group", {"merge_group": {"head_sha": "x"}}, "in merge_group.head_sha"),
        ("workflow_dispatch", {"inputs": {"pr": "7; rm -rf"}}, "in inputs.pr,"),
        ("workflow_dispatch", {"inputs": {"pr": True}}, "in inputs.pr,"),
        ("workflow_dispatch", {"inputs": "7"}, "an object in inputs,"),
        ("repository_dispatch", {"client_payload": {"pull_request": {"number": "x"}}}, "in client_payload.pull_request.number"),
        ("workflow_run", {"workflow_run": {"pull_requests": None}}, "a list in workflow_run.pull_requests"),
        ("workflow_run", {"workflow_run": {"pull_requests": [7]}}, "an object in pull_request,"),
    ],
)
def test_a_payload_of_another_shape_is_refused(name: str, event: object, said: str, tmp_path: Path) -> None:
    assert said in refused(with_event(tmp_path, name, json.dumps(event).encode()))


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"GITHUB_ACTIONS": "true"}, True),
        ({"GITHUB_ACTIONS": "false"}, False),
        ({"CI": "true"}, False),
        ({"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"}, False),
        ({"GITHUB_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}, False),
    ],
)
def test_github_is_told_from_those_that_imitate_it(env: dict[str, str], found: bool) -> None:
    assert github_actions.detect(env) is found
