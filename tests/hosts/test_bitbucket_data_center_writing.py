"""Files, merged pull requests, build statuses, the one comment and the Code Insights report on Bitbucket Data Center."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.decisions import Annotation, Insight
from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts.bitbucket_data_center import BitbucketDataCenter, connect
from atlantis_gate.model import CommitRef, CommitStatus
from hosts import stage_bitbucket_data_center as made
from hosts.bitbucket_wire import JSON, Asked, Reply, Wire
from hosts.stage_bitbucket_data_center import ENV, HERE, PULL, REF, SERVER
from hosts.stories import BASE, FINE, HEAD, MERGE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILDS, OLD_BUILDS = f"{HERE}/commits/{HEAD}/builds", f"/build-status/1.0/commits/{HEAD}"
ACTIVITIES, COMMENTS = f"{PULL}/activities", f"{PULL}/comments"
MARKER = "<!-- atlantis-gate:apply -->"
BODY = f"{MARKER}\nmay run now"
COMMIT = CommitRef(host="bitbucket-data-center", server_url=SERVER, repo=REPO, sha=MERGE)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire) -> BitbucketDataCenter:
    return connect(wire.connection(SERVER, REPO, made.RUN, ENV))


def test_a_file_comes_as_it_is_at_its_commit(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/raw/dir/a b.yaml", Reply("version: 3\r\n"))
    assert host(wire).file("./dir/a b.yaml", HEAD) == b"version: 3\r\n"
    assert wire.asked[-1].query == {"at": HEAD}


def test_a_file_that_is_not_there_is_none_when_its_commit_is(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/commits/{HEAD}", made.commit(HEAD, BASE))
    assert host(wire).file("atlantis.yaml", HEAD) is None
    with pytest.raises(HostError, match="not found"):
        host(wire).file("atlantis.yaml", BASE)


@pytest.mark.parametrize("reply", [Reply("\ufffd"), Reply({}, 403), Reply({}, 400)])
def test_a_file_that_cannot_be_read_is_an_error(wire: Wire, reply: Reply) -> None:
    wire.on("GET", f"{HERE}/raw/.*", reply)
    with pytest.raises(HostError):
        host(wire).file("atlantis.yaml", HEAD)


def test_every_file_is_listed_over_all_pages(wire: Wire) -> None:
    paths = [f"{number}.tf" for number in range(2_500)]
    wire.on("GET", f"{HERE}/files", made.paged(paths))
    assert host(wire).files(HEAD) == tuple(paths)
    assert [asked.query["start"] for asked in wire.asked] == ["0", "1000", "2000"]


def test_the_parents_of_a_commit_are_told_in_order(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/commits/{MERGE}", made.commit(MERGE, BASE, HEAD))
    assert host(wire).parents(MERGE) == (BASE, HEAD)


def merged(number: int, sha: str | None = MERGE, state: str = "MERGED") -> JSON:
    return {"id": number, "state": state, "properties": {"mergeCommit": {"id": sha}} if sha else {}}


def test_the_pull_request_of_a_merge_is_found(wire: Wire) -> None:
    listed = [merged(9, "e" * 40), merged(7), merged(8, None), merged(6, state="OPEN")]
    wire.on("GET", f"{HERE}/commits/{MERGE}/pull-requests", made.paged([]), made.paged(listed))
    assert host(wire).merged_pull_request(COMMIT) == REF
    assert wire.clock.slept == [1.0]


@pytest.mark.parametrize("listed", [[], [merged(7), merged(8)], [merged(7, None)]])
def test_a_commit_that_is_not_the_merge_of_exactly_one_is_an_error(wire: Wire, listed: list[JSON]) -> None:
    wire.on("GET", f"{HERE}/commits/{MERGE}/pull-requests", made.paged(listed))
    with pytest.raises(HostError, match="exactly one"):
        host(wire).merged_pull_request(COMMIT)


def post(wire: Wire, status: CommitStatus, **story: Any) -> JSON:
    wire.on("POST", BUILDS, Reply(None, 204)).on("GET", PULL, made.pull(replace(FINE, **story)))
    found = host(wire)
    found.pull_request(REF)
    found.set_status(HEAD, status)
    body: JSON = wire.asked[-1].body
    assert made.CONTRACT.problems(wire.asked[-1]) == []
    return body


@pytest.mark.parametrize(("state", "word"), [("success", "SUCCESSFUL"), ("failure", "FAILED"), ("error", "FAILED")])
def test_a_build_is_posted_with_what_required_builds_go_by(wire: Wire, state: Any, word: str) -> None:
    name = "atlantis-gate/apply"
    expected = {
        "key": name,
        "parent": name,
        "name": name,
        "state": word,
        "description": "d",
        "url": "https://ci",
        "ref": "refs/heads/feature",
    }
    assert post(wire, CommitStatus(name, state, "d", "https://ci")) == expected


def test_a_fork_has_no_branch_here_and_texts_keep_to_the_limits(wire: Wire) -> None:
    body = post(wire, CommitStatus("c" * 300, "success", "d" * 300, "https://ci/" + "x" * 450), fork=True)
    assert "ref" not in body
    assert [len(body[name]) for name in ("key", "parent", "name", "description")] == [40, 40, 255, 255]
    assert body["url"] == f"{SERVER}/projects/acme/repos/infra/commits/{HEAD}"


def test_an_older_server_is_told_over_its_older_api(wire: Wire) -> None:
    wire.on("POST", OLD_BUILDS, Reply(None, 204))
    host(wire).set_status(HEAD, CommitStatus("c", "success", "d", "https://ci"))
    assert wire.paths() == [f"POST {BUILDS}", f"POST {OLD_BUILDS}"]
    assert wire.asked[-1].body == {"key": "c", "name": "c", "state": "SUCCESSFUL", "description": "d", "url": "https://ci"}


def test_a_refused_build_is_an_error(wire: Wire) -> None:
    wire.on("POST", BUILDS, Reply({}, 401))
    with pytest.raises(CredentialError, match="Repository read"):
        host(wire).set_status(HEAD, CommitStatus("c", "success", "d"))


def activity(number: int, text: str, author: str, **changes: Any) -> JSON:
    comment = {"id": number, "version": 2, "text": text, "author": made.user(author)}
    return {"id": number + 1000, "action": "COMMENTED", "commentAction": "ADDED", "comment": comment, **changes}


def write(wire: Wire, *activities: JSON, create: bool = True, me: str = "gate", put: Any = None) -> tuple[bool, list[str]]:
    listed = made.paged(activities)
    wire.on("GET", ACTIVITIES, lambda asked: Reply(listed(asked), headers={"X-AUSERNAME": me} if me else {}))
    wire.on("POST", COMMENTS, Reply({"id": 1}, 201)).on("PUT", f"{COMMENTS}/[0-9]+", put or {"id": 1})
    before = len(wire.asked)
    found = host(wire)
    written = found.write_comment(found.pull_request(REF), MARKER, BODY, create=create)
    return written, [str(asked) for asked in wire.asked[before:] if asked.method != "GET"]


def test_a_comment_is_made_where_there_is_none_and_one_is_wanted(wire: Wire) -> None:
    assert write(wire, activity(1, "hello", "gate")) == (True, [f"POST {COMMENTS}"])
    assert wire.asked[-1].body == {"text": BODY}
    assert write(wire, create=False) == (False, [])


@pytest.mark.parametrize("me", ["gate", "GATE", "ga%74e"])
def test_the_gates_own_comment_is_changed_in_place_at_its_version(wire: Wire, me: str) -> None:
    forged, old = activity(4, f"{MARKER}\nforged", "mallory"), activity(5, f"{MARKER}\nold", "gate")
    assert write(wire, forged, old, old, create=False, me=me) == (True, [f"PUT {COMMENTS}/5"])
    assert wire.asked[-1].body == {"text": BODY, "version": 2}


def test_an_equal_comment_is_left_alone(wire: Wire) -> None:
    assert write(wire, activity(5, BODY.replace("\n", "\r\n") + "\n", "gate")) == (False, [])


@pytest.mark.parametrize(
    "changes", [{"action": "APPROVED"}, {"commentAction": "DELETED"}, {"commentAnchor": {"path": "a"}}, {"comment": None}]
)
def test_other_activities_are_not_touched(wire: Wire, changes: JSON) -> None:
    assert write(wire, activity(5, f"{MARKER}\nold", "gate", **changes)) == (True, [f"POST {COMMENTS}"])


@pytest.mark.parametrize("me", ["", "anonymous"])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_where_the_user_is_not_told_only_what_may_be_changed_is(wire: Wire, me: str, status: int) -> None:
    def changed(asked: Asked) -> Reply:
        return Reply({"id": 5}, 200 if asked.path.endswith("/5") else status)

    forged, old, equal = activity(4, f"{MARKER}\nforged", "mallory"), activity(5, f"{MARKER}\nold", "gate"), activity(6, BODY, "mallory")
    puts = [f"PUT {COMMENTS}/4", f"PUT {COMMENTS}/5"]
    assert write(wire, equal, forged, old, me=me, put=changed) == (True, puts)
    assert write(wire, forged, equal, me=me, put=changed) == (False, puts[:1])
    assert write(wire, forged, me=me, put=changed) == (True, [puts[0], f"POST {COMMENTS}"])


@pytest.mark.parametrize(("status", "kind"), [(401, CredentialError), (409, HostError), (404, HostError)])
def test_an_own_comment_that_cannot_be_changed_is_an_error(wire: Wire, status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        write(wire, activity(5, f"{MARKER}\nold", "gate"), put=Reply({}, status))


REMARK = Annotation("error", "repos.yaml", 3, "approved not met", "nobody approves")


def test_a_report_replaces_its_earlier_annotations(wire: Wire) -> None:
    report = f"/insights/latest/projects/acme/repos/infra/commits/{HEAD}/reports/atlantis-gate-apply"
    wire.on("PUT", report, {"key": "k"}).on("DELETE", f"{report}/annotations", Reply(None, 204))
    wire.on("POST", f"{report}/annotations", Reply(None, 204))
    remarks = (REMARK, Annotation("notice", "", 0, "", "text"))
    host(wire).publish_report(
        HEAD, Insight(key="atlantis-gate-apply", title="t", details="d", passed=False, url="https://ci", annotations=remarks)
    )
    assert wire.paths() == [f"PUT {report}", f"DELETE {report}/annotations", f"POST {report}/annotations"]
    assert wire.asked[0].body == {"title": "t", "details": "d", "reporter": "atlantis-gate", "result": "FAIL", "link": "https://ci"}
    first = {"externalId": "atlantis-gate-apply-1", "type": "BUG", "severity": "HIGH", "message": "approved not met: nobody approves"}
    second = {"externalId": "atlantis-gate-apply-2", "type": "BUG", "severity": "LOW", "message": "text"}
    assert wire.asked[2].body == {"annotations": [{**first, "path": "repos.yaml", "line": 3}, second]}
    assert [problem for asked in wire.asked for problem in made.CONTRACT.problems(asked)] == []


@pytest.mark.parametrize(("passed", "expected"), [(True, "PASS"), (None, None)])
def test_a_report_without_annotations_may_be_good_or_say_neither(wire: Wire, passed: bool | None, expected: str | None) -> None:
    wire.on("PUT", "/insights/.*", {"key": "k"}).on("DELETE", "/insights/.*", Reply(None, 204))
    host(wire).publish_report(HEAD, Insight(key="k", title="t", details="d", passed=passed))
    assert [asked.body and asked.body.get("result") for asked in wire.asked] == [expected, None]
