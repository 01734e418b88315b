"""Files, lists of files, parents, and the pull request behind a merge."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from builders import BASE, HEAD, START
from hosts.github_answers import REPO, answer, base, connection, entry, error, head, pull
from hosts.github_stage import REF, RUN, Reply, Stage

if TYPE_CHECKING:
    from hosts.github_answers import JSON

CONTENTS = f"/repos/{REPO}/contents/.*"
BLOB = f"/repos/{REPO}/git/blobs/.*"
COMMIT = CommitRef(host="github", server_url="https://github.com", repo=REPO, sha=START)


def content(data: bytes, **changes: Any) -> JSON:
    """Return a file as REST gives it; https://docs.github.com/en/rest/repos/contents#get-repository-content."""
    text = base64.encodebytes(data).decode()
    return {"type": "file", "encoding": "base64", "size": len(data), "sha": "d" * 40, "content": text, **changes}


def test_the_repo_config_of_head_and_base_comes_with_the_question(stage: Stage) -> None:
    stage.graphql(answer(pull(head=head(text="version: 3\n# ä\r\n"), baseRef=base(text=""))))
    host = stage.host(config_path="./conf//atlantis.yaml")
    host.pull_request(REF)
    assert stage.asked[0].body["variables"]["config"] == "conf/atlantis.yaml"
    assert (host.file("conf/atlantis.yaml", HEAD), host.file("./conf/atlantis.yaml", BASE)) == ("version: 3\n# ä\r\n".encode(), b"")
    assert len(stage.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"isTruncated": True},
        {"isBinary": True},
        {"text": None, "isBinary": None},
        {"byteSize": 99},
        {"__typename": "Tree", "byteSize": None, "text": None},
    ],
)
def test_a_config_that_graphql_cannot_give_byte_by_byte_is_read_by_rest(stage: Stage, odd: JSON) -> None:
    node = pull()
    node["head"]["nodes"][0]["commit"]["file"] = entry("text", **odd)
    stage.graphql(answer(node)).on("GET", CONTENTS, content(b"\xff bytes"))
    host = stage.host()
    host.pull_request(REF)
    assert host.file("atlantis.yaml", HEAD) == b"\xff bytes"
    assert (stage.asked[1].path, stage.asked[1].query) == (f"/repos/{REPO}/contents/atlantis.yaml", {"ref": HEAD})


@pytest.mark.parametrize("odd", [{"mode": 0o120000}, {"object": None}])
def test_a_link_or_an_entry_without_object_is_read_by_rest(stage: Stage, odd: JSON) -> None:
    node = pull()
    node["head"]["nodes"][0]["commit"]["file"] = {**(entry("target") or {}), **odd}
    stage.graphql(answer(node)).on("GET", CONTENTS, content(b"followed"))
    host = stage.host()
    host.pull_request(REF)
    assert host.file("atlantis.yaml", HEAD) == b"followed"


def test_a_config_that_may_not_be_read_is_asked_of_rest_which_names_the_permission(stage: Stage) -> None:
    denied = error("Resource not accessible", "repository", "pullRequest", "head", "nodes", 0, "commit", "file")
    stage.graphql(answer(pull(), denied)).on("GET", CONTENTS, Reply({"message": "Resource not accessible by integration"}, 403))
    host = stage.host()
    host.pull_request(REF)
    with pytest.raises(HostError) as caught:
        host.file("atlantis.yaml", HEAD)
    assert "contents: read" in str(caught.value)


def test_a_head_that_is_not_the_last_listed_commit_is_read_by_rest(stage: Stage) -> None:
    stage.graphql(answer(pull(head=head(oid=START, text="other")))).on("GET", CONTENTS, content(b"right"))
    host = stage.host()
    host.pull_request(REF)
    assert host.file("atlantis.yaml", HEAD) == b"right"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (content(b"data\x00\xff"), b"data\x00\xff"),
        (content(b""), b""),
        (Reply({"message": "Not Found"}, 404), None),
    ],
)
def test_any_other_file_is_read_by_rest(stage: Stage, reply: Any, expected: bytes | None) -> None:
    stage.on("GET", CONTENTS, reply)
    assert stage.host().file("dir/ä #?.tf", HEAD) == expected
    assert stage.asked[0].path == f"/repos/{REPO}/contents/dir/ä #?.tf"


