"""Every case of Atlantis that is about selection has the same outcome here, but for the differences that docs/differences.md explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from conformance import selection_answers
from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

Case = dict[str, Any]

# The cases whose outcome differs on purpose, each with its row in docs/differences.md.
DIFFERENT: Final[dict[str, str]] = {
    "undiv-11": "selection-undiverged-any-checkout",
}
COVERED: Final = (
    "autodiscover_enabled",
    "autodiscover_ignore_precedence",
    "autodiscover_path_ignored",
    "autodiscover_precedence",
    "comment_parse",
    "find_projects_by_dir_pattern",
    "find_projects_by_name_regex",
    "hcl_workspace",
    "module_graph",
    "pattern_match",
    "projects_via_config",
    "projects_without_config",
    "select_autoplan",
    "select_plan_all",
    "select_targeted",
    "undiverged_target",
    "workspace_name",
)
# The kinds that are not compared here, each with the reason.
NOT_COVERED: Final[dict[str, str]] = {
    "allow_commands_effective": "no commands are typed, so there is no list of allowed ones",
    "allow_commands_parse": "no commands are typed, so there is no list of allowed ones",
    "apply_all_validation": "the gate keeps no plans between runs",
    "apply_combined_status": "the gate keeps no plans between runs",
    "blocked_extra_args": "the gate runs no terraform, so there are no arguments for it",
    "blocked_extra_args_parse": "the gate runs no terraform, so there are no arguments for it",
    "comment_build": "the gate suggests no comments to type",
    "depends_on": "the gate keeps no plans between runs; depends_on is handed to the pipeline",
    "execution_abort": "the pipeline runs the jobs, in its own order",
    "execution_groups": "the pipeline runs the jobs; the gate only sorts by group",
    "external_team_command": "who may start a pipeline is the CI's to say",
    "external_team_output": "who may start a pipeline is the CI's to say",
    "project_status_from_result": "the gate keeps no plans between runs",
    "repo_allowlist": "compared with the other rules of refusal",
    "skip_clone": "the gate never clones",
    "status_context": "compared with the reports",
    "status_description_counts": "the gate counts no plans; its descriptions are its own",
    "team_allowlist": "who may start a pipeline is the CI's to say",
    "var_file_allowlist": "the gate runs no terraform, so there are no files for it",
}
# Commands whose -d, -w and -p the gate's own options mean as well.
_TARGET_WORDS: Final = (
    "using a relative path",
    "using '..' in glob",
    "invalid glob pattern",
    "invalid workspace",
    "cannot use -p/--project",
)


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Case]:
    """Every case of project-cases.yaml."""
    document = yaml.load((shared / "conformance" / "project-cases.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    found: list[Case] = document["cases"]
    return found


def compared(case: Case) -> bool:
    """Tell whether a case is about something that the gate has; of typed commands only plan and apply with a target are."""
    if case["kind"] != "comment_parse":
        return case["kind"] in COVERED
    expect, given = case["expect"], case["input"]
    if "`" in given["comment"] or "\n" in given["comment"] or set(given) - {"comment", "vcs_host", "executable_name"}:
        return False
    if expect["result"] == "response":
        return any(text in expect.get("contains", "") for text in _TARGET_WORDS)
    command = expect.get("command", {})
    return command.get("name") in {"plan", "apply"} and set(command) <= {"name", "dir", "workspace", "project", "specific"}


def answer(case: Case) -> Case:
    kind = "comment_target" if case["kind"] == "comment_parse" else case["kind"]
    found: Case = getattr(selection_answers, kind)(case["input"])
    return found


def difference(case: Case) -> str:
    """Return how the gate's answer differs from Atlantis', "" if it does not."""
    expect, actual = case["expect"], answer(case)
    comparison = {
        "hcl_workspace": same_workspace,
        "module_graph": same_users,
        "undiverged_target": same_impact,
        "comment_parse": same_target,
    }
    same = comparison.get(case["kind"], same_answer)(expect, actual)
    return "" if same else f"{expect} != {actual}"


def same_answer(expect: Case, actual: Case) -> bool:
    """Compare; of an error only that there is one."""
    return without_texts(expect) == without_texts(actual)


def without_texts(outcome: Case) -> Case:
    return {"error" if key.endswith("error") else key: bool(value) if key.endswith("error") else value for key, value in outcome.items()}


def same_workspace(expect: Case, actual: Case) -> bool:
    return expect.get("error_contains", "") in actual.get("error_contains", "") and expect.get("workspace") == actual.get("workspace")


def same_users(expect: Case, actual: Case) -> bool:
    """Compare the modules that a case names, or whether something could not be read."""
    if "dependants" not in expect:
        return bool(actual["warnings"])
    return all(sorted(users) == actual["dependants"].get(module) for module, users in expect.get("dependants", {}).items())


def same_target(expect: Case, actual: Case) -> bool:
    if expect["result"] == "response":
        return actual == {"error": True}
    return actual == {key: expect["command"].get(key, "") for key in ("dir", "workspace", "project")}


def same_impact(expect: Case, actual: Case) -> bool:
    """Compare; the full check is the one by every file."""
    return bool(actual["full"] if expect.get("mode") == "full" else actual["impacted"] == expect["impacted"])


def test_every_kind_of_case_is_compared_or_left_out_with_a_reason(cases: list[Case]) -> None:
    assert {case["kind"] for case in cases} - {*COVERED, *NOT_COVERED} == set()


def test_every_case_has_the_outcome_of_atlantis_or_a_listed_difference(cases: list[Case]) -> None:
    found = {case["id"]: difference(case) for case in cases if compared(case)}
    assert len(found) > 250
    assert {name: text for name, text in found.items() if text and name not in DIFFERENT} == {}


def test_every_listed_difference_still_differs(cases: list[Case]) -> None:
    assert {case["id"] for case in cases if case["id"] in DIFFERENT and not difference(case)} == set()


def test_every_listed_difference_has_its_row_in_the_documentation() -> None:
    text = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    assert {row for row in DIFFERENT.values() if f"| `{row}` |" not in text} == set()


def test_what_changed_on_the_base_branch_concerns_the_projects_that_atlantis_says(shared: Path) -> None:
    document = yaml.load((shared / "conformance" / "host-cases.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    found = {case["id"]: case for case in document["cases"] if case["check"] == "undiverged_impact"}
    assert {name: (case["expected"], actual) for name, case in found.items() if (actual := wrong_impact(case))} == {}
    assert len(found) > 5


def wrong_impact(case: Case) -> Case | None:
    """Return the gate's answer where it is not Atlantis'; without a target Atlantis falls back to the full check."""
    expect, actual = case["expected"], selection_answers.undiverged_impact(case["inputs"])
    if "failure" in expect:
        right = actual["impacted"] == bool(expect["failure"])
    elif expect["mode"] == "none":
        right = actual["full"]
    else:
        right = actual["impacted"] == expect["impacted"]
    return None if right else actual
