"""How git logs in to a GitLab, and which addresses lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logins import log_in
from real_git import asked_instead, fill, git

if TYPE_CHECKING:
    from pathlib import Path

REPO = "acme/team/infra"
TOKEN = "glpat-" + "s" * 20
JOB = "glcbt-64_" + "j" * 20
ENV = {"GITLAB_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (ENV, ("oauth2", TOKEN)),
        ({"CI_JOB_TOKEN": JOB}, ("gitlab-ci-token", JOB)),
        ({"GITLAB_TOKEN": JOB, "CI_JOB_TOKEN": JOB}, ("gitlab-ci-token", JOB)),
        ({**ENV, "CI_JOB_TOKEN": JOB}, ("oauth2", TOKEN)),
        ({"ATLANTIS_GITLAB_TOKEN": "x" * 20, **ENV}, ("oauth2", "x" * 20)),
    ],
)
def test_a_jobs_token_has_a_name_of_its_own(env: dict[str, str], expected: tuple[str, str], tmp_path: Path) -> None:
    ran = log_in(tmp_path, "gitlab", "", REPO, env)
    assert fill(tmp_path, "https", "gitlab.com", "path=acme/modules.git") == expected
    assert ("The token ends with this job." in ran.err) is (expected[0] == "gitlab-ci-token")


def test_a_gitlab_below_a_path_is_told_from_what_else_is_on_its_host(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "https://intranet.example.com:8443/tools/gitlab/", REPO, ENV)
    there = ("https", "intranet.example.com:8443")
    assert fill(tmp_path, *there, "path=tools/gitlab/acme/modules.git") == ("oauth2", TOKEN)
    assert fill(tmp_path, *there, "path=tools/other/acme/modules.git") is None
    assert fill(tmp_path, *there, "path=tools/gitlabs/acme/modules.git") is None
    assert fill(tmp_path, "https", "intranet.example.com", "path=tools/gitlab/acme/modules.git") is None


@pytest.mark.parametrize(
    ("url", "given", "expected"),
    [
        ("", "git@gitlab.com:acme/modules.git", "https://gitlab.com/acme/modules.git"),
        ("", "ssh://git@gitlab.com/acme/modules.git", "https://gitlab.com/acme/modules.git"),
        ("", "ssh://git@altssh.gitlab.com:443/acme/modules.git", "https://gitlab.com/acme/modules.git"),
        ("https://git.example.com:8443/gitlab", "git@git.example.com:acme/m.git", "https://git.example.com:8443/gitlab/acme/m.git"),
        ("https://git.example.com", "ssh://git@git.example.com:2222/acme/m.git", "ssh://git@git.example.com:2222/acme/m.git"),
    ],
)
def test_addresses_over_ssh_lead_to_https(url: str, given: str, expected: str, tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", url, REPO, ENV)
    assert asked_instead(tmp_path, given) == expected


@pytest.mark.parametrize(
    ("variables", "given", "expected"),
    [
        ({"CI_SERVER_SHELL_SSH_PORT": "2222"}, "ssh://git@git.example.com:2222/acme/m.git", "https://git.example.com/acme/m.git"),
        (
            {"CI_SERVER_SHELL_SSH_PORT": "2222", "CI_SERVER_SHELL_SSH_HOST": "ssh.example.com"},
            "ssh://git@ssh.example.com:2222/acme/m.git",
            "https://git.example.com/acme/m.git",
        ),
        ({"CI_SERVER_SHELL_SSH_HOST": "ssh.example.com"}, "git@ssh.example.com:acme/m.git", "https://git.example.com/acme/m.git"),
        ({"CI_SERVER_SHELL_SSH_HOST": "x;\\"}, "git@git.example.com:acme/m.git", "https://git.example.com/acme/m.git"),
        ({"CI_SERVER_SHELL_SSH_PORT": "1;"}, "git@git.example.com:acme/m.git", "https://git.example.com/acme/m.git"),
        (
            {"CI_SERVER_SHELL_SSH_PORT": "2222", "CI_SERVER_URL": "https://other.example.com"},
            "ssh://git@git.example.com:2222/acme/m.git",
            "ssh://git@git.example.com:2222/acme/m.git",
        ),
    ],
)
def test_a_job_knows_where_its_own_gitlab_is_over_ssh(variables: dict[str, str], given: str, expected: str, tmp_path: Path) -> None:
    env = {**ENV, "CI_SERVER_URL": "https://git.example.com", **variables}
    log_in(tmp_path, "gitlab", "https://git.example.com", REPO, env)
    assert asked_instead(tmp_path, given) == expected
    assert not set("\\;") & set(git(tmp_path, "config", "--global", "--get-all", "url.https://git.example.com/.insteadOf"))
