"""Files, commits, merges, statuses and the one comment on Gitea."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
import requests

from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitRef, CommitStatus, PullRequest
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import PATH, REF, SERVER, opened, play, user, whole
from hosts.stories import BASE, HEAD, MERGE, REPO

if TYPE_CHECKING:
    from atlantis_gate.hosts.gitea import Gitea

CONTENTS = f"{PATH}/contents/atlantis.yaml"
COMMIT = CommitRef(host="gitea", server_url=SERVER, repo=REPO, sha=MERGE)
COMMENTS = f"{PATH}/issues/7/comments"
MARKER = "<!-- atlantis-gate: apply -->"
BODY = f"{MARKER}\nmay run now"


def content(text: bytes = b"version: 3\n", **changes: Any) -> dict[str, Any]:
    """Return a file with its content."""
    return {"type": "file", "encoding": "base64", "content": base64.encodebytes(text).decode(), **changes}


@pytest.mark.parametrize("text", [b"version: 3\n", b"", b"\xff\xfe"])
def test_a_file_is_read_at_a_commit(stage: Stage, text: bytes) -> None:
    stage.on("GET", CONTENTS, content(text))
    assert opened(stage).file("./x/../atlantis.yaml", HEAD) == text
    assert stage.asked[0].query == {"ref": HEAD}


def test_a_file_that_a_known_commit_lacks_is_none(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/git/commits/{HEAD}", {"parents": []})
    assert opened(stage).file("atlantis.yaml", HEAD) is None


def test_a_file_of_a_commit_that_cannot_be_seen_is_an_error(stage: Stage) -> None:
    with pytest.raises(HostError, match="not found"):
        opened(stage).file("atlantis.yaml", HEAD)


@pytest.mark.parametrize(
    "answer",
    [Reply({"message": "no"}, 403), [], content(type="symlink"), content(content=None, encoding=None), content(content="?"), {}],
)
def test_a_file_that_cannot_be_read_is_an_error(stage: Stage, answer: Any) -> None:
    stage.on("GET", CONTENTS, answer).on("GET", f"{PATH}/git/commits/{HEAD}", {"parents": []})
    with pytest.raises(HostError):
        opened(stage).file("atlantis.yaml", HEAD)


def test_a_path_outside_the_repository_is_not_asked_for(stage: Stage) -> None:
    with pytest.raises(HostError, match="outside the repository"):
        opened(stage).file("../secrets", HEAD)
    assert stage.asked == []


def tree(*entries: tuple[str, str], total: int, truncated: bool = False) -> dict[str, Any]:
    """Return a page of a tree."""
    return {"tree": [{"path": path, "type": kind} for path, kind in entries], "total_count": total, "truncated": truncated}


def test_all_files_are_listed_over_all_pages(stage: Stage) -> None:
    pages = [tree(("a.tf", "blob"), ("dir", "tree"), total=4, truncated=True), tree(("dir/b.tf", "blob"), ("sub", "commit"), total=4)]
    stage.on("GET", f"{PATH}/git/trees/{HEAD}", *pages)
    assert opened(stage).files(HEAD) == ("a.tf", "dir/b.tf", "sub")
    assert [asked.query["page"] for asked in stage.asked] == ["1", "2"]


@pytest.mark.parametrize("pages", [[tree(("a.tf", "blob"), total=2), tree(total=2)], [tree(total=0, truncated=True)], [{}], [{"tree": []}]])
def test_a_tree_that_is_cut_is_an_error(stage: Stage, pages: list[Any]) -> None:
    stage.on("GET", f"{PATH}/git/trees/{HEAD}", *pages)
    with pytest.raises(HostError):
        opened(stage).files(HEAD)


def test_the_parents_of_a_commit_are_told_in_order(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/git/commits/{MERGE}", {"parents": [{"sha": BASE.upper()}, {"sha": HEAD}]})
    assert opened(stage).parents(MERGE) == (BASE, HEAD)


def test_the_merged_pull_request_is_found_by_its_merge(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/commits/{MERGE}/pull", {"number": 7, "merged": True, "merge_commit_sha": MERGE})
    assert opened(stage).merged_pull_request(COMMIT) == REF


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"message": "The target couldn't be found."}, 404),
        {"number": 7, "merged": False, "merge_commit_sha": None},
        {"number": 7, "merged": True, "merge_commit_sha": BASE},
    ],
)
def test_a_commit_that_is_no_merge_is_an_error(stage: Stage, answer: Any) -> None:
    stage.on("GET", f"{PATH}/commits/{MERGE}/pull", answer)
    with pytest.raises(HostError, match="merge of no pull request"):
        opened(stage).merged_pull_request(COMMIT)


def test_another_fault_is_not_taken_for_no_merge(stage: Stage) -> None:
    stage.on("GET", f"{PATH}/commits/{MERGE}/pull", Reply({"message": "no"}, 403))
    with pytest.raises(HostError, match="not permitted"):
        opened(stage).merged_pull_request(COMMIT)


@pytest.mark.parametrize(("url", "expected"), [("https://ci", {"target_url": "https://ci"}), ("", {})])
def test_a_status_is_posted_on_the_commit(stage: Stage, url: str, expected: dict[str, str]) -> None:
    stage.on("POST", f"{PATH}/statuses/{HEAD}", Reply({"id": 1}, 201))
    opened(stage).set_status(HEAD, CommitStatus("atlantis-gate/apply", "error", "unknown", url))
    assert stage.asked[0].body == {"state": "error", "context": "atlantis-gate/apply", "description": "unknown", **expected}


def test_a_refused_status_names_the_scope(stage: Stage) -> None:
    stage.on("POST", f"{PATH}/statuses/{HEAD}", Reply({"message": "no"}, 403))
    with pytest.raises(HostError, match="write:repository"):
        opened(stage).set_status(HEAD, CommitStatus("c", "success", "d"))


def comment(number: int, body: str, who: str = "gate") -> dict[str, Any]:
    """Return a comment."""
    return {"id": number, "user": user(who), "body": body}


NOT_OURS = (comment(1, BODY, "mallory"), comment(2, "hello"), {**comment(3, BODY), "user": None})


def commenting(stage: Stage, *comments: Any) -> tuple[Gitea, PullRequest]:
    """Open the host on these comments."""
    host = play(stage)
    stage.on("GET", COMMENTS, whole(*comments)).on("GET", "/api/v1/user", user("gate"))
    stage.on("POST", COMMENTS, Reply({"id": 9}, 201)).on("PATCH", f"{PATH}/issues/comments/.*", {"id": 1})
    found = host.pull_request(REF)
    stage.asked.clear()
    return host, found


@pytest.mark.parametrize("create", [True, False])
def test_a_comment_is_made_only_when_asked_for(stage: Stage, create: bool) -> None:
    host, found = commenting(stage, *NOT_OURS)
    assert host.write_comment(found, MARKER, BODY, create=create) is create
    assert [asked.body for asked in stage.asked if asked.method != "GET"] == [{"body": BODY}] * create


@pytest.mark.parametrize("create", [True, False])
def test_the_tokens_own_comment_with_the_marker_is_changed_in_place(stage: Stage, create: bool) -> None:
    host, found = commenting(stage, *NOT_OURS, comment(4, f"old {MARKER}"))
    assert host.write_comment(found, MARKER, BODY, create=create) is True
    assert (stage.paths()[-1], stage.asked[-1].body) == (f"PATCH {PATH}/issues/comments/4", {"body": BODY})


def test_an_equal_comment_is_left_alone(stage: Stage) -> None:
    host, found = commenting(stage, comment(4, BODY.replace("\n", "\r\n") + "\n"))
    assert host.write_comment(found, MARKER, BODY, create=True) is False


def test_a_pull_request_without_comments_gets_one(stage: Stage) -> None:
    host, found = commenting(stage)
    stage.on("GET", COMMENTS, [])
    assert host.write_comment(found, MARKER, BODY, create=True) is True
    assert stage.paths() == [f"GET {COMMENTS}", f"POST {COMMENTS}"]


def test_making_a_comment_is_not_repeated_after_a_fault(stage: Stage) -> None:
    host, found = commenting(stage)
    stage.on("POST", COMMENTS, requests.Timeout("slow"))
    with pytest.raises(HostError, match="no answer"):
        host.write_comment(found, MARKER, BODY, create=True)
    assert stage.paths().count(f"POST {COMMENTS}") == 1
