"""Build statuses, the one comment and the Code Insights report on Bitbucket Cloud."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import responses

from atlantis_gate.decisions import Annotation, Insight
from atlantis_gate.errors import HostError
from atlantis_gate.hosts.bitbucket_cloud import BitbucketCloud, connect
from atlantis_gate.model import CommitStatus
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import JSON, Asked, Reply, Wire
from hosts.stage_bitbucket_cloud import ENV, HERE, PULL, REF, ROOT, SERVER
from hosts.stories import FINE, HEAD, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = f"{HERE}/commit/{HEAD}/statuses/build"
MARKER = "<!-- atlantis-gate:apply -->"
BODY = f"{MARKER}\nmay run now"
OURS, THEIRS = {"uuid": "{gate}"}, {"uuid": "{mallory}"}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire) -> BitbucketCloud:
    return connect(wire.connection(SERVER, REPO, made.RUN, ENV))


def post(wire: Wire, status: CommitStatus, **pull: Any) -> JSON:
    wire.on("POST", STATUS, Reply({"type": "build", "key": "k", "state": "FAILED"}, 201)).on("GET", PULL, made.pull(FINE, **pull))
    found = host(wire)
    found.pull_request(REF)
    found.set_status(HEAD, status)
    body: JSON = wire.asked[-1].body
    return body


@pytest.mark.parametrize(("state", "word"), [("success", "SUCCESSFUL"), ("failure", "FAILED"), ("error", "FAILED")])
def test_a_status_shows_on_the_pull_request(wire: Wire, state: Any, word: str) -> None:
    expected = {"key": "atlantis-gate/apply", "name": "atlantis-gate/apply", "state": word, "description": "d", "url": "https://ci"}
    assert post(wire, CommitStatus("atlantis-gate/apply", state, "d", "https://ci")) == {**expected, "refname": "feature"}


def test_a_long_context_is_the_name_and_its_cut_the_key(wire: Wire) -> None:
    body = post(wire, CommitStatus("atlantis-gate/apply: infra/production/eu-west-1/default", "success", "d"))
    assert body["key"] == "atlantis-gate/apply: infra/-34e1d814bc9b"
    assert body["name"] == "atlantis-gate/apply: infra/production/eu-west-1/default"


def test_an_address_is_always_there(wire: Wire) -> None:
    assert post(wire, CommitStatus("c", "success", "d"))["url"] == f"{SERVER}/{REPO}/commits/{HEAD}"


def test_texts_keep_to_the_limits(wire: Wire) -> None:
    body = post(wire, CommitStatus("c" * 300, "success", "d" * 300))
    assert [len(body[name]) for name in ("key", "name", "description")] == [40, 255, 255]


def test_the_branch_of_a_fork_or_of_a_merged_pull_request_is_not_named(wire: Wire) -> None:
    assert "refname" not in post(wire, CommitStatus("c", "success", "d"), source=made.endpoint("feature", HEAD, "mallory/infra"))
    assert "refname" not in post(wire, CommitStatus("c", "success", "d"), state="MERGED")


def test_a_refused_status_names_the_scope(wire: Wire) -> None:
    wire.on("POST", STATUS, Reply({}, 403))
    with pytest.raises(HostError, match="read:repository:bitbucket"):
        host(wire).set_status(HEAD, CommitStatus("c", "success", "d"))


def comment(number: int, raw: str | None, user: JSON | None, **changes: Any) -> JSON:
    return {"type": "pullrequest_comment", "id": number, "content": {"raw": raw}, "user": user, "deleted": False, **changes}


def write(wire: Wire, *comments: JSON, create: bool = True, me: Any = OURS, pages: int = 100, put: Any = None) -> tuple[bool, list[str]]:
    wire.on("GET", f"{PULL}/comments", made.paged(comments, pages)).on("GET", "/user", me)
    wire.on("POST", f"{PULL}/comments", Reply({"type": "pullrequest_comment", "id": 1}, 201))
    wire.on("PUT", f"{PULL}/comments/[0-9]+", put or {"type": "pullrequest_comment", "id": 1})
    before = len(wire.asked)
    found = host(wire)
    pull = found.pull_request(REF)
    written = found.write_comment(pull, MARKER, BODY, create=create)
    return written, [str(asked) for asked in wire.asked[before:] if asked.method != "GET"]


def test_a_comment_is_made_where_there_is_none_and_one_is_wanted(wire: Wire) -> None:
    assert write(wire, comment(1, "hello", OURS)) == (True, [f"POST {PULL}/comments"])
    assert wire.asked[-1].body == {"content": {"raw": BODY}}
    assert write(wire, create=False)[0] is False


def test_the_gates_own_comment_is_changed_in_place(wire: Wire) -> None:
    assert write(wire, comment(5, f"{MARKER}\nold", OURS), create=False) == (True, [f"PUT {PULL}/comments/5"])
    assert wire.asked[-1].body == {"content": {"raw": BODY}}


def test_an_equal_comment_is_left_alone(wire: Wire) -> None:
    assert write(wire, comment(5, BODY.replace("\n", "\r\n") + "\n", OURS)) == (False, [])


@pytest.mark.parametrize(
    "other",
    [
        comment(5, f"{MARKER}\nforged", THEIRS),
        comment(5, f"{MARKER}\nold", OURS, deleted=True),
        comment(5, f"{MARKER}\nold", None),
        comment(5, f"{MARKER}\nold", OURS, inline={"path": "a"}),
        comment(5, None, OURS),
        comment(5, "x", OURS, content=None),
    ],
)
def test_other_comments_are_not_touched(wire: Wire, other: JSON) -> None:
    assert write(wire, other) == (True, [f"POST {PULL}/comments"])


def test_comments_are_looked_through_to_the_last_page(wire: Wire) -> None:
    others = [comment(number, "hello", THEIRS) for number in range(100, 130)]
    assert write(wire, *others, comment(5, f"{MARKER}\nold", OURS), pages=10) == (True, [f"PUT {PULL}/comments/5"])


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_without_a_user_changes_what_bitbucket_lets_it_change(wire: Wire, status: int) -> None:
    def changed(asked: Asked) -> Reply:
        return Reply({"type": "pullrequest_comment"}, 200 if asked.path.endswith("/5") else 403)

    forged, old = comment(4, f"{MARKER}\nforged", THEIRS), comment(5, f"{MARKER}\nold", OURS)
    equal = comment(6, BODY, THEIRS)
    puts = [f"PUT {PULL}/comments/4", f"PUT {PULL}/comments/5"]
    assert write(wire, equal, forged, old, me=Reply({}, status), put=changed) == (True, puts)
    assert write(wire, forged, equal, me=Reply({}, status), put=changed) == (False, puts[:1])
    assert write(wire, forged, me=Reply({}, status), put=changed) == (True, [puts[0], f"POST {PULL}/comments"])


def test_an_own_comment_that_may_not_be_changed_is_an_error(wire: Wire) -> None:
    wire.on("GET", "/user", OURS).on("GET", f"{PULL}/comments", made.paged([comment(5, f"{MARKER}\nold", OURS)]))
    wire.on("PUT", f"{PULL}/comments/5", Reply({}, 403))
    found = host(wire)
    pull = found.pull_request(REF)
    with pytest.raises(HostError, match="read:pullrequest:bitbucket"):
        found.write_comment(pull, MARKER, BODY, create=True)
    wire.on("GET", "/user", Reply({}, 500))
    with pytest.raises(HostError, match="had a fault"):
        found.write_comment(pull, MARKER, BODY, create=True)


def test_making_a_comment_is_not_repeated_lest_there_be_two(wire: Wire) -> None:
    wire.on("GET", "/user", OURS).on("GET", f"{PULL}/comments", made.paged([])).on("POST", f"{PULL}/comments", Reply({}, 500))
    found = host(wire)
    with pytest.raises(HostError):
        found.write_comment(found.pull_request(REF), MARKER, BODY, create=True)
    assert wire.paths().count(f"POST {PULL}/comments") == 1


REMARK = Annotation("error", "repos.yaml", 3, "approved not met", "nobody approves")


def test_a_report_with_its_annotations_is_put_on_the_commit(wire: Wire) -> None:
    report = f"{HERE}/commit/{HEAD}/reports/atlantis-gate-apply"
    wire.on("PUT", report, {"type": "report"}).on("POST", f"{report}/annotations", [])
    remarks = (REMARK, replace(REMARK, level="warning", file="", title="", text="x" * 500), *[REMARK] * 120)
    insight = Insight(key="atlantis-gate-apply", title="t", details="d", passed=False, url="https://ci", annotations=remarks)
    host(wire).publish_report(HEAD, insight)
    first, *rest = [asked.body for asked in wire.asked]
    assert (first["result"], first["report_type"], first["link"]) == ("FAILED", "TEST", "https://ci")
    assert [len(items) for items in rest] == [100, 22]
    base = {"external_id": "atlantis-gate-apply-1", "annotation_type": "BUG", "severity": "HIGH", "summary": "approved not met"}
    assert rest[0][0] == {**base, "details": "nobody approves", "path": "repos.yaml", "line": 3}
    assert (rest[0][1]["severity"], len(rest[0][1]["summary"]), "path" in rest[0][1]) == ("MEDIUM", 450, False)
    assert all(made.CONTRACT.problems(asked) == [] for asked in wire.asked), ROOT


@pytest.mark.parametrize(("passed", "word"), [(True, "PASSED"), (None, "PENDING")])
def test_a_report_may_be_good_or_undecided(wire: Wire, passed: bool | None, word: str) -> None:
    wire.on("PUT", f"{HERE}/commit/{HEAD}/reports/k", {"type": "report"})
    host(wire).publish_report(HEAD, Insight(key="k", title="t", details="d", passed=passed))
    assert [asked.body["result"] for asked in wire.asked] == [word]
