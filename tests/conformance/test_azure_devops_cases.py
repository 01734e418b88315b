"""Atlantis' behaviour on Azure DevOps, as data, against the product: every difference is listed here with its reason."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate.errors import GateError
from atlantis_gate.hosts.azure_devops_addresses import addresses
from atlantis_gate.model import CommitStatus, Facts, Project, Verdict
from atlantis_gate.requirements import Case, approved, mergeable, refusal
from atlantis_gate.requirements.mergeable import Bypass
from builders import requirement
from hosts.github_stage import Stage
from hosts.stage_azure_devops import GIT, REF, change, comparison, listed, opened, play, ref
from hosts.stories import BASE, HEAD
from hosts.test_azure_devops_writing import ITERATIONS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance"
NAMES = "a name of the form organization/project/repository; what comes before project and repository belongs to the server's address"
GENRE = "the genre is the status name itself; an `Atlantis Bot` did not post it"
PENDING = "the gate posts results only"
# By case: why the gate differs.
DIFFERENCES: Mapping[str, str] = {
    "azuredevops-mergeable-atlantis-apply-status-rejected": "Atlantis leaves its own status out, the gate the ones of its own name",
    "azuredevops-mergeable-code-completed": "a merged pull request is mergeable, so that what comes after the merge may run",
    "azuredevops-split-owner-repo-10": NAMES,
    "azuredevops-split-group-subgroup-owner-repo-25": NAMES,
    "azuredevops-split-group-subgroup-owner-project-repo-33": NAMES,
    "azuredevops-context-atlantis-plan": GENRE,
    "azuredevops-context-foo": GENRE,
    "azuredevops-context-empty": GENRE,
    "azuredevops-context-code-atlantis-apply-proj": GENRE,
    "fork-code-azure-never-fork": "a pull request from a fork is told as one, and refused without --allow-fork-prs",
}
CASES_LEFT_OUT: Mapping[str, str] = {"azuredevops-status-pending-iter": PENDING, "azuredevops-status-pending-noiter": PENDING}
STATES = {"success": "success", "failed": "failure"}


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """Read the cases about Azure DevOps, none where the data is not there."""
    file = SHARED / "host-cases.yaml"
    if not file.is_file():
        return ()
    found = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]  # noqa: S506  # a safe loader
    return tuple(case for case in found if case["host"] == "azuredevops")


def fixture(case: dict[str, Any], name: str) -> Any:
    """Return a recorded answer as the case edits it."""
    file = next(each for each in case["fixtures"] if each.endswith(name))
    text = (SHARED / "fixtures" / file).read_text(encoding="utf-8")
    edits = [edit for edit in case["fixture_edits"] if edit["file"] == file]
    for edit in edits:
        text = text.replace(edit["find"], edit["replace"], edit.get("count", -1)) if "find" in edit else text
    found = json.loads(text)
    for path, value in [pair for edit in edits for pair in edit.get("json_set", {}).items()]:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        at = found
        for part in way:
            at = at[part]
        at[last] = value
    return found


def completed(pull: dict[str, Any]) -> dict[str, Any]:
    """Return a recorded pull request with the fields that the recording leaves out."""
    return {
        "sourceRefName": "refs/heads/feature",
        "targetRefName": "refs/heads/main",
        "lastMergeSourceCommit": {"commitId": HEAD},
        "lastMergeCommit": {"commitId": BASE},
        **pull,
        "pullRequestId": REF.number,
    }


def facts(case: dict[str, Any], stage: Stage) -> Facts:
    """Gather what the product reads of a recorded pull request."""
    play(stage, **completed(fixture(case, "pr.json")))
    if any(name.endswith("policyevaluations.json") for name in case["fixtures"]):
        stage.on("GET", "/org/acme/_apis/policy/evaluations", fixture(case, "policyevaluations.json"))
    host = opened(stage, seconds=5)
    pull = host.pull_request(REF)
    return Facts(pull_request=pull, changed_files=(), approvals=host.approvals(pull), mergeability=host.mergeability(pull))


def judged(rule: Any, name: str, case: dict[str, Any], stage: Stage) -> bool:
    """Tell whether a rule is met."""
    asked = Case(command="apply", facts=facts(case, stage), bypass=Bypass())
    finding = rule.judge(asked, Project(dir=".", workspace="default"), requirement(name))
    return bool(finding.verdict is Verdict.MET)


def is_mergeable(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    return {"mergeable": judged(mergeable, "mergeable", case, stage)}


def is_approved(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    return {"approved": judged(approved, "approved", case, stage)}


def status_state(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Post a status; the genre, which differs everywhere, and the version of the API are not compared here."""
    inputs = case["inputs"]
    pushed = [{**each, "sourceRefCommit": {"commitId": each["commit"]}} for each in inputs["iterations"]]
    stage.on("POST", STATUSES, {"id": 1}).on("GET", ITERATIONS, listed(pushed))
    host = play(stage, supportsIterations=inputs["supports_iterations"])
    host.pull_request(REF)
    host.set_status(inputs["head_commit"], CommitStatus(inputs["src"], STATES[inputs["status"]], "description", "https://google.com"))  # type: ignore[arg-type]
    body = stage.asked[-1].body
    body["context"]["genre"] = "Atlantis Bot"
    path = case["expected"]["path"] if stage.asked[-1].path.endswith("/statuses") else ""
    return {"state": body["state"], "body": body, "path": path}


