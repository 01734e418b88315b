"""What the product makes of GitHub's cases, in the words of the conformance data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atlantis_gate.errors import GateError
from atlantis_gate.hosts.github_addresses import addresses, derived
from atlantis_gate.model import CommitStatus, Facts, Origin, Project, Requirement, Verdict
from atlantis_gate.requirements import Case
from atlantis_gate.requirements.mergeable import Bypass, judge
from builders import HEAD, pull
from hosts import github_answers as made
from hosts.github_apps import APP, TOKEN_ROUTE
from hosts.github_stage import REF, Reply, Stage, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance"


def mergeable(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Judge with the product's host and rule."""
    inputs = case["inputs"]
    if "http" in inputs:
        return {"mergeable": asks(stage, inputs["http"], lambda: stage.host().pull_request(REF))["ok"]}
    state = str(inputs["mergeable_state"]).upper()
    graph = _translated(case) if case.get("fixtures") else _made(inputs.get("graphql", {}))
    node = made.pull(**{**graph, "mergeStateStatus": state, "isDraft": inputs.get("draft", False)})
    names = tuple(inputs.get("ignore_vcs_status_names") or ())
    bypass = Bypass(enabled=inputs["allow_mergeable_bypass_apply"], status_name=inputs["vcs_status_name"], ignored_names=names)
    facts = Facts(
        pull_request=pull(draft=inputs.get("draft", False)),
        changed_files=(),
        mergeability=judged(node, databaseId=1, nameWithOwner="octocat/repo"),
    )
    asked = Case(command="apply", facts=facts, bypass=bypass)
    finding = judge(asked, Project(dir=".", workspace="default"), Requirement("mergeable", Origin(option="test")))
    return {"mergeable": finding.verdict is Verdict.MET}