@pytest.mark.parametrize("large", [content(b"", encoding="none", size=2_000_000), content(b"", size=2_000_000)])
def test_a_file_over_one_megabyte_is_read_as_a_blob(stage: Stage, large: JSON) -> None:
    stage.on("GET", CONTENTS, large).on("GET", BLOB, content(b"large"))
    assert stage.host().file("large.tf", HEAD) == b"large"
    assert stage.asked[1].path == f"/repos/{REPO}/git/blobs/{'d' * 40}"


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("../secret", content(b"x")),
        ("a/../../secret", content(b"x")),
        ("dir", [{"type": "file"}]),
        ("module", content(b"", type="submodule")),
        ("odd", content(b"", content="*", size=1)),
        ("odd", content(b"", content=None, size=1)),
        ("odd", "<html>"),
        ("a.tf", Reply({"message": "No commit found for the ref 1111"}, 404)),
        ("a.tf", Reply({"message": "no"}, 403)),
    ],
)
def test_what_is_no_file_or_cannot_be_read_is_an_error(stage: Stage, path: str, reply: Any) -> None:
    stage.on("GET", CONTENTS, reply)
    with pytest.raises(HostError):
        stage.host().file(path, HEAD)


def test_the_files_of_a_commit_are_its_tree_but_folders(stage: Stage) -> None:
    tree = [{"path": "a", "type": "tree"}, {"path": "a/b.tf", "type": "blob"}, {"path": "sub", "type": "commit"}]
    stage.on("GET", f"/repos/{REPO}/git/trees/{HEAD}", {"tree": tree, "truncated": False})
    assert stage.host().files(HEAD) == ("a/b.tf", "sub")
    assert stage.asked[0].query == {"recursive": "1"}


def test_a_tree_that_github_cuts_is_an_error(stage: Stage) -> None:
    stage.on("GET", ".*", {"tree": [], "truncated": True})
    with pytest.raises(HostError, match="too many files"):
        stage.host().files(HEAD)


def test_the_parents_of_the_merge_that_the_run_checked_out_come_with_the_question(stage: Stage) -> None:
    merge = {"__typename": "Commit", "oid": START, "parents": {"nodes": [{"oid": BASE}, {"oid": HEAD}]}}
    stage.graphql(answer(pull(), merge=merge)).on("GET", f"/repos/{REPO}/git/commits/{HEAD}", {"parents": [{"sha": BASE}]})
    host = stage.host(run=Run(ci="github-actions", target=REF, merge_sha=START))
    host.pull_request(REF)
    assert stage.asked[0].body["variables"] | {"merge": START, "withMerge": True} == stage.asked[0].body["variables"]
    assert (host.parents(START), len(stage.asked)) == ((BASE, HEAD), 1)
    assert host.parents(HEAD) == (BASE,)


@pytest.mark.parametrize("merge", [None, {"__typename": "Tree"}])
def test_parents_that_graphql_does_not_give_are_read_by_rest(stage: Stage, merge: JSON | None) -> None:
    stage.graphql(answer(pull(), merge=merge)).on("GET", ".*", {"parents": [{"sha": BASE}, {"sha": HEAD}]})
    host = stage.host(run=Run(ci="github-actions", target=REF, merge_sha=START))
    host.pull_request(REF)
    assert host.parents(START) == (BASE, HEAD)


def merged(number: int = 7, state: str = "MERGED", oid: str | None = START, repo: str = REPO) -> JSON:
    """Return a pull request that has to do with a commit."""
    return {"number": number, "state": state, "mergeCommit": {"oid": oid} if oid else None, "baseRepository": {"nameWithOwner": repo}}


def of_commit(*pulls: JSON) -> JSON:
    """Return the answer to the question which pull requests have to do with a commit."""
    return {"data": {"repository": {"object": {"__typename": "Commit", "associatedPullRequests": connection(list(pulls))}}}}


OTHERS = (merged(1, "OPEN", None), merged(2, "CLOSED", None), merged(3, oid=HEAD), merged(4, repo="fork/infra"))


def test_the_pull_request_behind_a_merge_is_the_one_whose_merge_made_the_commit(stage: Stage) -> None:
    stage.graphql(of_commit(*OTHERS, merged(7, repo="Acme/Infra")))
    assert stage.host().merged_pull_request(COMMIT) == PullRequestRef(host="github", server_url="https://github.com", repo=REPO, number=7)


def test_it_is_asked_for_again_as_github_lists_it_late(stage: Stage) -> None:
    stage.graphql(of_commit(), {"data": {"repository": {"object": None}}}, of_commit(merged()))
    assert stage.host().merged_pull_request(COMMIT).number == 7
    assert stage.clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (of_commit(*OTHERS), "no pull request"),
        (of_commit(merged(7), merged(8)), "#7 and #8"),
        ({"data": {"repository": {"object": {"__typename": "Tree"}}}}, "no pull request"),
    ],
)
def test_no_such_pull_request_or_several_say_how_to_name_one(stage: Stage, reply: JSON, text: str) -> None:
    stage.graphql(reply)
    with pytest.raises(HostError, match=text) as caught:
        stage.host(run=RUN).merged_pull_request(COMMIT)
    assert "--pull-request" in str(caught.value)
    assert stage.clock.slept == ([1, 2, 4] if "no pull" in text else [])
