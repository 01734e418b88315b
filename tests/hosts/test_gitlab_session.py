"""How GitLab is reached: addresses, tokens in their headers, and what faults and refusals become."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.gitlab import connect
from atlantis_gate.hosts.gitlab_addresses import api, project
from atlantis_gate.hosts.gitlab_session import _ca_file
from atlantis_gate.model import Approvals, Divergence, Mergeability, Unknown
from hosts import gitlab_answers as made
from hosts.gitlab_scene import MERGE_REQUEST, REF, STATUSES, Reply, Scene
from hosts.stage_gitlab import ROOT, connection, serve
from hosts.stories import BASE, FINE, MERGE_BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hosts.github_stage import Asked

JOB = {"CI_JOB_TOKEN": "job-secret"}


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("https://gitlab.com", "https://gitlab.com/api/v4"),
        ("https://git.example.com/gitlab/", "https://git.example.com/gitlab/api/v4"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v4"),
        ("git.example.com", "https://git.example.com/api/v4"),
    ],
)
def test_the_api_is_below_the_server_and_its_path(server: str, expected: str) -> None:
    assert api(server, {}) == expected


def test_the_api_is_what_the_job_says_on_its_own_server_only() -> None:
    env = {"CI_SERVER_URL": "https://git.example.com/gitlab", "CI_API_V4_URL": "https://git.example.com/gitlab/api/v4/"}
    assert api("https://git.example.com/gitlab", env) == "https://git.example.com/gitlab/api/v4"
    assert api("https://gitlab.com", env) == "https://gitlab.com/api/v4"


def test_an_api_elsewhere_than_the_server_gets_no_token() -> None:
    with pytest.raises(HostError, match="CI_API_V4_URL"):
        api("https://gitlab.com", {"CI_SERVER_URL": "https://gitlab.com", "CI_API_V4_URL": "https://evil.example/api/v4"})


@pytest.mark.parametrize(
    "server", ["ftp://gitlab.com", "https://", "https://user@gitlab.com", "https://gitlab.com:0", "https://gitlab.com:x"]
)
def test_what_is_no_server_is_refused(server: str) -> None:
    with pytest.raises(HostError, match="not one of the form"):
        api(server, {})


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "/projects/acme%2Fteam%2Finfra"),
        ({"CI_PROJECT_ID": "5", "CI_PROJECT_PATH": "acme/team/infra"}, "/projects/5"),
        ({"CI_PROJECT_ID": "5", "CI_PROJECT_PATH": "fork/infra"}, "/projects/acme%2Fteam%2Finfra"),
        ({"CI_PROJECT_ID": "../6", "CI_PROJECT_PATH": "acme/team/infra"}, "/projects/acme%2Fteam%2Finfra"),
        ({"CI_PROJECT_ID": "6", "CI_MERGE_REQUEST_PROJECT_ID": "5", "CI_MERGE_REQUEST_PROJECT_PATH": "Acme/team/infra"}, "/projects/5"),
    ],
)
def test_a_project_is_named_by_its_number_where_the_job_is_of_that_project(env: Mapping[str, str], expected: str) -> None:
    assert project("acme/team/infra", "https://gitlab.com", {"CI_SERVER_URL": "https://gitlab.com", **env}) == expected


def test_a_number_of_another_server_names_no_project() -> None:
    env = {"CI_SERVER_URL": "https://other.example", "CI_PROJECT_ID": "5", "CI_PROJECT_PATH": "acme/infra"}
    assert project("acme/infra", "https://gitlab.com", env) == "/projects/acme%2Finfra"


def test_the_encoded_path_goes_over_the_wire_as_it_is() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        host = connect(serve(FINE, http))
        host.pull_request(REF)
        assert {str(call.request.url).startswith(ROOT) for call in http.calls} == {True}


@pytest.mark.parametrize(
    ("env", "header", "token"),
    [
        ({"ATLANTIS_GITLAB_TOKEN": "a", "INPUT_TOKEN": "b", "GITLAB_TOKEN": "c", **JOB}, "PRIVATE-TOKEN", "a"),
        ({"INPUT_TOKEN": "b", "GITLAB_TOKEN": "c", **JOB}, "PRIVATE-TOKEN", "b"),
        ({"GITLAB_TOKEN": "c", **JOB}, "PRIVATE-TOKEN", "c"),
        (JOB, "JOB-TOKEN", "job-secret"),
    ],
)
def test_tokens_are_tried_in_order_and_go_in_their_header(scene: Scene, env: dict[str, str], header: str, token: str) -> None:
    scene.pull(scene.gitlab(env=env))
    sent = [
        {name: value for name, value in asked.headers.items() if "TOKEN" in name.upper() or name == "Authorization"}
        for asked in scene.asked
    ]
    assert sent == [{header: token}] * len(scene.asked)


def test_a_token_may_be_in_a_file(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    scene.pull(scene.gitlab(env={"ATLANTIS_GITLAB_TOKEN_FILE": str(tmp_path / "token"), "GITLAB_TOKEN": "c"}))
    assert scene.asked[0].headers["PRIVATE-TOKEN"] == "from-file"


def test_without_a_token_the_variables_and_the_scope_are_named() -> None:
    with pytest.raises(CredentialError, match=r"(?s)ATLANTIS_GITLAB_TOKEN, .*GITLAB_TOKEN, CI_JOB_TOKEN.*read_api"):
        connect(connection({}))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_a_jobs_token_may_not_read_says_which_token_may(scene: Scene, status: int) -> None:
    scene.on("GET", f"{MERGE_REQUEST}/approvals", Reply({"message": "401 Unauthorized"}, status))
    host = scene.gitlab(env=JOB)
    pull = scene.pull(host)
    with pytest.raises(HostError, match=r"(?s)CI_JOB_TOKEN.*project access token.*read_api") as caught:
        host.approvals(pull)
    assert "job-secret" not in str(caught.value)


def test_a_file_that_a_jobs_token_may_not_read_is_not_taken_for_absent(scene: Scene) -> None:
    scene.on("GET", ".*/repository/files/.*", Reply({"message": "404 File Not Found"}, 404))
    with pytest.raises(HostError, match="CI_JOB_TOKEN"):
        scene.gitlab(env=JOB).file("atlantis.yaml", "a" * 40)
    assert scene.gitlab().file("atlantis.yaml", "a" * 40) is None


@pytest.mark.parametrize(
    ("reply", "error", "text"),
    [
        (Reply({"message": "401 Unauthorized"}, 401), CredentialError, "GITLAB_TOKEN"),
        (Reply({"error": "insufficient_scope", "error_description": "needs more"}, 403), HostError, "read_api"),
        (Reply({"message": "404 Project Not Found"}, 404), HostError, "404 Project Not Found"),
        (Reply("<html>sign in</html>"), HostError, "not JSON"),
        (Reply("", 302, {"Location": "https://gitlab.com/users/sign_in"}), HostError, "redirected"),
        (Reply("", 301, {"Location": "https://evil.example/api/v4"}), HostError, "redirected"),
        (Reply({}, 500), HostError, "fault"),
        (Reply("<html>", 502), HostError, "fault"),
        (Reply({"message": "slow down"}, 429, {"Retry-After": "1000"}), HostError, "rate limit"),
        (requests.exceptions.SSLError("bad"), HostError, "no trusted connection"),
        (requests.Timeout("slow"), HostError, "no answer"),
        (requests.ConnectionError("gone"), HostError, "no answer"),
    ],
)
def test_a_merge_request_that_cannot_be_read_is_an_error(scene: Scene, reply: Any, error: type[Exception], text: str) -> None:
    scene.on("GET", MERGE_REQUEST, reply)
    with pytest.raises(error, match=text):
        scene.pull(scene.gitlab())
    assert {asked.host for asked in scene.asked} == {"gitlab.com"}


def test_faults_that_pass_are_waited_out(scene: Scene) -> None:
    scene.on("GET", MERGE_REQUEST, Reply({}, 500), Reply({}, 429, {"Retry-After": "7"}), requests.Timeout("slow"), made.merge_request())
    assert scene.pull(scene.gitlab()).author == "bob"
    assert scene.clock.slept == [1.0, 7.0, 2.0]


def test_a_fault_elsewhere_hurts_only_what_needs_it(scene: Scene) -> None:
    scene.on("GET", f"{MERGE_REQUEST}/approvals", Reply({"message": "403 Forbidden"}, 403))
    host = scene.gitlab()
    pull = scene.pull(host)
    assert not isinstance(host.mergeability(pull), Unknown)
    with pytest.raises(HostError, match="not permitted"):
        host.approvals(pull)


def test_everything_is_asked_once(scene: Scene) -> None:
    host = scene.gitlab()
    pull = scene.pull(host)
    for _ in range(2):
        assert isinstance(host.approvals(pull), Approvals)
        host.mergeability(pull)
        host.changed_files(pull)
    assert len(scene.paths()) == len(set(scene.paths())) == 6


def test_what_waits_for_nothing_is_asked_at_the_same_time(scene: Scene) -> None:
    """Three rounds, whatever is asked: each answer of a round comes only when all of that round were asked for."""
    rounds = {
        Barrier(3, timeout=5): (MERGE_REQUEST, f"{MERGE_REQUEST}/diffs", f"{MERGE_REQUEST}/approvals"),
        Barrier(3, timeout=5): (".*/repository/branches/main", STATUSES, ".*/projects/acme/infra"),
        Barrier(2, timeout=5): (".*/repository/merge_base", ".*/repository/compare"),
    }
    scene.on("GET", ".*/repository/merge_base", made.commit(MERGE_BASE)).on("GET", ".*/repository/compare", made.comparison("a.tf"))
    for barrier, paths in rounds.items():
        for path in paths:
            scene.on("GET", path, after(barrier, scene.answer(path)))
    host = scene.gitlab()
    pull = scene.pull(host)
    host.changed_files(pull)
    host.approvals(pull)
    assert (host.mergeability(pull), host.divergence(pull, None)) == (Mergeability(()), Divergence(BASE, MERGE_BASE, ("a.tf",)))
    assert len(scene.asked) == 8


def after(barrier: Barrier, answer: Any) -> Callable[[Asked], Any]:
    def wait(_: Asked) -> Any:
        barrier.wait()
        return answer

    return wait


def test_every_request_has_a_time_limit(scene: Scene) -> None:
    scene.pull(scene.gitlab(seconds=12))
    assert {asked.timeout for asked in scene.asked} == {12}


def test_the_runners_authorities_are_trusted_for_its_own_server(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("")
    env = {"CI_SERVER_URL": "https://git.example.com", "CI_SERVER_TLS_CA_FILE": str(file)}
    assert _ca_file("https://git.example.com", env) == str(file)
    assert _ca_file("https://gitlab.com", env) is None
    assert _ca_file("https://git.example.com", {**env, "REQUESTS_CA_BUNDLE": "mine.pem"}) is None
    assert _ca_file("https://git.example.com", {**env, "CI_SERVER_TLS_CA_FILE": str(tmp_path / "none")}) is None
