"""What the product makes of GitLab's cases, in the words of the conformance data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atlantis_gate.errors import GateError
from atlantis_gate.hosts.gitlab_addresses import api
from atlantis_gate.model import CommitStatus, Facts, Mergeability, Origin, Project, PullRequestRef, Requirement, Verdict
from atlantis_gate.requirements import Case, approved, mergeable
from atlantis_gate.requirements.mergeable import Bypass
from builders import pull as some_pull
from hosts import gitlab_answers as made
from hosts.gitlab_scene import MERGE_REQUEST, RUN, STATUSES, Reply, Scene
from hosts.stories import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance"
PROJECT = Project(dir=".", workspace="default")
OPTION = Origin(option="test")


def mergeable_case(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """Judge recorded answers with the product's host and rule, with Atlantis' own apply statuses set aside by the option for it."""
    inputs = case["inputs"]
    fixtures = [_fixture(case, name) for name in case["fixtures"]]
    merge_request, settings = sorted(fixtures, key=lambda found: "iid" not in found)
    ref = PullRequestRef(host="gitlab", server_url="https://gitlab.com", repo="lkysow/atlantis-example", number=merge_request["iid"])
    route = f".*/merge_requests/{ref.number}"
    rows = [
        {**made.status(row["name"], row["status"], number=index, pipeline_id=None), **row}
        for index, row in enumerate(inputs["commit_statuses"], start=1)
    ]
    scene.on("GET", route, merge_request).on("GET", f"{route}/approvals", made.approvals("alice")).on("GET", f"{route}/diffs", [])
    scene.on("GET", ".*/lkysow/atlantis-example", settings).on("GET", ".*/repository/branches/.*", made.branch()).on("GET", STATUSES, rows)
    host = scene.gitlab(repo=ref.repo, run=replace(RUN, ci="", run_id=None))
    seen = host.pull_request(ref)
    facts = Facts(pull_request=seen, changed_files=(), mergeability=host.mergeability(seen))
    return {"mergeable": _judged(facts, inputs["vcs_status_name"])}


def mergeable_pure(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """Judge fields; those of Atlantis' cases that are of an old GitLab lack the word."""
    inputs = case["inputs"]
    fields = dict(inputs["mr"])
    status = fields.pop("head_pipeline_status")
    if not inputs["supports_detailed_merge_status"]:
        del fields["detailed_merge_status"]
    pipeline = made.pipeline(status or "success")
    legacy = {
        "merge_status": inputs["legacy_merge_status"] or "can_be_merged",
        "approvals_before_merge": inputs["legacy_approvals_before_merge"],
    }
    running = fields.get("detailed_merge_status") == "ci_still_running"
    answer = made.merge_request(**{**fields, **legacy, "head_pipeline": made.pipeline("running") if running else pipeline})
    if "detailed_merge_status" not in fields:
        del answer["detailed_merge_status"]
    scene.on("GET", MERGE_REQUEST, answer)
    scene.on("GET", ".*/projects/acme/infra", made.project(**inputs["project"]))
    scene.on("GET", STATUSES, [made.status("job", "running" if running else status or "success")])
    scene.on("GET", ".*/pipelines/9001/jobs", [made.job(1)])
    host = scene.gitlab(seconds=5)
    seen = scene.pull(host)
    facts = Facts(pull_request=seen, changed_files=(), mergeability=host.mergeability(seen))
    return {"mergeable": _judged(facts, "atlantis")}


def _judged(facts: Facts, status_name: str) -> bool:
    case = Case(command="apply", facts=facts, bypass=Bypass(enabled=True, status_name=status_name))
    return mergeable.judge(case, PROJECT, Requirement("mergeable", OPTION)).verdict is Verdict.MET


def _fixture(case: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHARED / "fixtures" / name).read_text(encoding="utf-8"))
    for edit in case.get("fixture_edits") or ():
        if edit["file"] == name:
            found |= edit["json_set"]
    return found


def approved_case(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """Judge who approves: nobody, as Atlantis' cases name none."""
    answer = {"approved_by": [], **case["inputs"]["approvals_response"]}
    host = scene.on("GET", f"{MERGE_REQUEST}/approvals", answer).gitlab()
    facts = Facts(pull_request=some_pull(), changed_files=(), approvals=host.approvals(scene.pull(host)), mergeability=Mergeability(()))
    finding = approved.judge(Case(command="apply", facts=facts, bypass=Bypass()), PROJECT, Requirement("approved", OPTION))
    return {"approved": finding.verdict is Verdict.MET}


def modified_files(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    inputs = case["inputs"]
    pages = inputs["diff_pages"]

    def diffs(asked: Any) -> Reply:
        page = int(asked.query.get("page", "1"))
        return Reply(pages[page - 1], headers={"X-Next-Page": str(page + 1) if page < len(pages) else ""})

    scene.on("GET", MERGE_REQUEST, *(made.merge_request(changes_count=count or None) for count in inputs["changes_count_sequence"]))
    host = scene.on("GET", f"{MERGE_REQUEST}/diffs", diffs).gitlab()
    files = host.changed_files(scene.pull(host))
    polls = sum(asked.path.endswith("/merge_requests/7") for asked in scene.asked)
    return {"files": set(files), "merge_request_polls": polls}


def api_base_url(case: dict[str, Any], _: Scene) -> dict[str, Any]:
    return {"base_url": f"{api(case['inputs']['hostname'], {})}/"}


def status_state(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    state: Any = {"success": "success", "failed": "failure"}[case["inputs"]["status"]]
    host = scene.on("POST", ".*", Reply({"id": 1}, 201)).gitlab()
    scene.pull(host)
    host.set_status(HEAD, CommitStatus("src", state, "description", "https://gitlab.com/x"))
    asked = scene.asked[-1]
    path = asked.path.removeprefix("/api/v4").replace(HEAD, "sha").replace("acme/infra", "runatlantis%2Fatlantis")
    # GitLab takes `name` and `context` for the same; https://docs.gitlab.com/api/commits/#set-commit-pipeline-status.
    has = {{"name": "context"}.get(key, key) for key in asked.body}
    return {"state": asked.body["state"], "method": asked.method, "path": path, "body_has": has}


def status_retry(case: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """Post a status to a GitLab that is busy for a while; the pipeline comes with the merge request, so no commit is asked for."""
    busy = [Reply({"message": "409"}, 409)] * case["inputs"]["http_409_count"]
    host = scene.on("POST", ".*", *busy, Reply({"id": 1}, 201)).gitlab()
    try:
        host.set_status(HEAD, CommitStatus("src", "failure", "description"))
        failed = False
    except GateError:
        failed = True
    return {"set_status_requests": len(scene.asked), "error_contains": failed}


KINDS: Mapping[str, Callable[[dict[str, Any], Scene], dict[str, Any]]] = {
    "mergeable": mergeable_case,
    "mergeable_pure": mergeable_pure,
    "approved": approved_case,
    "modified_files": modified_files,
    "api_base_url": api_base_url,
    "status_state": status_state,
    "status_retry": status_retry,
}
