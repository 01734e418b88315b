"""What the doctor finds out about a token on Bitbucket Data Center, and that it changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import Diagnoses
from atlantis_gate.hosts import bitbucket_data_center_needs as needs
from atlantis_gate.hosts.bitbucket_data_center import connect
from hosts import stage_bitbucket_data_center as made
from hosts.bitbucket_wire import Reply, Wire
from hosts.diagnosing import but, evidence, held
from hosts.stage_bitbucket_data_center import CONDITIONS, CONTRACT, ENV, HERE, PULL, REF, SERVER, TOKEN
from hosts.stories import BASE, FINE, HEAD, MERGE_BASE, REPO
from programs import gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.diagnosis import Diagnosis

PROPERTIES = "/api/latest/application-properties"
BUILDS = f"/build-status/latest/commits/{HEAD}"
WRITING = ("builds, to write", "Code Insights, to write", "comment, to write")
LACKS = Reply({"errors": [{"message": "You are not permitted to access this resource"}]}, 401, {"X-AUSERNAME": "gate-bot"})
INVALID = Reply({"errors": [{"message": "Authentication failed"}]}, 401)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        played = made.told(FINE, http)
        version = {"version": "9.4.1", "displayName": "Bitbucket"}
        played.on("GET", PROPERTIES, Reply(version, 200, {"X-AUSERNAME": "gate-bot"}))
        played.on("GET", HERE, {"slug": "infra", "project": {"key": "acme"}})
        played.on("GET", f"{HERE}/default-branch", {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"})
        played.on("GET", f"{HERE}/pull-requests", made.paged([made.pull(FINE)]))
        played.on("GET", f"{HERE}/commits", made.paged([made.commit(BASE, MERGE_BASE)]))
        played.on("GET", f"{HERE}/raw/atlantis.yaml", Reply("version: 3\n"))
        yield played


def diagnosed(wire: Wire, *, newest: bool = False) -> Diagnosis:
    host = connect(wire.connection(SERVER, REPO, made.RUN, ENV))
    assert isinstance(host, Diagnoses)
    return host.diagnose(None if newest else REF)


def test_a_token_that_may_read_may_do_everything(wire: Wire) -> None:
    found = diagnosed(wire)
    assert held(found) == {need.name: "yes" for need in needs.NEEDS}
    assert found.sufficient
    assert (found.host, found.repo, found.server_url) == ("bitbucket-data-center", REPO, SERVER)
    assert (found.credential, found.identity) == ("HTTP access token from ATLANTIS_BITBUCKET_TOKEN", "gate-bot")
    assert (found.scopes, found.expires) == (None, None)
    assert "does not tell a token when it ends" in found.remarks[0]


def test_nothing_is_changed_and_each_thing_is_asked_once(wire: Wire) -> None:
    diagnosed(wire)
    assert {asked.method for asked in wire.asked} == {"GET"}
    assert len(wire.asked) == len({asked.url for asked in wire.asked})


def test_what_is_asked_and_answered_is_as_bitbucket_describes_it(wire: Wire) -> None:
    diagnosed(wire, newest=True)
    problems = {str(asked): CONTRACT.problems(asked) for asked in wire.asked if not asked.path.startswith("/build-status")}
    assert {asked: found for asked, found in problems.items() if found} == {}


def test_without_a_number_the_newest_open_pull_request_is_tried(wire: Wire) -> None:
    assert evidence(diagnosed(wire, newest=True))["pull request"] == "read #7"
    (listing,) = [asked for asked in wire.asked if asked.path == f"{HERE}/pull-requests"]
    assert dict(listing.query) == {"state": "OPEN", "order": "NEWEST", "limit": "1"}


def test_with_none_open_what_needs_one_is_unknown_and_says_why(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/pull-requests", made.paged([]))
    found = diagnosed(wire, newest=True)
    told = ["pull request", "changed files", "merge check", "builds", "comparison"]
    assert but(found) == dict.fromkeys(told, "unknown")
    assert {evidence(found)[name] for name in told} == {"no pull request is open, so this could not be tried"}
    assert evidence(found)["branches and files"] == "atlantis.yaml is on main"


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (f"{PULL}/changes", "changed files"),
        (f"{PULL}/merge", "merge check"),
        (BUILDS, "builds"),
        (CONDITIONS, "builds"),
        (f"{HERE}/compare/changes", "comparison"),
    ],
)
def test_what_is_refused_is_no_and_names_the_right_that_lacks(wire: Wire, route: str, name: str) -> None:
    wire.on("GET", route, LACKS)
    found = diagnosed(wire)
    assert but(found) == {name: "no"}
    assert "it is gate-bot's, and lacks the permission Repository read" in evidence(found)[name]


def test_who_may_not_read_the_repository_may_not_write_either(wire: Wire) -> None:
    wire.on("GET", f"{HERE}.*", LACKS)
    found = diagnosed(wire)
    assert {held(found)[name] for name in WRITING} == {"no"}
    assert not found.sufficient


@pytest.mark.parametrize(("status", "answer"), [(403, "no"), (404, "unknown"), (500, "unknown")])
def test_not_found_and_faults_are_no_answer(wire: Wire, status: int, answer: str) -> None:
    wire.on("GET", f"{PULL}/merge", Reply({"errors": [{"message": "so"}]}, status))
    assert but(diagnosed(wire)) == {"merge check": answer}


def test_a_bitbucket_without_required_builds_is_no_obstacle(wire: Wire) -> None:
    wire.on("GET", CONDITIONS, Reply({}, 404))
    found = diagnosed(wire)
    assert held(found)["builds"] == "yes"
    assert "knows no required builds" in evidence(found)["builds"]


def test_a_token_that_is_refused_everywhere_is_an_error(wire: Wire) -> None:
    wire.on("GET", ".*", INVALID)
    with pytest.raises(CredentialError, match="wrong, expired or revoked") as caught:
        diagnosed(wire)
    assert TOKEN not in str(caught.value)


def test_a_token_that_sees_the_server_alone_is_one(wire: Wire) -> None:
    wire.on("GET", f"{HERE}.*", INVALID)
    assert {answer for name, answer in held(diagnosed(wire)).items() if name != "builds"} == {"no"}


def test_a_bitbucket_that_does_not_answer_is_an_error(wire: Wire) -> None:
    wire.on("GET", PROPERTIES, Reply("", 503))
    with pytest.raises(HostError):
        diagnosed(wire)


def test_no_answer_shows_the_token(wire: Wire) -> None:
    assert TOKEN not in repr(diagnosed(wire))


def test_the_program_prints_what_the_doctor_found(wire: Wire) -> None:
    wire.on("GET", f"{PULL}/merge", LACKS)
    where = ("--host", "bitbucket-data-center", "--host-url", SERVER, "--repo", REPO)
    ran = gate("doctor", *where, "--pull-request", "7", env=ENV)
    assert ran.code == 2
    assert "HTTP access token from ATLANTIS_BITBUCKET_TOKEN" in " ".join(ran.out.split())
    assert "it is gate-bot's, and lacks the permission Repository read" in " ".join(ran.out.split())
    assert TOKEN not in ran.out + ran.err
