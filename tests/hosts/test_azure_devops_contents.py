"""Files, commits and merges on Azure DevOps."""

from __future__ import annotations

from typing import Any

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitRef
from hosts.github_stage import Reply, Stage
from hosts.stage_azure_devops import FULL_NAME, GIT, REF, SERVER, listed, opened
from hosts.stories import BASE, HEAD, MERGE

ITEMS = f"{GIT}/items"
COMMIT = CommitRef(host="azure-devops", server_url=SERVER, repo=FULL_NAME, sha=MERGE)


def item(content: str = "version: 3\n", **changes: Any) -> dict[str, Any]:
    """Return a file with its content."""
    return {"gitObjectType": "blob", "path": "/atlantis.yaml", "content": content, "contentMetadata": {"encoding": 65001}, **changes}


@pytest.mark.parametrize("content", ["version: 3\n", "", "\ufeff# é\r\n"])
def test_a_file_is_read_at_a_commit(stage: Stage, content: str) -> None:
    stage.on("GET", ITEMS, item(content))
    assert opened(stage).file("./sub dir/../atlantis.yaml", HEAD) == content.encode()
    query = stage.asked[0].query
    assert (query["path"], query["versionDescriptor.version"], query["versionDescriptor.versionType"]) == ("/atlantis.yaml", HEAD, "commit")


def test_a_file_that_is_not_there_is_none(stage: Stage) -> None:
    stage.on("GET", ITEMS, Reply({"message": "TF401174: The item '/atlantis.yaml' could not be found in the repository"}, 404))
    assert opened(stage).file("atlantis.yaml", HEAD) is None


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"message": "TF401175: The version descriptor <Commit> could not be resolved"}, 404),
        Reply({"message": "TF401019: The Git repository does not exist or you do not have permissions"}, 404),
        Reply("", 404),
        item(isFolder=True),
        item(isSymLink=True),
        item(contentMetadata={"encoding": 1200}),
        item(contentMetadata={"encoding": 65001, "isBinary": True}),
        {**item(), "content": None},
        listed([item()]),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(stage: Stage, answer: Any) -> None:
    stage.on("GET", ITEMS, answer)
    with pytest.raises(HostError):
        opened(stage).file("atlantis.yaml", HEAD)


def test_a_path_outside_the_repository_is_not_asked_for(stage: Stage) -> None:
    with pytest.raises(HostError, match="outside the repository"):
        opened(stage).file("../secrets", HEAD)
    assert stage.asked == []


def test_everything_is_listed_but_folders(stage: Stage) -> None:
    kinds = {"/": "tree", "/a.tf": "blob", "/dir": "tree", "/dir/b.tf": "blob", "/sub": "commit"}
    stage.on("GET", ITEMS, listed([{"path": path, "gitObjectType": kind} for path, kind in kinds.items()]))
    assert opened(stage).files(HEAD) == ("a.tf", "dir/b.tf", "sub")
    assert stage.asked[0].query["recursionLevel"] == "Full"


def test_the_parents_of_a_commit_are_told_in_order(stage: Stage) -> None:
    stage.on("GET", f"{GIT}/commits/{MERGE}", {"commitId": MERGE, "parents": [BASE.upper(), HEAD]})
    assert opened(stage).parents(MERGE) == (BASE, HEAD)


def made(number: int = 7, status: str = "completed") -> dict[str, Any]:
    """Return a pull request as a query finds it."""
    return {"pullRequestId": number, "status": status}


def test_the_merged_pull_request_is_found_by_its_merge(stage: Stage) -> None:
    stage.on("POST", f"{GIT}/pullrequestquery", {"results": [{MERGE: [made(), made(8, "abandoned")]}]})
    assert opened(stage).merged_pull_request(COMMIT) == REF
    assert stage.asked[0].body == {"queries": [{"type": "lastMergeCommit", "items": [MERGE]}]}


@pytest.mark.parametrize("results", [[], [{}], [{BASE: [made()]}], [{MERGE: [made(status="active")]}], [{MERGE: [made(7), made(8)]}]])
def test_a_commit_that_is_not_one_merge_is_an_error(stage: Stage, results: list[Any]) -> None:
    stage.on("POST", f"{GIT}/pullrequestquery", {"results": results})
    with pytest.raises(HostError, match="needs exactly one"):
        opened(stage).merged_pull_request(COMMIT)
