"""The whole program as `doctor`: where it finds the repo, what it prints, how it ends, and that no secret shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hosts.github_answers import answer, pull
from hosts.github_apps import APP, ENOUGH, KEY, installed
from hosts.github_clinic import DENIED, GOOD, REPO, ROUTES, clinic
from hosts.github_stage import Reply, Stage
from programs import gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from programs import Ran

GOLDENS = Path(__file__).parent / "goldens"
HERE = ("--host", "github", "--repo", "acme/infra")
SECRET = "S3cretS3cretS3cretS3cretS3cretS3cret"
DENIED_BOT = Reply({"message": "Resource not accessible by integration"}, 403)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


def doctor(*argv: str, **env: str) -> Ran:
    """Run the doctor on pull request 7."""
    return gate("doctor", *HERE, "--pull-request", "7", *argv, env=env)


def job(stage: Stage, *argv: str) -> Ran:
    """Play a job's own token with all that a workflow can give."""
    clinic(stage, login="github-actions[bot]")
    stage.on(*ROUTES["branch protection"], DENIED_BOT).on(*ROUTES["teams"], DENIED_BOT)
    return doctor(*argv, INPUT_TOKEN=f"ghs_{SECRET}", GITHUB_TOKEN=f"ghs_{SECRET}")


def fine_grained(stage: Stage, *argv: str) -> Ran:
    """Play a fine-grained token that GitHub cannot give all, and that soon ends."""
    clinic(stage, headers={"GitHub-Authentication-Token-Expiration": "2026-11-05 09:00:00 UTC"})
    for name in ("checks", "branch protection", "post statuses", "teams"):
        stage.on(*ROUTES[name], DENIED)
    return doctor(*argv, ATLANTIS_GH_TOKEN=f"github_pat_{SECRET}")


def app(stage: Stage, *argv: str) -> Ran:
    """Play an App that was made for an older Atlantis."""
    clinic(stage, login="my-gate[bot]")
    for name in ("workflow runs", "branch protection"):
        stage.on(*ROUTES[name], DENIED_BOT)
    installed(stage, permissions={**ENOUGH, "actions": "", "administration": "", "contents": "write"})
    return doctor(*argv, ATLANTIS_GH_APP_ID="12", ATLANTIS_GH_APP_KEY=KEY)


def unseen(stage: Stage, *argv: str) -> Ran:
    """Play a classic token without the scope for a private repository."""
    clinic(stage).graphql({"data": {"viewer": {"login": "alice"}}}).on("GET", REPO, Reply({"message": "Not Found"}, 404))
    return doctor(*argv, GITHUB_TOKEN=f"ghp_{SECRET}")


SCENES: dict[str, tuple[Callable[..., Ran], int]] = {
    "job": (job, 0),
    "fine-grained": (fine_grained, 2),
    "app": (app, 2),
    "unseen": (unseen, 2),
}


@pytest.mark.parametrize("name", SCENES)
def test_what_it_prints_is_as_kept(stage: Stage, golden: Callable[[Path, str], None], name: str) -> None:
    play, code = SCENES[name]
    ran = play(stage)
    golden(GOLDENS / f"doctor-{name}.txt", ran.out)
    assert ran.code == code


def test_the_document_holds_the_same_alone_on_stdout(stage: Stage, golden: Callable[[Path, str], None]) -> None:
    clinic(stage, headers={"X-OAuth-Scopes": "repo"}).on(*ROUTES["branch protection"], Reply({"message": "Not Found"}, 404))
    ran = doctor("--format", "json", GITHUB_TOKEN=f"ghp_{SECRET}")
    assert (ran.code, ran.document["sufficient"], ran.document["version"]) == (0, True, 1)
    golden(GOLDENS / "doctor.json", ran.out)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_printed_in_any_form(stage: Stage, name: str, form: str) -> None:
    ran = SCENES[name][0](stage, "--format", form)
    for secret in (SECRET, KEY.splitlines()[2], "ghs_traded"):
        assert secret not in ran.out + ran.err


def test_a_secret_that_github_echoes_is_not_printed(stage: Stage) -> None:
    token = f"ghp_{SECRET}"
    clinic(stage).on(*ROUTES["checks"], Reply({"message": f"no {token}"}, 403))
    ran = doctor(GITHUB_TOKEN=token)
    assert ran.code == 2
    assert token not in ran.out + ran.err