def _translated(case: dict[str, Any]) -> dict[str, Any]:
    """Bring a recorded answer to Atlantis' question into the shape of the gate's question."""
    names = [name for name in case["fixtures"] if "pull-request-mergeability" in name and "repository-id" not in name]
    if not names:
        return {}
    text = (SHARED / "fixtures" / names[0]).read_text(encoding="utf-8")
    for edit in case["fixture_edits"]:
        text = text.replace(edit["find"], edit["replace"]) if edit["file"] == names[0] else text
    node = json.loads(text)["data"]["repository"]["pullRequest"]
    rollup = node["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
    contexts = [_check(item) if item["__typename"] == "CheckRun" else item for item in rollup["contexts"]["nodes"]]
    checks = [item["context"] for item in node["baseRef"]["branchProtectionRule"]["requiredStatusChecks"]]
    rules = [_rule(item) for item in node["baseRef"]["rules"]["nodes"]]
    reviews = [
        made.review(f"user{index}", item["state"])
        for index, item in enumerate((node.get("latestOpinionatedReviews") or {}).get("nodes", []))
    ]
    return _node(node["reviewDecision"], contexts, checks, rules, reviews)


def _made(graph: dict[str, Any]) -> dict[str, Any]:
    contexts = [
        made.check_run(
            item["name"],
            item["conclusion"] or "IN_PROGRESS",
            required=False,
            run=None if item["run_number"] is None else made.workflow_run(item["run_number"]),
        )
        for item in graph.get("check_runs", [])
    ]
    contexts += [made.status(item["context"], item["state"], required=False) for item in graph.get("status_contexts", [])]
    reviews = [made.review(f"user{index}", state) for index, state in enumerate(graph.get("latest_opinionated_review_states", []))]
    rules = [
        made.review_rule(graph.get("ruleset_required_approving_review_count", 0), enforcement=graph.get("ruleset_enforcement", "ACTIVE"))
    ]
    return _node(graph.get("review_decision"), contexts, graph.get("required_checks", []), rules, reviews)


def _node(decision: str | None, contexts: list[Any], checks: list[str], rules: list[Any], reviews: list[Any]) -> dict[str, Any]:
    base = made.base(refUpdateRule=made.protection(*checks), rules=rules)
    return {"reviewDecision": decision, "head": made.head(*contexts), "latestOpinionatedReviews": made.connection(reviews), "baseRef": base}


def _check(item: dict[str, Any]) -> dict[str, Any]:
    suite = item.get("checkSuite") or {"conclusion": item["conclusion"], "workflowRun": None}
    run = suite["workflowRun"] and made.workflow_run(suite["workflowRun"]["runNumber"], file=suite["workflowRun"]["file"])
    return made.check_run(item["name"], item["conclusion"], required=item.get("isRequired", False), run=run, suite=suite["conclusion"])


def _rule(item: dict[str, Any]) -> dict[str, Any]:
    parameters, enforcement = item["parameters"], item["repositoryRuleset"]["enforcement"]
    if item["type"] == "WORKFLOWS":
        (flow,) = parameters["workflows"]
        return made.workflows_rule(flow["path"], flow["repositoryId"], flow["sha"], enforcement=enforcement)
    if item["type"] == "PULL_REQUEST":
        return made.review_rule(parameters["requiredApprovingReviewCount"], enforcement=enforcement)
    return made.checks_rule(*(check["context"] for check in parameters["requiredStatusChecks"]), enforcement=enforcement)


def approved(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Ask for approvals; GitHub itself keeps the latest review of each person that says yes or no."""
    inputs = case["inputs"]
    reviews = inputs["reviews"] if "reviews" in inputs else [item for page in inputs["pages"] for item in page]
    latest = {item["user"]: item["state"] for item in reviews if item["state"] in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}}
    stage.graphql(made.answer(made.pull(latestOpinionatedReviews=made.connection([made.review(*item) for item in latest.items()]))))
    host = stage.host()
    fact = host.approvals(host.pull_request(REF))
    by = [approval.user for approval in getattr(fact, "by", ())]
    return {"approved": bool(by), **({"approved_by": by[0]} if by else {})}


def asks(stage: Stage, statuses: list[int], ask: Callable[[], object]) -> dict[str, Any]:
    """Answer with these statuses in turn, and tell whether the product got through."""
    stage.on("GET", ".*", *(Reply([made.listed("a.tf")] if status == 200 else {}, status) for status in statuses))
    try:
        ask()
    except GateError:
        return {"ok": False, "requests": len(stage.asked)}
    return {"ok": True, "requests": len(stage.asked)}


def modified_files(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    stage.graphql(made.answer(made.pull(files=made.connection([], end="F1"))))
    host = stage.host()
    seen = host.pull_request(REF)
    stage.asked.clear()
    return asks(stage, case["inputs"]["http"], lambda: host.changed_files(seen))


def get_pull(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    stage.graphql(*(Reply(made.answer(made.pull()) if status == 200 else {}, status) for status in case["inputs"]["http"]))
    return asks(stage, [404], lambda: stage.host().pull_request(REF))


def is_ghe_cloud(case: dict[str, Any], _: Stage) -> dict[str, Any]:
    address = derived(f"https://{case['inputs']['hostname']}")
    return {"ghe_cloud": address.startswith("https://api.") and address.endswith(".ghe.com")}


def api_base_url(case: dict[str, Any], _: Stage) -> dict[str, Any]:
    return {"base_url": f"{derived('https://' + case['inputs']['hostname'])}/"}


def graphql_url(case: dict[str, Any], _: Stage) -> dict[str, Any]:
    return {"url": addresses(f"https://{case['inputs']['hostname']}", {}).graphql}


def status_state(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    inputs = case["inputs"]
    stage.on("POST", ".*", Reply({"id": 1}, 201))
    status = CommitStatus(inputs["src"], {"failed": "failure"}[inputs["status"]], inputs["description"], inputs["url"])  # type: ignore[arg-type]
    stage.host(repo="owner/repo").set_status(HEAD, status)
    asked = stage.asked[0]
    return {"state": asked.body["state"], "body": asked.body, "method": asked.method, "path": asked.path.replace(HEAD, "{head_sha}")}


def rate_limit(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    limited = Reply({"message": "You have exceeded a secondary rate limit."}, 403)
    stage.on("POST", ".*", limited, limited, Reply({"id": 1}, 201))
    stage.host().set_status(HEAD, CommitStatus("c", "success", "d"))
    return {"ok": True, "min_calls": len(stage.asked)}


def file_content(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    inputs = case["inputs"]
    contents = {"type": "file", "encoding": "base64", "sha": "d" * 40, **inputs.get("contents", {})}
    stage.on("GET", ".*/contents/.*", Reply(contents, inputs.get("http", 200))).on("GET", ".*/git/blobs/.*", inputs.get("blob"))
    try:
        data = stage.host().file(inputs["path"], inputs["ref"])
    except GateError:
        return {"found": True, "error_contains": True}
    return {"found": data is not None, "text": (data or b"").decode()}


def app_auth(case: dict[str, Any], stage: Stage) -> dict[str, Any]:
    inputs = case["inputs"]
    installations = [{"id": 1}, {"id": 2}] if inputs["installations"] == "multiple" else inputs["installations"]
    stage.on("GET", "/app/installations", installations).on("POST", TOKEN_ROUTE, {"token": "ghs_x"}).graphql(made.answer(made.pull()))
    try:
        host = stage.host({**APP, "ATLANTIS_GH_APP_INSTALLATION_ID": str(inputs["installation_id"] or "")})
    except GateError:
        return {"error": True}
    host.pull_request(REF)
    host.pull_request(REF)
    return {"ok": True, "token_cached": stage.paths().count("POST /app/installations/1/access_tokens") == 1, "user": ""}


KINDS: Mapping[str, Callable[[dict[str, Any], Stage], dict[str, Any]]] = {
    kind.__name__: kind
    for kind in (
        approved,
        mergeable,
        modified_files,
        get_pull,
        is_ghe_cloud,
        api_base_url,
        graphql_url,
        status_state,
        rate_limit,
        file_content,
        app_auth,
    )
}
