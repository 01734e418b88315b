"""Stories told in Gitea's words, and the shape of its answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from atlantis_gate.hosts import Connection
from atlantis_gate.hosts.gitea import Gitea, connect
from atlantis_gate.model import PullRequestRef, Run
from hosts.github_stage import Clock, Reply, Stage
from hosts.stories import BASE, FINE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO, Check, Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests
    import responses

CONTRACT = "none is published as a file; field names and types are those of https://docs.gitea.com/api/ and Gitea's convert package"
SERVER = "https://git.example.com"
ROOT = f"{SERVER}/api/v1"
API = f"{ROOT}/repos/{REPO}"
# What a server gives at most, whatever is asked for.
PAGE = 50
RUN_ID = "95"
TOKEN = "t" * 40
REF = PullRequestRef(host="gitea", server_url=SERVER, repo=REPO, number=NUMBER)
RUN = Run(ci="gitea-actions", target=REF, run_id=RUN_ID, url=f"{SERVER}/{REPO}/actions/runs/{RUN_ID}")
ENV = {"GITEA_TOKEN": TOKEN}


def serve(story: Story, http: responses.RequestsMock, env: dict[str, str] | None = None) -> Connection:
    """Register Gitea's answers."""
    computing = iter([True] * story.computing)

    def pull_request(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return wire(pull(story, computing=next(computing, False)))

    http.add_callback("GET", f"{API}/pulls/{NUMBER}", callback=pull_request)
    changed = [*map(file, story.files), *(file(new, "renamed", previous_filename=old) for old, new in story.renamed)]
    paged(http, f"{API}/pulls/{NUMBER}/files", changed)
    paged(http, f"{API}/pulls/{NUMBER}/reviews", reviews(story))
    http.add("GET", f"{API}/branch_protections", json=[rule("release/*"), rule(contexts=[item.name for item in story.checks])])
    http.add("GET", f"{API}/branches/main", json=branch(protected=True))
    posted = [status(number, item) for number, item in enumerate(story.checks) if item.state != "missing"]
    # What was said before is listed, too.
    earlier = [{**item, "id": item["id"] - 1, "status": "pending"} for item in posted]
    paged(http, f"{API}/commits/{HEAD}/statuses", [*posted, *earlier])
    http.add_callback("GET", f"{API}/commits", callback=lambda request: commits(request, story.base_files))
    return Connection(server_url=SERVER, repo=REPO, env=env or ENV, deadline=Clock().deadline(), run=RUN)


PATH = f"/api/v1/repos/{REPO}"


def play(stage: Stage, **changes: Any) -> Gitea:
    """Register an open pull request on an unprotected branch, changed as asked, and open the host."""
    stage.on("GET", f"{PATH}/pulls/{NUMBER}", pull(FINE, **changes))
    stage.on("GET", f"{PATH}/branch_protections", []).on("GET", f"{PATH}/branches/main", branch(protected=False))
    stage.on("GET", f"{PATH}/pulls/{NUMBER}/reviews", whole())
    stage.on("GET", f"{PATH}/commits", whole(commit(BASE, MERGE_BASE, ["docs/x.md"])))
    return opened(stage)


def opened(stage: Stage, env: dict[str, str] | None = None, *, seconds: float = 300, **changes: Any) -> Gitea:
    """Open the host on a stage of canned answers."""
    plain: dict[str, Any] = {"server_url": SERVER, "repo": REPO, "env": env or ENV, "run": RUN}
    return connect(Connection(**{**plain, "deadline": stage.clock.deadline(seconds), **changes}))


def whole(*items: Any) -> Reply:
    """Return a list that is given in one page."""
    return Reply(list(items), headers={"X-Total-Count": str(len(items))})


def wire(body: Any, status: int = 200, total: int | None = None) -> tuple[int, dict[str, str], str]:
    """Return a JSON answer as it goes over the wire; `total` is the length of the list that it is a page of."""
    counted = {} if total is None else {"X-Total-Count": str(total)}
    return status, {"Content-Type": "application/json;charset=utf-8", **counted}, json.dumps(body)


def cut(request: requests.PreparedRequest, items: Sequence[Any]) -> tuple[int, dict[str, str], str]:
    """Return the page of a list that a request asks for."""
    query = query_of(request)
    size = min(PAGE, int(query.get("limit", 30)))
    start = size * (int(query.get("page", 1)) - 1)
    return wire(list(items[start : start + size]), total=len(items))


def paged(http: responses.RequestsMock, url: str, items: Sequence[Any]) -> None:
    """Register a list that is given in pages."""
    http.add_callback("GET", url, callback=lambda request: cut(request, items))


def query_of(request: requests.PreparedRequest) -> dict[str, str]:
    """Return a request's query, each name once."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}


def commits(request: requests.PreparedRequest, base_files: Sequence[str]) -> tuple[int, dict[str, str], str]:
    """Return what the base branch has and another commit lacks: one commit a file, down to the merge base."""
    query = query_of(request)
    after = {HEAD: MERGE_BASE, MERGE: MERGE, MERGE_BASE: MERGE_BASE}.get(query["not"])
    if query["sha"] != BASE or after is None:
        return wire({"message": "object does not exist"}, 500)
    shas = [BASE, *(f"{number:040x}" for number in range(1, max(1, len(base_files)))), after]
    made = [commit(sha, shas[at + 1], base_files[at : at + 1]) for at, sha in enumerate(shas[:-1])]
    return cut(request, made)


def commit(sha: str, parent: str, files: Sequence[str]) -> dict[str, Any]:
    """Return a commit with the files that it changes."""
    return {"sha": sha, "parents": [{"sha": parent}], "files": [{"filename": path, "status": "modified"} for path in files]}


def user(name: str) -> dict[str, Any]:
    """Return a user."""
    return {"id": sum(map(ord, name)), "login": name}


def repository(name: str = REPO, number: int = 1, **permissions: bool) -> dict[str, Any]:
    """Return a repository as a pull request holds it."""
    return {"id": number, "full_name": name, "permissions": {"admin": True, "push": True, "pull": True, **permissions}}


def pull(story: Story, *, computing: bool = False, **changes: Any) -> dict[str, Any]:
    """Return a pull request."""
    merged = story.state == "merged"
    head = repository("dave/infra", 2) if story.fork else repository()
    return {
        "number": NUMBER,
        "title": f"{'WIP: ' if story.draft else ''}Change it",
        "html_url": f"{SERVER}/{REPO}/pulls/{NUMBER}",
        "user": user(story.author),
        "state": "open" if story.state == "open" else "closed",
        "draft": story.draft,
        "merged": merged,
        "mergeable": not (computing or story.conflict or story.draft),
        "merge_base": MERGE_BASE,
        "merge_commit_sha": MERGE if merged else None,
        "head": {"label": "feature", "ref": "feature", "sha": HEAD, "repo_id": head["id"], "repo": head},
        "base": {"label": "main", "ref": "main", "sha": BASE, "repo_id": 1, "repo": repository()},
        **changes,
    }


def file(path: str, kind: str = "changed", **changes: Any) -> dict[str, Any]:
    """Return a changed file."""
    return {"filename": path, "status": kind, "contents_url": f"{API}/contents/{path}?ref={HEAD}", **changes}


def review(number: int, name: str, state: str = "APPROVED", **changes: Any) -> dict[str, Any]:
    """Return a review."""
    flags = {"official": True, "stale": False, "dismissed": False}
    return {"id": number, "user": user(name), "team": None, "state": state, "commit_id": HEAD, **flags, **changes}


def reviews(story: Story) -> list[dict[str, Any]]:
    """Return every review; Gitea marks what a later one of the same person replaces."""
    found = [review(number, name) for number, name in enumerate(story.approved_by)]
    for name in story.taken_back_by:
        found.append(review(len(found), name, dismissed=True))
    for name in story.changes_requested_by:
        found += [review(len(found), name, official=False, dismissed=True), review(len(found) + 1, name, "REQUEST_CHANGES")]
    return found


def status(number: int, item: Check) -> dict[str, Any]:
    """Return a commit status; the gate's own run links to itself."""
    link = f"/{REPO}/actions/runs/{RUN_ID}/jobs/0" if item.own else "https://ci.example.com/1"
    return {"id": 2 * number + 2, "context": item.name, "status": item.state, "target_url": link, "description": ""}


def rule(name: str = "main", *, contexts: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
    """Return a branch protection rule."""
    return {
        "rule_name": name,
        "branch_name": "" if "*" in name else name,
        "required_approvals": 0,
        "enable_status_check": bool(contexts),
        "status_check_contexts": list(contexts),
        "block_on_rejected_reviews": False,
        "block_on_official_review_requests": False,
        "block_on_outdated_branch": False,
        "ignore_stale_approvals": False,
        "require_signed_commits": False,
        "protected_file_patterns": "",
        **changes,
    }


def branch(*, protected: bool, contexts: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
    """Return the base branch with what anybody may see of its protection."""
    return {
        "name": "main",
        "commit": {"id": BASE},
        "protected": protected,
        "required_approvals": 0,
        "enable_status_check": bool(contexts),
        "status_check_contexts": list(contexts),
        "effective_branch_protection_name": "",
        **changes,
    }
