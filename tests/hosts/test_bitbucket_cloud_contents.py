"""Files, commits and merged pull requests on Bitbucket Cloud."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import responses

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.bitbucket_cloud import BitbucketCloud, connect
from atlantis_gate.model import CommitRef
from hosts import stage_bitbucket_cloud as made
from hosts.bitbucket_wire import JSON, Asked, Reply, Wire
from hosts.stage_bitbucket_cloud import ENV, HERE, PULL, REF, SERVER
from hosts.stories import BASE, FINE, HEAD, MERGE, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTACHED = Reply("data", headers={"Content-Disposition": "attachment"})
COMMIT = CommitRef(host="bitbucket-cloud", server_url=SERVER, repo=REPO, sha=MERGE)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield made.told(FINE, http)


def host(wire: Wire) -> BitbucketCloud:
    return connect(wire.connection(SERVER, REPO, made.RUN, ENV))


@pytest.mark.parametrize(
    "text", ["version: 3\r\nprojects: []\n", "\ufeffversion: 3", "", "ü", '{"pagelen": 1}', '{"pagelen": 1, "values": []}']
)
def test_a_file_comes_as_it_is(wire: Wire, text: str) -> None:
    wire.on("GET", f"{HERE}/src/{HEAD}/dir/a b.yaml", Reply(text, headers={"Content-Disposition": "attachment"}))
    assert host(wire).file("./dir/a b.yaml", HEAD) == text.encode()


def test_a_file_that_is_not_there_is_none_when_its_commit_is(wire: Wire) -> None:
    assert host(wire).file("atlantis.yaml", BASE) is None
    with pytest.raises(HostError, match="not found"):
        host(wire).file("atlantis.yaml", "e" * 40)


def test_a_folder_is_no_file(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/src/{HEAD}/atlantis.yaml", {"pagelen": 10, "values": [], "page": 1})
    assert host(wire).file("atlantis.yaml", HEAD) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply("\ufffd", headers=ATTACHED.headers),
        Reply("<html>sign in</html>"),
        Reply(None, 204),
        Reply({}, 403),
        Reply(None, 301, {"Location": "https://media.example.com/x"}),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(wire: Wire, reply: Reply) -> None:
    wire.on("GET", f"{HERE}/src/.*", reply)
    with pytest.raises(HostError):
        host(wire).file("atlantis.yaml", HEAD)


def test_the_head_of_a_fork_is_read_in_the_fork(wire: Wire) -> None:
    wire.on("GET", PULL, made.pull(replace(FINE, fork=True))).on("GET", f"/repositories/mallory/infra/src/{HEAD}/a", ATTACHED)
    found = host(wire)
    found.pull_request(REF)
    assert found.file("a", HEAD) == b"data"
    assert found.file("a", BASE) is None


def tree(*entries: tuple[str, str]) -> JSON:
    return {"pagelen": 100, "values": [{"type": f"commit_{kind}", "path": path} for kind, path in entries]}


def test_every_file_is_listed_also_those_of_folders_that_are_listed_without_contents(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/src/{HEAD}/", tree(("file", "a"), ("directory", "b"), ("file", "b/c"), ("directory", "b/d")))
    wire.on("GET", f"{HERE}/src/{HEAD}/b/d/", tree(("file", "b/d/e")))
    assert set(host(wire).files(HEAD)) == {"a", "b/c", "b/d/e"}


def test_a_folder_without_contents_is_an_error_since_git_has_none(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/src/{HEAD}/", tree(("directory", "b"))).on("GET", f"{HERE}/src/{HEAD}/b/", tree())
    with pytest.raises(HostError, match="without contents"):
        host(wire).files(HEAD)


def test_pages_of_files_are_read_to_the_end(wire: Wire) -> None:
    entries = [{"type": "commit_file", "path": f"{number}.tf"} for number in range(250)]
    wire.on("GET", f"{HERE}/src/{HEAD}/", made.paged(entries))
    assert len(host(wire).files(HEAD)) == 250


def test_the_parents_of_a_commit_are_told_in_order(wire: Wire) -> None:
    assert host(wire).parents(MERGE) == (BASE, HEAD)


def merged(number: int, sha: str = MERGE[:12], state: str = "MERGED") -> JSON:
    return {"type": "pullrequest", "id": number, "state": state, "merge_commit": {"hash": sha}}


def test_the_pull_request_of_a_merge_is_found_among_the_latest(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/pullrequests", made.paged([merged(9, "e" * 12), merged(7), {**merged(8), "merge_commit": None}]))
    assert host(wire).merged_pull_request(COMMIT) == REF
    assert wire.asked[-1].query == {"state": "MERGED", "sort": "-updated_on", "pagelen": "50"}


def test_an_older_one_is_found_by_what_links_commits_to_pull_requests(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/pullrequests", made.paged([]))
    wire.on("GET", f"{HERE}/commit/{MERGE}/pullrequests", {"values": [{"id": 7}, {"id": 8}]})
    wire.on("GET", PULL, merged(7)).on("GET", f"{HERE}/pullrequests/8", merged(8, "e" * 12))
    assert host(wire).merged_pull_request(COMMIT) == REF


def test_a_merge_that_is_listed_late_is_waited_for(wire: Wire) -> None:
    wire.on("GET", f"{HERE}/pullrequests", made.paged([]), made.paged([]), made.paged([merged(7)]))
    assert host(wire).merged_pull_request(COMMIT) == REF
    assert wire.clock.slept == [1.0, 2.0]


@pytest.mark.parametrize("listed", [[], [merged(7), merged(8)], [merged(7, state="OPEN")]])
def test_a_commit_that_is_not_the_merge_of_exactly_one_is_an_error(wire: Wire, listed: list[JSON]) -> None:
    wire.on("GET", f"{HERE}/pullrequests", made.paged(listed))
    with pytest.raises(HostError, match="exactly one"):
        host(wire).merged_pull_request(COMMIT)


def test_no_more_than_the_latest_200_are_looked_through(wire: Wire) -> None:
    def endless(asked: Asked) -> JSON:
        page = int(asked.query.get("page", "1"))
        return {"values": [merged(page, "e" * 12)] * 50, "next": f"{made.ROOT}{HERE}/pullrequests?page={page + 1}"}

    wire.on("GET", f"{HERE}/pullrequests", endless)
    with pytest.raises(HostError, match="none of the 200"):
        host(wire).merged_pull_request(COMMIT)
    assert len([path for path in wire.paths() if path == f"GET {HERE}/pullrequests"]) == 16
