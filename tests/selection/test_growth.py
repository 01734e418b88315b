"""Many projects and many files are selected fast, and twice as many take about twice as long."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import ListingTree, Scope, concerned, touched

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT = ("**/*.tf*", "**/*.tofu", "**/*.tofu.json", "**/terragrunt.hcl", "**/.terraform.lock.hcl")
SHAPES: dict[str, Callable[[int], tuple[str, ...]]] = {
    "defaults": lambda _: DEFAULT,
    "shared modules": lambda number: (*DEFAULT, f"../../modules/m{number % 50}/**"),
    "exclusions": lambda number: ("../../modules/**", f"!../../modules/m{number % 50}/*", "!**/*.md"),
    "a file name of its own": lambda number: (f"../../**/app{number}.yaml",),
    "a part of a name of its own": lambda number: (f"../../modules/*/*app{number}*.tf", f"../../**/*app{number}*.tf"),
    "a directory of its own": lambda number: (f"../../modules/**/app{number}/*.tf",),
}


def seconds(shape: str, projects: int, files: int) -> float:
    given = [
        Project(dir=f"apps/a{number}", workspace="default", when_modified=SHAPES[shape](number), configured=True)
        for number in range(projects)
    ]
    changed = [
        f"apps/a{number % projects}/f{number}.tf" if number % 2 else f"modules/m{number % 50}/f{number}.tf" for number in range(files)
    ]
    tree = ListingTree(f"apps/a{number}/main.tf" for number in range(projects))
    scope = Scope(tree=tree, discovery=Discovery(enabled=False), file_list=())
    # The collector's pauses grow with everything the process holds, which is not what is measured.
    gc.disable()
    started = time.process_time()
    touched(given, changed, scope)
    concerned(given, given, changed, scope)
    spent = time.process_time() - started
    gc.enable()
    return spent


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_thousand_projects_and_three_thousand_files_take_a_moment(shape: str) -> None:
    assert seconds(shape, 10_000, 3_000) < 6


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_number_of_projects_and_of_files_and_not_with_their_product(shape: str) -> None:
    small = min(seconds(shape, 800, 800) for _ in range(3))

    assert min(seconds(shape, 3_200, 3_200) for _ in range(3)) < 10 * small + 0.3
