"""Changed files select configured projects by module use and when_modified, then discovered directories."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import ConfigError, UsageError
from atlantis_gate.model import Discovery, Origin, Project
from atlantis_gate.selection import ListingTree, Overlay, Scope, Touched, touched

FILE_LIST = ("**/*.tf", "**/*.tfvars", "**/terragrunt.hcl")
ON = Discovery(enabled=True)
OFF = Discovery(enabled=False)


def project(directory: str, *patterns: str, name: str | None = None) -> Project:
    return Project(dir=directory, workspace="default", name=name, when_modified=patterns or ("**/*.tf*",), configured=True)


def select(projects: list[Project], changed: list[str], files: list[str], discovery: Discovery = OFF, **settings: object) -> Touched:
    tree = ListingTree(files, read=lambda _: b"")
    return touched(projects, changed, Scope(tree=tree, discovery=discovery, file_list=FILE_LIST, **settings))  # type: ignore[arg-type]


def dirs(found: Touched) -> list[str]:
    return [each.dir for each in found.configured]


def test_projects_come_in_file_order_and_discovered_ones_by_first_changed_file() -> None:
    found = select([project("b"), project("a")], ["d/x.tf", "a/x.tf", "c/x.tf", "b/x.tf"], ["a/x.tf", "b/x.tf", "c/x.tf", "d/x.tf"], ON)

    assert (dirs(found), found.discovered) == (["b", "a"], (("d", "default"), ("c", "default")))


def test_a_configured_directory_is_never_discovered_even_if_its_patterns_do_not_match() -> None:
    found = select([project("a", "*.yaml")], ["a/x.tf", "b/x.tf"], ["a/x.tf", "b/x.tf"], ON)

    assert (dirs(found), found.discovered) == ([], (("b", "default"),))


@pytest.mark.parametrize(("settings", "workspace"), [({}, "default"), ({"opentofu": False}, "default"), ({"opentofu": True}, "prod")])
def test_opentofu_files_count_for_the_workspace_only_when_asked(settings: dict[str, bool], workspace: str) -> None:
    tree = ListingTree(["a/x.tofu"], read=lambda _: b'terraform {\n  cloud {\n    workspaces {\n      name = "prod"\n    }\n  }\n}\n')
    scope = Scope(tree=tree, discovery=ON, file_list=("**/*.tofu",), **settings)  # type: ignore[arg-type]
    found = touched([], ["a/x.tofu"], scope)

    assert found.discovered == (("a", workspace),)


def test_a_project_without_patterns_is_touched_by_no_file() -> None:
    found = select([Project(dir="a", workspace="default", when_modified=())], ["a/x.tf"], ["a/x.tf"])

    assert dirs(found) == []


def test_a_project_whose_directory_is_gone_is_left_out_with_a_remark() -> None:
    found = select([project("gone", name="g")], ["gone/x.tf"], ["other/x.tf"])

    assert dirs(found) == []
    assert found.warnings == ("project g is left out: changed files match it, but its directory is gone",)


def test_directories_that_are_assumed_to_exist_are_not_looked_for() -> None:
    assert dirs(select([project("gone")], ["gone/x.tf"], [], assume_dirs=True)) == ["gone"]


def test_a_file_in_the_place_of_the_directory_counts_as_existing() -> None:
    assert dirs(select([project("a")], ["a/x.tf"], ["a"])) == ["a"]


def test_added_paths_bring_back_what_the_tree_lost() -> None:
    scope = Scope(tree=Overlay(ListingTree(["other.tf"]), ["gone/x.tf"]), discovery=OFF, file_list=())

    assert dirs(touched([project("gone")], ["gone/x.tf"], scope)) == ["gone"]


def test_a_pattern_that_fails_on_every_file_is_remarked_on() -> None:
    found = select([project("a", "\\q", name="p")], ["a/x.tf"], ["a/x.tf"])

    assert dirs(found) == []
    assert found.warnings == ("project p may be left out wrongly: a pattern of its when_modified fails on every file",)


def test_all_projects_with_bad_patterns_are_named_at_their_lines() -> None:
    origins = {"when_modified": Origin("atlantis.yaml", 7, "when_modified")}
    bad = [Project(dir="a", workspace="default", when_modified=("[",), origins=origins), project("b", "a\\", name="second")]

    with pytest.raises(ConfigError) as caught:
        select(bad, ["a/x.tf"], ["a/x.tf"])

    assert [(problem.file, problem.line) for problem in caught.value.problems] == [("atlantis.yaml", 7), ("atlantis.yaml", 0)]
    assert "project second: when_modified ['a\\\\']" in str(caught.value)


def test_a_file_list_that_cannot_be_read_is_refused_by_name() -> None:
    scope = Scope(tree=ListingTree([]), discovery=ON, file_list=("[",))

    with pytest.raises(UsageError, match="--autoplan-file-list"):
        touched([], ["a/x.tf"], scope)


def test_the_users_of_a_module_are_discovered() -> None:
    files = {"p/main.tf": 'module "m" {\n  source = "../modules/m"\n}\n', "modules/m/x.tf": ""}
    tree = ListingTree(files, read=lambda path: files[path].encode())
    scope = Scope(tree=tree, discovery=ON, file_list=FILE_LIST, modules=("p/*",))

    assert touched([], ["modules/m/x.tf"], scope).discovered == (("p", "default"),)


def test_each_discovered_directory_has_its_workspace_and_its_remark() -> None:
    cloud = b'terraform {\n  cloud {\n    workspaces {\n      name = "w"\n    }\n  }\n}\n'
    changed = ["a/x.tf", "b/x.tf"]
    tofu = ListingTree(["a/x.tofu", "b/x.tf"], read=lambda path: cloud if path == "a/x.tofu" else b"")
    for opentofu, workspace in ((True, "w"), (False, "default")):
        found = touched([], changed, Scope(tree=tofu, discovery=ON, file_list=FILE_LIST, opentofu=opentofu))
        assert (found.discovered, found.warnings) == ((("a", workspace), ("b", "default")), ())

    unread = touched([], changed, Scope(tree=ListingTree(changed), discovery=ON, file_list=FILE_LIST))
    assert [warning.partition(":")[0] for warning in unread.warnings] == ["a", "b"]


def test_one_directory_with_several_workspaces_is_several_projects() -> None:
    both = [Project(dir="a", workspace=name, when_modified=("*",), name=name) for name in ("x", "y")]

    assert [each.name for each in select(both, ["a/f"], ["a/f"]).configured] == ["x", "y"]
