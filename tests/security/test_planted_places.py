"""Credentials in unusual places: configuration files, addresses, git's own files, processes, and what objects say of themselves."""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate import hosts
from atlantis_gate.hosts import HOSTS
from atlantis_gate.model import PullRequestRef
from hosts.stories import HEAD, NUMBER
from programs import Ran, gate, workspace
from real_git import git
from security.planted import VARIABLES, leaks, plant, seen, token
from security.test_planted_tokens import IN_FILES, trade
from security.wire import named, told

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "S3cr3t" * 6
# Atlantis' flags that hold a secret: https://www.runatlantis.io/docs/server-configuration.html#flags
FLAGS = ("gh-token", "gh-webhook-secret", "gitlab-token", "bitbucket-token", "azuredevops-token", "gitea-token", "web-password")


@pytest.mark.parametrize("kind", HOSTS)
def test_no_flag_of_atlantis_own_config_file_shows(kind: str, tmp_path: Path) -> None:
    secrets = {flag: token(kind, flag) for flag in FLAGS}
    text = "".join(f"{flag}: {json.dumps(secret)}\n" for flag, secret in secrets.items())
    workspace(tmp_path, {"secrets/config.yaml": text, "root/staging/main.tf": ""})
    with told(kind) as (wire, connection):
        env = {"ATLANTIS_GATE_ROOT": str(tmp_path / "root"), "ATLANTIS_GATE_CONFIG": str(tmp_path / "secrets" / "config.yaml")}
        ran = gate("check", "--require", "approved", env={**env, **named(kind, connection)})
        assert ran.code == 0, ran.err
        assert leaks(secrets, seen(ran, wire, tmp_path)) == []


