"""A target names projects by name, expression, directory and workspace, or nothing, and then says why."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import ListingTree, Target, Targeted, TargetRules, target
from atlantis_gate.selection.targets import by_name, clean_dir


def project(directory: str, name: str | None = None, workspace: str = "default") -> Project:
    return Project(dir=directory, workspace=workspace, name=name, when_modified=("*",), configured=True)


APP, APP2, DATA = project("app", "app"), project("app2", "app-2"), project("data", workspace="prod")
CONFIGURED = (APP, APP2, DATA)
RULES = TargetRules(config_file="atlantis.yaml")


def find(rules: TargetRules = RULES, configured: tuple[Project, ...] = CONFIGURED, **wanted: str) -> Targeted:
    return target(configured, Target(**wanted), rules)


def refusal(rules: TargetRules = RULES, configured: tuple[Project, ...] = CONFIGURED, **wanted: str) -> str:
    with pytest.raises(UsageError) as caught:
        find(rules, configured, **wanted)
    return str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "expected"), [({}, False), ({"name": ""}, False), ({"dir": "."}, True), ({"workspace": "w"}, True), ({"name": "n"}, True)]
)
def test_a_target_is_given_when_any_part_of_it_is(wanted: dict[str, str], expected: bool) -> None:
    assert Target(**wanted).given is expected


def test_a_name_is_compared_exactly() -> None:
    found = find(name="app")
    assert (found.projects, found.ad_hoc) == ((APP,), None)
    assert "no project named 'ap'" in refusal(name="ap")
    assert "Known names: app, app-2. Expressions need --enable-regexp-cmd." in refusal(name="App")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("app", (APP,)), ("app.*", (APP, APP2)), ("app|2", (APP, APP2)), ("pp", ()), ("[", ()), ("data", ()), ("app-.", (APP2,))],
)
def test_a_name_may_be_an_expression_where_that_is_allowed(expression: str, expected: tuple[Project, ...]) -> None:
    assert by_name(CONFIGURED, expression, regexp=True, prefixes=()) == expected


def test_an_expression_for_several_projects_must_start_with_an_allowed_prefix() -> None:
    rules = TargetRules(config_file="atlantis.yaml", regexp=True, allowed_regexp_prefixes=("app", "dev"))

    assert find(rules, name="app.*").projects == (APP, APP2)
    assert find(rules, name=".*2").projects == (APP2,)
    assert "must start with one of: app, dev." in refusal(rules, name=".*")


def test_a_name_needs_a_repo_config() -> None:
    assert "has no repo config" in refusal(TargetRules(), name="app")


def test_a_name_that_nothing_has_is_nothing_when_silenced_and_anything_is_configured() -> None:
    silent = TargetRules(config_file="atlantis.yaml", silence=True)

    assert find(silent, name="nope") == Targeted()
    assert "no project named" in refusal(silent, (), name="nope")
    assert find(silent, dir="elsewhere") == Targeted()
    assert find(silent, (), dir="elsewhere").ad_hoc == ("elsewhere", "default")


@pytest.mark.parametrize("other", [{"dir": "app"}, {"workspace": "default"}])
def test_a_name_stands_alone(other: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="cannot be used together"):
        target(CONFIGURED, Target(name="app", **other), RULES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), (".", "."), ("./", "."), ("/", "."), ("/a", "a"), ("./a/", "a"), ("a//b/../c", "a/c"), ("/..", "."), ("a b", "a b")],
)
def test_a_directory_is_taken_relative_to_the_root(text: str, expected: str) -> None:
    assert clean_dir(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("./a/*", "a/*"), ("/a/*", "a/*"), ("a/*/", "a/*"), (".//a/*", "a/*"), ("a/?", "a/?"), ("{a,b}/*", "{a,b}/*")]
)
def test_a_pattern_for_directories_loses_its_start_only(text: str, expected: str) -> None:
    assert clean_dir(text) == expected


@pytest.mark.parametrize("text", ["..", "../a", "a/../..", "..a", "...", "a/../*", "a..b/*", "[a", "a/{b*", "*\\"])
def test_a_directory_outside_or_a_bad_pattern_is_refused(text: str) -> None:
    assert repr(text)[1:-1] in refusal(dir=text)


def test_a_workspace_with_a_bad_name_is_refused() -> None:
    assert "-w/--workspace: '../x' cannot contain '/'" in refusal(workspace="../x")


def test_a_directory_and_a_workspace_name_the_project_there() -> None:
    assert find(dir="./data/", workspace="prod").projects == (DATA,)
    assert find(dir="/app").projects == (APP,)
    assert find(configured=(project("."),), workspace="default").projects == (project("."),)


def test_a_directory_with_several_projects_needs_a_name() -> None:
    assert "is more than one project: one, two" in refusal(configured=(project("a", "one"), project("a", "two")), dir="a")


def test_a_directory_that_is_configured_for_other_workspaces_only_is_refused() -> None:
    assert "'data' is only configured for prod" in refusal(dir="data")


def test_any_other_directory_is_a_target_of_its_own() -> None:
    assert find(dir="elsewhere", workspace="w").ad_hoc == ("elsewhere", "w")
    assert find(workspace="w").ad_hoc == (".", "w")


def test_a_directory_that_is_not_there_is_refused_where_that_can_be_seen() -> None:
    rules = TargetRules(config_file="atlantis.yaml", tree=ListingTree(["real/x.tf"]))

    assert find(rules, dir="real").ad_hoc == ("real", "default")
    assert "there is no 'unreal'" in refusal(rules, dir="unreal")
    assert "there is no 'real/*'" in refusal(rules, dir="real/*")


def test_a_pattern_names_all_projects_whose_directory_matches_in_one_workspace() -> None:
    assert find(dir="app*").projects == (APP, APP2)
    assert find(dir="*", workspace="prod").projects == (DATA,)
    assert find(dir="d*").ad_hoc == ("d*", "default")


@pytest.mark.parametrize(
    ("enabled", "directory", "refused"),
    [(True, "ignored/a", True), (True, "ignored/*", False), (False, "ignored/a", False), (True, "app", False), (True, "x", False)],
)
def test_an_ignored_directory_is_refused_unless_a_project_is_there(enabled: bool, directory: str, refused: bool) -> None:
    rules = TargetRules(config_file="atlantis.yaml", discovery=Discovery(enabled=enabled, ignore_paths=("ignored/**", "app")))

    if refused:
        assert "is ignored" in refusal(rules, dir=directory)
    else:
        assert find(rules, dir=directory) is not None


def restricted(*files: str, regexp: bool = False) -> TargetRules:
    return TargetRules(config_file="atlantis.yaml", regexp=regexp, restrict_to=files)


def test_a_restricted_directory_must_hold_a_changed_file_itself() -> None:
    assert find(restricted("app/x.tf"), dir="app").projects == (APP,)
    assert "no file directly in 'app'" in refusal(restricted("app/sub/x.tf"), dir="app")
    assert "no file directly in 'app*'" in refusal(restricted("app/x.tf"), dir="app*")
    assert find(restricted("elsewhere/x.tf"), workspace="w").ad_hoc == (".", "w")


def test_a_restricted_name_must_hold_every_changed_file() -> None:
    assert find(restricted("app/x.tf", "app/y.tf"), name="app").projects == (APP,)
    assert "also changes files outside of 'app': app2, data/sub" in refusal(
        restricted("app/x", "app2/y", "data/sub/z", "app2/z"), name="app"
    )
    assert "d10 and 2 more" not in refusal(restricted(*(f"d{number}/x" for number in range(12))), name="app")
    assert "and 2 more" in refusal(restricted(*(f"d{number}/x" for number in range(12))), name="app")


def test_a_restricted_expression_keeps_the_projects_with_a_changed_file() -> None:
    assert find(restricted("app2/x", regexp=True), name="app.*").projects == (APP2,)
    assert "no changed file lies in a project" in refusal(restricted(regexp=True), name="app.*")
    assert find(restricted(regexp=True), name="app").projects == (APP,)
    assert "no project named 'app.*'" in refusal(restricted("app2/x"), name="app.*")
