"""Stories told in the words of Azure DevOps, and its published contract."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from atlantis_gate.hosts import Connection
from atlantis_gate.hosts.azure_devops import AzureDevOps, connect
from atlantis_gate.model import PullRequestRef, Run
from hosts.github_stage import Clock, Stage
from hosts.stories import BASE, FINE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO, Check, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import requests
    import responses

SERVER = "https://dev.azure.com"
FULL_NAME = f"org/{REPO}"
COLLECTION = f"{SERVER}/org"
API = f"{COLLECTION}/acme/_apis/git/repositories/infra"
POLICIES = f"{COLLECTION}/acme/_apis/policy/evaluations"
PROJECT_ID = "a7573007-bbb3-4341-b726-0c4148a07853"
DEFINITION = 42
TOKEN = "p" * 52
REF = PullRequestRef(host="azure-devops", server_url=SERVER, repo=FULL_NAME, number=NUMBER)
RUN = Run(ci="azure-pipelines", target=REF, run_id="1001", url=f"{COLLECTION}/acme/_build/results?buildId=1001")
JOB = {"SYSTEM_ACCESSTOKEN": TOKEN, "SYSTEM_DEFINITIONID": str(DEFINITION), "SYSTEM_TEAMPROJECTID": PROJECT_ID}
STATES = {"open": "active", "closed": "abandoned", "merged": "completed"}
WORDS = {"success": "approved", "failure": "rejected", "pending": "running", "missing": "queued"}
BUILD = {"id": "0609b952-1397-4640-95ec-e00a01b2c241", "displayName": "Build"}
STATUS = {"id": "cbdc66da-9728-4af8-aada-9a5a32e4a226", "displayName": "Status"}
CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "azdo"


def serve(story: Story, http: responses.RequestsMock, env: dict[str, str] | None = None) -> Connection:
    """Register the answers of Azure DevOps."""
    computing = iter([True] * story.computing)

    def pull_request(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return wire(pull(story, computing=next(computing, False)))

    http.add_callback("GET", f"{API}/pullRequests/{NUMBER}", callback=pull_request)
    http.add("GET", f"{API}/refs", json=listed([ref("main-2", "e" * 40), ref("main", BASE)]))
    renamed = [change(new, "rename", sourceServerItem=f"/{old}") for old, new in story.renamed]
    changed = [change("staging", "edit", folder=True), *map(change, story.files), *renamed]
    after = [*map(change, story.base_files)]
    base = MERGE_BASE if story.state == "merged" else BASE
    compared = {(base, HEAD): (changed, 1), (HEAD, BASE): (after, 1), (MERGE, BASE): (after, 0)}

    def diff(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = query_of(request)
        pair = query["baseVersion"], query["targetVersion"]
        if pair not in compared:
            return wire({"message": "TF401175: The version descriptor could not be resolved"}, 404)
        items, behind = compared[pair]
        page = cut(items, query)
        return wire(comparison(page, common=MERGE if pair[0] == MERGE else MERGE_BASE, behind=behind, whole=len(page) == len(items)))

    http.add_callback("GET", f"{API}/diffs/commits", callback=diff)
    evaluations = [policy(item) for item in story.checks]
    http.add_callback("GET", POLICIES, callback=lambda request: wire(listed(cut(evaluations, query_of(request)))))
    return Connection(server_url=SERVER, repo=FULL_NAME, env=env or JOB, deadline=Clock().deadline(), run=RUN)


GIT = "/org/acme/_apis/git/repositories/infra"


def play(stage: Stage, **changes: Any) -> AzureDevOps:
    """Register an open pull request without policies, changed as asked, and open the host."""
    stage.on("GET", f"{GIT}/pullRequests/{NUMBER}", pull(FINE, **changes))
    stage.on("GET", f"{GIT}/refs", listed([ref("main", BASE)]))
    stage.on("GET", "/org/acme/_apis/policy/evaluations", listed([]))
    return opened(stage)


def wire(body: Any, status: int = 200) -> tuple[int, dict[str, str], str]:
    """Return a JSON answer as it goes over the wire."""
    return status, {"Content-Type": "application/json; charset=utf-8; api-version=7.0"}, json.dumps(body)


def query_of(request: requests.PreparedRequest) -> dict[str, str]:
    """Return a request's query, each name once."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}


def cut(items: Sequence[Any], query: dict[str, str]) -> list[Any]:
    """Return the page that `$top` and `$skip` ask for."""
    skip = int(query.get("$skip", 0))
    return list(items[skip : skip + int(query.get("$top", 100))])


def listed(items: Sequence[Any]) -> dict[str, Any]:
    """Return a list as Azure DevOps wraps it."""
    return {"value": list(items), "count": len(items)}


def person(name: str, **changes: Any) -> dict[str, Any]:
    """Return an identity."""
    return {"id": f"id-{name}", "displayName": name.title(), "uniqueName": name, **changes}


def vote(name: str, value: int, **changes: Any) -> dict[str, Any]:
    """Return a reviewer."""
    return person(name, vote=value, **changes)


