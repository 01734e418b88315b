"""Stories told in Bitbucket Data Center's words, below a context path."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from atlantis_gate.model import PullRequestRef, Run
from hosts.bitbucket_contracts import Contract
from hosts.bitbucket_wire import JSON, Asked, Wire
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO, Check, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import responses

    from atlantis_gate.hosts import Connection

SERVER = "https://git.example.com/bitbucket"
ROOT = f"{SERVER}/rest"
PROJECT, SLUG = REPO.split("/")
HERE = f"/api/latest/projects/{PROJECT}/repos/{SLUG}"
PULL = f"{HERE}/pull-requests/{NUMBER}"
CONDITIONS = f"/required-builds/latest/projects/{PROJECT}/repos/{SLUG}/conditions"
TOKEN = "NDk5" + "s" * 40
ENV = {"ATLANTIS_BITBUCKET_TOKEN": TOKEN}
REF = PullRequestRef(host="bitbucket-data-center", server_url=SERVER, repo=REPO, number=NUMBER)
RUN = Run(ci="", target=REF, head_sha=HEAD, url="https://jenkins.example.com/job/gate/42/")
CONTRACT = Contract("bitbucket-server.swagger.v3.json", ROOT)
STATES = {"success": "SUCCESSFUL", "failure": "FAILED", "pending": "INPROGRESS"}
VETO = {
    "summaryMessage": "Not all required builds are successful yet",
    "detailedMessage": "You need all required builds to be successful before this pull request can be merged.",
}


def serve(story: Story, http: responses.RequestsMock, env: Mapping[str, str] | None = None) -> Connection:
    """Register Bitbucket Data Center's answers."""
    return told(story, http).connection(SERVER, REPO, RUN, env or ENV)


def told(story: Story, http: responses.RequestsMock) -> Wire:
    """Play Bitbucket Data Center for a story."""
    wire = Wire(http, ROOT)
    unknown = [{"canMerge": False, "conflicted": False, "outcome": "UNKNOWN", "vetoes": []}] * story.computing
    changed = [*(change(path) for path in story.files), *(change(new, old) for old, new in story.renamed)]
    wire.on("GET", PULL, pull(story))
    wire.on("GET", f"{PULL}/merge", *unknown, merge(story))
    wire.on("GET", f"{PULL}/changes", paged(changed, toHash=HEAD))
    wire.on("GET", f"{HERE}/commits", paged([commit(BASE, MERGE_BASE)]))
    wire.on("GET", f"{HERE}/compare/commits", compared(len(story.base_files) or 1))
    wire.on("GET", f"{HERE}/compare/changes", paged([change(path) for path in story.base_files]))
    wire.on("GET", f"/build-status/latest/commits/{HEAD}", paged([build(item) for item in story.checks if item.state != "missing"]))
    wire.on("GET", CONDITIONS, paged([condition(*(item.name for item in story.checks))] if story.checks else []))
    return wire


def pull(story: Story, **changes: Any) -> JSON:
    """Return the pull request."""
    states = {"open": "OPEN", "closed": "DECLINED", "merged": "MERGED"}
    by_status = {"APPROVED": story.approved_by, "NEEDS_WORK": story.changes_requested_by, "UNAPPROVED": story.taken_back_by}
    made = {
        "id": NUMBER,
        "version": 3,
        "title": "Change staging",
        "state": states[story.state],
        "open": story.state == "open",
        "closed": story.state != "open",
        "draft": story.draft,
        "author": {"user": user(story.author), "role": "AUTHOR", "approved": False, "status": "UNAPPROVED"},
        "reviewers": [reviewer(name, status) for status, names in by_status.items() for name in names],
        "participants": [],
        "fromRef": ref("feature", HEAD, "~mallory" if story.fork else PROJECT),
        "toRef": ref("main", BASE, PROJECT),
        "properties": {"mergeCommit": {"id": MERGE, "displayId": MERGE[:11]}} if story.state == "merged" else {},
        "links": {"self": [{"href": f"{SERVER}/projects/{PROJECT}/repos/{SLUG}/pull-requests/{NUMBER}"}]},
    }
    return {**made, **changes}


def user(name: str) -> JSON:
    """Return a person."""
    return {"name": name, "slug": name, "displayName": name.title(), "active": True, "type": "NORMAL"}


def reviewer(name: str, status: str) -> JSON:
    """Return what a person says of a pull request."""
    return {"user": user(name), "role": "REVIEWER", "approved": status == "APPROVED", "status": status, "lastReviewedCommit": HEAD}


def ref(branch: str, sha: str, project: str) -> JSON:
    """Return a side of a pull request."""
    repository = {"slug": SLUG, "name": SLUG, "project": {"key": project, "name": project.removeprefix("~")}}
    return {"id": f"refs/heads/{branch}", "displayId": branch, "latestCommit": sha, "repository": repository}


def merge(story: Story, *vetoes: JSON) -> JSON:
    """Return whether the pull request can be merged."""
    found = [*vetoes, *([VETO] if any(item.state != "success" for item in story.checks) else [])]
    outcome = "CONFLICTED" if story.conflict else "CLEAN"
    return {"canMerge": not (found or story.conflict), "conflicted": story.conflict, "outcome": outcome, "vetoes": found}


def change(new: str, old: str | None = None) -> JSON:
    """Return a changed file."""
    moved = {"srcPath": path(old)} if old else {}
    return {"path": path(new), "type": "MOVE" if old else "MODIFY", "nodeType": "FILE", **moved}


def path(text: str) -> JSON:
    """Return a path as text and in parts."""
    folder, _, name = text.rpartition("/")
    return {"components": text.split("/"), "parent": folder, "name": name, "extension": name.rpartition(".")[2], "toString": text}


def commit(sha: str, *parents: str) -> JSON:
    """Return a commit."""
    return {"id": sha, "displayId": sha[:11], "message": "m", "parents": [{"id": parent, "displayId": parent[:11]} for parent in parents]}


def compared(count: int) -> Callable[[Asked], JSON]:
    """Answer which commits the base branch has besides: a line of them from its tip down to the merge base."""
    line = [BASE, *(f"{number:040x}" for number in range(1, count)), MERGE_BASE]
    return paged([commit(sha, parent) for sha, parent in pairwise(line)])


def build(item: Check, **changes: Any) -> JSON:
    """Return a build of the head commit; the gate's own is known by its page."""
    url = RUN.url if item.own else f"https://jenkins.example.com/{item.name}"
    return {"key": item.name, "name": item.name, "state": STATES[item.state], "url": url, **changes}


def condition(*keys: str, kind: str = "BRANCH", branch: str = "main") -> JSON:
    """Return a merge check that requires builds."""
    matcher = {"id": f"refs/heads/{branch}", "displayId": branch, "type": {"id": kind, "name": kind.title()}}
    return {"id": 1, "buildParentKeys": list(keys), "refMatcher": matcher}


def paged(items: Sequence[Any], **besides: Any) -> Callable[[Asked], JSON]:
    """Answer with the page that is asked for."""

    def page(asked: Asked) -> JSON:
        start, limit = int(asked.query.get("start", "0")), int(asked.query.get("limit", "25"))
        last = start + limit >= len(items)
        values = items[start : start + limit]
        return {**besides, "start": start, "limit": limit, "size": len(values), "isLastPage": last, "values": values} | (
            {} if last else {"nextPageStart": start + limit}
        )

    return page
