"""Every row of docs/differences.md is asserted under its id; those about decisions here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.model import Approval, Approvals, Blocker, Mergeability, Origin, Unknown, Verdict
from atlantis_gate.requirements import Case, approved, decide, mergeable, refusal
from atlantis_gate.requirements.mergeable import Bypass
from builders import facts, project, pull, requirement
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlantis_gate.decisions import Decision
    from atlantis_gate.model import Facts

NO_BYPASS = Bypass()


def case(given: Facts, bypass: Bypass = NO_BYPASS) -> Case:
    return Case(command="apply", facts=given, bypass=bypass)


def approval(fact: Approvals | Unknown) -> Verdict:
    return approved.judge(case(facts(approvals=fact)), project(), requirement("approved")).verdict


def merge(check: str, bypass: Bypass) -> Verdict:
    fact = Mergeability((Blocker("check", check, f"{check} is missing"),))
    return mergeable.judge(case(facts(mergeability=fact), bypass), project(), requirement("mergeable")).verdict


def decided(*names: str, given: Facts) -> Decision:
    return decide([project("staging", *names)], case(given))[0]


def not_the_author() -> None:
    assert approval(Approvals((Approval("Bob"),))) is Verdict.UNMET


def needs_one() -> None:
    assert approval(Approvals((), still_required=0)) is Verdict.UNMET


def bypass_exact() -> None:
    assert merge("atlantis/apply: staging", Bypass(enabled=True)) is Verdict.MET
    assert merge("atlantis/apply-other", Bypass(enabled=True)) is Verdict.UNMET


def bypass_other_servers() -> None:
    other = Bypass(enabled=True, ignored_names=("other",))
    assert merge("other/plan", other) is Verdict.MET
    assert merge("other/policy_check", other) is Verdict.UNMET


def unknown_is_not_no() -> None:
    assert approval(Unknown("403")) is Verdict.UNKNOWN


def all_findings_shown() -> None:
    given = facts(approvals=Approvals(()), mergeability=Mergeability((Blocker("conflict", "c", "it conflicts"),)))
    found = decided("approved", "mergeable", given=given)
    assert [finding.verdict for finding in found.findings] == [Verdict.UNMET, Verdict.UNMET]


def policies_passed_unknown() -> None:
    assert decided("policies_passed", given=facts()).findings[0].verdict is Verdict.UNKNOWN


def refused_branch() -> None:
    found = refusal.branch(pull(), Origin(file="repos.yaml", line=3))
    assert found is not None
    assert "repos.yaml:3" in found.reason


def text_before_star() -> None:
    assert not refusal.repo_allowed("evil.example/x/y-infra", ["github.com/acme/*-infra"])


HERE: dict[str, Callable[[], None]] = {
    "approved-not-the-author": not_the_author,
    "approved-needs-one": needs_one,
    "mergeable-bypass-exact": bypass_exact,
    "mergeable-bypass-other-servers": bypass_other_servers,
    "unknown-is-not-no": unknown_is_not_no,
    "all-findings-shown": all_findings_shown,
    "policies-passed-unknown": policies_passed_unknown,
    "refused-branch": refused_branch,
    "allowlist-text-before-star": text_before_star,
}
# Rows that another test asserts: its file and its name.
ELSEWHERE = {
    "approved-latest-review": ("hosts/test_github_facts.py", "def test_who_approves_is_who_says_so_in_their_latest_review"),
    "mergeable-computing": ("hosts/test_github_facts.py", "def test_a_state_that_stays_unknown_is_unknown_at_the_deadline"),
    "mergeable-every-required-run": (
        "hosts/test_github_checks.py",
        "def test_a_status_and_a_check_run_of_one_required_name_must_both_pass",
    ),
    "mergeable-unexplained": (
        "hosts/test_github_mergeability.py",
        "def test_blocked_for_nothing_to_be_seen_is_unknown_with_the_permission_that_would_show_more",
    ),
    "server-config-not-from-the-pull-request": (
        "test_trust.py",
        "test_a_repos_yaml_that_the_pull_request_changes_is_read_from_the_base_branch",
    ),
    "config-both-versions": ("test_trust.py", "test_a_weakened_atlantis_yaml_is_held_to_the_old_one"),
    "selection-undiverged-any-checkout": ("conformance/test_project_cases.py", "undiv-11"),
    "selection-undiverged-failing-pattern": ("selection/test_concern.py", "def test_a_pattern_that_fails_does_not_spare_a_project"),
    "selection-undiverged-directory-gone": ("selection/test_concern.py", "def test_a_directory_that_is_gone_does_not_spare_a_project"),
    "selection-broken-module": (
        "selection/test_modules.py",
        "def test_a_broken_file_keeps_the_index_and_everything_in_it_that_looks_like_a_source",
    ),
    "selection-module-call-order": ("selection/test_modules.py", "def test_users_are_found_through_other_modules"),
    "selection-unreadable-patterns": (
        "selection/test_modules.py",
        "def test_patterns_that_cannot_be_read_are_refused_by_the_name_of_their_option",
    ),
    "selection-pattern-length": ("selection/test_patterns.py", "def test_a_list_with_a_bad_pattern_is_refused"),
    "selection-ignored-target": ("selection/test_targets.py", "def test_an_ignored_directory_is_refused_unless_a_project_is_there"),
    "selection-missing-target": ("selection/test_targets.py", "def test_a_directory_that_is_not_there_is_refused_where_that_can_be_seen"),
    "selection-links-out": ("selection/test_trees.py", "def test_a_link_out_of_the_checkout_is_there_but_nothing_is_read_behind_it"),
    "selection-links-in-a-listing": (
        "selection/test_trees.py",
        "def test_below_a_file_there_is_nothing_unless_a_listing_cannot_tell_it_from_a_link",
    ),
    "selection-unreadable-names": ("selection/test_trees.py", "def test_a_name_that_a_host_could_not_write_down_counts_as_existing"),
    "selection-git-directory": ("selection/test_autodiscovery.py", "def test_a_walk_yields_every_path_but_gits_own"),
    "selection-names-without-contents": (
        "selection/test_workspaces.py",
        "def test_without_contents_the_workspace_is_default_with_a_remark",
    ),
    "gitlab-need-rebase": ("conformance/test_gitlab_cases.py", "need-rebase"),
    "gitlab-approvals-setting": ("conformance/test_gitlab_cases.py", "gitlab-pure-requires-approvals"),
    "gitlab-atlantis-statuses": (
        "conformance/test_gitlab_cases.py",
        "gitlab-multistatus-mixed-atlantis-failures-with-passing-external-status",
    ),
    "bitbucket-cloud-long-keys": ("conformance/test_bitbucket_cases.py", "status_key"),
    "azure-policy-does-not-apply": ("hosts/test_azure_devops_policies.py", "def test_a_policy_that_does_not_apply_does_not_block"),
    "azure-groups-do-not-vote": ("hosts/test_azure_devops_facts.py", "def test_who_approves_is_told_by_votes_of_people"),
    "azure-forks": ("test_every_host.py", '("fork", 1)'),
    "azure-own-status-policy": (
        "hosts/test_azure_devops_policies.py",
        "def test_this_pipeline_and_the_gates_own_status_do_not_block_the_gate",
    ),
    "gitea-reviews": ("hosts/test_gitea_facts.py", "def test_who_approves_is_told_by_the_latest_review_that_counts"),
    "gitea-protection": ("hosts/test_gitea_mergeability.py", "def test_the_rules_of_the_branch_block"),
    "both-sides-of-renames": ("hosts/stories.py", "renamed file"),
    "write-git-creds": ("test_git_files.py", "test_a_stored_login_is_escaped_and_comes_first"),
    "host-asked-once": ("conformance/test_github_cases.py", "github-pr-retry-404"),
}


@pytest.mark.parametrize("row", HERE)
def test_the_gate_differs_as_the_row_says(row: str) -> None:
    HERE[row]()


def rows() -> list[str]:
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)


def test_every_row_is_there_once_and_asserted_somewhere() -> None:
    assert len(rows()) == len(set(rows()))
    assert {*HERE, *ELSEWHERE} <= set(rows())
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "config").rglob("test_*.py")]
    for row in rows():
        assert row in HERE or row in ELSEWHERE or any(f'"{row}"' in text for text in tests), row


@pytest.mark.parametrize("row", ELSEWHERE)
def test_the_test_elsewhere_is_there(row: str) -> None:
    file, name = ELSEWHERE[row]
    assert name in (ROOT / "tests" / file).read_text(encoding="utf-8")