def status_context(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    stage.on("POST", STATUSES, {"id": 1})
    play(stage, supportsIterations=False)
    host = opened(stage, status_name="atlantis")
    host.pull_request(REF)
    host.set_status(HEAD, CommitStatus(case["inputs"]["src"], "success", "d"))
    return {"genre": "", **stage.asked[-1].body["context"]}


def split_full_name(case: dict[str, Any], _: Stage) -> dict[str, Any]:
    try:
        at = addresses("https://tfs.example.com", case["inputs"]["full_name"])
    except GateError:
        return {"owner": "", "project": "", "repo": ""}
    return {"owner": at.collection.removeprefix("https://tfs.example.com").strip("/"), "project": at.project, "repo": at.repository}


def modified_files(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """List the files; the product asks by commits instead of by branch names, so that the requests are others."""
    inputs = case["inputs"]
    host = play(stage, sourceRefName=inputs["source_ref"], targetRefName=inputs["target_ref"])
    stage.on("GET", f"{GIT}/refs", listed([ref(inputs["target_ref"].removeprefix("refs/heads/"), BASE)]))
    found = [change(each["path"].lstrip("/"), each["changeType"]) for each in inputs["changes"]]
    stage.on("GET", f"{GIT}/diffs/commits", comparison(found))
    return {"files": list(host.changed_files(host.pull_request(REF)))}


def fork(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    pull = play(stage, forkSource={"repository": {"id": "x"}}).pull_request(REF)
    refused = refusal.fork(pull, allowed=case["inputs"]["allow_fork_prs"])
    return {"allowed": refused is None, "comment": None}


KINDS: Mapping[str, Callable[[dict[str, Any], Stage], dict[str, Any]]] = {
    "mergeable": is_mergeable,
    "approved": is_approved,
    "status_state": status_state,
    "status_context": status_context,
    "split_full_name": split_full_name,
    "modified_files": modified_files,
    "fork": fork,
}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("case", [case for case in cases() if case["id"] not in CASES_LEFT_OUT], ids=lambda case: case["id"])
def test_the_gate_does_as_atlantis_but_for_the_listed_differences(case: dict[str, Any]) -> None:
    expected = {key: value for key, value in case["expected"].items() if key != "reason"}
    with Stage() as stage:
        same = KINDS[case["check"]](case, stage) == expected
    assert same is (case["id"] not in DIFFERENCES), DIFFERENCES.get(case["id"], "differs without a reason")


@pytest.mark.usefixtures("shared")
def test_every_kind_of_case_is_covered() -> None:
    assert {case["check"] for case in cases()} == set(KINDS)
    assert {*DIFFERENCES, *CASES_LEFT_OUT} <= {case["id"] for case in cases()}
