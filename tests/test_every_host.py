"""The whole program on every host, with the pull request named by options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from atlantis_gate.hosts import HOSTS
from hosts.stories import HEAD, NUMBER, STORIES
from hosts.test_contract import stage
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {story.name: story for story in STORIES}


def check(kind: str, name: str, folder: Path, *options: str) -> Ran:
    root = workspace(folder, {"staging/main.tf": ""})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        connection = stage(kind).serve(BY_NAME[name], http)
        where = [
            "--host",
            kind,
            "--host-url",
            connection.server_url,
            "--repo",
            connection.repo,
            "--pull-request",
            str(NUMBER),
            "--head-sha",
            HEAD,
        ]
        what = ["--require", "approved,mergeable,undiverged", "--no-status", "--comment", "never", "--root", str(root)]
        return gate("check", *where, *what, *options, env=connection.env)


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize(
    ("story", "code"),
    [
        ("approved by another", 0),
        ("approved by nobody", 1),
        ("approved by the author only", 1),
        ("approval taken back", 1),
        ("changes requested", 1),
        ("conflict", 1),
        ("draft", 1),
        ("failed check", 1),
        ("own check pending beside a failed one", 1),
        ("behind in a file that matters", 1),
        ("behind in a file that does not", 0),
        ("fork", 1),
        ("closed", 1),
    ],
)
def test_the_same_story_ends_the_same_way_on_every_host(kind: str, story: str, code: int, tmp_path: Path) -> None:
    ran = check(kind, story, tmp_path)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize("kind", HOSTS)
def test_the_document_names_host_and_repository(kind: str, tmp_path: Path) -> None:
    ran = check(kind, "approved by nobody", tmp_path, "--format", "json")
    pull = ran.document["pull_request"]
    assert (pull["host"], pull["number"], pull["author"]) == (kind, NUMBER, "bob")
    assert [project["id"] for project in ran.document["projects"]] == ["staging/default"]


@pytest.mark.parametrize("kind", HOSTS)
def test_without_a_token_it_says_which_variables_it_looked_for(kind: str, tmp_path: Path) -> None:
    repo = "acme/team/infra" if kind == "azure-devops" else "acme/infra"
    where = ["--host", kind, "--host-url", "https://git.example.com", "--repo", repo, "--pull-request", "7"]
    ran = gate("check", *where, "--root", str(tmp_path), env={})
    assert ran.code == 2
    assert "ATLANTIS_" in ran.err
    assert "_TOKEN" in ran.err
