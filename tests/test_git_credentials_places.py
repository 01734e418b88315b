"""Where git-credentials writes, for which repo, and what it refuses or warns of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.commands import git_credentials
from logins import log_in, refused
from programs import gate, workspace
from real_git import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REPO = "acme/infra"
ENV = {"GITLAB_TOKEN": "glpat-" + "s" * 20}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_REASON": "Schedule",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/project/_git/infra",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "project",
    "BUILD_BUILDID": "7",
    "SYSTEM_ACCESSTOKEN": "eyJ.x.y",
}
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": REPO,
    "GITHUB_EVENT_NAME": "schedule",
    "GITHUB_TOKEN": "ghs_" + "s" * 36,
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_URL": "https://git.example.com:8443",
    "CI_PROJECT_PATH": "acme/team/infra",
    "CI_PIPELINE_SOURCE": "push",
    "CI_COMMIT_TAG": "v1",
    "CI_JOB_TOKEN": "glcbt-64_x",
}
BITBUCKET = {"BITBUCKET_PIPELINE_UUID": "{x}", "BITBUCKET_REPO_FULL_NAME": REPO, "BITBUCKET_ACCESS_TOKEN": "ATCTT3x"}
GITEA = {
    **GITHUB,
    "GITEA_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://git.example.com",
    "GITHUB_TOKEN": "t" * 40,
    "GITHUB_REF": "refs/tags/v1",
}


@pytest.mark.parametrize(
    ("env", "host", "path", "user"),
    [
        (GITHUB, "github.com", REPO, "x-access-token"),
        (GITLAB, "git.example.com:8443", "acme/team/infra", "gitlab-ci-token"),
        (BITBUCKET, "bitbucket.org", REPO, "x-token-auth"),
        (AZURE, "dev.azure.com", "acme/project/_git/modules", "acme"),
        (GITEA, "git.example.com", REPO, "oauth2"),
    ],
)
def test_a_run_of_no_pull_request_knows_its_repo(env: Mapping[str, str], host: str, path: str, user: str, tmp_path: Path) -> None:
    ran = gate("git-credentials", env={"HOME": str(tmp_path), **env})
    assert ran.code == 0, ran.err
    token = next(value for name, value in env.items() if name.endswith("TOKEN"))
    assert fill(tmp_path, "https", host, f"path={path}") == (user, token)
    assert token not in ran.out + ran.err


def test_where_no_ci_and_no_option_names_a_repo_it_says_how(tmp_path: Path) -> None:
    ran = gate("git-credentials", env={"HOME": str(tmp_path), **ENV})
    assert ran.code == 2
    assert "Name the repo: --host and --repo" in ran.err


def test_without_a_credential_it_says_which_variables_it_looked_for(tmp_path: Path) -> None:
    assert "none of ATLANTIS_GITLAB_TOKEN, " in refused(tmp_path, "gitlab", "", REPO, {})


def test_what_is_set_besides_and_lost_is_named(tmp_path: Path) -> None:
    ran = log_in(tmp_path, "gitlab", "", REPO, {**ENV, "CI_JOB_TOKEN": "glcbt-x"})
    assert "access token from GITLAB_TOKEN (CI_JOB_TOKEN also set, and not used)" in ran.err


@pytest.mark.parametrize("url", ["https://git.example.com?x=1", "https://git.example.com/a b", "https://git.example.com:0"])
def test_a_server_that_git_could_not_name_is_refused(url: str, tmp_path: Path) -> None:
    assert "--host-url" in refused(tmp_path, "gitlab", url, REPO, ENV)


def test_without_a_home_the_files_must_be_named(tmp_path: Path) -> None:
    assert "HOME is not set" in refused(tmp_path, "gitlab", "", REPO, {**ENV, "HOME": ""})
    log_in(tmp_path, "gitlab", "", REPO, {**ENV, "HOME": ""}, "--git-config", str(tmp_path / "c"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git-credentials", "c"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    said = refused(tmp_path, "gitlab", "", REPO, ENV, "--git-config", "/github/runner_temp/config")
    assert "--git-config: the folder of /github/runner_temp/config is not there" in said


def test_one_file_cannot_be_both(tmp_path: Path) -> None:
    said = refused(tmp_path, "gitlab", "", REPO, ENV, "--git-config", str(tmp_path / "x"), "--credentials-file", str(tmp_path / "x"))
    assert "name one file" in said


@pytest.mark.parametrize("name", [".git-credentials", ".gitconfig"])
def test_a_link_in_the_place_of_a_file_is_refused(name: str, tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "target"
    home.mkdir()
    target.write_text("theirs\n")
    (home / name).symlink_to(target)
    assert "is a symbolic link" in refused(home, "gitlab", "", REPO, ENV)
    assert target.read_text() == "theirs\n"
    assert (home / name).is_symlink()


def test_the_home_of_a_container_action_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(git_credentials, "_HOME_OF_AN_ACTION", str(home))
    warned = log_in(home, "github", "", REPO, GITHUB)
    assert "set GIT_CONFIG_GLOBAL to it there" in warned.err
    quiet = log_in(home, "github", "", REPO, GITHUB, "--git-config", str(tmp_path / "config"))
    assert "GIT_CONFIG_GLOBAL" not in quiet.err


def test_a_store_in_the_checkout_is_warned_of_and_one_in_its_git_folder_is_not(tmp_path: Path) -> None:
    root = workspace(tmp_path / "root", {".git/HEAD": "", "main.tf": ""})
    env = {**GITHUB, "GITHUB_WORKSPACE": str(root)}
    warned = gate("git-credentials", "--git-config", str(root / "config"), env=env)
    assert (warned.code, "never commit, cache or upload it" in warned.err) == (0, True)
    quiet = gate("git-credentials", "--git-config", str(root / ".git" / "config-of-modules"), env=env)
    assert (quiet.code, "never commit" in quiet.err) == (0, False)
    outside = gate("git-credentials", env={**env, "HOME": str(tmp_path)})
    assert (outside.code, "never commit" in outside.err) == (0, False)
    nowhere = gate("git-credentials", env={**env, "HOME": str(tmp_path), "GITHUB_WORKSPACE": str(tmp_path)})
    assert (nowhere.code, "never commit" in nowhere.err) == (0, False)


def test_a_folder_of_the_checkout_that_leads_out_of_it_is_refused(tmp_path: Path) -> None:
    root = workspace(tmp_path / "root", {".git/HEAD": ""})
    (tmp_path / "victim").mkdir()
    (root / "secrets").symlink_to(tmp_path / "victim")
    env = {**GITHUB, "GITHUB_WORKSPACE": str(root), "HOME": str(tmp_path)}
    for option in ("--git-config", "--credentials-file"):
        ran = gate("git-credentials", option, str(root / "secrets" / "file"), env=env)
        assert (ran.code, "behind a link that leads out of it" in ran.err) == (2, True), ran.err
    assert list((tmp_path / "victim").iterdir()) == []


def test_a_server_without_encryption_is_warned_of(tmp_path: Path) -> None:
    ran = log_in(tmp_path, "gitlab", "http://git.example.com", REPO, ENV)
    assert "over the network as it is" in ran.err
    assert fill(tmp_path, "http", "git.example.com") == ("oauth2", ENV["GITLAB_TOKEN"])
    assert fill(tmp_path, "https", "git.example.com") is None


def test_a_block_that_was_changed_is_left_to_people(tmp_path: Path) -> None:
    log_in(tmp_path, "gitlab", "", REPO, ENV)
    config = (tmp_path / ".gitconfig").read_text()
    (tmp_path / ".gitconfig").write_text(config.replace("# end", "# END"))
    assert "was changed or cut off" in refused(tmp_path, "gitlab", "", REPO, ENV)
    ran = gate("git-credentials", "--erase", env={"HOME": str(tmp_path)})
    assert (ran.code, "Remove it by hand" in ran.err) == (2, True)
    assert ENV["GITLAB_TOKEN"] in (tmp_path / ".git-credentials").read_text()
