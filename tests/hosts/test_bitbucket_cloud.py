"""Bitbucket Cloud: addresses, credentials, the pull request, its files, and what goes wrong."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.bitbucket_cloud import BitbucketCloud, connect
from atlantis_gate.hosts.bitbucket_cloud_access import api
from atlantis_gate.model import Approval, Approvals, Divergence, State, Unknown
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import Reply, Wire
from hosts.stage_bitbucket_cloud import ENV, HERE, PULL, REF, ROOT, SERVER
from hosts.stories import BASE, FINE, HEAD, MERGE, MERGE_BASE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire, env: Mapping[str, str] = ENV, **changes: Any) -> BitbucketCloud:
    return connect(replace(wire.connection(SERVER, REPO, made.RUN, env), **changes))


@pytest.mark.parametrize(
    ("server", "env", "expected"),
    [
        ("https://bitbucket.org", {}, ROOT),
        ("https://www.bitbucket.org/", {"BITBUCKET_API_URL": "http://elsewhere"}, ROOT),
        ("http://127.0.0.1:9/", {}, "http://127.0.0.1:9/2.0"),
        ("http://127.0.0.1:9", {"BITBUCKET_API_URL": "http://127.0.0.1:8/2.0/"}, "http://127.0.0.1:8/2.0"),
        ("http://127.0.0.1:9", {"ATLANTIS_BITBUCKET_BASE_URL": "http://127.0.0.1:7"}, "http://127.0.0.1:7/2.0"),
    ],
)
def test_the_api_is_found_from_the_servers_address(server: str, env: dict[str, str], expected: str) -> None:
    assert api(server, env) == expected


@pytest.mark.parametrize(
    "server", ["bitbucket.org", "ftp://bitbucket.org", "https://user@host", "https://h:0", "https://h:x", "https://[", ""]
)
def test_an_address_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(HostError, match="form https://host"):
        api(server, {})


def test_an_access_token_is_sent_alone(wire: Wire) -> None:
    for name in ("BITBUCKET_ACCESS_TOKEN", "INPUT_TOKEN", "ATLANTIS_BITBUCKET_TOKEN"):
        host(wire, {name: made.TOKEN, "BITBUCKET_ACCESS_TOKEN": made.TOKEN}).pull_request(REF)
        assert wire.asked[-1].headers["Authorization"] == f"Bearer {made.TOKEN}"


def test_an_api_token_goes_with_its_owner(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ATATT3secret\n", encoding="utf-8")
    users = {"ATLANTIS_BITBUCKET_USER": "old", "ATLANTIS_BITBUCKET_API_USER": "bob@example.com"}
    host(wire, {"ATLANTIS_BITBUCKET_TOKEN_FILE": str(tmp_path / "token"), **users}).pull_request(REF)
    kind, _, value = wire.asked[-1].headers["Authorization"].partition(" ")
    assert (kind, b64decode(value)) == ("Basic", b"bob@example.com:ATATT3secret")


def test_an_access_token_is_sent_alone_even_beside_a_user(wire: Wire) -> None:
    host(wire, {"ATLANTIS_BITBUCKET_TOKEN": made.TOKEN, "ATLANTIS_BITBUCKET_USER": "bob"}).pull_request(REF)
    assert wire.asked[-1].headers["Authorization"] == f"Bearer {made.TOKEN}"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "none of ATLANTIS_BITBUCKET_TOKEN"),
        ({"BITBUCKET_APP_PASSWORD": "x"}, "BITBUCKET_APP_PASSWORD holds an app password"),
        ({"ATLANTIS_BITBUCKET_TOKEN": "ATBBx", "ATLANTIS_BITBUCKET_USER": "bob"}, "ATLANTIS_BITBUCKET_TOKEN holds an app password"),
        ({"ATLANTIS_BITBUCKET_TOKEN": "t", "ATLANTIS_BITBUCKET_USER": "bob:x"}, "does not hold an e-mail address"),
        ({"ATLANTIS_BITBUCKET_TOKEN": "t", "ATLANTIS_BITBUCKET_USER": "bob\nx"}, "does not hold an e-mail address"),
    ],
)
def test_credentials_that_cannot_be_used_are_refused(wire: Wire, env: dict[str, str], said: str) -> None:
    with pytest.raises(CredentialError, match=said):
        host(wire, env)


def test_no_error_shows_the_token(wire: Wire) -> None:
    wire.on("GET", PULL, Reply({"error": {"message": "Token is invalid, expired, or not supported for this endpoint."}}, 401))
    with pytest.raises(CredentialError) as caught:
        host(wire).pull_request(REF)
    assert "BITBUCKET_ACCESS_TOKEN" in str(caught.value)
    assert made.TOKEN not in str(caught.value)


def test_abbreviated_hashes_are_completed(wire: Wire) -> None:
    pull = host(wire).pull_request(REF)
    assert (pull.head_sha, pull.base_sha) == (HEAD, BASE)
    assert f"GET {HERE}/commit/{HEAD[:12]}" not in wire.paths()


@pytest.mark.parametrize("known", [None, HEAD[:12], "f" * 40])
def test_a_head_that_the_ci_does_not_know_in_full_is_looked_up(wire: Wire, known: str | None) -> None:
    run = replace(made.RUN, head_sha=known)
    assert host(wire, run=run).pull_request(REF).head_sha == HEAD
    assert f"GET {HERE}/commit/{HEAD[:12]}" in wire.paths()


def test_an_answer_about_another_commit_is_not_believed(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/commit/.*", {"type": "commit", "hash": "e" * 40})
    with pytest.raises(HostError, match="another commit"):
        host(wire, run=replace(made.RUN, head_sha=None)).pull_request(REF)


def test_the_tip_of_the_base_branch_is_read_afresh(wire: Wire) -> None:
    wire.on("GET", PULL, made.pull(FINE, destination=made.endpoint("main", MERGE_BASE, REPO)))
    assert host(wire).pull_request(REF).base_sha == BASE


def test_a_base_branch_that_is_gone_after_the_merge_is_told_by_the_pull_request(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/refs/branches/main", Reply({}, 404)).on("GET", PULL, made.pull(replace(FINE, state="merged")))
    pull = host(wire).pull_request(REF)
    assert (pull.state, pull.base_sha, pull.merge_sha) == (State.MERGED, BASE, MERGE)


def test_a_missing_base_branch_of_an_open_pull_request_is_an_error(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/refs/branches/main", Reply({}, 404))
    with pytest.raises(HostError, match="not found"):
        host(wire).pull_request(REF)


def test_a_fork_that_is_gone_is_still_a_fork(wire: Wire) -> None:
    wire.on("GET", PULL, made.pull(FINE, source={**made.endpoint("feature", HEAD, REPO), "repository": None}))
    assert host(wire).pull_request(REF).fork


@pytest.mark.parametrize(
    "broken",
    [
        *({name: None} for name in ("author", "state", "source", "draft")),
        {"author": {"type": "user", "nickname": "bob"}},
        {"state": "NEW"},
        {"id": "7"},
    ],
)
def test_a_pull_request_that_lacks_something_is_an_error(wire: Wire, broken: dict[str, Any]) -> None:
    wire.on("GET", PULL, made.pull(FINE, **broken))
    with pytest.raises(HostError, match="Bitbucket Cloud's answer has"):
        host(wire).pull_request(REF)


def test_people_are_told_apart_by_their_uuid(wire: Wire) -> None:
    namesake = {**made.participant("Bob", "approved"), "user": {**made.user("Bob"), "uuid": "{other}"}}
    author = {**made.participant("robert", "approved"), "user": {**made.user("robert"), "uuid": "{bob}"}}
    wire.on("GET", PULL, made.pull(FINE, participants=[namesake, author]))
    found = host(wire)
    assert found.approvals(found.pull_request(REF)) == Approvals((Approval("Bob {other}"), Approval("bob")))


def test_an_approval_beside_changes_requested_is_taken_back(wire: Wire) -> None:
    wire.on("GET", PULL, made.pull(FINE, participants=[{**made.participant("alice", "changes_requested"), "approved": True}]))
    found = host(wire)
    assert found.approvals(found.pull_request(REF)) == Approvals(())


@pytest.mark.parametrize("participants", [None, [None], [{}], [{"user": made.user("alice"), "approved": "yes"}]])
def test_participants_that_cannot_be_read_are_an_error(wire: Wire, participants: Any) -> None:
    wire.on("GET", PULL, made.pull(FINE, participants=participants))
    found = host(wire)
    with pytest.raises(HostError):
        found.approvals(found.pull_request(REF))


@pytest.mark.parametrize(
    "link", [None, f"https://evil.example.com/2.0/diffstat/x:{HEAD[:12]}", f"{ROOT}{HERE}/diffstat/{REPO}:ffffffffffff%0Dx", "https://["]
)
def test_files_are_listed_by_redirect_where_the_pull_request_does_not_name_their_list(wire: Wire, link: str | None) -> None:
    wire.on("GET", PULL, made.pull(FINE, links={"diffstat": {"href": link}}))
    found = host(wire)
    assert found.changed_files(found.pull_request(REF)) == FINE.files
    assert f"GET {PULL}/diffstat" in wire.paths()
    assert {asked.headers["Authorization"] for asked in wire.asked} == {f"Bearer {made.TOKEN}"}


def test_the_list_of_files_is_asked_for_once(wire: Wire) -> None:
    found = host(wire)
    pull = found.pull_request(REF)
    assert found.changed_files(pull) == found.changed_files(pull)
    found.mergeability(pull)
    assert len([path for path in wire.paths() if "diffstat" in path and REPO + ":" in path]) == 1


@pytest.mark.parametrize("following", ["http://internal.evil.host/steal", "/2.0/relative", f"{ROOT.replace('https', 'http')}/x"])
def test_a_next_page_elsewhere_is_not_asked_for(wire: Wire, following: str) -> None:
    wire.on("GET", f"{HERE}/diffstat/.*", {"values": [made.entry("f", "f")], "next": following})
    found = host(wire)
    with pytest.raises(HostError, match="does not match the base URL's origin"):
        found.changed_files(found.pull_request(REF))


def test_pages_that_go_round_in_a_circle_are_an_error(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/diffstat/.*", {"values": [], "next": f"{ROOT}{HERE}/diffstat/x"})
    found = host(wire)
    with pytest.raises(HostError, match="does not end"):
        found.changed_files(found.pull_request(REF))


@pytest.mark.parametrize("entry", [{"type": "diffstat", "status": "modified"}, {"status": "modified", "new": {"path": 1}}, None])
def test_an_entry_without_a_path_is_an_error(wire: Wire, entry: Any) -> None:
    wire.on("GET", f"{HERE}/diffstat/.*", {"values": [made.entry("a", "a"), entry]})
    found = host(wire)
    with pytest.raises(HostError):
        found.changed_files(found.pull_request(REF))


def test_new_commits_in_the_meantime_are_an_error(wire: Wire) -> None:
    found = host(wire)
    pull = found.pull_request(REF)
    with pytest.raises(HostError, match="new commits"):
        found.changed_files(replace(pull, head_sha="e" * 40))


def divergence(wire: Wire, planned_on: str | None, **changes: Any) -> Divergence | Unknown:
    found = host(wire)
    return found.divergence(replace(found.pull_request(REF), **changes), planned_on)


def test_nothing_diverges_where_the_merge_base_is_the_tip(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/merge-base/.*", {"type": "commit", "hash": BASE})
    wire.on("GET", f"{HERE}/diffstat/{BASE}\\.\\.{HEAD}", Reply({}, 403))
    assert divergence(wire, None) == Divergence(BASE, BASE, ())


def test_the_newer_commit_comes_first_in_the_question(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/diffstat/{BASE}\\.\\.{HEAD}", made.paged([made.entry("old.tf", "new.tf", "renamed")]))
    assert divergence(wire, None) == Divergence(BASE, MERGE_BASE, ("old.tf", "new.tf"))
    assert [asked.query for asked in wire.asked if "diffstat" in asked.path] == [{"topic": "true"}]


def test_a_planned_commit_must_be_part_of_the_base_branch(wire: Wire) -> None:
    assert divergence(wire, MERGE_BASE[:12]) == Divergence(BASE, MERGE_BASE, ())
    assert isinstance(divergence(wire, "e" * 40), Unknown)
    assert divergence(wire, BASE) == Divergence(BASE, BASE, ())


@pytest.mark.parametrize("start", ["main", "..", "a/b", "", "e" * 65])
def test_what_is_no_commit_is_not_asked_for(wire: Wire, start: str) -> None:
    count = len(wire.asked)
    found = divergence(wire, start or "-")
    assert found == Unknown("the starting point is not a commit id")
    assert not [path for path in wire.paths()[count:] if "merge-base" in path]


def test_a_merged_pull_request_is_compared_with_its_merge(wire: Wire) -> None:
    wire.on("GET", PULL, made.pull(replace(FINE, state="merged")))
    wire.on("GET", f"{HERE}/diffstat/{BASE}\\.\\.{MERGE}", made.paged([made.entry("later.tf", "later.tf")]))
    assert divergence(wire, None) == Divergence(BASE, MERGE, ("later.tf",))


def test_commits_that_are_not_there_are_unknown(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/merge-base/.*", Reply({}, 404))
    assert isinstance(divergence(wire, None), Unknown)


@pytest.mark.parametrize("status", [429, 500, 555])
def test_what_may_pass_is_asked_again_within_the_deadline(wire: Wire, status: int) -> None:
    wire.on("GET", PULL, Reply({"error": {"message": "later"}}, status, {"Retry-After": "7"}), made.pull(FINE))
    assert host(wire).pull_request(REF).head_sha == HEAD
    assert wire.clock.slept == [7.0 if status == 429 else 1.0]


def test_a_limit_longer_than_the_deadline_is_not_waited_for(wire: Wire) -> None:
    wire.on("GET", PULL, Reply({}, 429, {"Retry-After": "900"}))
    with pytest.raises(HostError, match="rate limit"):
        host(wire).pull_request(REF)
    assert wire.clock.slept == []


def test_a_refused_request_names_the_scope(wire: Wire) -> None:
    wire.on(
        "GET", PULL, Reply({"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes."}}, 403)
    )
    with pytest.raises(HostError, match="read:pullrequest:bitbucket") as caught:
        host(wire).pull_request(REF)
    assert "lack one or more" in str(caught.value)


@pytest.mark.parametrize("fault", [requests.Timeout("slow"), requests.ConnectionError("reset"), Reply("<html>sign in</html>")])
def test_no_answer_or_a_page_is_an_error(wire: Wire, fault: Any) -> None:
    wire.on("GET", PULL, fault)
    with pytest.raises(HostError):
        host(wire).pull_request(REF)
