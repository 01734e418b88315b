"""What holds for a project: the server's entries, last wins for each key, then what the repository may override."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.config import Flags, default_project, discovery, projects, targeting
from atlantis_gate.config.merge import chosen_workflow, overridden, server_settings
from atlantis_gate.config.parsed import NOTHING_SET
from atlantis_gate.model import Discovery, Origin, Requirement
from config.files import EVERYTHING, REPO, merged, names, repo, server

POLICIES = Flags(enable_policy_checks=True)
PROJECT = "version: 3\nprojects:\n- dir: a\n"


def settings(served: str, project: str = "", root: str = "", flags: Flags | None = None) -> dict[str, object]:
    """Return the values that hold for a project."""
    loaded = server(served, flags)
    found = repo(f"version: 3\n{root}\nprojects:\n- dir: a\n{project}", served)
    values = overridden(server_settings(loaded, REPO), found.settings, found.projects[0].settings)
    return {
        key: [item.name for item in setting.value] if key.endswith("_requirements") else setting.value for key, setting in values.items()
    }


def allowing(*keys: str, more: str = "") -> str:
    return f"repos:\n- id: /.*/\n  allowed_overrides: [{', '.join(keys)}]\n{more}"


def test_the_last_matching_entry_that_sets_a_key_wins_for_that_key() -> None:
    served = """
repos:
- {id: /.*/, plan_requirements: [approved], workflow: w1}
- {id: /acme/, apply_requirements: [mergeable]}
- {id: github.com/acme/infra, workflow: w2}
- {id: other, apply_requirements: [undiverged]}
workflows: {w1: ~, w2: ~}
"""
    project = default_project(server(served), REPO, Flags(), dir="x", workspace="w")

    assert (names(project, "plan"), names(project), names(project, "import"), project.workflow) == (["approved"], ["mergeable"], [], "w2")
    assert project.origins == {
        "plan_requirements": Origin("repos.yaml", 3, "plan_requirements"),
        "apply_requirements": Origin("repos.yaml", 4, "apply_requirements"),
        "workflow": Origin("repos.yaml", 5, "workflow"),
    }


def test_a_project_has_what_its_file_says() -> None:
    text = """
version: 3
projects:
- dir: a
  name: n
  workspace: w
  workflow: default
  execution_order_group: 2
  depends_on: [n]
  autoplan: {enabled: false, when_modified: ['*.x']}
  apply_requirements: [mergeable]
