"""A `dir` that is a pattern stands for the project directories of the checkout that it matches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.config import globs
from atlantis_gate.config.globs import Expander, TooManyError
from atlantis_gate.selection.trees import ListingTree
from config.files import problems_of, repo, warnings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.tree import Entry

FILES = (
    "main.tf",
    "modules/main.tf",
    "modules/a/main.tf",
    "modules/a-b/main.tf.json",
    "modules/b/c/main.tofu",
    "modules/d/x.tfvars",
    "modules/.hidden/main.tofu.json",
    "modules/e/main.tf/readme.md",
    "live/t/terragrunt.hcl",
    "live/t/a/main.tf",
    "live/u/t/terragrunt.hcl",
    "[odd]/main.tf",
)


class CountingTree(ListingTree):
    """A tree that tells which directories were read."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(paths)
        self.read_directories: list[str] = []

    def entries(self, directory: str) -> Sequence[Entry]:
        self.read_directories.append(directory)
        return super().entries(directory)


@pytest.mark.parametrize(
    ("pattern", "directories"),
    [
        ("modules/*", ["modules/.hidden", "modules/a", "modules/a-b"]),
        ("modules/**", ["modules", "modules/.hidden", "modules/a", "modules/a-b", "modules/b/c"]),
        ("./modules//?", ["modules/a"]),
        ("/modules/[!a]*", ["modules/.hidden"]),
        ("live/**/t", ["live/t", "live/u/t"]),
        ("**/t", ["live/t", "live/u/t"]),
        ("**/a", ["live/t/a", "modules/a"]),
        ("{modules,live}/*", ["live/t", "modules/.hidden", "modules/a", "modules/a-b"]),
        ("*", [".", "[odd]", "modules"]),
        (r"\[odd*", ["[odd]"]),
    ],
)
def test_a_pattern_stands_for_directories_that_directly_hold_a_terraform_file(pattern: str, directories: list[str]) -> None:
    loaded = repo(f"version: 3\nprojects:\n- dir: '{pattern}'\n", tree=ListingTree(FILES))

    assert [project.dir for project in loaded.projects] == directories


def test_all_settings_but_the_name_are_copied() -> None:
    loaded = repo(
        "version: 3\nprojects:\n- {dir: 'modules/a*', name: n, workspace: w, apply_requirements: [approved]}\n", tree=ListingTree(FILES)
    )

    assert [(project.name, project.workspace, len(project.settings)) for project in loaded.projects] == [(None, "w", 1)] * 2
    assert warnings_of(loaded) == ["atlantis.yaml:3:23: `name` is dropped, since `dir` is a pattern for several projects"]


def test_a_pattern_without_a_match_has_no_effect_not_even_that_of_its_mistakes() -> None:
    loaded = repo("version: 3\nprojects:\n- {dir: 'none/*', workspace: a b, name: '*'}\n", tree=ListingTree(FILES))

    assert loaded.projects == ()
    assert warnings_of(loaded) == ["atlantis.yaml:3:4: no directory with terraform files matches this pattern, so this entry has no effect"]


def test_without_a_checkout_patterns_stay_and_exclude_a_name() -> None:
    assert repo("version: 3\nprojects:\n- dir: modules/*\n").projects[0].dir == "modules/*"
    assert problems_of("version: 3\nprojects:\n- {dir: modules/*, name: n}\n") == [
        "atlantis.yaml:3:20: a project whose `dir` is a pattern cannot have a `name`, since it stands for several"
    ]


def test_a_pattern_and_a_directory_may_not_name_the_same_place() -> None:
    assert "is already on line 3" in problems_of("version: 3\nprojects:\n- dir: modules/a\n- dir: modules/*\n", tree=ListingTree(FILES))[0]


@pytest.mark.parametrize("pattern", ["../*", "a/../*", "[a", "*/{a"])
def test_a_pattern_that_leaves_the_repository_or_is_broken_is_refused_before_anything_is_read(pattern: str) -> None:
    tree = CountingTree(FILES)

    assert len(problems_of(f"version: 3\nprojects:\n- dir: '{pattern}'\n", tree=tree)) == 1
    assert tree.read_directories == []


def test_the_tree_is_walked_once_for_all_patterns_and_not_at_all_without_any() -> None:
    with_patterns, without = CountingTree(FILES), CountingTree(FILES)
    repo("version: 3\nprojects:\n- dir: modules/*\n- {dir: live/*, workspace: w}\n", tree=with_patterns)
    repo("version: 3\nprojects:\n- dir: modules\n", tree=without)

    assert len(with_patterns.read_directories) == len(set(with_patterns.read_directories))
    assert without.read_directories == []


def test_many_patterns_over_many_directories_are_refused_rather_than_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "MAX_TRIALS", 100)
    expander = Expander(ListingTree([f"d{number}/main.tf" for number in range(60)]))
    expander.expand("*")

    with pytest.raises(TooManyError):
        expander.expand("**")
    text = "version: 3\nprojects:\n- dir: '*'\n- {dir: '**', workspace: w}\n"
    assert "this pattern is not expanded" in problems_of(text, tree=ListingTree([f"d{number}/main.tf" for number in range(60)]))[0]


def test_a_tree_with_too_many_directories_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "MAX_DIRECTORIES", 5)

    with pytest.raises(TooManyError, match="more than 5 directories"):
        Expander(ListingTree(FILES)).expand("*")


def test_a_pattern_with_a_fixed_beginning_looks_only_there() -> None:
    expander = Expander(ListingTree([f"d{number}/x/main.tf" for number in range(5_000)]))
    started = time.process_time()

    assert [len(expander.expand(f"d{number}/*")) for number in range(2_000)] == [1] * 2_000
    assert expander.trials == 2_000
    assert time.process_time() - started < 2
