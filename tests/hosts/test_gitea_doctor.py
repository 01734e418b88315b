"""What the doctor finds out about a token on Gitea and Forgejo, and that it changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.hosts import gitea_needs as needs
from hosts import stage_gitea as made
from hosts.diagnosing import but, evidence, held
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import PATH, REF, TOKEN, opened, whole
from hosts.stories import BASE, FINE, HEAD, MERGE_BASE
from programs import gate

if TYPE_CHECKING:
    from atlantis_gate.diagnosis import Diagnosis

NOTHING = "0" * 40
STATUS = f"{PATH}/statuses/{NOTHING}"
COMMENT = f"{PATH}/issues/0/comments"
NOT_ONE = Reply({"message": "json: cannot unmarshal number into Go struct field"}, 422)
LACKS = "token does not have at least one of required scope(s), required=[write:repository], token scope=read:repository"
REFUSED = Reply({"message": LACKS}, 403)


@pytest.fixture(autouse=True)
def played(stage: Stage) -> Stage:
    stage.on("GET", f"{PATH}/pulls/7", made.pull(FINE)).on("GET", f"{PATH}/pulls", whole(made.pull(FINE)))
    stage.on("GET", f"{PATH}/pulls/7/(files|reviews)", whole()).on("GET", f"{PATH}/commits/{HEAD}/statuses", whole())
    stage.on("GET", f"{PATH}/branches/main", made.branch(protected=True)).on("GET", f"{PATH}/branch_protections", [made.rule()])
    stage.on("GET", f"{PATH}/commits", whole(made.commit(BASE, MERGE_BASE, [])))
    stage.on("GET", f"{PATH}/contents/atlantis.yaml", {"type": "file", "encoding": "base64", "content": "dmVyc2lvbjogMwo="})
    stage.on("GET", PATH, {**made.repository(), "default_branch": "main"}).on("GET", "/api/v1/user", made.user("gate-bot"))
    return stage.on("POST", STATUS, NOT_ONE).on("POST", COMMENT, NOT_ONE)


def diagnosed(stage: Stage, env: dict[str, str] | None = None, *, newest: bool = False) -> Diagnosis:
    host = opened(stage, env)
    assert isinstance(host, Diagnoses)
    return host.diagnose(None if newest else REF)


def test_a_token_that_may_do_everything_is_told_so(stage: Stage) -> None:
    found = diagnosed(stage)
    assert held(found) == {need.name: "yes" for need in needs.NEEDS}
    assert found.sufficient
    assert (found.host, found.repo, found.identity) == ("gitea", "acme/infra", "gate-bot")
    assert found.credential == "access token from GITEA_TOKEN"
    assert (found.scopes, found.expires) == (None, None)
    assert evidence(found)["commits and files"] == "atlantis.yaml is on main"
    assert "neither when a token ends nor" in found.remarks[0]


def test_what_is_sent_is_no_status_and_no_comment(stage: Stage) -> None:
    diagnosed(stage)
    posted = [(asked.method, asked.path, asked.body) for asked in stage.asked if asked.method != "GET"]
    assert posted == [("POST", STATUS, {"state": 0}), ("POST", COMMENT, {"body": 0})]


def test_each_thing_is_asked_once(stage: Stage) -> None:
    diagnosed(stage)
    assert len(stage.paths()) == len(set(stage.paths()))


def test_without_a_number_the_newest_open_pull_request_is_tried(stage: Stage) -> None:
    assert evidence(diagnosed(stage, newest=True))["pull request"] == "read #7"
    (listing,) = [asked for asked in stage.asked if asked.path == f"{PATH}/pulls"]
    assert dict(listing.query) == {"state": "open", "limit": "1"}


def test_with_none_open_what_needs_one_is_unknown_and_says_why(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/pulls", whole())
    found = diagnosed(stage, newest=True)
    told = ["pull request", "reviews", "changed files", "commit statuses"]
    assert but(found) == dict.fromkeys(told, "unknown")
    assert {evidence(found)[name] for name in told} == {"no pull request is open, so this could not be tried"}


@pytest.mark.parametrize(
    ("route", "answers"),
    [
        (f"{PATH}/pulls/7", ["pull request", "reviews", "changed files", "commit statuses"]),
        (f"{PATH}/pulls/7/reviews", ["reviews"]),
        (f"{PATH}/pulls/7/files", ["changed files"]),
        (f"{PATH}/branches/main", ["branch"]),
        (f"{PATH}/commits/.*", ["commit statuses"]),
        (f"{PATH}/commits", ["commits and files"]),
        (f"{PATH}/contents/.*", ["commits and files"]),
    ],
)
def test_what_is_refused_is_no_and_tells_the_tokens_scopes(stage: Stage, route: str, answers: list[str]) -> None:
    stage.on("GET", route, REFUSED)
    found = diagnosed(stage)
    assert but(found) == dict.fromkeys(answers, "no")
    assert "the token lacks the scope write:repository, and it has read:repository" in evidence(found)[answers[0]]
    assert found.scopes == ("read:repository",)
    assert not found.sufficient


@pytest.mark.parametrize(
    ("method", "route", "name"),
    [
        ("GET", f"{PATH}/branch_protections", "branch protection"),
        ("GET", "/api/v1/user", "user"),
        ("POST", STATUS, "statuses, to write"),
        ("POST", COMMENT, "comment, to write"),
    ],
)
def test_what_a_decision_can_do_without_may_lack(stage: Stage, method: str, route: str, name: str) -> None:
    stage.on(method, route, REFUSED)
    found = diagnosed(stage)
    assert but(found) == {name: "no"}
    assert found.sufficient


@pytest.mark.parametrize("reply", [Reply({"id": 1}, 201), Reply({"message": "x"}, 404), Reply({"message": "x"}, 500)])
def test_only_the_servers_word_that_it_is_no_status_shows_that_one_may_be_written(stage: Stage, reply: Reply) -> None:
    stage.on("POST", STATUS, reply)
    assert but(diagnosed(stage)) == {"statuses, to write": "unknown"}


@pytest.mark.parametrize(("status", "answer"), [(401, "no"), (404, "unknown"), (500, "unknown")])
def test_not_found_and_faults_are_no_answer(stage: Stage, status: int, answer: str) -> None:
    stage.on("GET", f"{PATH}/pulls/7/reviews", Reply({"message": "so"}, status))
    assert but(diagnosed(stage)) == {"reviews": answer}


def test_a_jobs_own_token_ends_with_its_job(stage: Stage) -> None:
    found = diagnosed(stage, {"GITHUB_TOKEN": TOKEN, "GITEA_ACTIONS": "true"})
    assert (found.credential, found.remarks) == ("job's own token from GITHUB_TOKEN", ("It is valid while its job runs.",))


def test_a_token_that_is_refused_everywhere_is_an_error(stage: Stage) -> None:
    stage.on("GET", ".*", Reply({"message": "invalid username, password or token"}, 401))
    with pytest.raises(CredentialError, match="it is wrong or was deleted") as caught:
        diagnosed(stage)
    assert TOKEN not in str(caught.value)


def test_a_gitea_that_does_not_answer_is_an_error(stage: Stage) -> None:
    stage.on("GET", "/api/v1/user", Reply("", 502))
    with pytest.raises(HostError):
        diagnosed(stage)


def test_no_answer_shows_the_token(stage: Stage) -> None:
    assert TOKEN not in repr(diagnosed(stage))


def test_needs_are_told_in_the_words_for_the_token_at_hand(stage: Stage) -> None:
    of_job = {trial.need.name: trial.need for trial in diagnosed(stage, {"GITHUB_TOKEN": TOKEN, "GITEA_ACTIONS": "true"}).trials}
    assert of_job["statuses, to write"].permission == "permissions: {contents: write}"
    assert of_job["statuses, to write"].grant.startswith("A job's own token: from Gitea 1.26 on")
    assert of_job["reviews"].permission == "permissions: {pull-requests: read}"
    assert of_job["branch protection"].grant == "A job's own token cannot have it."
    assert of_job["user"] == needs.WHOSE
    assert {trial.need for trial in diagnosed(stage).trials} == set(needs.NEEDS)


def test_the_program_prints_what_the_doctor_found(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/pulls/7/reviews", REFUSED)
    ran = gate("doctor", "--host", "gitea", "--host-url", made.SERVER, "--repo", "acme/infra", env=made.ENV)
    assert ran.code == 2
    assert "access token from GITEA_TOKEN" in " ".join(ran.out.split())
    assert "the token lacks the scope write:repository, and it has read:repository" in " ".join(ran.out.split())
    assert TOKEN not in ran.out + ran.err