- dir: b
"""
    first, second = merged(text)

    assert (first.id, first.dir, first.workspace, first.workflow, first.execution_order_group) == ("n", "a", "w", "default", 2)
    assert (first.depends_on, first.autoplan_enabled, first.when_modified, first.configured) == (("n",), False, ("*.x",), True)
    assert first.requirements["apply"] == (Requirement("mergeable", Origin("atlantis.yaml", 11, "apply_requirements")),)
    assert {key: origin.line for key, origin in first.origins.items()} == {
        "apply_requirements": 11,
        "autoplan_enabled": 10,
        "depends_on": 9,
        "dir": 4,
        "execution_order_group": 8,
        "name": 5,
        "when_modified": 10,
        "workflow": 7,
        "workspace": 6,
    }
    assert (second.id, second.when_modified[0], second.autoplan_enabled) == ("b/default", "**/*.tf*", True)


def test_a_project_that_no_file_lists_is_where_it_is_and_has_what_the_server_says() -> None:
    served = "repos:\n- {id: /.*/, import_requirements: [approved], workflow: w}\nworkflows: {w: ~}\n"
    project = default_project(server(served), REPO, Flags(), dir="x/y", workspace="w")

    assert (project.key, project.workflow, names(project, "import"), project.configured) == (("", "x/y", "w"), "w", ["approved"], False)


def test_projects_without_keys_of_their_own_have_what_the_server_says_and_share_it() -> None:
    served = "repos:\n- {id: /.*/, apply_requirements: [approved], workflow: w}\nworkflows: {w: ~}\n"
    first, second = merged("version: 3\nprojects:\n- dir: a\n- dir: b\n", served)

    assert (first.workflow, names(first), names(second)) == ("w", ["approved"], ["approved"])
    # Ten thousand projects would otherwise hold ten thousand copies.
    assert first.requirements is second.requirements


def test_flags_add_requirements_that_no_file_can_remove() -> None:
    flags = Flags(
        require={"apply": (Requirement("approved", Origin(option="--require")), Requirement("mergeable", Origin(option="--require")))}
    )
    listed, emptied = merged(
        "version: 3\nprojects:\n- {dir: a, apply_requirements: [mergeable]}\n- {dir: b, apply_requirements: []}\n", flags=flags
    )

    assert (names(listed), names(emptied), names(emptied, "plan")) == (["mergeable", "approved"], ["approved", "mergeable"], [])
    assert [requirement.origin.option for requirement in listed.requirements["apply"]] == ["", "--require"]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("", ["policies_passed"]),
        ("- {id: /.*/, apply_requirements: [approved]}", ["approved", "policies_passed"]),
        ("- {id: /.*/, apply_requirements: [approved]}\n- {id: /acme/, workflow: default}", ["approved", "policies_passed"]),
        ("- {id: /.*/, apply_requirements: [approved]}\n- {id: /acme/, policy_check: false}", ["approved", "policies_passed"]),
        ("- {id: /.*/, apply_requirements: [approved], policy_check: false}", ["approved"]),
        ("- {id: /.*/, apply_requirements: [approved], policy_check: false}\n- {id: //}", ["approved", "policies_passed"]),
        ("- {id: /.*/, policy_check: false}", ["policies_passed"]),
        ("- {id: /.*/, apply_requirements: []}", ["policies_passed"]),
    ],
)
def test_the_policy_flag_adds_and_never_wipes(entries: str, expected: list[str]) -> None:
    project = default_project(server(f"repos:\n{entries}\n", POLICIES), REPO, POLICIES, dir="a", workspace="default")

    assert names(project) == expected
    assert [item.origin.option for item in project.requirements["apply"] if item.name == "policies_passed"] == [
        "--enable-policy-checks"
    ] * ("policies_passed" in expected)


@pytest.mark.parametrize(
    ("overrides", "project", "expected"),
    [
        ("apply_requirements", "  apply_requirements: []", ["policies_passed"]),
        ("policy_check, apply_requirements", "  apply_requirements: [approved]\n  policy_check: false", ["approved"]),
        ("apply_requirements, policy_check", "  apply_requirements: [approved]\n  policy_check: false", ["approved", "policies_passed"]),
        ("policy_check", "  policy_check: false", ["policies_passed"]),
    ],
)
def test_overrides_are_applied_in_the_order_in_which_they_are_allowed(overrides: str, project: str, expected: list[str]) -> None:
    assert settings(allowing(overrides), project, flags=POLICIES)["apply_requirements"] == expected


def test_an_override_asks_for_policies_where_the_server_checks_them_even_without_the_flag() -> None:
    served = allowing("apply_requirements", more="  policy_check: true\n")

    assert settings(served, "  apply_requirements: [approved]")["apply_requirements"] == ["approved", "policies_passed"]


@pytest.mark.parametrize(
    ("overrides", "server_keys", "root", "project", "expected"),
    [
        ("repo_locks", "  repo_locks: {mode: on_apply}", "repo_locks: {mode: disabled}", "", "disabled"),
        ("repo_locks", "  repo_locks: {mode: on_apply}", "", "  repo_locks: {}", "on_plan"),
        ("repo_locking", "  repo_locks: {mode: on_apply}", "", "  repo_locking: true", "on_apply"),
        ("repo_locking", "  repo_locks: {mode: disabled}", "", "  repo_locking: true", "on_plan"),
        ("repo_locking", "", "", "  repo_locking: false", "disabled"),
        ("repo_locking, repo_locks", "", "", "  repo_locking: false\n  repo_locks: {mode: on_apply}", "on_apply"),
        ("workflow", "  repo_locking: false\n  repo_locks: {mode: on_apply}", "repo_locks: {mode: on_apply}", "", "disabled"),
    ],
)
def test_locks_follow_atlantis_rules(overrides: str, server_keys: str, root: str, project: str, expected: str) -> None:
    assert settings(allowing(overrides, more=server_keys + "\n"), project, root)["repo_locks"] == expected


def test_what_comes_of_another_key_has_the_place_of_that_key() -> None:
    served = server(allowing("repo_locking", "apply_requirements", more="  policy_check: true\n  repo_locking: false\n"))
    own = repo("version: 3\nprojects:\n- {dir: a, apply_requirements: [], repo_locking: true}\n- {dir: b, repo_locking: false}\n")
    loaded = server_settings(served, REPO)
    first, second = (overridden(loaded, NOTHING_SET, project.settings) for project in own.projects)

    assert loaded["repo_locks"] == ("disabled", Origin("repos.yaml", 5, "repo_locking"))
    assert first["repo_locks"] == ("on_plan", Origin("atlantis.yaml", 3, "repo_locking"))
    assert second["repo_locks"] == ("disabled", Origin("atlantis.yaml", 4, "repo_locking"))
    assert first["apply_requirements"].value == (Requirement("policies_passed", Origin("repos.yaml", 4, "policy_check")),)


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("silence_pr_comments", {"[plan]": ("plan",), "[apply]": ("apply",)}),
        ("delete_source_branch_on_merge", {"true": True, "false": False}),
        ("repo_locks", {"{mode: on_apply}": "on_apply", "{mode: disabled}": "disabled"}),
    ],
)
def test_a_project_says_more_than_the_root_and_the_root_more_than_the_server(key: str, written: dict[str, object]) -> None:
    (first, one), (second, two) = written.items()
    served = allowing(key, more=f"  {key}: {second}\n")

    assert settings(served, "", "")[key] == two
    assert settings(served, "", f"{key}: {first}")[key] == one
    assert settings(served, f"  {key}: {second}", f"{key}: {first}")[key] == two
    assert settings(allowing("workflow", more=f"  {key}: {second}\n"), "", f"{key}: {first}")[key] == two


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("version: 3\nprojects: [{dir: a, workflow: custom}]\nworkflows: {custom: {plan: {steps: []}}}\n", 0),
        ("version: 3\nprojects: [{dir: a}]\nworkflows: {custom: {plan: {steps: []}}}\n", 1),
    ],
)
def test_a_repos_own_workflow_counts_only_where_a_project_names_it(text: str, steps: int) -> None:
    served = EVERYTHING + "  workflow: custom\nworkflows: {custom: {plan: {steps: [plan]}}}\n"
    loaded, found = server(served), repo(text, served)
    final = overridden(server_settings(loaded, REPO), NOTHING_SET, found.projects[0].settings)

    assert len(chosen_workflow(loaded, found, final, found.projects[0]).stages["plan"]) == steps


@pytest.mark.parametrize(
    ("served", "own", "mode", "expected"),
    [
        ("", None, "auto", Discovery(enabled=True)),
        ("", None, "", Discovery(enabled=True)),
        ("", None, "disabled", Discovery(enabled=False)),
        ("", PROJECT, "auto", Discovery(enabled=False)),
        ("", PROJECT, "enabled", Discovery(enabled=True)),
        ("", PROJECT + "autodiscover: {mode: enabled, ignore_paths: [x]}\n", "disabled", Discovery(True, ("x",))),
        ("", "version: 3\nautodiscover: {ignore_paths: [x]}\n", "disabled", Discovery(True, ("x",))),
        ("", "version: 3\nautodiscover: {mode: bogus}\n", "enabled", Discovery(enabled=False)),
        ("autodiscover: {mode: disabled}", "version: 3\nautodiscover: {mode: enabled}\n", "enabled", Discovery(enabled=False)),
        (
            "autodiscover: {mode: enabled, ignore_paths: []}",
            "version: 3\nautodiscover: {ignore_paths: [x]}\n",
            "auto",
            Discovery(enabled=True),
        ),
        ("autodiscover: {mode: enabled}", "version: 3\nautodiscover: {ignore_paths: [x]}\n", "auto", Discovery(True, ("x",))),
        ("autodiscover: {ignore_paths: [y]}", "version: 3\nautodiscover: {ignore_paths: [x]}\n", "auto", Discovery(True, ("y",))),
    ],
)
def test_the_server_decides_on_discovery_before_the_repo_and_the_repo_before_the_flag(
    served: str, own: str | None, mode: str, expected: Discovery
) -> None:
    text = f"repos:\n- id: /.*/\n  {served}\n"

    assert discovery(server(text), None if own is None else repo(own, text), REPO, Flags(autodiscover_mode=mode)) == expected


def test_without_a_file_there_are_no_projects_and_no_prefixes() -> None:
    assert (projects(server(), None, REPO, Flags()), targeting(None)) == ((), ())
    assert targeting(repo("version: 3\nallowed_regexp_prefixes: [dev, 1]\n")) == ("dev", "1")


REQUIREMENTS = st.lists(st.sampled_from(["approved", "mergeable", "undiverged"]), unique=True)


@given(st.lists(st.tuples(st.sampled_from(["/.*/", REPO, "other"]), st.none() | REQUIREMENTS), max_size=5))
def test_for_any_entries_the_last_matching_list_wins(entries: list[tuple[str, list[str] | None]]) -> None:
    lines = [f"- id: {name}" + ("" if listed is None else f"\n  apply_requirements: [{', '.join(listed)}]") for name, listed in entries]
    expected = [listed for name, listed in entries if name != "other" and listed is not None]

    project = default_project(server("repos:\n" + "\n".join(lines) + "\n"), REPO, Flags(), dir="a", workspace="w")
    assert names(project) == (expected[-1] if expected else [])


@given(REQUIREMENTS, REQUIREMENTS, REQUIREMENTS, st.booleans())
def test_adding_a_requirement_never_removes_one(served: list[str], own: list[str], added: list[str], policies: bool) -> None:
    text = EVERYTHING + f"  apply_requirements: [{', '.join(served)}]\n"
    projects_text = f"version: 3\nprojects:\n- dir: a\n- {{dir: b, apply_requirements: [{', '.join(own)}]}}\n"
    required = {"apply": tuple(Requirement(name, Origin(option="--require")) for name in added)}

    before = [names(project) for project in merged(projects_text, text)]
    after = [names(project) for project in merged(projects_text, text, Flags(require=required, enable_policy_checks=policies))]
    assert before == [served, own]
    assert [set(old) | set(added) <= set(new) for old, new in zip(before, after, strict=True)] == [True, True]
