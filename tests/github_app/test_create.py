"""github-app create, from its start to its exit code, against a stand-in for GitHub."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from atlantis_gate import arguments
from atlantis_gate.commands.github_app_create import create, shows_windows
from atlantis_gate.console import Console
from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import HostError
from atlantis_gate.github_app.manifest import manifest
from github_app.person import ask, callback, form
from github_app.ports import free_port
from github_app.running import Creating, holding
from github_app.stand_in import CODE, KEY, OTHER_SECRETS, PLANTED, GitHub
from programs import gate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atlantis_gate.arguments import Settings


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as made:
        yield made


def options(github: GitHub, port: int, *more: str) -> list[str]:
    return ["--host-url", github.url, "--port", str(port), "--timeout", "60", "--no-browser", *more]


def test_from_the_button_to_the_saved_key(github: GitHub, tmp_path: Path) -> None:
    port = free_port()
    with Creating(tmp_path, *options(github, port, "--organization", "acme")) as run:
        setup_url = run.setup_url()
        back = callback(setup_url, github.url)
        page = ask(back).page
        ended = run.ended()
    key = tmp_path / "atlantis-gate-app" / "atlantis-gate-acme.private-key.pem"

    assert ended.code == 0, ended.err
    assert (key.read_text(encoding="utf-8"), key.stat().st_mode & 0o777) == (KEY, 0o600)
    for told in (page, ended.out):
        assert f"{github.url}/apps/atlantis-gate-acme/installations/new" in told
        assert f"gh variable set ATLANTIS_GH_APP_ID --repo {github.url.removeprefix('http://')}/OWNER/REPO --body 4711" in told
        assert str(key) in told
        assert "no webhook" in told
        assert "atlantis-gate doctor" in told
    assert f"ssh -L {port}:127.0.0.1:{port}" in ended.err
    with pytest.raises(ConnectionRefusedError):
        ask(setup_url)


def test_github_is_sent_the_manifest_and_the_code_and_nothing_else(github: GitHub, tmp_path: Path) -> None:
    port = free_port()
    with Creating(tmp_path, *options(github, port, "--app-name", "Our Gate")) as run:
        back = callback(run.setup_url(), github.url)
        ask(back)
        run.ended()
    sent, _, converted = github.seen
    assert re.fullmatch(r"/settings/apps/new\?state=[\w-]{43}", sent.target)
    expected = manifest("Our Gate", f"http://127.0.0.1:{port}/callback")
    assert {name: json.loads(value[0]) for name, value in parse_qs(sent.body).items()} == {"manifest": expected}
    assert back.startswith(f"http://127.0.0.1:{port}/callback?code={CODE}&state=")
    assert (converted.method, converted.target) == ("POST", f"/api/v3/app-manifests/{CODE}/conversions")


@pytest.mark.parametrize("shown", [False, True])
def test_the_key_is_in_its_file_and_nowhere_else_unless_asked_for(github: GitHub, tmp_path: Path, shown: bool) -> None:
    with Creating(tmp_path, *options(github, free_port(), *(["--show-secrets"] if shown else []))) as run:
        setup_url = run.setup_url()
        setup_page = ask(setup_url)
        cookie = setup_page.headers["set-cookie"].partition(";")[0]
        state = form(setup_page.page).action.partition("state=")[2]
        github.manifests.append(json.loads(form(setup_page.page).fields["manifest"]))
        done = ask(f"http://127.0.0.1:{setup_url.split(':')[2].partition('/')[0]}/callback?code={CODE}&state={state}")
        ended = run.ended()
    told = "".join([setup_page.page, done.page, str(done.headers), ended.err, *(str(seen) for seen in github.seen)])

    assert ended.code == 0, ended.err
    assert PLANTED not in told
    assert (KEY in ended.out, PLANTED in ended.out) == (shown, shown)
    assert [name for name in holding(tmp_path, PLANTED) if not name.endswith(".private-key.pem")] == []
    assert len(holding(tmp_path, PLANTED)) == 1
    # Of no use to the gate, or used up: they are kept nowhere.
    for secret in (*OTHER_SECRETS, CODE, state, cookie):
        assert secret not in ended.out + ended.err
        assert holding(tmp_path, secret) == []


def test_a_strangers_answer_does_not_end_the_run(github: GitHub, tmp_path: Path) -> None:
    with Creating(tmp_path, *options(github, free_port())) as run:
        setup_url = run.setup_url()
        back = callback(setup_url, github.url)
        assert ask(re.sub("state=.*", "state=guessed", back)).status == 403
        assert ask(back, headers={"Host": "evil.example"}).status == 421
        assert ask(setup_url).status == 409
        assert ask(back).status == 200
        assert run.ended().code == 0


def test_a_code_that_github_does_not_take_is_told_in_the_browser_and_on_the_terminal(github: GitHub, tmp_path: Path) -> None:
    github.answers.append((404, {"message": "Not Found"}))
    with Creating(tmp_path, *options(github, free_port())) as run:
        page = ask(callback(run.setup_url(), github.url)).page
        ended = run.ended()
    assert ended.code == 2
    for told in (page, ended.err):
        assert "GitHub does not take the code (404): it works once, and for one hour" in told
        assert CODE not in told
    assert holding(tmp_path, PLANTED) == []


def test_a_key_that_cannot_be_saved_is_told_in_the_browser_and_on_the_terminal(github: GitHub, tmp_path: Path) -> None:
    with Creating(tmp_path, *options(github, free_port())) as run:
        back = callback(run.setup_url(), github.url)
        (tmp_path / "atlantis-gate-app" / ".gitignore").unlink()
        (tmp_path / "atlantis-gate-app").rmdir()
        page = ask(back).page
        ended = run.ended()
    assert ended.code == 2
    for told in (page, ended.err):
        assert "could not be saved" in told
        assert f"{github.url}/settings/apps" in told
        assert PLANTED not in told


def test_ctrl_c_ends_it_and_frees_the_port(github: GitHub, tmp_path: Path) -> None:
    with Creating(tmp_path, *options(github, free_port())) as run:
        setup_url = run.setup_url()
        run.interrupt()
        ended = run.ended()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[-1].startswith("interrupted")
    assert "Traceback" not in ended.err
    with pytest.raises(ConnectionRefusedError):
        ask(setup_url)


def settings(tmp_path: Path, *argv: str) -> Settings:
    made = arguments.resolve("github-app create", ["--port", str(free_port()), "--no-browser", *argv], {})
    return replace(made, credentials_dir=str(tmp_path / "app"))


def test_nobody_coming_ends_it_by_itself(tmp_path: Path) -> None:
    seconds = iter([0.0, 0.0, 299.99])
    err = io.StringIO()
    console = Console(io.StringIO(), err)
    with pytest.raises(HostError, match="did not send the browser back within 300 s"):
        create(settings(tmp_path), {}, console, Deadline(300, console.say, lambda: next(seconds, 300.0)), lambda _: True)
    assert "Open the address in a browser on this machine" in err.getvalue()


@pytest.mark.parametrize(
    ("argv", "env", "opened"),
    [
        ([], {"DISPLAY": ":0"}, True),
        ([], {}, False),
        (["--no-browser=true"], {"DISPLAY": ":0"}, False),
        (["--no-browser=false"], {"BROWSER": "firefox"}, True),
    ],
)
def test_the_browser_is_opened_where_it_is_seen(tmp_path: Path, argv: list[str], env: dict[str, str], opened: bool) -> None:
    seconds = iter([0.0, 0.0])
    urls: list[str] = []
    made = replace(settings(tmp_path), no_browser=argv == ["--no-browser=true"])
    err = io.StringIO()
    console = Console(io.StringIO(), err)
    with pytest.raises(HostError, match="did not send"):
        create(made, env, console, Deadline(1, clock=lambda: next(seconds, 9.0)), lambda url: not urls.append(url))  # type: ignore[func-returns-value]
    assert [url in err.getvalue() for url in urls] == ([True] if opened else [])
    assert ("ssh -L" in err.getvalue()) is not opened


@pytest.mark.parametrize(
    ("env", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"BROWSER": "x"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
        ({"SSH_CONNECTION": "1 2 3 4"}, "linux", False),
    ],
)
def test_where_a_browser_would_be_seen(env: dict[str, str], platform: str, expected: bool) -> None:
    assert shows_windows(env, platform) is expected


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--port", "70000"], "there is no such port"),
        (["--organization", "a/b"], "--organization"),
        (["--host-url", "http://git.example.com"], "unencrypted"),
        (["--app-name", "n" * 35], "--app-name"),
        (["--credentials-dir", "/dev/null/x"], "nothing can be saved in"),
    ],
)
def test_a_wrong_option_is_said_before_a_browser_opens(tmp_path: Path, argv: list[str], message: str) -> None:
    ran = gate("github-app", "create", "--no-browser", "--timeout", "1", "--credentials-dir", str(tmp_path / "app"), *argv)
    assert ran.code == 2
    assert message in ran.err
    assert "http://127.0.0.1" not in ran.err


def test_the_server_is_atlantis_own_variable_where_no_option_names_one(tmp_path: Path) -> None:
    ran = gate(
        "github-app",
        "create",
        "--timeout",
        "1",
        "--credentials-dir",
        str(tmp_path / "app"),
        env={"ATLANTIS_GH_HOSTNAME": "git.example.com/acme"},
    )
    assert "git.example.com/acme" in ran.err
