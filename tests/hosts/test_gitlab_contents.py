"""Files, trees and commits of a GitLab project are read whole or not at all."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import HostError
from hosts import gitlab_answers as made
from hosts.gitlab_scene import Reply, Scene
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosts.github_stage import Asked

FILES = ".*/repository/files/.*"


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene() as opened:
        yield opened


def content(data: bytes, **changes: Any) -> dict[str, Any]:
    return {"file_name": "x", "size": len(data), "encoding": "base64", "content": base64.b64encode(data).decode(), "ref": HEAD, **changes}


@pytest.mark.parametrize("data", [b"version: 3\n", b"", "é\n".encode("latin-1"), bytes(range(256))])
def test_a_files_own_bytes_are_returned(scene: Scene, data: bytes) -> None:
    assert scene.on("GET", FILES, content(data)).gitlab().file("/sub dir//atlantis.yaml", HEAD) == data
    assert (scene.asked[0].path, scene.asked[0].query) == (
        "/api/v4/projects/acme/infra/repository/files/sub dir/atlantis.yaml",
        {"ref": HEAD},
    )


def test_a_file_that_is_not_there_is_none(scene: Scene) -> None:
    assert scene.on("GET", FILES, Reply({"message": "404 File Not Found"}, 404)).gitlab().file("atlantis.yaml", HEAD) is None


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"message": "404 Commit Not Found"}, 404),
        Reply({"message": "404 Project Not Found"}, 404),
        Reply({"error": "404 Not Found"}, 404),
        content(b"x", encoding="text"),
        content(b"x", content="%%%"),
        content(b"x", content=None),
        [],
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(scene: Scene, answer: Any) -> None:
    with pytest.raises(HostError):
        scene.on("GET", FILES, answer).gitlab().file("atlantis.yaml", HEAD)


@pytest.mark.parametrize("path", ["../secret", "a/../../b", "/.."])
def test_a_path_out_of_the_repository_is_never_asked(scene: Scene, path: str) -> None:
    with pytest.raises(HostError, match="outside"):
        scene.gitlab().file(path, HEAD)
    assert scene.asked == []


def tree(asked: Asked) -> Reply:
    rows = {"": ("a", "tree"), "two": ("a/main.tf", "blob"), "three": ("module", "commit"), "four": ("link.tf", "blob")}
    follows = {"": "two", "two": "three", "three": "four"}
    here = asked.query.get("page_token", "")
    path, kind = rows[here]
    first = '<https://gitlab.com/api/v4/projects/42/repository/tree?per_page=100>; rel="first"'
    following = f', <http://inside.example/tree?page_token={follows[here]}&per_page=100>; rel="next"' if here in follows else ""
    return Reply([{"id": "1", "name": path, "type": kind, "path": path, "mode": "100644"}], headers={"Link": first + following})


def test_all_pages_of_the_tree_are_read_from_the_same_server(scene: Scene) -> None:
    assert scene.on("GET", ".*/repository/tree", tree).gitlab().files(HEAD) == ("a/main.tf", "module", "link.tf")
    assert {asked.host for asked in scene.asked} == {"gitlab.com"}
    assert {asked.query["ref"] for asked in scene.asked} == {HEAD}


@pytest.mark.parametrize("headers", [{}, {"Link": ""}], ids=["no header", "an empty one"])
def test_a_tree_whose_end_is_not_told_is_an_error(scene: Scene, headers: dict[str, str]) -> None:
    scene.on("GET", ".*/repository/tree", Reply([{"type": "blob", "path": "a.tf"}], headers=headers))
    with pytest.raises(HostError, match="whether the list of files goes on"):
        scene.gitlab().files(HEAD)


@pytest.mark.parametrize(
    "link", ['<https://gitlab.com/tree>; rel="next"', '<http://[>; rel="next"', "</tree?page_token=t>; rel=next", 'rel="next"']
)
def test_a_tree_that_goes_on_nobody_knows_where_is_an_error(scene: Scene, link: str) -> None:
    scene.on("GET", ".*/repository/tree", Reply([{"type": "blob", "path": "a.tf"}], headers={"Link": link}))
    with pytest.raises(HostError, match="where the list of files goes on"):
        scene.gitlab().files(HEAD)


def test_parents_come_in_order(scene: Scene) -> None:
    scene.on("GET", f".*/repository/commits/{MERGE}", made.commit(MERGE, BASE, MERGE_BASE))
    assert scene.gitlab().parents(MERGE) == (BASE, MERGE_BASE)