def test_a_config_file_that_is_wrong_is_told_without_its_values(tmp_path: Path) -> None:
    for text in (
        f"gh-token: [{SECRET}]\n",
        f"gh-token: {SECRET}\nrepos: {{x: {SECRET}}}\n",
        f"'gh-token: {SECRET}",
        f"- {SECRET}\n",
        SECRET,
    ):
        (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
        ran = gate("check", "--config", str(tmp_path / "config.yaml"))
        assert (ran.code, SECRET in ran.out + ran.err) == (2, False), ran.err


ADDRESSES = [f"https://robot:{SECRET}@git.example.com", f"https://:{SECRET}@git.example.com", f"https://{SECRET}@git.example.com"]
# Where a server's address comes from, by the CI that says so.
SAYING = {
    "ATLANTIS_GATE_HOST_URL": {},
    "ATLANTIS_GH_HOSTNAME": {"ATLANTIS_GATE_HOST_URL": ""},
    "ATLANTIS_BITBUCKET_BASE_URL": {},
    "GITHUB_SERVER_URL": {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/infra", "ATLANTIS_GATE_HOST": "", "ATLANTIS_GATE_REPO": ""},
    "GITHUB_API_URL": {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com"},
    "CI_SERVER_URL": {"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/infra", "CI_PIPELINE_SOURCE": "push", "ATLANTIS_GATE_REPO": ""},
    "CI_API_V4_URL": {"GITLAB_CI": "true", "CI_SERVER_URL": "https://gitlab.com"},
    "SYSTEM_COLLECTIONURI": {"TF_BUILD": "True", "ATLANTIS_GATE_REPO": "", "BUILD_REPOSITORY_PROVIDER": "TfsGit"},
    "BUILD_REPOSITORY_URI": {"TF_BUILD": "True", "ATLANTIS_GATE_REPO": "", "BUILD_REPOSITORY_PROVIDER": "GitHubEnterprise"},
    "CHANGE_URL": {"JENKINS_URL": "https://jenkins.example.com/", "ATLANTIS_GATE_HOST": "", "ATLANTIS_GATE_REPO": ""},
    "CI_FORGE_URL": {"CI": "woodpecker", "ATLANTIS_GATE_HOST": "", "ATLANTIS_GATE_REPO": ""},
    "BUILDKITE_REPO": {"BUILDKITE": "true", "ATLANTIS_GATE_HOST": "", "ATLANTIS_GATE_REPO": ""},
    "CIRCLE_PULL_REQUEST": {"CIRCLECI": "true", "ATLANTIS_GATE_HOST": "", "ATLANTIS_GATE_REPO": ""},
}


@pytest.mark.parametrize("address", ADDRESSES, ids=["both", "password", "user"])
@pytest.mark.parametrize("variable", SAYING)
@pytest.mark.parametrize("kind", HOSTS)
def test_an_address_with_a_credential_in_it_is_refused_or_used_without_showing_it(
    kind: str, variable: str, address: str, tmp_path: Path
) -> None:
    workspace(tmp_path, {"root/staging/main.tf": "", "output": ""})
    planted = plant(kind, VARIABLES[kind][0], tmp_path)
    with told(kind) as (wire, connection):
        ci = {"GITHUB_OUTPUT": str(tmp_path / "output"), "ATLANTIS_GATE_ROOT": str(tmp_path / "root")}
        env = {**ci, **planted.env, **named(kind, connection), **SAYING[variable], variable: address}
        ran = gate("check", "--require", "approved", "--decision-file", str(tmp_path / "decision.json"), env=env)
        assert "Traceback" not in ran.err
        assert leaks({**planted.secrets, variable: SECRET}, seen(ran, wire, tmp_path)) == []


@pytest.mark.parametrize("kind", HOSTS)
def test_git_credentials_puts_the_token_into_its_store_and_nowhere_else(kind: str, tmp_path: Path) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    with told(kind) as (wire, connection):
        trade(wire)
        env = {**planted.env, **named(kind, connection), "HOME": str(tmp_path)}
        ran = gate("git-credentials", env=env)
        assert ran.code == 0, ran.err
        assert leaks(planted.secrets, seen(ran, wire, tmp_path, but=[".git-credentials"])) == []
        assert leaks(planted.secrets, {"store": (tmp_path / ".git-credentials").read_text(encoding="utf-8")}) != []
        erased = gate("git-credentials", "--erase", env=env)
        assert leaks(planted.secrets, seen(erased, wire, tmp_path)) == []


@pytest.mark.parametrize("kind", HOSTS)
def test_git_credentials_get_tells_git_and_nobody_else(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    with told(kind) as (wire, connection):
        trade(wire)
        for host, told_it in ((connection.server_url.partition("//")[2].partition("/")[0], True), ("evil.example", False)):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"protocol=https\nhost={host}\n\n".encode())))
            ran = gate("git-credentials", "get", env={**planted.env, **named(kind, connection)})
            assert bool(leaks(planted.secrets, {"stdout": ran.out})) is told_it
            assert leaks(planted.secrets, seen(Ran(0, "", ran.err), wire, tmp_path)) == []


@pytest.mark.parametrize("kind", HOSTS)
def test_no_object_of_the_program_says_its_secret(kind: str, tmp_path: Path) -> None:
    planted = plant(kind, IN_FILES[kind], tmp_path)
    with told(kind) as (wire, connection):
        trade(wire)
        host = hosts.connect(kind, replace(connection, env=planted.env))
        host.pull_request(PullRequestRef(host=kind, server_url=connection.server_url, repo=connection.repo, number=NUMBER))
        # Whatever holds on to them: a traceback's frames, an exception's arguments, a log.
        ours = [thing for thing in gc.get_objects() if str(type(thing).__module__).startswith("atlantis_gate.")]
        assert host in ours
        assert leaks(planted.secrets, {type(thing).__qualname__: repr(thing) for thing in ours}) == []


def test_no_process_is_started_with_a_secret_in_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, root = recorded_change_of_the_config(tmp_path)
    started: list[list[str]] = []
    start = subprocess.Popen.__init__

    def listed(self: Any, args: list[str], *rest: Any, **named: Any) -> None:
        started.append(args)
        start(self, args, *rest, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", listed)
    planted = plant("github", "ATLANTIS_GH_TOKEN", tmp_path)
    ran = gate("check", "--facts", str(facts), "--root", str(root), "--require", "approved", env=planted.env)
    assert ran.code == 1, ran.err
    assert [argv[0] for argv in started] == ["git"] * 3
    assert leaks(planted.secrets, {str(argv): " ".join(argv) for argv in started}) == []
    assert leaks(planted.secrets, {"stdout": ran.out, "stderr": ran.err}) == []


def recorded_change_of_the_config(folder: Path) -> tuple[Path, Path]:
    """Make a clone whose head changes the repo config, for which git is asked, and the facts of that."""
    old = "version: 3\nprojects:\n- dir: staging\n"
    root = workspace(folder / "root", {"atlantis.yaml": old, "staging/main.tf": ""})
    for argv in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "one"]):
        git(root, *argv)
    base = git(root, "rev-parse", "HEAD").strip()
    workspace(root, {"atlantis.yaml": f"{old}  name: staging\n"})
    pull = {"host": "github", "repo": "acme/infra", "number": 7, "url": "https://github.com/acme/infra/pull/7", "author": "bob"}
    pull |= {"state": "open", "draft": False, "fork": False, "head_sha": HEAD, "head_branch": "x", "base_sha": base, "base_branch": "main"}
    document = {"version": 1, "pull_request": pull, "changed_files": ["atlantis.yaml", "staging/main.tf"], "approvals": {"by": []}}
    return workspace(folder, {"facts.json": json.dumps(document)}) / "facts.json", root
