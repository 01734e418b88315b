"""A checkout, a listing and an overlay show the same files, and none leads out of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import ConfigError
from atlantis_gate.selection import CheckoutTree, ListingTree, Overlay
from atlantis_gate.tree import Entry

if TYPE_CHECKING:
    from atlantis_gate.tree import Tree

FILES = {"main.tf": b"root", "a/b/x.tf": b"x", "a/y.tf": b"y", "z/é": b"", "..a/x": b"dots"}


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return root


@pytest.fixture(params=["checkout", "listing", "overlay"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """Show the same files in each of the three ways."""
    if request.param == "checkout":
        return CheckoutTree(write(tmp_path, FILES))
    listing = ListingTree(FILES, read=FILES.get)
    return listing if request.param == "listing" else Overlay(listing, [])


@pytest.mark.parametrize("path", [".", "main.tf", "a", "a/b", "a/b/x.tf", "./a/", "a//b", "z/é", "..a", "..a/x"])
def test_what_is_there_exists(tree: Tree, path: str) -> None:
    assert tree.exists(path) is True


@pytest.mark.parametrize("path", ["b", "a/x.tf", "..", "../a", "/", "/etc", "a/../..", "a\0b"])
def test_what_is_not_there_or_outside_does_not_exist(tree: Tree, path: str) -> None:
    assert tree.exists(path) is False


def test_below_a_file_there_is_nothing_unless_a_listing_cannot_tell_it_from_a_link(tmp_path: Path) -> None:
    listing = ListingTree(FILES, read=FILES.get)
    assert [tree.exists("main.tf/x") for tree in (CheckoutTree(write(tmp_path, FILES)), listing, Overlay(listing, []))] == [
        False,
        True,
        True,
    ]
    with pytest.raises(ConfigError, match=r"main\.tf is a link or a submodule"):
        listing.read("main.tf/conf/atlantis.yaml")


def test_entries_are_sorted_and_say_what_they_are(tree: Tree) -> None:
    assert list(tree.entries(".")) == [
        Entry("..a", is_dir=True),
        Entry("a", is_dir=True),
        Entry("main.tf", is_dir=False),
        Entry("z", is_dir=True),
    ]
    assert list(tree.entries("a")) == [Entry("b", is_dir=True), Entry("y.tf", is_dir=False)]


@pytest.mark.parametrize("path", ["main.tf", "missing", "..", "/", "a/y.tf/x", "a\0b"])
def test_what_is_no_directory_holds_nothing(tree: Tree, path: str) -> None:
    assert list(tree.entries(path)) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [("main.tf", b"root"), ("a/b/x.tf", b"x"), ("a", None), (".", None), ("missing", None), ("../x", None), ("/etc/hosts", None)],
)
def test_files_are_read_and_nothing_else_is(tree: Tree, path: str, expected: bytes | None) -> None:
    assert tree.read(path) == expected


def linked(tmp_path: Path, **links: str) -> CheckoutTree:
    root = write(tmp_path / "checkout", {"real/x.tf": b"x", "top.tf": b"top"})
    write(tmp_path / "outside", {"secret.tf": b"secret", "dir/s.tf": b"s"})
    for name, goal in links.items():
        (root / name).symlink_to(goal)
    return CheckoutTree(root)


def test_a_link_inside_the_checkout_is_followed(tmp_path: Path) -> None:
    tree = linked(tmp_path, alias="real", file="top.tf")

    assert (tree.exists("alias"), tree.exists("alias/x.tf"), tree.exists("alias/y.tf")) == (True, True, False)
    assert list(tree.entries("alias")) == [Entry("x.tf", is_dir=False)]
    assert (tree.read("alias/x.tf"), tree.read("file")) == (b"x", b"top")
    assert Entry("alias", is_dir=True) in tree.entries(".")
    assert Entry("file", is_dir=False) in tree.entries(".")


@pytest.mark.parametrize("name", ["checkout", "blank ", "X", "XX"])
def test_a_link_is_followed_whatever_the_checkout_is_called(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / name, {"real/x.tf": b"x"})
    (root / "alias").symlink_to("real")
    from_the_top = (root / "alias" / "x.tf").relative_to("/").as_posix()

    assert CheckoutTree(root).read("alias/x.tf") == b"x"
    assert CheckoutTree(Path("/")).read(from_the_top) == b"x"


def test_a_link_out_of_the_checkout_is_there_but_nothing_is_read_behind_it(tmp_path: Path) -> None:
    tree = linked(tmp_path, out="../outside", file="../outside/secret.tf", absolute="/")

    assert [tree.exists(path) for path in ("out", "out/dir", "out/missing", "file", "absolute", "absolute/etc")] == [True] * 6
    assert [list(tree.entries(path)) for path in ("out", "out/dir", "absolute")] == [[], [], []]
    assert [tree.read(path) for path in ("file", "out/secret.tf", "absolute/etc/hosts")] == [None, None, None]
    assert Entry("out", is_dir=False) in tree.entries(".")


@pytest.mark.parametrize("name", ["checkout", "blank ", "X", "XX"])
def test_no_link_leads_out_of_a_checkout_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / name, {"x.tf": b"x"})
    write(tmp_path, {"secret.tf": b"secret", f"{name}more/secret.tf": b"secret"})
    (root / "file").symlink_to("../secret.tf")
    (root / "out").symlink_to(f"../{name}more")

    assert [CheckoutTree(root).read(path) for path in ("x.tf", "file", "out/secret.tf")] == [b"x", None, None]


@pytest.mark.parametrize("path", ["../outside/secret.tf", "real/../../outside/secret.tf", "../outside/dir", ".."])
def test_nothing_beside_the_checkout_is_read_by_a_path_that_leads_there(tmp_path: Path, path: str) -> None:
    tree = linked(tmp_path)

    assert (tree.exists(path), list(tree.entries(path)), tree.read(path)) == (False, [], None)


def test_a_link_to_nothing_and_a_link_to_itself_do_not_exist(tmp_path: Path) -> None:
    tree = linked(tmp_path, nowhere="missing", itself="itself")

    assert [tree.exists(path) for path in ("nowhere", "itself", "itself/x")] == [False, False, False]
    assert [tree.read(path) for path in ("nowhere", "itself", "itself/x")] == [None, None, None]


def test_links_never_make_a_walk_endless(tmp_path: Path) -> None:
    tree = linked(tmp_path, up=".")
    (tmp_path / "checkout/real/back").symlink_to("..")
    (tmp_path / "checkout/other").mkdir()
    (tmp_path / "checkout/other/to_real").symlink_to("../real")
    (tmp_path / "checkout/real/to_other").symlink_to("../other")

    assert Entry("up", is_dir=False) in tree.entries(".")
    assert Entry("back", is_dir=False) in tree.entries("real")
    assert Entry("to_other", is_dir=True) in tree.entries("real")
    assert Entry("to_real", is_dir=False) in tree.entries("real/to_other")


def test_a_directory_that_cannot_be_listed_is_an_error_and_what_lies_in_it_counts_as_existing(tmp_path: Path) -> None:
    tree = CheckoutTree(write(tmp_path, {"a/x.tf": b""}))
    too_long = "n" * 300

    assert tree.exists(too_long) is True
    with pytest.raises(ConfigError, match="cannot be read"):
        tree.entries(too_long)
    with pytest.raises(ConfigError, match="cannot be read"):
        tree.read(too_long)
    with pytest.raises(ConfigError, match=r"cannot be read: 'utf-8' codec can't encode"):
        tree.read("\ud800")


@pytest.mark.skipif(os.geteuid() == 0, reason="not run: root may read everything")
def test_without_permission_a_directory_is_an_error(tmp_path: Path) -> None:
    root = write(tmp_path, {"a/x.tf": b""})
    (root / "a").chmod(0)
    try:
        with pytest.raises(ConfigError, match="Permission denied"):
            CheckoutTree(root).entries("a")
        assert CheckoutTree(root).exists("a/x.tf") is True
    finally:
        (root / "a").chmod(0o755)


@pytest.mark.parametrize("path", ["caf\ufffd", "caf\ufffd/x.tf", "\ud800"])
def test_a_name_that_a_host_could_not_write_down_counts_as_existing(tmp_path: Path, path: str) -> None:
    assert CheckoutTree(tmp_path).exists(path) is True


def test_a_path_of_very_many_directories_is_no_trouble(tmp_path: Path) -> None:
    deep, too_deep = "a/" * 1_500 + "x.tf", "a/" * 3_000 + "x.tf"

    assert (CheckoutTree(tmp_path).exists(deep), CheckoutTree(tmp_path).exists(too_deep)) == (False, True)
    assert ListingTree([deep]).exists(deep) is True


def test_a_listing_without_contents_says_so_for_files_only() -> None:
    tree = ListingTree(["a/x.tf"])

    assert (tree.read("a"), tree.read("b")) == (None, None)
    with pytest.raises(ConfigError, match="only the names of the files were read"):
        tree.read("a/x.tf")


def test_a_listing_takes_only_paths_that_can_be_in_a_repository() -> None:
    assert list(ListingTree(["../x", "/etc/passwd", "", ".", "a\0b", "./a//b"]).entries(".")) == [Entry("a", is_dir=True)]


def test_a_listing_of_nothing_has_a_root_that_holds_nothing() -> None:
    tree = ListingTree([])

    assert (tree.exists("."), list(tree.entries("."))) == (True, [])


def test_a_path_listed_as_a_file_and_as_a_directory_is_a_directory() -> None:
    assert list(ListingTree(["a", "a/b"]).entries(".")) == list(ListingTree(["a/b", "a"]).entries(".")) == [Entry("a", is_dir=True)]


def test_an_overlay_adds_paths_and_their_directories_but_no_contents() -> None:
    tree = Overlay(ListingTree(["a/x.tf"], read=lambda _: b"x"), ["a/y.tf", "gone/sub/z.tf"])

    assert [tree.exists(path) for path in ("a/x.tf", "a/y.tf", "gone", "gone/sub", "other")] == [True, True, True, True, False]
    assert list(tree.entries("a")) == [Entry("x.tf", is_dir=False), Entry("y.tf", is_dir=False)]
    assert list(tree.entries(".")) == [Entry("a", is_dir=True), Entry("gone", is_dir=True)]
    assert (tree.read("a/x.tf"), tree.read("a/y.tf")) == (b"x", None)


def test_an_overlay_over_a_path_of_the_tree_keeps_what_the_tree_says() -> None:
    assert list(Overlay(ListingTree(["a/x.tf"]), ["a"]).entries(".")) == [Entry("a", is_dir=True)]
