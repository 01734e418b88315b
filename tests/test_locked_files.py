"""Files are replaced as a whole, locked as git locks them, and never through a link."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.locked_files import SECRET, change, read

if TYPE_CHECKING:
    from pathlib import Path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_secret_is_its_owners_alone_from_the_first_byte(tmp_path: Path) -> None:
    path, seen = tmp_path / "s", []

    def edit(text: str | None) -> str:
        assert text is None
        seen.append(mode_of(tmp_path / "s.lock"))
        return "x"

    before = os.umask(0)
    try:
        change(path, edit, mode=SECRET)
    finally:
        os.umask(before)
    assert (seen, mode_of(path), path.read_text()) == ([0o600], 0o600, "x")
    assert [item.name for item in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_plain_file_is_as_the_umask_says(umask: int, expected: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        change(tmp_path / "c", lambda _: "x")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "c") == expected


def test_a_loose_secret_is_tightened_and_a_plain_file_keeps_its_mode(tmp_path: Path) -> None:
    for name in ("secret", "plain"):
        (tmp_path / name).write_text("old")
        (tmp_path / name).chmod(0o664)
    change(tmp_path / "secret", lambda text: text, mode=SECRET)
    change(tmp_path / "plain", lambda text: f"{text}, new")
    assert (mode_of(tmp_path / "secret"), mode_of(tmp_path / "plain")) == (0o600, 0o664)
    assert (tmp_path / "plain").read_text() == "old, new"


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"\xff\r\n\x00a")
    change(tmp_path / "c", lambda text: f"{text}b")
    assert (tmp_path / "c").read_bytes() == b"\xff\r\n\x00ab"


def test_none_stands_for_no_file(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("x")
    change(tmp_path / "c", lambda _: None)
    assert (list(tmp_path.iterdir()), read(tmp_path / "c")) == ([], None)


@pytest.mark.parametrize("target", ["there", "absent"])
def test_a_link_is_neither_followed_nor_replaced(target: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("theirs")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="is a symbolic link"):
        change(link, lambda _: "secret", mode=SECRET)
    with pytest.raises(UsageError, match="is a symbolic link"):
        read(link)
    assert link.is_symlink()
    assert sorted((item.name, item.read_text()) for item in tmp_path.iterdir() if item.is_file() and not item.is_symlink()) == [
        ("there", "theirs")
    ]


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(UsageError, match=r"is no file"):
            change(tmp_path / name, lambda _: "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_an_edit_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("x")

    def edit(_: str | None) -> str:
        raise UsageError("no")

    with pytest.raises(UsageError, match=r"^no$"):
        change(tmp_path / "c", edit)
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [("c", "x")]


def test_a_file_that_git_writes_at_this_moment_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "c.lock").write_text("git's")
    with pytest.raises(UsageError, match="is locked"):
        change(tmp_path / "c", lambda _: "x")
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [("c.lock", "git's")]


def test_git_leaves_a_file_alone_that_is_being_changed(tmp_path: Path) -> None:
    def edit(text: str | None) -> str:
        ran = subprocess.run(["git", "config", "--file", str(tmp_path / "c"), "a.b", "c"], capture_output=True, check=False)
        assert (ran.returncode, b"could not lock" in ran.stderr) == (255, True), ran.stderr
        return "[x]\n"

    change(tmp_path / "c", edit)
    assert (tmp_path / "c").read_text() == "[x]\n"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent/c cannot be used: No such file(.|\n)*--credentials-file"):
        change(tmp_path / "absent" / "c", lambda _: "x")


def test_a_file_beyond_reason_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "c").open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(UsageError, match="is no file that git would read"):
        change(tmp_path / "c", lambda _: "x")


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs root, who alone may give files away")
def test_what_root_makes_belongs_to_whoever_owns_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 1001, 127)
    change(tmp_path / "s", lambda _: "x", mode=SECRET)
    made = (tmp_path / "s").stat()
    assert (made.st_uid, made.st_gid, mode_of(tmp_path / "s")) == (1001, 127, 0o600)
    os.chown(tmp_path / "s", 1002, 128)
    change(tmp_path / "s", lambda _: "y", mode=SECRET)
    assert ((tmp_path / "s").stat().st_uid, (tmp_path / "s").read_text()) == (1002, "y")
