"""What the doctor finds out about a credential on Azure DevOps, and that it changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.hosts import azure_devops_needs as needs
from hosts import stage_azure_devops as made
from hosts.diagnosing import but, evidence, held
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import GIT, JOB, PROJECT_ID, REF, TOKEN, opened
from hosts.stories import BASE, FINE
from programs import gate

if TYPE_CHECKING:
    from atlantis_gate.diagnosis import Diagnosis

PAT = {"AZURE_DEVOPS_EXT_PAT": "s" * 52}
USER = "/org/_apis/connectionData"
PERMISSION = "/org/_apis/permissions/.*"
POLICIES = "/org/acme/_apis/policy/evaluations"
REPOSITORY_ID = "3411ebc1-d5aa-464f-9615-0b527bc66719"
LACKS = Reply({"message": "TF401027: You need the Git 'GenericRead' permission to perform this action."}, 403)
REFUSED = Reply({"message": "TF400813: Resource not available for anonymous access."}, 401)


@pytest.fixture(autouse=True)
def played(stage: Stage) -> Stage:
    stage.on("GET", f"{GIT}/pullRequests/7", made.pull(FINE)).on("GET", f"{GIT}/refs", made.listed([made.ref("main", BASE)]))
    stage.on("GET", POLICIES, made.listed([])).on("GET", f"{GIT}/diffs/commits", made.comparison([]))
    stage.on("GET", f"{GIT}/pullrequests", made.listed([made.pull(FINE)]))
    stage.on("GET", f"{GIT}/items", {"path": "/atlantis.yaml", "content": "version: 3\n", "contentMetadata": {"encoding": 65001}})
    stage.on("GET", GIT, {"id": REPOSITORY_ID, "defaultBranch": "refs/heads/main", "project": {"id": PROJECT_ID}})
    stage.on("GET", PERMISSION, made.listed([True]))
    return stage.on("GET", USER, user("Infra Build Service (org)"))


def user(name: str, **changes: Any) -> dict[str, Any]:
    return {"authenticatedUser": {"id": "u1", "providerDisplayName": name, "isActive": True, "properties": {}, **changes}}


def diagnosed(stage: Stage, env: dict[str, str] = JOB, *, newest: bool = False) -> Diagnosis:
    host = opened(stage, env)
    assert isinstance(host, Diagnoses)
    return host.diagnose(None if newest else REF)


def test_a_jobs_own_token_that_may_do_everything_is_told_so(stage: Stage) -> None:
    found = diagnosed(stage)
    assert held(found) == {need.name: "yes" for need in needs.NEEDS}
    assert found.sufficient
    assert (found.host, found.repo) == ("azure-devops", "org/acme/infra")
    assert found.credential == "job's own token (System.AccessToken) from SYSTEM_ACCESSTOKEN"
    assert found.identity == "Infra Build Service (org)"
    assert (found.scopes, found.expires) == (None, None)
    assert evidence(found)["branches and files"] == "atlantis.yaml is on main"
    assert found.remarks == ("It is valid while its job runs.",)


def test_nothing_is_changed_and_each_thing_is_asked_once(stage: Stage) -> None:
    diagnosed(stage)
    assert {asked.method for asked in stage.asked} == {"GET"}
    assert len(stage.asked) == len({(asked.path, str(asked.query)) for asked in stage.asked})


def test_the_permission_is_asked_of_the_repository(stage: Stage) -> None:
    diagnosed(stage)
    (asked,) = [asked for asked in stage.asked if "/permissions/" in asked.path]
    assert asked.path == "/org/_apis/permissions/2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87/16384"
    assert asked.query["tokens"] == f"repoV2/{PROJECT_ID}/{REPOSITORY_ID}"


def test_an_identity_that_may_not_contribute_may_not_write(stage: Stage) -> None:
    stage.on("GET", PERMISSION, made.listed([False]))
    found = diagnosed(stage)
    assert but(found) == {"statuses, to write": "no", "comment, to write": "no"}
    assert evidence(found)["comment, to write"] == "its identity lacks the permission Contribute to pull requests"
    assert found.sufficient


@pytest.mark.parametrize("answer", [Reply({"message": "no"}, 401), Reply({"message": "no"}, 403), {"value": ["true"]}, {"value": []}, {}])
def test_permissions_that_are_not_told_leave_it_unknown(stage: Stage, answer: Any) -> None:
    stage.on("GET", PERMISSION, answer)
    assert but(diagnosed(stage)) == {"statuses, to write": "unknown", "comment, to write": "unknown"}


def test_the_scopes_of_a_personal_token_are_not_told_so_that_writing_stays_unknown(stage: Stage) -> None:
    stage.on("GET", USER, user("Bob", properties={"Account": {"$type": "System.String", "$value": "bob@example.com"}}))
    found = diagnosed(stage, PAT)
    assert but(found) == {"statuses, to write": "unknown", "comment, to write": "unknown"}
    assert "does not tell a token's scopes" in evidence(found)["statuses, to write"]
    assert found.sufficient
    assert (found.credential, found.identity) == ("personal access token from AZURE_DEVOPS_EXT_PAT", "Bob (bob@example.com)")
    assert "does not tell a personal access token's scopes and when it ends" in found.remarks[0]


def test_without_a_number_the_newest_active_pull_request_is_tried(stage: Stage) -> None:
    assert evidence(diagnosed(stage, newest=True))["pull request"] == "read !7"
    (listing,) = [asked for asked in stage.asked if asked.path == f"{GIT}/pullrequests"]
    assert (listing.query["searchCriteria.status"], listing.query["$top"]) == ("active", "1")


def test_with_none_active_what_needs_one_is_unknown_and_says_why(stage: Stage) -> None:
    stage.on("GET", f"{GIT}/pullrequests", made.listed([]))
    found = diagnosed(stage, newest=True)
    told = ["pull request", "policy evaluations", "comparison"]
    assert but(found) == dict.fromkeys(told, "unknown")
    assert {evidence(found)[name] for name in told} == {"no pull request is active, so this could not be tried"}


@pytest.mark.parametrize(
    ("route", "answers"),
    [
        (f"{GIT}/pullRequests/7", ["pull request", "policy evaluations", "comparison"]),
        (POLICIES, ["policy evaluations"]),
        (f"{GIT}/items", ["branches and files"]),
        (f"{GIT}/diffs/commits", ["comparison"]),
        (f"{GIT}/refs", ["branches and files", "comparison"]),
    ],
)
def test_what_is_refused_is_no_with_azures_words(stage: Stage, route: str, answers: list[str]) -> None:
    stage.on("GET", route, LACKS)
    found = diagnosed(stage)
    assert but(found) == dict.fromkeys(answers, "no")
    assert "TF401027: You need the Git 'GenericRead' permission" in evidence(found)[answers[0]]


@pytest.mark.parametrize(("status", "answer"), [(401, "no"), (404, "unknown"), (500, "unknown")])
def test_not_found_and_faults_are_no_answer(stage: Stage, status: int, answer: str) -> None:
    stage.on("GET", POLICIES, Reply({"message": "so"}, status))
    assert but(diagnosed(stage)) == {"policy evaluations": answer}


def test_a_token_without_the_right_to_ask_who_it_is_may_still_be_one(stage: Stage) -> None:
    stage.on("GET", USER, REFUSED)
    found = diagnosed(stage)
    assert (but(found), found.identity) == ({}, "")


def test_a_token_that_is_refused_everywhere_is_an_error(stage: Stage) -> None:
    stage.on("GET", ".*", REFUSED)
    with pytest.raises(CredentialError, match="takes it for nobody's") as caught:
        diagnosed(stage)
    assert TOKEN not in str(caught.value)


def test_an_answer_for_nobody_is_an_error_though_the_project_is_public(stage: Stage) -> None:
    stage.on("GET", USER, user("Anonymous", id="aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"))
    with pytest.raises(CredentialError, match="takes the personal access token from AZURE_DEVOPS_EXT_PAT for nobody's"):
        diagnosed(stage, PAT)


def test_an_azure_devops_that_does_not_answer_is_an_error(stage: Stage) -> None:
    stage.on("GET", USER, Reply("", 503))
    with pytest.raises(HostError):
        diagnosed(stage)


def test_no_answer_shows_the_token(stage: Stage) -> None:
    assert TOKEN not in repr(diagnosed(stage))


def test_needs_are_told_in_the_words_for_the_credential_at_hand(stage: Stage) -> None:
    of_job = {trial.need.name: trial.need for trial in diagnosed(stage).trials}
    assert of_job["comment, to write"].permission == "permission Contribute to pull requests"
    assert of_job["comment, to write"].grant.startswith("Permission: Project settings > Repositories")
    of_person = {trial.need.name: trial.need for trial in diagnosed(stage, PAT).trials}
    assert of_person["comment, to write"] == needs.COMMENT


def test_the_program_prints_what_the_doctor_found(stage: Stage) -> None:
    stage.on("GET", PERMISSION, made.listed([False]))
    ran = gate("doctor", "--host", "azure-devops", "--repo", "org/acme/infra", env=JOB)
    assert ran.code == 0, ran.out + ran.err
    assert "job's own token (System.AccessToken) from SYSTEM_ACCESSTOKEN" in " ".join(ran.out.split())
    assert "its identity lacks the permission Contribute to pull requests" in " ".join(ran.out.split())
    assert TOKEN not in ran.out + ran.err
