"""Permissions in GitHub's own words for each kind of credential, and where each is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.diagnosis import Held
from atlantis_gate.hosts.github_permissions import PERMISSIONS, UNUSED, narrowed
from hosts.github_apps import APP, ENOUGH, PAGE, Reply, Stage, installed
from hosts.github_clinic import REPO, clinic, diagnosed, helds
from hosts.github_stage import REF

if TYPE_CHECKING:
    from atlantis_gate.diagnosis import Diagnosis, Need

JOB = "github-actions[bot]"
CLASSIC = "Personal access tokens > Tokens (classic) > the token: tick the scope repo;"
FINE_GRAINED = "Personal access tokens > Fine-grained tokens > the token"
APP_PAGE = "The App's page > Permissions & events > Repository permissions"


def needs(found: Diagnosis) -> dict[str, Need]:
    """Return what is needed by its name."""
    return {trial.need.name: trial.need for trial in found.trials}


def app(stage: Stage, **permissions: str) -> Diagnosis:
    """Return what the doctor finds out for an App whose installation has these permissions beside or instead of the usual ones."""
    granted = {name: access for name, access in {**ENOUGH, **permissions}.items() if access}
    return installed(clinic(stage, login="my-gate[bot]"), permissions=granted).host(APP).diagnose(REF)


@pytest.mark.parametrize(
    ("start", "login", "name", "words"),
    [
        ("ghp_", "alice", "checks", "repo"),
        ("ghp_", "alice", "branch protection", "repo, role Admin"),
        ("ghp_", "alice", "teams", "read:org"),
        ("gho_", "alice", "comment", "repo"),
        ("github_pat_", "alice", "checks", "Checks: Read-only"),
        ("github_pat_", "alice", "post statuses", "Commit statuses: Read and write"),
        ("ghs_", JOB, "pull requests", "pull-requests: read"),
        ("ghs_", "github-actions", "post statuses", "statuses: write"),
        ("ghs_", "my-gate[bot]", "pull requests", "Pull requests: Read-only"),
        ("ghu_", "alice", "workflow runs", "Actions: Read-only"),
        ("x", "alice", "files", "Contents: Read-only"),
    ],
)
def test_a_permission_is_named_as_its_kind_of_credential_has_it(stage: Stage, start: str, login: str, name: str, words: str) -> None:
    assert needs(diagnosed(clinic(stage, login=login), start))[name].permission == words


@pytest.mark.parametrize(
    ("start", "login", "name", "grant"),
    [
        (
            "ghp_",
            "alice",
            "post statuses",
            f"{CLASSIC} alice needs the role Write on acme/infra.",
        ),
        ("ghp_", "alice", "branch protection", "Give alice the role Admin on acme/infra."),
        (
            "ghp_",
            "",
            "repository",
            f"{CLASSIC} its user must see acme/infra.",
        ),
        (
            "github_pat_",
            "alice",
            "checks",
            "GitHub offers it for no fine-grained token. Use a GitHub App, the job's own token, or a classic token with scope repo.",
        ),
        (
            "github_pat_",
            "alice",
            "post statuses",
            f"{FINE_GRAINED} > Repository permissions > Commit statuses: Read and write.",
        ),
        (
            "github_pat_",
            "alice",
            "repository",
            f"{FINE_GRAINED}: choose acme as resource owner, and acme/infra under Repository access.",
        ),
        ("ghs_", JOB, "checks", "Add `checks: read` under `permissions:` in the workflow."),
        (
            "ghs_",
            JOB,
            "comment",
            "Add `pull-requests: write` under `permissions:` in the workflow. Runs for pull requests from forks get read at most.",
        ),
        (
            "ghs_",
            JOB,
            "branch protection",
            "A job's own token cannot have it: set up a GitHub App (atlantis-gate github-app create) with Administration: Read-only.",
        ),
        (
            "ghs_",
            JOB,
            "repository",
            "A job's own token sees its own repository only: use a GitHub App that is installed on acme/infra.",
        ),
        (
            "ghs_",
            "my-gate[bot]",
            "branch protection",
            f"{APP_PAGE} > Administration: Read-only. Then an owner of acme accepts it. Apps made before it was asked for lack it.",
        ),
        ("ghs_", "my-gate[bot]", "teams", "Nothing to do: the gate asks for no teams."),
        (
            "ghs_",
            JOB,
            "rulesets",
            "Whoever sees the repository may read them; GitHub Enterprise Server has them from 3.11 on.",
        ),
    ],
)
def test_how_to_grant_a_permission_is_told_step_by_step(stage: Stage, start: str, login: str, name: str, grant: str) -> None:
    assert needs(diagnosed(clinic(stage, login=login), start))[name].grant == grant


def test_the_jobs_own_token_is_called_that_once_github_says_whose_it_is(stage: Stage) -> None:
    assert diagnosed(clinic(stage, login=JOB), "ghs_").credential == "job's own token from GITHUB_TOKEN"


def test_an_app_with_just_what_the_gate_uses_has_it_all_and_nothing_to_remark(stage: Stage) -> None:
    found = app(stage)
    assert helds(found) == {**dict.fromkeys(helds(found), Held.YES), "teams": Held.NO}
    assert (found.sufficient, found.remarks, found.expires) == (True, (), None)
    assert found.credential == "GitHub App 12's installation access token from ATLANTIS_GH_APP_ID"
    assert not any("/orgs/" in path for path in stage.paths())


def test_what_an_app_has_too_much_of_is_named(stage: Stage) -> None:
    found = app(stage, contents="write", members="read", issues="write")
    assert found.remarks == (
        "It has more than the gate uses: contents: write, members: read, issues: write. Take away what nothing else needs.",
    )
    assert helds(found)["teams"] is Held.YES


def test_a_comment_is_told_by_what_the_app_was_given(stage: Stage) -> None:
    found = app(stage, pull_requests="read")
    assert helds(found)["comment"] is Held.NO
    assert [trial.evidence for trial in found.trials if trial.need.name == "comment"] == ["the installation has pull_requests: read"]


def test_a_permission_that_an_app_lacks_is_accepted_on_the_installations_page(stage: Stage) -> None:
    denied = Reply({"message": "Resource not accessible by integration"}, 403)
    clinic(stage, login="my-gate[bot]").on("GET", f"{REPO}/branches/main/protection", denied)
    installed(stage, permissions={**ENOUGH, "administration": ""})
    found = stage.host(APP).diagnose(REF)
    assert helds(found)["branch protection"] is Held.NO
    assert f"accepts it ({PAGE})." in needs(found)["branch protection"].grant


def test_an_installation_that_cannot_be_read_again_leaves_it_to_the_trials(stage: Stage) -> None:
    installed(clinic(stage, login="my-gate[bot]")).on("GET", "/app/installations/99", Reply({"message": "No"}, 403))
    found = stage.host(APP).diagnose(REF)
    assert found.sufficient
    assert helds(found)["comment"] is Held.UNKNOWN


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ({}, {}),
        ({"contents": "write", "pull_requests": "read"}, {"contents": "read", "pull_requests": "read"}),
        ({"statuses": "admin"}, {"statuses": "write"}),
        ({"members": "read", "issues": "write", "checks": "odd"}, {}),
        (ENOUGH, ENOUGH),
    ],
)  # fmt: skip
def test_a_token_is_asked_to_do_what_the_gate_does_as_far_as_it_was_granted(granted: dict[str, str], expected: dict[str, str]) -> None:
    assert narrowed(granted) == expected


def test_what_a_decision_needs_is_never_more_than_everything() -> None:
    levels = ("", "read", "write")
    assert [item.key for item in PERMISSIONS if levels.index(item.least) > levels.index(item.full)] == []
    assert {item.key for item in (*PERMISSIONS, *UNUSED) if item.later} == {"actions", "administration", "members"}
    assert {item.key for item in UNUSED} & {item.key for item in PERMISSIONS} == set()
