"""Where no project is configured, changed files point at directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Discovery
from atlantis_gate.selection import CheckoutTree, ListingTree, Overlay, Scope
from atlantis_gate.selection.autodiscovery import discover, is_ignored, is_project, project_dir, walk
from atlantis_gate.selection.modules import ModuleIndex, no_index

if TYPE_CHECKING:
    from pathlib import Path

FILE_LIST = ("**/*.tf", "**/*.tfvars", "**/terragrunt.hcl", "!**/skip/**")


def discovered(changed: list[str], files: list[str], *, ignore: tuple[str, ...] = (), index: ModuleIndex | None = None) -> tuple[str, ...]:
    scope = Scope(tree=ListingTree(files), discovery=Discovery(enabled=True, ignore_paths=ignore), file_list=FILE_LIST)
    return discover(changed, scope, index or no_index())


@pytest.mark.parametrize(
    ("file", "files", "expected"),
    [
        ("main.tf", ["main.tf"], (".",)),
        ("a/main.tf", ["a/main.tf"], ("a",)),
        ("a/main.md", ["a/main.md"], ()),
        ("a/skip/x.tf", ["a/skip/x.tf"], ()),
        ("a/env/dev.tfvars", ["a/env/dev.tfvars"], ("a",)),
        ("env/dev.tfvars", ["env/dev.tfvars"], (".",)),
        ("env/sub/x.tf", ["env/sub/x.tf"], ("env/sub",)),
        ("modules/foo/env/x.tfvars", ["modules/foo/env/x.tfvars"], ("modules/foo",)),
        ("modules/x.tf", ["modules/x.tf"], ()),
        ("modules/x.tf", ["modules/x.tf", "main.tf"], (".",)),
        ("modules/x.tf", ["modules/x.tf", "main.tf/x"], ()),
        ("modules/x.tf", ["modules/x.tf", ".hidden.tf"], (".",)),
        ("p/modules/a/x.tf", ["p/modules/a/x.tf", "p/terragrunt.hcl"], ("p",)),
        ("mymodules/p/modules/x.tf", ["mymodules/p/modules/x.tf", "mymodules/p/main.tf"], ()),
        ("mymodules/modules/x.tf", ["mymodules/modules/x.tf", "my/main.tf"], ("my",)),
        ("modulesx/x.tf", ["modulesx/x.tf"], ("modulesx",)),
        ("p/.terraform/x.tf", ["p/.terraform/x.tf"], ("p/.terraform",)),
        ("p/terraform.tfstate.d/x.tf", ["p/terraform.tfstate.d/x.tf"], ()),
        ("p/mytflint.hcl.tf", ["p/mytflint.hcl.tf"], ()),
        ("gone/x.tf", ["other/x.tf"], ()),
        ("gone/x.tf", [], ()),
        ("gone/a/b/x.tf", ["other/x.tf"], ()),
        ("a/gone/x.tf", ["a/x.tf"], ()),
        ("a/gone/b/x.tf", ["a/x.tf"], ()),
        ("was/a/dir/x.tf", ["was/a"], ("was/a/dir",)),
        ("was/a/dir/b/c/x.tf", ["was/a"], ("was/a/dir/b/c",)),
    ],
)
def test_a_changed_file_points_at_a_directory(file: str, files: list[str], expected: tuple[str, ...]) -> None:
    assert discovered([file], files) == expected


def test_nothing_is_discovered_where_there_is_no_checkout(tmp_path: Path) -> None:
    scope = Scope(tree=CheckoutTree(tmp_path / "gone"), discovery=Discovery(enabled=True), file_list=FILE_LIST)

    assert discover(["a/b/x.tf"], scope, no_index()) == ()


def test_directories_come_once_in_the_order_of_their_first_file() -> None:
    assert discovered(["b/x.tf", "a/x.tf", "b/y.tf"], ["a/x.tf", "b/x.tf"]) == ("b", "a")


def test_ignored_directories_are_left_out() -> None:
    assert discovered(["a/x.tf", "b/x.tf"], ["a/x.tf", "b/x.tf"], ignore=("a", "c/**")) == ("b",)


@pytest.mark.parametrize(
    ("pattern", "directory", "expected"),
    [
        ("foo/**", "foo", True),
        ("foo", "foo/a", False),
        ("**", ".", True),
        ("{a,b}/*", "b/x", True),
        ("[!a]", "b", True),
        ("foo/", "foo", False),
    ],
)
def test_ignore_paths_are_compared_with_the_whole_directory(pattern: str, directory: str, expected: bool) -> None:
    assert is_ignored(directory, (pattern,)) is expected


def test_the_users_of_a_module_are_discovered_when_the_file_has_no_project_of_its_own() -> None:
    index = ModuleIndex(roots=frozenset({"q", "p", "gone"}), callers={"modules": frozenset({"q", "p", "gone"}), "shared": frozenset({"p"})})
    files = ["modules/x.tf", "p/x.tf", "q/x.tf", "shared/x.tf"]

    assert discovered(["modules/x.tf"], files, index=index) == ("p", "q")
    assert discovered(["shared/x.tf"], files, index=index) == ("shared",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.tf", True),
        ("x.tf.json", True),
        ("x.tofu", True),
        ("x.tofu.json", True),
        ("terragrunt.hcl", True),
        (".terraform.lock.hcl", False),
        ("x.hcl", False),
    ],
)
def test_a_directory_is_a_project_by_the_files_directly_in_it(name: str, expected: bool) -> None:
    assert is_project("p", ListingTree([f"p/{name}"])) is expected


def test_a_module_belongs_to_the_directory_above_the_first_modules() -> None:
    tree = ListingTree(["a/x.tf", "a/modules/b/x.tf"])

    assert project_dir("a/modules/b/modules/c", tree) == "a"


def test_a_walk_yields_every_path_but_gits_own() -> None:
    tree = Overlay(ListingTree(["a/b/x.tf", ".git/HEAD", "sub/.git/x"]), ["c/y"])

    assert sorted(walk(tree)) == [".", "a", "a/b", "a/b/x.tf", "c", "c/y", "sub", "sub/.git", "sub/.git/x"]