def pull(story: Story, *, computing: bool = False, **changes: Any) -> dict[str, Any]:
    """Return a pull request."""
    votes = ((10, story.approved_by), (0, story.taken_back_by), (-10, story.changes_requested_by))
    state = "queued" if computing else "conflicts" if story.conflict else "succeeded"
    fork = {"forkSource": {"name": "refs/heads/feature", "repository": {"id": "fork"}}} if story.fork else {}
    return {
        "pullRequestId": NUMBER,
        "status": STATES[story.state],
        "isDraft": story.draft,
        "createdBy": person(story.author),
        "sourceRefName": "refs/heads/feature",
        "targetRefName": "refs/heads/main",
        "mergeStatus": state,
        "lastMergeSourceCommit": {"commitId": HEAD},
        "lastMergeTargetCommit": {"commitId": MERGE_BASE},
        "lastMergeCommit": {"commitId": MERGE},
        "reviewers": [vote(name, value) for value, names in votes for name in names],
        "repository": {"id": "r", "name": "infra", "project": {"id": PROJECT_ID, "name": "acme"}},
        "supportsIterations": True,
        **fork,
        **changes,
    }


def ref(name: str, sha: str) -> dict[str, Any]:
    """Return a branch."""
    return {"name": f"refs/heads/{name}", "objectId": sha}


def change(path: str, kind: str = "edit", *, folder: bool = False, **changes: Any) -> dict[str, Any]:
    """Return a changed path."""
    item = {"gitObjectType": "tree" if folder else "blob", "path": f"/{path}", **({"isFolder": True} if folder else {})}
    return {"item": item, "changeType": kind, **changes}


def comparison(changes: Sequence[Any], *, common: str = MERGE_BASE, behind: int = 0, whole: bool = True) -> dict[str, Any]:
    """Return one page of a comparison."""
    return {"changes": list(changes), "commonCommit": common, "aheadCount": 1, "behindCount": behind, "allChangesIncluded": whole}


def policy(item: Check) -> dict[str, Any]:
    """Return the policy evaluation of a check: the gate's own and those that run are builds, others wait for a status."""
    if item.own or item.state == "pending":
        settings: dict[str, Any] = {"buildDefinitionId": DEFINITION if item.own else 7, "displayName": item.name}
        return evaluation(WORDS[item.state], BUILD, settings)
    genre, _, name = item.name.partition("/")
    return evaluation(WORDS[item.state], STATUS, {"statusGenre": genre, "statusName": name})


def evaluation(status: str, type_: dict[str, str], settings: dict[str, Any], **configuration: Any) -> dict[str, Any]:
    """Return a policy evaluation."""
    flags = {"isEnabled": True, "isBlocking": True, "isDeleted": False, **configuration}
    return {"configuration": {**flags, "type": type_, "settings": settings}, "status": status}


@cache
def _document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTRACTS / name / "7.1" / f"{name}.json").read_text(encoding="utf-8-sig"))
    return found


def _operation(method: str, url: str) -> tuple[str, str, dict[str, Any]]:
    """Return which document describes a request, its path there and the operation. Raises LookupError for one that none describes."""
    path = unquote(urlsplit(url).path)
    for name in ("git", "policy"):
        for template, operations in _document(name)["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if method.lower() in operations and re.fullmatch(pattern, path, re.IGNORECASE):
                return name, template, operations[method.lower()]
    raise LookupError(f"no operation for {method} {path}")


def _problems(name: str, schema: dict[str, Any], body: Any) -> list[str]:
    registry: Registry[Any] = Registry().with_resource("urn:azdo", DRAFT4.create_resource(_document(name)))
    text = json.dumps(schema).replace('"#/definitions/', '"urn:azdo#/definitions/')
    found = OAS30Validator(json.loads(text), registry=registry).iter_errors(body)
    # `item` is an object on the wire; the description's generator lost its type.
    return [f"{each.json_path}: {each.message}" for each in found if not each.json_path.endswith(".item")]


def contract(method: str, url: str, request: Any, status: int, answer: Any) -> list[str]:
    """Return what is wrong with a request and its answer by the published description; lists are wrapped in `value` on the wire."""
    name, template, operation = _operation(method, url)
    known = {parameter["name"] for parameter in operation["parameters"] if parameter.get("in") == "query"}
    asked = {each.removeprefix("versionDescriptor.") for each in parse_qs(urlsplit(url).query)} - {"api-version", "path", "includeContent"}
    found = [f"{template} takes no {each}" for each in asked - {each.removeprefix("versionDescriptor.") for each in known}]
    for parameter in operation["parameters"]:
        if parameter.get("in") == "body":
            found += _problems(name, parameter["schema"], request)
    schema = operation["responses"][str(status)]["schema"]
    single = schema.get("type") == "array" and "value" not in answer
    return found + _problems(name, schema["items"] if single else schema, answer.get("value", answer))


CONTRACT: Callable[[str, str, Any, int, Any], list[str]] = contract


def opened(stage: Stage, env: dict[str, str] | None = None, *, seconds: float = 300, **changes: Any) -> AzureDevOps:
    """Open the host on a stage of canned answers."""
    plain: dict[str, Any] = {"server_url": SERVER, "repo": FULL_NAME, "env": env or JOB, "run": RUN}
    return connect(Connection(**{**plain, "deadline": stage.clock.deadline(seconds), **changes}))
