"""Atlantis' behaviour on GitLab, as data, against the product: every difference is listed here with its reason."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.gitlab_product import KINDS, SHARED
from hosts.gitlab_scene import Scene

if TYPE_CHECKING:
    from collections.abc import Mapping

# By case: why the gate differs.
REAL = "no missing approval is not an approval: somebody must have given one"
NEED_REBASE = "a GitLab that says need_rebase means it, whatever its version"
POLICY_CHECK = "an Atlantis server's policy check that failed counts like any other check"
CONFIGURED = "approvals_before_merge is how many are configured, not how many are missing"
DIFFERENCES: Mapping[str, str] = {
    "gitlab-approved-code-missing-field": REAL,
    "gitlab-approved-code-zero": REAL,
    "gitlab-mergeable-10-detailed-merge-status-need-rebase-atlantis-test-apply-success": NEED_REBASE,
    "gitlab-multistatus-mixed-atlantis-failures-with-passing-external-status": POLICY_CHECK,
    "gitlab-pure-requires-approvals": CONFIGURED,
}
# By kind of case: why the product has no such thing.
LEFT_OUT: Mapping[str, str] = {
    "clone_url_check": "the gate clones nothing and gets no webhook",
    "hide_comments": "the gate keeps one comment and hides none",
    "parse_hostname": "a host's name comes from the server's URL, as on every host",
    "parse_mr": "an answer is read once, together with what it is judged by",
    "supports_commonmark": "no GitLab that still works is that old",
    "supports_detailed_merge_status": "whether the word is there is seen in the answer",
    "team_names": "who may run a command is for the CI to say",
}
PENDING = "the gate posts what it found, never that it is at work"
FROM_MERGE_REQUEST = "the merge request names its pipeline, so the commit is not asked for it"
CASES_LEFT_OUT: Mapping[str, str] = {
    "gitlab-status-pending": PENDING,
    "gitlab-status-getcommit-pipeline-first": FROM_MERGE_REQUEST,
    "gitlab-status-getcommit-two-misses": FROM_MERGE_REQUEST,
    "gitlab-status-getcommit-retry-enabled-never": FROM_MERGE_REQUEST,
}


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """Read the cases about GitLab, none where the data is not there."""
    file = SHARED / "host-cases.yaml"
    if not file.is_file():
        return ()
    found = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]  # noqa: S506  # a safe loader
    return tuple(case for case in found if case["host"] == "gitlab")


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """Return what Atlantis does, without its own words and order: only that it refuses is compared."""
    found = {key: value for key, value in case["expected"].items() if key not in {"reason", "blocking_statuses"}}
    if "error_contains" in found:
        found["error_contains"] = found["error_contains"] is not None
    return {key: set(value) if isinstance(value, list) else value for key, value in found.items()}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    "case", [case for case in cases() if case["check"] in KINDS and case["id"] not in CASES_LEFT_OUT], ids=lambda case: case["id"]
)
def test_the_gate_does_as_atlantis_but_for_the_listed_differences(case: dict[str, Any]) -> None:
    with Scene() as scene:
        same = KINDS[case["check"]](case, scene) == expected(case)
    assert same is (case["id"] not in DIFFERENCES), DIFFERENCES.get(case["id"], "differs without a reason")


@pytest.mark.usefixtures("shared")
def test_every_kind_of_case_is_covered_or_left_out_for_a_reason() -> None:
    assert {case["check"] for case in cases()} == {*KINDS, *LEFT_OUT}
    assert {*DIFFERENCES, *CASES_LEFT_OUT} <= {case["id"] for case in cases()}
