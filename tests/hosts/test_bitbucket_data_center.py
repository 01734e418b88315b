"""Bitbucket Data Center: addresses, tokens, the pull request, its files, divergence, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.bitbucket_data_center import BitbucketDataCenter, connect
from atlantis_gate.hosts.bitbucket_data_center_access import base_url, place, web
from atlantis_gate.model import Approval, Approvals, Divergence, State, Unknown
from hosts import stage_bitbucket_data_center as made
from hosts.bitbucket_wire import JSON, Reply, Wire
from hosts.stage_bitbucket_data_center import ENV, HERE, PULL, REF, ROOT, SERVER
from hosts.stories import BASE, FINE, HEAD, MERGE, MERGE_BASE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OTHER = "e" * 40


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire, env: Mapping[str, str] = ENV, **changes: Any) -> BitbucketDataCenter:
    return connect(replace(wire.connection(SERVER, REPO, made.RUN, env), **changes))


@pytest.mark.parametrize(
    "server", ["git.example.com", "ftp://git.example.com", "https://u@h", "https://h:0", "https://h:x", "https://h?q", ""]
)
def test_an_address_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(HostError, match="must have the form"):
        base_url(server)


def test_a_context_path_and_a_port_are_kept() -> None:
    assert base_url("http://git.example.com:7990/bitbucket/ ") == "http://git.example.com:7990/bitbucket"


def test_a_personal_repository_belongs_to_its_user() -> None:
    assert place("~jdoe/repo") == "projects/~jdoe/repos/repo"
    assert web(SERVER, "~jdoe/repo") == f"{SERVER}/users/jdoe/repos/repo"
    assert web(SERVER, "AT/repo") == f"{SERVER}/projects/AT/repos/repo"


@pytest.mark.parametrize("repo", ["repo", "a/b/c", "/repo", "a/", ""])
def test_a_repository_needs_a_key_and_a_slug(repo: str) -> None:
    with pytest.raises(HostError, match="project's key"):
        place(repo)


@pytest.mark.parametrize("name", ["ATLANTIS_BITBUCKET_TOKEN", "INPUT_TOKEN", "BITBUCKET_TOKEN"])
def test_a_token_is_sent_as_bearer(wire: Wire, name: str) -> None:
    host(wire, {name: made.TOKEN}).pull_request(REF)
    assert wire.asked[-1].url == f"{ROOT}{PULL}"
    assert (wire.asked[-1].headers["Authorization"], wire.asked[-1].headers["X-Atlassian-Token"]) == (f"Bearer {made.TOKEN}", "no-check")


def test_without_a_token_every_variable_is_named(wire: Wire) -> None:
    with pytest.raises(CredentialError, match="ATLANTIS_BITBUCKET_TOKEN, ATLANTIS_BITBUCKET_TOKEN_FILE, INPUT_TOKEN, BITBUCKET_TOKEN"):
        host(wire, {})


def test_a_401_may_mean_a_right_that_lacks(wire: Wire) -> None:
    wire.on("GET", PULL, Reply({"errors": [{"message": "You are not permitted to access this resource"}]}, 401))
    with pytest.raises(CredentialError, match="Repository read") as caught:
        host(wire).pull_request(REF)
    assert "not permitted to access" in str(caught.value)
    assert made.TOKEN not in str(caught.value)


def test_a_pull_request_is_read_as_it_is_told(wire: Wire) -> None:
    pull = host(wire).pull_request(REF)
    assert (pull.url, pull.author, pull.state) == (f"{SERVER}/projects/acme/repos/infra/pull-requests/7", "bob", State.OPEN)


def test_a_merged_ones_base_branch_is_read_afresh(wire: Wire) -> None:
    story = replace(FINE, state="merged")
    wire.on("GET", PULL, made.pull(story, toRef=made.ref("main", MERGE_BASE, "acme")))
    pull = host(wire).pull_request(REF)
    assert (pull.base_sha, pull.merge_sha) == (BASE, MERGE)
    assert wire.asked[-1].query == {"until": "refs/heads/main", "limit": "1"}


@pytest.mark.parametrize(
    "broken",
    [
        {"author": None},
        {"state": "NEW"},
        {"fromRef": None},
        {"toRef": made.ref("main", "bbbb", "acme")},
        {"fromRef": {**made.ref("f", HEAD, "acme"), "repository": None}},
    ],
)
def test_a_pull_request_that_lacks_something_is_an_error(wire: Wire, broken: JSON) -> None:
    wire.on("GET", PULL, made.pull(FINE, **broken))
    with pytest.raises(HostError, match="Bitbucket Data Center's answer has"):
        host(wire).pull_request(REF)


def test_only_reviewers_who_approve_count_and_their_commit_is_told(wire: Wire) -> None:
    odd = {**made.reviewer("dave", "NEEDS_WORK"), "approved": True}
    plain = {"user": made.user("erin"), "approved": True}
    reviewers = [made.reviewer("alice", "APPROVED"), made.reviewer("carol", "NEEDS_WORK"), odd, plain]
    wire.on("GET", PULL, made.pull(FINE, reviewers=reviewers, participants=[made.reviewer("frank", "APPROVED")]))
    found = host(wire)
    assert found.approvals(found.pull_request(REF)) == Approvals((Approval("alice", HEAD), Approval("erin", None)))


@pytest.mark.parametrize("reviewers", [None, [None], [{}], [{"user": made.user("alice")}]])
def test_reviewers_that_cannot_be_read_are_an_error(wire: Wire, reviewers: Any) -> None:
    wire.on("GET", PULL, made.pull(FINE, reviewers=reviewers))
    found = host(wire)
    with pytest.raises(HostError):
        found.approvals(found.pull_request(REF))


def files(wire: Wire) -> tuple[str, ...]:
    found = host(wire)
    return found.changed_files(found.pull_request(REF))


def test_paths_come_as_text_or_in_parts(wire: Wire) -> None:
    wire.on("GET", f"{PULL}/changes", made.paged([{"path": {"components": ["a", "b.tf"]}}, made.change("new", "old")]))
    assert files(wire) == ("a/b.tf", "old", "new")


def test_a_list_of_files_that_does_not_go_on_is_an_error(wire: Wire) -> None:
    first = {"start": 0, "limit": 1, "isLastPage": False, "nextPageStart": 1, "values": [made.change("a")]}
    wire.on("GET", f"{PULL}/changes", first)
    with pytest.raises(HostError, match="no more than the first 1, and there are more") as caught:
        files(wire)
    assert "page.max.changes" in str(caught.value)


def test_a_page_that_is_not_the_one_asked_for_is_an_error(wire: Wire) -> None:
    first = {"start": 0, "isLastPage": False, "nextPageStart": 1, "values": [made.change("a")]}
    wire.on("GET", f"{PULL}/changes", first, {**first, "isLastPage": True})
    with pytest.raises(HostError, match="and there are more"):
        files(wire)


def test_a_page_that_is_followed_by_itself_is_an_error(wire: Wire) -> None:
    wire.on(
        "GET", f"{PULL}/changes", lambda asked: {"start": int(asked.query["start"]), "isLastPage": False, "nextPageStart": 0, "values": []}
    )
    with pytest.raises(HostError, match="and there are more"):
        files(wire)
    assert len([path for path in wire.paths() if path.endswith("/changes")]) == 1


@pytest.mark.parametrize(
    "page", [{"values": []}, {"values": [], "isLastPage": False}, {"values": None, "isLastPage": True}, {"isLastPage": True}]
)
def test_a_page_that_is_none_is_an_error(wire: Wire, page: JSON) -> None:
    wire.on("GET", f"{PULL}/changes", page)
    with pytest.raises(HostError):
        files(wire)


def test_files_of_another_head_are_an_error(wire: Wire) -> None:
    wire.on("GET", f"{PULL}/changes", made.paged([made.change("a")], toHash=OTHER))
    with pytest.raises(HostError, match="new commits"):
        files(wire)


def test_new_commits_in_the_meantime_are_an_error(wire: Wire) -> None:
    found = host(wire)
    pull = replace(found.pull_request(REF), head_sha=OTHER)
    for ask in (found.changed_files, found.approvals, found.mergeability, lambda pull: found.divergence(pull, None)):
        with pytest.raises(HostError, match="new commits"):
            ask(pull)


def divergence(wire: Wire, planned_on: str | None = None, **story: Any) -> Divergence | Unknown:
    wire.on("GET", PULL, made.pull(replace(FINE, **story)))
    found = host(wire)
    return found.divergence(found.pull_request(REF), planned_on)


def commits(wire: Wire, *line: JSON) -> Wire:
    return wire.on("GET", f"{HERE}/compare/commits", made.paged(line)).on(
        "GET", f"{HERE}/compare/changes", made.paged([made.change("x.tf")])
    )


def test_the_branch_itself_is_compared_so_that_its_tip_is_fresh(wire: Wire) -> None:
    commits(wire, made.commit(OTHER, BASE), made.commit(BASE, MERGE_BASE))
    assert divergence(wire) == Divergence(OTHER, MERGE_BASE, ("x.tf",))
    assert [asked.query["from"] for asked in wire.asked[-2:]] == ["refs/heads/main", OTHER]
    assert [asked.query["to"] for asked in wire.asked[-2:]] == [HEAD, HEAD]


def test_a_branch_without_other_commits_has_not_moved(wire: Wire) -> None:
    commits(wire)
    assert divergence(wire) == Divergence(BASE, BASE, ())


def test_a_planned_commit_must_be_part_of_the_base_branch(wire: Wire) -> None:
    assert divergence(wire, BASE) == Divergence(BASE, BASE, ())
    commits(wire, made.commit(BASE, MERGE_BASE))
    assert divergence(wire, MERGE_BASE) == Divergence(BASE, MERGE_BASE, ("x.tf",))
    assert isinstance(divergence(wire, OTHER), Unknown)
    commits(wire)
    assert isinstance(divergence(wire, OTHER), Unknown)
    assert isinstance(divergence(wire, "main"), Unknown)


def test_the_merge_base_is_asked_for_where_the_branches_part_in_several_places(wire: Wire) -> None:
    commits(wire, made.commit(BASE, MERGE_BASE, "1" * 40), made.commit("1" * 40, "2" * 40))
    wire.on("GET", f"{HERE}/commits/{BASE}/merge-base", made.commit(MERGE_BASE))
    assert divergence(wire) == Divergence(BASE, MERGE_BASE, ("x.tf",))
    wire.on("GET", f"{HERE}/commits/{BASE}/merge-base", Reply({}, 404))
    assert divergence(wire) == Divergence(BASE, HEAD, ("x.tf",))


def test_a_list_of_commits_without_one_newest_is_an_error(wire: Wire) -> None:
    commits(wire, made.commit(BASE, MERGE_BASE), made.commit(OTHER, MERGE_BASE))
    with pytest.raises(HostError, match="not one newest"):
        divergence(wire)


def test_a_merged_pull_request_is_compared_with_its_merge(wire: Wire) -> None:
    commits(wire, made.commit(BASE, MERGE))
    assert divergence(wire, state="merged") == Divergence(BASE, MERGE, ("x.tf",))


def test_commits_that_are_not_there_are_unknown(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/compare/commits", Reply({}, 404))
    assert isinstance(divergence(wire), Unknown)
    wire.on("GET", f"{HERE}/compare/commits", Reply({}, 403))
    with pytest.raises(HostError):
        divergence(wire)


@pytest.mark.parametrize(
    "fault", [requests.Timeout("slow"), Reply("<html>sign in</html>"), Reply({}, 404), Reply({}, 302, {"Location": "/login"})]
)
def test_what_is_no_answer_is_an_error(wire: Wire, fault: Any) -> None:
    wire.on("GET", PULL, fault)
    with pytest.raises(HostError):
        host(wire).pull_request(REF)


@pytest.mark.parametrize("status", [429, 503])
def test_what_may_pass_is_asked_again(wire: Wire, status: int) -> None:
    wire.on("GET", PULL, Reply({}, status, {"Retry-After": "5"}), made.pull(FINE))
    assert host(wire).pull_request(REF).head_sha == HEAD
    assert wire.clock.slept == [5.0 if status == 429 else 1.0]
