"""On every host the base branch's version of atlantis.yaml is read and counts; GitHub's is tried in the tests beside this."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hosts.stories import FINE, HEAD
from programs import Ran, gate, workspace
from security.wire import Answer, answered, named, told

if TYPE_CHECKING:
    from pathlib import Path

OLD = "version: 3\nprojects:\n- {dir: staging, apply_requirements: [approved]}\n"
SERVER = "repos:\n- {id: /.*/, allowed_overrides: [apply_requirements]}\n"
INSIDE = base64.b64encode(OLD.encode()).decode()
RAW = Answer(200, {"Content-Type": "text/plain", "Content-Disposition": "attachment"}, OLD.encode())
# Where a host gives a file's content, and how it gives that of the base branch.
CONTENTS = {
    "gitlab": ("https://gitlab.com/api/v4/projects/acme%2Finfra/repository/files/{}", {"encoding": "base64", "content": INSIDE}),
    "bitbucket-cloud": ("https://api.bitbucket.org/2.0/repositories/acme/infra/src/" + "b" * 40 + "/{}", RAW),
    "bitbucket-data-center": ("https://git.example.com/bitbucket/rest/api/latest/projects/acme/repos/infra/raw/{}", RAW),
    "azure-devops": (
        "https://dev.azure.com/org/acme/_apis/git/repositories/infra/items",
        {"path": "/atlantis.yaml", "gitObjectType": "blob", "content": OLD, "contentMetadata": {"encoding": 65001}},
    ),
    "gitea": (
        "https://git.example.com/api/v1/repos/acme/infra/contents/{}",
        {"type": "file", "encoding": "base64", "content": INSIDE, "size": len(OLD)},
    ),
}
NEW = {
    "dropped requirement": "version: 3\nprojects:\n- {dir: staging}\n",
    "deleted project": "version: 3\nprojects: []\nautodiscover: {mode: disabled}\n",
    "emptied when_modified": "version: 3\nprojects:\n- {dir: staging, autoplan: {when_modified: []}}\n",
    "deleted file": None,
}


def judge(kind: str, folder: Path, new: str | None, *, renamed: bool = False) -> Ran:
    """Judge a pull request that nobody approved and that changes the file from OLD to `new`."""
    root = workspace(folder / "root", {"staging/main.tf": "", **({} if new is None else {"atlantis.yaml": new})})
    server = workspace(folder, {"repos.yaml": SERVER}) / "repos.yaml"
    story = replace(FINE, approved_by=(), files=("staging/main.tf",) if renamed else ("staging/main.tf", "atlantis.yaml"))
    if renamed:
        story = replace(story, renamed=(("atlantis.yaml", "old.yaml"),))
    with told(kind, story) as (wire, connection):
        place, content = CONTENTS[kind]
        wire.besides["GET", place.format("atlantis.yaml")] = content if isinstance(content, Answer) else answered(content)
        env = {**connection.env, **named(kind, connection), "ATLANTIS_GATE_HEAD_SHA": HEAD}
        return gate("check", "--format", "json", "--root", str(root), "--repos-yaml", str(server), env=env)


@pytest.mark.parametrize("new", NEW)
@pytest.mark.parametrize("kind", CONTENTS)
def test_what_the_head_lowers_still_counts_and_is_shown(kind: str, new: str, tmp_path: Path) -> None:
    ran = judge(kind, tmp_path, NEW[new])
    assert ran.code == 1, ran.out + ran.err
    (project,) = ran.document["projects"]
    assert (project["dir"], [each["name"] for each in project["requirements"]]) == ("staging", ["approved"])
    assert project["requirements"][0]["origin"]["file"] == f"atlantis.yaml@{'b' * 12}"
    assert any("atlantis.yaml" in note and "main" in note for note in ran.document["notes"])


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_renamed_file_counts_by_its_old_name(kind: str, tmp_path: Path) -> None:
    ran = judge(kind, tmp_path, None, renamed=True)
    assert ran.code == 1, ran.out + ran.err
    assert [project["dir"] for project in ran.document["projects"]] == ["staging"]
