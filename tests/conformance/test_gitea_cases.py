"""Atlantis' behaviour on Gitea, as data, against the product: every difference is listed here with its reason."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from atlantis_gate.errors import GateError
from atlantis_gate.model import CommitStatus, Facts, Project, Verdict
from atlantis_gate.requirements import Case, mergeable
from builders import requirement
from hosts.github_stage import Reply, Stage
from hosts.stage_gitea import PATH, REF, file, opened, play, review
from hosts.stories import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance"
STANDS = "documented as an approval; one that is stale or by somebody whose review does not count is none"
# By case: why the gate differs.
DIFFERENCES: Mapping[str, str] = {
    "gitea-files-pagination": "both sides of a rename are changed files",
    "gitea-files-emergency-break": "a list without an end is an error, never an empty list",
    "gitea-approved-code-stale": STANDS,
    "gitea-approved-code-unofficial": STANDS,
}
# By kind of case: why the product has no such thing.
LEFT_OUT: Mapping[str, str] = {
    "discard_reviews": "the gate discards no reviews",
    "labels": "nothing rests on labels",
    "version": "the gate asks no server for its version",
}
CASES_LEFT_OUT: Mapping[str, str] = {"gitea-status-pending": "the gate posts results only"}


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """Read the cases about Gitea, none where the data is not there."""
    path = SHARED / "host-cases.yaml"
    if not path.is_file():
        return ()
    found = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]  # noqa: S506  # a safe loader
    return tuple(case for case in found if case["host"] == "gitea")


def pages(case: dict[str, Any]) -> list[Reply]:
    """Return recorded pages with the count that a server gives along."""
    found = [json.loads((SHARED / "fixtures" / name).read_text(encoding="utf-8")) for name in case["fixtures"]]
    return [Reply(page, headers={"X-Total-Count": str(sum(map(len, found)))}) for page in found]


def approved(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    host = play(stage)
    if "fixtures" in case:
        answers = pages(case)
    else:
        made = [
            review(number, **{**each, "name": each["user"], "user": {"login": each["user"]}})
            for number, each in enumerate(case["inputs"]["reviews"])
        ]
        answers = [Reply(made, headers={"X-Total-Count": str(len(made))})]
    stage.on("GET", f"{PATH}/pulls/7/reviews", *answers)
    by = [approval.user for approval in host.approvals(host.pull_request(REF)).by]
    told = {"approved_by": by[0]} if by and "approved_by" in case["expected"] else {}
    asked = {"pages": [int(each.query["page"]) for each in stage.asked[1:]]} if "pages" in case["expected"] else {}
    return {"approved": bool(by), **told, **asked}


def modified_files(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    host = play(stage)
    endless = [lambda asked: Reply([file(f"{asked.query['page']}.tf")])]
    stage.on("GET", f"{PATH}/pulls/7/files", *(pages(case) if "fixtures" in case else endless))
    try:
        files = list(host.changed_files(host.pull_request(REF)))
    except GateError:
        return {"error": True}
    return {"files": files, "pages": [int(each.query["page"]) for each in stage.asked[1:]]}


def is_mergeable(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    host = play(stage, **case["inputs"]["pull"])
    pull = host.pull_request(REF)
    facts = Facts(pull_request=pull, changed_files=(), mergeability=host.mergeability(pull))
    asked = Case(command="apply", facts=facts, bypass=mergeable.Bypass())
    finding = mergeable.judge(asked, Project(dir=".", workspace="default"), requirement("mergeable"))
    return {"mergeable": finding.verdict is Verdict.MET}


def status_state(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    inputs = case["inputs"]
    stage.on("POST", ".*", Reply({"id": 1}, 201))
    opened(stage, repo="owner/repo").set_status(HEAD, CommitStatus(inputs["src"], "failure", inputs["description"], inputs["url"]))
    asked = stage.asked[0]
    path = asked.path.removeprefix("/api/v1").replace(HEAD, "{sha}")
    return {"state": asked.body["state"], "method": asked.method, "path": path, "body": asked.body}


def errors(_: dict[str, Any], stage: Stage) -> dict[str, Any]:
    stage.on("GET", ".*", requests.ConnectionError("closed"))
    try:
        opened(stage).pull_request(REF)
    except GateError:
        return {"error": True}
    return {}


KINDS: Mapping[str, Callable[[dict[str, Any], Stage], dict[str, Any]]] = {
    "approved": approved,
    "modified_files": modified_files,
    "mergeable": is_mergeable,
    "status_state": status_state,
    "errors": errors,
}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    "case", [case for case in cases() if case["check"] in KINDS and case["id"] not in CASES_LEFT_OUT], ids=lambda case: case["id"]
)
def test_the_gate_does_as_atlantis_but_for_the_listed_differences(case: dict[str, Any]) -> None:
    # When an approval was given is nothing that the gate tells.
    expected = {key: value for key, value in case["expected"].items() if key not in {"reason", "date"}}
    with Stage() as stage:
        same = KINDS[case["check"]](case, stage) == expected
    assert same is (case["id"] not in DIFFERENCES), DIFFERENCES.get(case["id"], "differs without a reason")


@pytest.mark.usefixtures("shared")
def test_every_kind_of_case_is_covered_or_left_out_for_a_reason() -> None:
    assert {case["check"] for case in cases()} == {*KINDS, *LEFT_OUT}
    assert {*DIFFERENCES, *CASES_LEFT_OUT} <= {case["id"] for case in cases()}
