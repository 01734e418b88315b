"""The local checkout: its commit, and whether it holds the pull request."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from atlantis_gate import checkout
from atlantis_gate.model import Run
from atlantis_gate.selection import CheckoutTree
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


def laid_out(folder: Path) -> Path:
    """Return a checkout with links that lead out of it, beside what they lead to."""
    root = folder / "repo"
    (root / "real").mkdir(parents=True)
    (folder / "outside").mkdir()
    (folder / "outside" / "kept.json").write_text("kept")
    (root / "out.json").symlink_to("../outside/kept.json")
    (root / "gone.json").symlink_to("../outside/new.json")
    (root / "folder").symlink_to("../outside")
    (root / "inner").symlink_to("real")
    return root


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("repo/new.json", "repo/new.json"),
        ("repo/out.json", "repo/out.json"),
        ("repo/gone.json", "repo/gone.json"),
        ("repo/inner/a.json", "repo/real/a.json"),
        ("repo/real/../out.json", "repo/out.json"),
        ("outside/kept.json", "outside/kept.json"),
    ],
)
def test_a_file_is_written_in_the_place_of_a_link_of_the_checkout(tmp_path: Path, name: str, written: str) -> None:
    root = laid_out(tmp_path)
    checkout.put(root, tmp_path / name, "text")
    assert (tmp_path / written).read_text() == "text"
    assert not (tmp_path / written).is_symlink()
    assert (tmp_path / "outside" / "kept.json").read_text() == ("text" if name.startswith("outside") else "kept")
    assert sorted(path.name for path in (tmp_path / "outside").iterdir()) == ["kept.json"]
    assert not list(root.glob(".*"))


@pytest.mark.parametrize("name", ["folder/a.json", "folder/kept.json"])
def test_nothing_is_written_or_taken_away_behind_a_folder_that_leads_out(tmp_path: Path, name: str) -> None:
    root = laid_out(tmp_path)
    with pytest.raises(OSError, match="leads out of the checkout"):
        checkout.put(root, root / name, "text")
    with pytest.raises(OSError, match="leads out of the checkout"):
        checkout.withdraw(root, root / name)
    assert [path.read_text() for path in (tmp_path / "outside").iterdir()] == ["kept"]


def test_what_is_withdrawn_is_gone_and_what_a_link_of_the_checkout_leads_to_is_not(tmp_path: Path) -> None:
    root = laid_out(tmp_path)
    (tmp_path / "link.json").symlink_to("outside/other.json")
    (tmp_path / "outside" / "other.json").write_text("other")
    for name in ("repo/out.json", "repo/gone.json", "repo/never.json", "link.json", "outside/never.json"):
        checkout.withdraw(root, tmp_path / name)
    assert sorted(path.name for path in root.iterdir()) == ["folder", "inner", "real"]
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["kept.json"]
    checkout.withdraw(root, Path("/dev/null"))
    assert Path("/dev/null").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("real/a", ("real/a",)),
        ("inner/a", ("inner/a", "inner", "real/a")),
        ("out.json", ("out.json",)),
        ("chain", ("chain", "inner", "real/end", "last")),
        ("folder/../real/x", ("real/x", "folder")),
        ("loop", ("loop",)),
        ("../repo/inner/a", ("inner/a", "inner", "real/a")),
    ],
)
def test_every_name_on_the_way_through_links_is_told(tmp_path: Path, name: str, expected: tuple[str, ...]) -> None:
    root = laid_out(tmp_path)
    (root / "chain").symlink_to("inner/end")
    (root / "real" / "end").symlink_to(root / "last")
    (root / "loop").symlink_to("loop")
    assert checkout.passed(root, root / name) == expected
