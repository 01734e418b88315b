"""What the doctor finds out about a credential on Bitbucket Cloud, and that it changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.hosts import bitbucket_cloud_needs as needs
from atlantis_gate.hosts.bitbucket_cloud import connect
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import Reply, Wire
from hosts.diagnosing import but, evidence, held
from hosts.stage_bitbucket_cloud import CONTRACT, ENV, HERE, PULL, REF, SERVER
from hosts.stories import BASE, FINE, REPO
from programs import gate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.diagnosis import Diagnosis

API = "ATATT3xFfGF0" + "s" * 30
OWNED = {"ATLANTIS_BITBUCKET_TOKEN": API, "ATLANTIS_BITBUCKET_API_USER": "bot@example.com"}
SCOPES = {"X-OAuth-Scopes": "read:repository:bitbucket, read:pullrequest:bitbucket,read:user:bitbucket"}
LACKS = Reply({"type": "error", "error": {"message": "lacks", "detail": {"required": ["read:x:bitbucket"], "granted": []}}}, 403)
INVALID = Reply({"type": "error", "error": {"message": "Token is invalid, expired, or not supported for this endpoint."}}, 401)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        played = made.told(FINE, http)
        played.on("GET", HERE, Reply({"type": "repository", "mainbranch": {"type": "branch", "name": "main"}}, 200, SCOPES))
        played.on("GET", f"{HERE}/pullrequests", made.paged([made.pull(FINE)]))
        played.on("GET", "/user", made.user("gate-bot"))
        played.on("GET", f"{HERE}/src/{BASE}/atlantis.yaml", Reply("version: 3\n", headers={"Content-Disposition": "attachment"}))
        yield played


def diagnosed(wire: Wire, env: Mapping[str, str] = OWNED, *, newest: bool = False) -> Diagnosis:
    host = connect(wire.connection(SERVER, REPO, made.RUN, env))
    assert isinstance(host, Diagnoses)
    return host.diagnose(None if newest else REF)


def test_an_api_token_that_may_do_everything_is_told_so_with_its_scopes(wire: Wire) -> None:
    found = diagnosed(wire)
    assert held(found) == {need.name: "yes" for need in needs.NEEDS}
    assert found.sufficient
    assert (found.host, found.repo, found.credential) == ("bitbucket-cloud", REPO, "API token from ATLANTIS_BITBUCKET_TOKEN")
    assert (found.identity, found.expires) == ("gate-bot", None)
    assert found.scopes == ("read:pullrequest:bitbucket", "read:repository:bitbucket", "read:user:bitbucket")
    assert evidence(found)["branches and files"] == "atlantis.yaml is on main"


def test_nothing_is_changed_and_each_thing_is_asked_once(wire: Wire) -> None:
    diagnosed(wire)
    assert {asked.method for asked in wire.asked} == {"GET"}
    assert len(wire.asked) == len({asked.url for asked in wire.asked})


def test_what_is_asked_and_answered_is_as_bitbucket_describes_it(wire: Wire) -> None:
    diagnosed(wire, newest=True)
    problems = {str(asked): CONTRACT.problems(asked) for asked in wire.asked}
    assert {asked: found for asked, found in problems.items() if found} == {}


def test_without_a_number_the_newest_open_pull_request_is_tried(wire: Wire) -> None:
    assert evidence(diagnosed(wire, newest=True))["pull request"] == "read #7"
    (listing,) = [asked for asked in wire.asked if asked.path == f"{HERE}/pullrequests"]
    assert dict(listing.query) == {"state": "OPEN", "sort": "-created_on", "pagelen": "1"}


def test_with_none_open_what_needs_one_is_unknown_and_says_why(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/pullrequests", made.paged([]))
    found = diagnosed(wire, newest=True)
    told = ["pull request", "changed files", "builds", "comparison"]
    assert but(found) == dict.fromkeys([*told, "comment, to write"], "unknown")
    assert {evidence(found)[name] for name in told} == {"no pull request is open, so this could not be tried"}


@pytest.mark.parametrize(
    ("route", "answers"),
    [
        (PULL, {"pull request": "no", "changed files": "no", "builds": "no", "comparison": "no", "comment, to write": "no"}),
        (f"{PULL}/statuses", {"builds": "no"}),
        (f"{PULL}/diffstat", {"changed files": "no"}),
        (f"{HERE}/merge-base/.*", {"comparison": "no"}),
        ("/user", {"user": "no"}),
        (
            f"{HERE}/refs/branches/main",
            {"branches and files": "no", "comparison": "no", "build statuses, to write": "no", "Code Insights, to write": "no"},
        ),
    ],
)
def test_what_is_refused_is_no_with_the_scope_that_lacks(wire: Wire, route: str, answers: dict[str, str]) -> None:
    wire.on("GET", route, LACKS)
    found = diagnosed(wire)
    assert but(found) == answers
    assert "it takes the scope read:x:bitbucket" in evidence(found)[next(iter(answers))]
    assert found.sufficient == (set(answers) == {"user"})


@pytest.mark.parametrize(("status", "answer"), [(401, "no"), (404, "unknown"), (500, "unknown")])
def test_not_found_and_faults_are_no_answer(wire: Wire, status: int, answer: str) -> None:
    wire.on("GET", f"{PULL}/statuses", Reply({"type": "error", "error": {"message": "so"}}, status))
    assert but(diagnosed(wire)) == {"builds": answer}


def test_an_access_token_has_no_user_to_ask_for(wire: Wire) -> None:
    found = diagnosed(wire, ENV)
    assert but(found) == {"user": "no"}
    assert found.sufficient
    assert found.identity == ""
    assert "/user" not in [asked.path for asked in wire.asked]


def test_without_the_header_no_scopes_are_told(wire: Wire) -> None:
    wire.on("GET", HERE, {"type": "repository"})
    assert diagnosed(wire).scopes is None


def test_the_end_of_a_token_is_not_told_and_said_so(wire: Wire) -> None:
    (remark,) = diagnosed(wire).remarks
    assert "does not tell when a token ends" in remark


def test_a_token_that_is_refused_everywhere_is_an_error(wire: Wire) -> None:
    wire.on("GET", ".*", INVALID)
    with pytest.raises(CredentialError, match="ATLANTIS_BITBUCKET_TOKEN") as caught:
        diagnosed(wire)
    assert API not in str(caught.value)


def test_a_token_for_pull_requests_alone_is_one(wire: Wire) -> None:
    wire.on("GET", HERE, INVALID).on("GET", f"{HERE}/(src|refs|merge-base|commit)/.*", INVALID)
    assert held(diagnosed(wire))["pull request"] == "yes"


@pytest.mark.parametrize("fault", [Reply("", 502), Reply({}, 429, {"Retry-After": "100000"})])
def test_a_bitbucket_that_does_not_answer_is_an_error(wire: Wire, fault: Any) -> None:
    wire.on("GET", HERE, fault)
    with pytest.raises(HostError):
        diagnosed(wire)


def test_no_answer_shows_the_token(wire: Wire) -> None:
    assert API not in repr(diagnosed(wire))


def test_needs_are_told_in_the_words_for_the_token_at_hand(wire: Wire) -> None:
    found = {trial.need.name: trial.need for trial in diagnosed(wire).trials}
    assert found["comparison"].permission == "read:repository:bitbucket"
    assert found["comparison"].grant.endswith("> Create API token with scopes > Bitbucket, scope read:repository:bitbucket.")
    found = {trial.need.name: trial.need for trial in diagnosed(wire, ENV).trials}
    assert found["comparison"].permission == "Repositories: Read"
    assert found["comparison"].grant == "Repository settings > Security > Access tokens > Create access token, Repositories: Read."


def test_the_program_prints_what_the_doctor_found(wire: Wire) -> None:
    wire.on("GET", f"{PULL}/statuses", LACKS)
    ran = gate("doctor", "--host", "bitbucket-cloud", "--repo", REPO, "--pull-request", "7", env=OWNED)
    assert ran.code == 2
    assert "API token from ATLANTIS_BITBUCKET_TOKEN" in " ".join(ran.out.split())
    assert "it takes the scope read:x:bitbucket" in " ".join(ran.out.split())
    assert API not in ran.out + ran.err
