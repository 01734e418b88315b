"""The key's file: new, its owner's alone, and named by settings that a shell reads."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.github_app import saving
from atlantis_gate.github_app.manifest import Place
from atlantis_gate.hosts.credentials import Secret
from github_app.made import APP, PUBLIC
from github_app.stand_in import KEY, PLANTED

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Secret(KEY, "GitHub")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    saving.prepare(made)
    return made


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_files_are_their_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = tmp_path / "some" / "where"
        saving.prepare(folder)
        saved = saving.save(folder, APP, SECRET, PUBLIC)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == {
        ".gitignore": 0o600,
        "atlantis-gate-acme.env": 0o600,
        "atlantis-gate-acme.private-key.pem": 0o600,
    }
    assert saved.key.read_text(encoding="utf-8") == KEY


def test_the_settings_hold_the_id_and_the_path_and_not_the_key(folder: Path) -> None:
    saved = saving.save(folder, APP, SECRET, PUBLIC)
    assert saved.env.read_text(encoding="utf-8") == f"ATLANTIS_GH_APP_ID=4711\nATLANTIS_GH_APP_KEY_FILE={saved.key}\n"


def test_the_settings_name_another_server(folder: Path) -> None:
    saved = saving.save(folder, APP, SECRET, Place("https://git.example.com"))
    assert saved.env.read_text(encoding="utf-8").endswith("\nATLANTIS_GH_HOSTNAME=git.example.com\n")


def test_a_shell_reads_the_settings_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME `id` "x"'
    saving.prepare(folder)
    saved = saving.save(folder, APP, SECRET, PUBLIC)
    script = 'set -a; . "$0"; set +a; printf "%s\\n" "$ATLANTIS_GH_APP_ID"; cat "$ATLANTIS_GH_APP_KEY_FILE"'
    assert subprocess.run(["sh", "-c", script, saved.env], check=True, capture_output=True, text=True).stdout == f"4711\n{KEY}"


def test_an_existing_file_is_never_overwritten(folder: Path) -> None:
    for name in ("atlantis-gate-acme.private-key.pem", "atlantis-gate-acme.env", "atlantis-gate-acme-4711.private-key.pem"):
        (folder / name).write_text("mine", encoding="utf-8")
    saved = saving.save(folder, APP, SECRET, PUBLIC)
    assert [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*acme*")) if path not in (saved.key, saved.env)] == [
        "mine"
    ] * 3
    assert saved.key.read_text(encoding="utf-8") == KEY
    assert str(saved.key) in saved.env.read_text(encoding="utf-8")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_files_place_is_not_followed(folder: Path, tmp_path: Path, there: bool) -> None:
    target = tmp_path / "target"
    if there:
        target.write_text("mine", encoding="utf-8")
    (folder / "atlantis-gate-acme.private-key.pem").symlink_to(target)
    saved = saving.save(folder, APP, SECRET, PUBLIC)
    assert saved.key.name == "atlantis-gate-acme-4711.private-key.pem"
    assert target.exists() is there
    assert not there or target.read_text(encoding="utf-8") == "mine"


def test_trying_the_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    assert saving.prepare(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below", "loop"])
def test_a_folder_that_cannot_be_written_is_refused_beforehand(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="--credentials-dir: nothing can be saved in"):
        saving.prepare(tmp_path / name)


def test_a_folder_without_the_right_to_write_is_refused_beforehand(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("not run: root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="--credentials-dir: nothing can be saved in"):
        saving.prepare(tmp_path)


def test_a_key_that_cannot_be_saved_is_said_without_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be saved") as caught:
        saving.save(tmp_path / "gone", APP, SECRET, PUBLIC)
    assert "https://github.com/organizations/acme/settings/apps" in str(caught.value)
    assert PLANTED not in str(caught.value)


def test_half_a_key_is_not_left_behind(tmp_path: Path) -> None:
    if not os.path.exists("/dev/full"):  # noqa: PTH110 - a device, not a file
        pytest.skip("not run: needs /dev/full")
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal = pytest.importorskip("signal")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(UsageError, match="could not be saved"):
            saving.save(tmp_path, APP, SECRET, PUBLIC)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == []


def repository(path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", path], check=True, capture_output=True)
    return path


def test_a_new_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    assert saving.prepare(root / "app") == ""
    saving.save(root / "app", APP, SECRET, PUBLIC)
    assert (
        subprocess.run(["git", "-C", root, "status", "--porcelain", "--untracked-files=all"], check=True, capture_output=True).stdout == b""
    )
    assert saving.prepare(root / "app") == ""


@pytest.mark.parametrize(("ignored", "warned"), [("", True), ("*.txt\n", True), ("app/\n", False), ("*.pem\n", False)])
def test_a_folder_whose_files_git_would_take_is_warned_about(tmp_path: Path, ignored: str, warned: bool) -> None:
    root = repository(tmp_path / "repo")
    (root / ".gitignore").write_text(ignored, encoding="utf-8")
    (root / "app").mkdir()
    warning = saving.prepare(root / "app")
    assert ("git does not ignore it" in warning, bool(warning)) == (warned, warned)
    assert list((root / "app").iterdir()) == []


def test_without_git_a_work_tree_is_warned_about_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "repo")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "could not be asked" in saving.prepare(root)
