"""What docs/git-credentials.md tells people to write is what works."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate import arguments
from atlantis_gate.hosts import bitbucket_cloud_git, bitbucket_data_center_git, gitea_git, github_git, gitlab_git
from conftest import ROOT
from programs import gate
from real_git import fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "git-credentials.md").read_text(encoding="utf-8")
AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_ACCESSTOKEN": "eyJ.x.y",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/project/_git/infra",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> Iterator[str]:
    """Return the arguments of each command line of the program."""
    for block in re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL):
        yield from re.findall(r"(?:atlantis-gate|args:|0\.1\.0) (git-credentials[^\n;]*)", block)


def test_every_command_line_is_one_that_the_program_takes() -> None:
    lines = list(commands())
    assert len(lines) == 12
    for line in lines:
        command, rest = arguments.split(shlex.split(line), {})
        arguments.resolve(command, rest, {})


def test_every_pipeline_is_yaml_and_erases_what_it_writes() -> None:
    pipelines = [yaml.safe_load(block) for block in blocks("yaml")]
    assert len(pipelines) == 4
    assert all("--erase" in block or "rm -f" in block for block in blocks("yaml"))


def test_the_file_that_is_written_is_the_one_that_git_is_told_of() -> None:
    steps: list[dict[str, Any]] = yaml.safe_load(blocks("yaml")[0])
    named = [step["with"]["args"].rpartition(" ")[2] for step in steps if "args" in step.get("with", {})]
    told = [step["env"]["GIT_CONFIG_GLOBAL"].rpartition("workspace }}/")[2] for step in steps if "run" in step]
    assert set(named) == set(told) == {".git/modules.config"}


def test_the_variables_that_azure_passes_on_are_enough(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("yaml") if "docker run" in block]
    passed = re.findall(r"--env (\w+)", block)
    assert passed == list(AZURE)
    ran = gate("git-credentials", "--git-config", str(tmp_path / "modules.config"), env=AZURE)
    assert ran.code == 0, ran.err
    login = fill(tmp_path, "https", "dev.azure.com", "path=acme/p/_git/m", env={"GIT_CONFIG_GLOBAL": str(tmp_path / "modules.config")})
    assert login == ("acme", AZURE["SYSTEM_ACCESSTOKEN"])
    erasing = yaml.safe_load(block)[2]["script"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(re.findall(r"DIRECTORY/([\w.-]+)", erasing))


@pytest.mark.parametrize(
    ("host", "user"),
    [
        ("GitHub", github_git.USER),
        ("GitLab, token", gitlab_git.USER),
        ("GitLab, `CI_JOB_TOKEN`", gitlab_git.JOB_USER),
        ("Bitbucket Cloud, API token", bitbucket_cloud_git.API_TOKEN_USER),
        ("Bitbucket Cloud, access token", bitbucket_cloud_git.ACCESS_TOKEN_USER),
        ("Bitbucket Data Center, a person's token", f"what `{bitbucket_data_center_git.OWNER}` holds"),
        ("Bitbucket Data Center, a project's or repository's token", bitbucket_data_center_git.NOBODY),
        ("Gitea, Forgejo", gitea_git.USER),
    ],
)
def test_the_page_names_the_user_of_each_kind_of_token(host: str, user: str) -> None:
    assert f"| {host} | {user if '`' in user else f'`{user}`'} | " in PAGE
