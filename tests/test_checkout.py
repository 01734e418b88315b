"""The local checkout: its commit, and whether it holds the pull request."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from atlantis_gate import checkout
from atlantis_gate.model import Run
from atlantis_gate.selection import CheckoutTree

if TYPE_CHECKING:
    from pathlib import Path
from builders import HEAD, REF, pull

RUN = Run(ci="github-actions", target=REF)


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "atlantis.yaml").write_text("version: 3\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    return tmp_path


def holds(root: Path, expected: tuple[str, ...] = ("atlantis.yaml",), head: str = HEAD, run: Run = RUN) -> bool:
    return checkout.holds(root, CheckoutTree(root), pull(head_sha=head), run, expected)


def test_the_commit_is_read_from_a_branch_a_packed_branch_and_a_detached_head(clone: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    assert checkout.commit_of(clone) == commit
    git(clone, "pack-refs", "--all")
    assert checkout.commit_of(clone) == commit
    git(clone, "checkout", "--quiet", "--detach")
    assert checkout.commit_of(clone) == commit


def test_the_commit_of_a_worktree_is_read(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    worktree = tmp_path_factory.mktemp("other") / "tree"
    git(clone, "worktree", "add", "--quiet", str(worktree), "-b", "feature")
    assert checkout.commit_of(worktree) == git(clone, "rev-parse", "HEAD")


def test_without_a_clone_there_is_no_commit(tmp_path: Path) -> None:
    assert checkout.commit_of(tmp_path) == ""
    (tmp_path / ".git").write_bytes(b"\xff")
    assert checkout.commit_of(tmp_path) == ""


def test_a_checkout_of_the_head_or_a_merge_of_it_holds_the_pull_request(clone: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    assert holds(clone, expected=(), head=commit)
    assert holds(clone, expected=(), run=Run(ci="github-actions", target=REF, merge_sha=commit))
    assert checkout.holds(clone, CheckoutTree(clone), pull(merge_sha=commit), RUN, ())


def test_a_merge_or_a_commit_made_here_on_top_of_the_head_holds_it(clone: Path) -> None:
    head = git(clone, "rev-parse", "HEAD")
    git(clone, "checkout", "--quiet", "--orphan", "other")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "base")
    git(clone, "merge", "--quiet", "--allow-unrelated-histories", "--no-ff", "--message", "merge", head)
    assert holds(clone, expected=(), head=head)
    assert not holds(clone, head="9" * 40)


@pytest.mark.parametrize("files", [("atlantis.yaml",), ("gone.tf",)])
def test_a_clone_of_anything_else_does_not(clone: Path, files: tuple[str, ...]) -> None:
    assert not holds(clone, expected=files)


def test_without_a_clone_one_of_its_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "atlantis.yaml").write_text("version: 3\n")
    assert holds(tmp_path, expected=("atlantis.yaml", "gone.tf"))
    assert not holds(tmp_path, expected=("gone.tf",))
    assert not holds(tmp_path / "missing")


def test_a_sparse_checkout_does_not(clone: Path) -> None:
    git(clone, "sparse-checkout", "set", "staging")
    assert not holds(clone, expected=(), head=git(clone, "rev-parse", "HEAD"))


def test_a_file_is_read_from_the_clone_at_a_commit(clone: Path) -> None:
    first = git(clone, "rev-parse", "HEAD")
    (clone / "atlantis.yaml").write_text("version: 2\n")
    git(clone, "commit", "--quiet", "--all", "--message", "two")
    assert checkout.file_in_clone(clone, "atlantis.yaml", first) == b"version: 3\n"
    assert checkout.file_in_clone(clone, "repos.yaml", first) is None


@pytest.mark.parametrize("commit", ["9" * 40, "--help", "main^", ""])
def test_an_unknown_commit_is_a_lookup_error(clone: Path, commit: str) -> None:
    with pytest.raises(LookupError):
        checkout.file_in_clone(clone, "atlantis.yaml", commit)


def test_without_a_clone_a_file_is_a_lookup_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        checkout.file_in_clone(tmp_path, "atlantis.yaml", "a" * 40)


def test_a_path_inside_the_checkout_is_told_from_one_outside(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert checkout.path_inside(tmp_path / "repo", tmp_path / "repo" / "conf" / "repos.yaml") == "conf/repos.yaml"
    assert checkout.path_inside(tmp_path / "repo", tmp_path / "outside.yaml") is None
    assert checkout.path_inside(tmp_path / "repo", tmp_path / "repo" / "link.yaml") is None