def test_without_a_credential_it_says_which_there_could_be_and_fails() -> None:
    ran = doctor()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("credential error: no credential for GitHub: none of ATLANTIS_GH_TOKEN,")


def test_a_refused_token_is_an_error_and_no_table(stage: Stage) -> None:
    clinic(stage).graphql(Reply({"message": "Bad credentials"}, 401))
    ran = doctor(GITHUB_TOKEN="ghp_x")
    assert (ran.code, ran.out) == (2, "")
    assert "credential error: GitHub refused the classic personal access token from GITHUB_TOKEN" in ran.err


def tried(stage: Stage) -> list[Any]:
    """Return the numbers of the pull requests that the question of a run was tried on."""
    return [asked.body["variables"]["number"] for asked in stage.asked if asked.body and "number" in asked.body.get("variables", {})]


def test_a_repo_alone_is_enough_and_its_newest_pull_request_is_tried(stage: Stage) -> None:
    clinic(stage).on("GET", f"{REPO}/pulls", [{"number": 12}])
    assert gate("doctor", *HERE, env={"GITHUB_TOKEN": "ghp_x"}).code == 0
    assert tried(stage) == [12]


def actions(folder: Path, event: str, payload: Mapping[str, object]) -> dict[str, str]:
    """Return what a run of GitHub Actions is given."""
    (folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_RUN_ID": "4711",
        "GITHUB_TOKEN": "ghs_x",
        "NO_COLOR": "1",
    }


@pytest.mark.parametrize(
    ("event", "payload", "expected"),
    [
        ("schedule", {}, [12]),
        ("workflow_dispatch", {"inputs": {}}, [12]),
        ("push", {"after": "a" * 40}, [12]),
        ("pull_request_target", {"pull_request": {"number": 7, "head": {"sha": "b" * 40}}}, [7]),
    ],
)
def test_in_a_ci_the_repo_at_hand_is_enough(
    stage: Stage, tmp_path: Path, event: str, payload: Mapping[str, object], expected: list[int]
) -> None:
    clinic(stage, login="github-actions[bot]").on("GET", f"{REPO}/pulls", [{"number": 12}])
    ran = gate("doctor", env=actions(tmp_path, event, payload))
    assert (ran.code, tried(stage)) == (0, expected)


def test_options_win_over_the_ci_at_hand(stage: Stage, tmp_path: Path) -> None:
    clinic(stage).on("GET", "/repos/corp/net", GOOD["repository"]).on("GET", "/repos/corp/net/.*", []).on("POST", "/repos/corp/net/.*", {})
    ran = gate("doctor", "--repo", "github.com/corp/net", env=actions(tmp_path, "pull_request_target", {"pull_request": {"number": 7}}))
    assert "on corp/net needs" in ran.out
    assert tried(stage) == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), ("CI error: no CI that the gate knows was found", "Name the repo: --host and --repo.")),
        (("--host", "github"), ("usage error: --host needs --repo",)),
        (("--host-url", "https://git.example.com"), ("CI error: no CI that the gate knows was found", "Name the repo: --host and --repo.")),
    ],
)
def test_without_a_repo_it_says_how_to_name_one(argv: tuple[str, ...], words: tuple[str, ...]) -> None:
    ran = gate("doctor", *argv, env={"GITHUB_TOKEN": "ghp_x"})
    assert ran.code == 2
    assert [word for word in words if word not in ran.err] == []


def test_a_pull_request_that_the_ci_cannot_place_is_the_cis_own_error() -> None:
    ran = gate("doctor", "--pull-request", "7", env={"GITHUB_TOKEN": "ghp_x"})
    assert (ran.code, ran.err.startswith("CI error: no CI that the gate knows was found")) == (2, True)


def test_the_answer_stands_in_colour_where_that_shows(stage: Stage, tmp_path: Path) -> None:
    clinic(stage, login="github-actions[bot]")
    env = {name: value for name, value in actions(tmp_path, "schedule", {}).items() if name != "NO_COLOR"}
    assert gate("doctor", env=env).out.startswith("\x1b[1;32mThe job's own token from GITHUB_TOKEN has everything")


def test_what_apps_are_set_up_with_is_read_from_the_environment_alone(stage: Stage) -> None:
    installed(clinic(stage, login="my-gate[bot]", question=answer(pull())))
    assert doctor(**APP).out.startswith("GitHub App 12's installation access token from ATLANTIS_GH_APP_ID has everything")
