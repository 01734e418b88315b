"""What the doctor finds out about a token on GitLab, and that it changes nothing there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.hosts import gitlab_needs as needs
from hosts import gitlab_answers as made
from hosts.diagnosing import but, evidence, held
from hosts.gitlab_scene import MERGE_REQUEST, REF, STATUSES, Reply, Scene
from hosts.stories import HEAD, MERGE_BASE
from programs import gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.diagnosis import Diagnosis

SECRET = "glpat-" + "s" * 20
ENV = {"GITLAB_TOKEN": SECRET}
JOB = {"CI_JOB_TOKEN": "glcbt-" + "j" * 20}
SELF = ".*/personal_access_tokens/self"
PROJECT = ".*/projects/acme/infra"
NOTHING = "0" * 40
TO_WRITE = f".*/statuses/{NOTHING}"
LACKS_SCOPE = Reply({"error": "insufficient_scope", "error_description": "The request requires higher privileges."}, 403)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        opened.on("GET", SELF, Reply(token(), 200, {"Date": "Fri, 01 Jan 2027 12:00:00 GMT"}))
        opened.on("GET", ".*/user", {**made.user("project_42_bot_x1"), "bot": True})
        opened.on("GET", PROJECT, project(40))
        opened.on("GET", ".*/merge_requests", [made.merge_request()])
        opened.on("GET", ".*/repository/merge_base", made.commit(MERGE_BASE))
        opened.on("GET", ".*/repository/compare", made.comparison("a.tf"))
        opened.on("GET", ".*/repository/files/.*", Reply({"message": "404 File Not Found"}, 404))
        opened.on("POST", TO_WRITE, Reply({"message": "404 Commit Not Found"}, 404))
        opened.on("POST", ".*/merge_requests/0/notes", Reply({"message": "404 Not found"}, 404))
        yield opened


def token(**changes: Any) -> dict[str, Any]:
    return {"id": 1, "name": "gate", "scopes": ["api"], "active": True, "revoked": False, "expires_at": "2027-01-31", **changes}


def project(level: int | None) -> dict[str, Any]:
    access = None if level is None else {"access_level": level, "notification_level": 3}
    return made.project(permissions={"project_access": access, "group_access": None}, default_branch="main")


def diagnosed(scene: Scene, env: dict[str, str] | None = None, *, newest: bool = False) -> Diagnosis:
    host = scene.gitlab(env=env or ENV)
    assert isinstance(host, Diagnoses)
    return host.diagnose(None if newest else REF)


def test_a_token_that_may_do_everything_is_told_so_with_its_scopes_and_end(scene: Scene) -> None:
    found = diagnosed(scene)
    assert held(found) == {need.name: "yes" for need in needs.NEEDS}
    assert found.sufficient
    assert (found.host, found.repo, found.server_url) == ("gitlab", "acme/infra", "https://gitlab.com")
    assert found.credential == "project access token from GITLAB_TOKEN"
    assert found.identity == "project_42_bot_x1, token 'gate'"
    assert (found.scopes, found.expires) == (("api",), datetime(2027, 1, 31, tzinfo=UTC))
    assert found.remarks == ()


def test_nothing_is_changed(scene: Scene) -> None:
    diagnosed(scene)
    posted = [(asked.method, asked.path) for asked in scene.asked if asked.method != "GET"]
    assert [path.rpartition("/statuses/")[2] for _, path in posted[:1]] == [NOTHING]
    assert [path.rpartition("/merge_requests/")[2] for _, path in posted[1:]] == ["0/notes"]
    assert {method for method, _ in posted} == {"POST"}
    assert {asked.path for asked in scene.asked if HEAD in asked.path and asked.method == "POST"} == set()


def test_each_thing_is_asked_once(scene: Scene) -> None:
    diagnosed(scene)
    assert len(scene.paths()) == len(set(scene.paths()))


def test_without_a_number_the_newest_open_merge_request_is_tried(scene: Scene) -> None:
    found = diagnosed(scene, newest=True)
    assert evidence(found)["merge request"] == "read !7"
    (listing,) = [asked for asked in scene.asked if asked.path.endswith("/merge_requests")]
    assert (listing.query["state"], listing.query["sort"], listing.query["per_page"]) == ("opened", "desc", "1")


def test_with_none_open_what_needs_one_is_unknown_and_says_why(scene: Scene) -> None:
    scene.on("GET", ".*/merge_requests", [])
    found = diagnosed(scene, newest=True)
    told = [need.name for need in (needs.MERGE_REQUEST, needs.APPROVALS, needs.FILES, needs.COMPARISON, needs.JOBS)]
    assert but(found) == dict.fromkeys(told, "unknown")
    assert {evidence(found)[name] for name in told} == {"no merge request is open, so this could not be tried"}
    assert not found.sufficient


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (MERGE_REQUEST, "merge request"),
        (f"{MERGE_REQUEST}/approvals", "approvals"),
        (f"{MERGE_REQUEST}/diffs", "changed files"),
        (".*/repository/compare", "comparison"),
        (STATUSES, "statuses and jobs"),
        (".*/repository/files/.*", "branches and files"),
    ],
)
def test_what_is_refused_is_no_with_gitlabs_words(scene: Scene, route: str, name: str) -> None:
    scene.on("GET", route, LACKS_SCOPE)
    found = diagnosed(scene)
    assert held(found)[name] == "no"
    assert "The request requires higher privileges. ): the token lacks a scope" in evidence(found)[name].replace("(403 ", "").replace(
        ".)", ". )"
    )


@pytest.mark.parametrize(("status", "answer"), [(401, "no"), (403, "no"), (404, "unknown"), (500, "unknown")])
def test_not_found_and_faults_are_no_answer(scene: Scene, status: int, answer: str) -> None:
    scene.on("GET", f"{MERGE_REQUEST}/approvals", Reply({"message": "so"}, status))
    found = diagnosed(scene)
    assert but(found) == {"approvals": answer}
    assert f"{status} so" in evidence(found)["approvals"]


@pytest.mark.parametrize(
    ("level", "answer", "words"),
    [
        (30, "yes", "its role is Developer"),
        (20, "no", "its role is Reporter"),
        (None, "unknown", "does not tell"),
        (35, "yes", "role is 35"),
    ],
)
def test_the_role_tells_whether_gitlab_works_out_the_merge_for_it(scene: Scene, level: int | None, answer: str, words: str) -> None:
    scene.on("GET", PROJECT, project(level))
    found = diagnosed(scene)
    assert (held(found)["merge check"], words in evidence(found)["merge check"]) == (answer, True)
    assert found.sufficient


def test_a_token_for_reading_alone_may_not_write_and_suffices_to_decide(scene: Scene) -> None:
    scene.on("GET", SELF, token(scopes=["read_api"]))
    scene.on("POST", TO_WRITE, LACKS_SCOPE).on("POST", ".*/notes", LACKS_SCOPE)
    found = diagnosed(scene)
    assert but(found) == {"statuses, to write": "no", "comment, to write": "no"}
    assert found.sufficient


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply({"message": "403 Forbidden"}, 403), "no"),
        (Reply({"message": "401 Unauthorized"}, 401), "no"),
        (Reply({"message": "404 Project Not Found"}, 404), "unknown"),
        (Reply({"id": 1}, 201), "unknown"),
        (Reply({}, 500), "unknown"),
    ],
)
def test_only_a_commit_that_is_not_there_shows_that_statuses_may_be_written(scene: Scene, reply: Reply, answer: str) -> None:
    scene.on("POST", TO_WRITE, reply)
    assert but(diagnosed(scene)) == {"statuses, to write": answer}


def test_a_project_that_is_not_seen_is_no_proof_for_a_comment(scene: Scene) -> None:
    scene.on("GET", PROJECT, Reply({"message": "404 Project Not Found"}, 404))
    found = held(diagnosed(scene))
    assert (found["comment, to write"], found["statuses, to write"], found["merge settings"]) == ("unknown", "unknown", "unknown")
    assert [asked for asked in scene.asked if asked.method == "POST"] == []


@pytest.mark.parametrize(
    ("name", "kind"), [("project_4_bot_a", "project access token"), ("group_4_bot", "group access token"), ("bob", "personal access token")]
)
def test_the_user_tells_which_token_it_is(scene: Scene, name: str, kind: str) -> None:
    scene.on("GET", ".*/user", made.user(name))
    assert diagnosed(scene).credential == f"{kind} from GITLAB_TOKEN"


def test_scopes_that_are_not_used_and_a_token_without_an_end_are_remarked(scene: Scene) -> None:
    scene.on("GET", SELF, token(scopes=["api", "sudo", "read_user"], expires_at=None))
    found = diagnosed(scene)
    assert found.remarks == ("The token never ends.", "It has scopes that the gate does not use: sudo.")
    assert found.expires is None


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Fri, 01 Jan 2027 12:00:00 GMT", []),
        ("Sat, 16 Jan 2027 23:59:00 GMT", []),
        (
            "Mon, 18 Jan 2027 00:00:00 GMT",
            ["The token ends on 2027-01-31 00:00 UTC, in 13 days. Make a new one and set GITLAB_TOKEN to it."],
        ),
        ("Sat, 30 Jan 2027 00:00:00 GMT", ["The token ends on 2027-01-31 00:00 UTC, in 1 day. Make a new one and set GITLAB_TOKEN to it."]),
        (
            "Sat, 30 Jan 2027 12:00:00 GMT",
            ["The token ends on 2027-01-31 00:00 UTC, within a day. Make a new one and set GITLAB_TOKEN to it."],
        ),
    ],
)
def test_a_token_that_ends_soon_is_remarked_by_gitlabs_clock(scene: Scene, date: str, words: list[str]) -> None:
    scene.on("GET", SELF, Reply(token(), 200, {"Date": date}))
    assert list(diagnosed(scene).remarks) == words


def test_a_gitlab_that_tells_nothing_of_tokens_is_no_obstacle(scene: Scene) -> None:
    scene.on("GET", SELF, Reply({"message": "404 Not Found"}, 404)).on("GET", ".*/user", LACKS_SCOPE)
    found = diagnosed(scene)
    assert (found.scopes, found.expires, found.identity) == (None, None, "")
    assert found.credential == "personal, project or group access token from GITLAB_TOKEN"
    assert found.remarks == ("GitLab does not tell the token's scopes and when it expires (it does from 15.5 on).",)
    assert found.sufficient


def test_a_token_that_is_refused_everywhere_is_an_error(scene: Scene) -> None:
    expired = {"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization."}
    scene.on("GET", ".*", Reply(expired, 401))
    with pytest.raises(CredentialError, match=r"GITLAB_TOKEN .*it has expired") as caught:
        diagnosed(scene)
    assert SECRET not in str(caught.value)


def test_a_gitlab_that_does_not_answer_is_an_error(scene: Scene) -> None:
    scene.on("GET", SELF, Reply("", 502))
    with pytest.raises(HostError, match="fault"):
        diagnosed(scene)


def test_a_jobs_own_token_is_told_for_what_it_may_and_that_it_does_not_suffice(scene: Scene) -> None:
    scene.on("GET", ".*/job", {"id": 5, "user": made.user("bob")})
    for route in (f"{MERGE_REQUEST}/(approvals|diffs)", STATUSES, PROJECT, ".*/repository/(branches/main|files/.*)"):
        scene.on("GET", route, Reply({"message": "404 Not Found"}, 404))
    scene.on("POST", ".*", Reply({"message": "401 Unauthorized"}, 401))
    found = diagnosed(scene, JOB)
    assert held(found)["merge request"] == "yes"
    assert {held(found)[need.name] for need in needs.NEEDS if need.required and need is not needs.MERGE_REQUEST} == {"no"}
    assert found.credential == "job token from CI_JOB_TOKEN"
    assert found.identity == "bob (whose job it is)"
    assert "does not suffice" in found.remarks[0]
    assert not found.sufficient
    assert not any(asked.path.endswith(("/self", "/user")) for asked in scene.asked)


def test_the_token_of_a_job_that_has_ended_is_an_error(scene: Scene) -> None:
    scene.on("GET", ".*/job", Reply({"message": "401 Unauthorized"}, 401))
    with pytest.raises(CredentialError, match="job token from CI_JOB_TOKEN: a job's token is valid only while the job runs"):
        diagnosed(scene, JOB)


def test_no_need_and_no_answer_shows_the_token(scene: Scene) -> None:
    assert SECRET not in repr(diagnosed(scene))


ARGUMENTS = ("doctor", "--host", "gitlab", "--host-url", "https://gitlab.com", "--repo", "acme/infra")


def test_the_program_prints_what_the_doctor_found(scene: Scene) -> None:
    scene.on("POST", TO_WRITE, LACKS_SCOPE)
    ran = gate(*ARGUMENTS, "--pull-request", "7", env=ENV)
    assert ran.code == 0, ran.out + ran.err
    shown = " ".join(ran.out.split())
    assert "project access token from GITLAB_TOKEN" in shown
    assert "2027-01-31" in shown
    assert "> Add new token; role Developer or higher, scope api." in shown
    assert SECRET not in ran.out + ran.err


def test_the_program_ends_with_2_where_something_lacks_or_is_not_known(scene: Scene) -> None:
    scene.on("GET", ".*/merge_requests", [])
    ran = gate(*ARGUMENTS, "--format", "json", env=ENV)
    assert (ran.code, ran.document["sufficient"]) == (2, False)
    assert {need["name"]: need["held"] for need in ran.document["needs"]}["approvals"] == "unknown"


def test_the_program_says_of_a_refused_token_what_it_means(scene: Scene) -> None:
    scene.on("GET", ".*", Reply({"error": "invalid_token", "error_description": "Token is expired. You can either."}, 401))
    ran = gate(*ARGUMENTS, env=ENV)
    assert (ran.code, ran.out) == (2, "")
    assert "GitLab refused the token from GITLAB_TOKEN (401 Token is expired. You can either.): it has expired" in ran.err
    assert SECRET not in ran.err
