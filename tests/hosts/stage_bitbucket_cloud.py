"""Stories told in Bitbucket Cloud's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from atlantis_gate.model import PullRequestRef, Run
from hosts.bitbucket_contracts import Contract
from hosts.bitbucket_wire import JSON, Asked, Reply, Wire
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO, Check, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import responses

    from atlantis_gate.hosts import Connection

SERVER = "https://bitbucket.org"
ROOT = "https://api.bitbucket.org/2.0"
HERE = f"/repositories/{REPO}"
PULL = f"{HERE}/pullrequests/{NUMBER}"
TOKEN = "ATCTT3" + "s" * 40
ENV = {"BITBUCKET_ACCESS_TOKEN": TOKEN}
REF = PullRequestRef(host="bitbucket-cloud", server_url=SERVER, repo=REPO, number=NUMBER)
RUN = Run(ci="bitbucket-pipelines", target=REF, head_sha=HEAD, run_id="42", url=f"{SERVER}/{REPO}/pipelines/results/42")
CONTRACT = Contract("bitbucket-cloud.swagger.v3.json", ROOT)
STATES = {"success": "SUCCESSFUL", "failure": "FAILED", "pending": "INPROGRESS"}
SHORT = 12
COMMITS = {HEAD: (MERGE_BASE,), BASE: (MERGE_BASE,), MERGE_BASE: (), MERGE: (BASE, HEAD)}


def serve(story: Story, http: responses.RequestsMock, env: Mapping[str, str] | None = None) -> Connection:
    """Register Bitbucket Cloud's answers."""
    return told(story, http).connection(SERVER, REPO, RUN, env or ENV)


def told(story: Story, http: responses.RequestsMock) -> Wire:
    """Play Bitbucket Cloud for a story; it has no word for still working something out but that a diffstat takes too long (555)."""
    wire = Wire(http, ROOT)
    slow = [Reply({"type": "error", "error": {"message": "timed out"}}, 555)] * story.computing
    since = [entry(path, path) for path in story.base_files]
    wire.on("GET", PULL, pull(story))
    wire.on("GET", f"{HERE}/diffstat/{REPO}:.*", *slow, paged([*files(story)]))
    wire.on("GET", f"{PULL}/diffstat", Reply(None, 302, {"Location": diffstat_link()}))
    wire.on("GET", f"{PULL}/statuses", paged([status(item) for item in story.checks if item.state != "missing"]))
    wire.on("GET", f"{HERE}/refs/branches/main", {"type": "branch", "name": "main", "target": {"type": "commit", "hash": BASE}})
    wire.on("GET", f"{HERE}/commit/[0-9a-f]+", commit)
    wire.on("GET", f"{HERE}/merge-base/.*", {"type": "commit", "hash": MERGE_BASE})
    wire.on("GET", f"{HERE}/merge-base/{MERGE}..{BASE}", {"type": "commit", "hash": MERGE})
    wire.on("GET", f"{HERE}/diffstat/{BASE}\\.\\.[0-9a-f]+", paged(since))
    return wire


def pull(story: Story, **changes: Any) -> JSON:
    """Return the pull request."""
    states = {"open": "OPEN", "closed": "DECLINED", "merged": "MERGED"}
    by_state = {"approved": story.approved_by, "changes_requested": story.changes_requested_by, None: story.taken_back_by}
    made = {
        "type": "pullrequest",
        "id": NUMBER,
        "title": "Change staging",
        "state": states[story.state],
        "draft": story.draft,
        "mergeable": all(item.state == "success" for item in story.checks),
        "task_count": 0,
        "author": user(story.author),
        "participants": [participant(name, state) for state, names in by_state.items() for name in names],
        "source": endpoint("feature", HEAD, "mallory/infra" if story.fork else REPO),
        "destination": endpoint("main", BASE, REPO),
        "links": {"diffstat": {"href": diffstat_link()}, "html": {"href": f"{SERVER}/{REPO}/pull-requests/{NUMBER}"}},
        **({"merge_commit": {"hash": MERGE[:SHORT]}} if story.state == "merged" else {}),
    }
    return {**made, **changes}


def diffstat_link() -> str:
    """Return the address of the files of the pull request, as the pull request names it."""
    return f"{ROOT}{HERE}/diffstat/{REPO}:{HEAD[:SHORT]}%0D{BASE[:SHORT]}?from_pullrequest_id={NUMBER}&topic=true"


def user(name: str) -> JSON:
    """Return a person."""
    return {"type": "user", "display_name": name.title(), "nickname": name, "uuid": f"{{{name}}}"}


def participant(name: str, state: str | None) -> JSON:
    """Return what a person says of a pull request."""
    return {"type": "participant", "user": user(name), "role": "PARTICIPANT", "approved": state == "approved", "state": state}


def endpoint(branch: str, sha: str, repo: str) -> JSON:
    """Return a side of a pull request."""
    return {
        "branch": {"name": branch},
        "commit": {"hash": sha[:SHORT]},
        "repository": {"type": "repository", "full_name": repo, "name": repo.partition("/")[2]},
    }


def files(story: Story) -> Sequence[JSON]:
    """Return the changed files, the first one in conflict where the story has one."""
    plain = [entry(path, path) for path in story.files]
    if story.conflict:
        plain[0]["status"] = "merge conflict"
    return [*plain, *(entry(old, new, "renamed") for old, new in story.renamed)]


def entry(old: str | None, new: str | None, state: str = "modified") -> JSON:
    """Return a changed file."""
    sides = {name: {"type": "commit_file", "path": path} for name, path in (("old", old), ("new", new)) if path}
    return {"type": "diffstat", "status": state, "lines_added": 1, "lines_removed": 0, **sides}


def status(item: Check, **changes: Any) -> JSON:
    """Return a build status of the head commit; the gate's own pipeline is known by its page."""
    url = f"{SERVER}/{REPO}/addon/pipelines/home#!/results/42" if item.own else f"https://ci.example.com/{item.name}"
    made = {"type": "build", "key": f"key-{item.name}", "name": item.name, "state": STATES[item.state], "url": url}
    return {**made, "commit": {"type": "commit", "hash": HEAD}, **changes}


def commit(asked: Asked) -> Any:
    """Return the commit that a hash, possibly abbreviated, names."""
    short = asked.path.rpartition("/")[2]
    found = next((sha for sha in COMMITS if sha.startswith(short)), None)
    if found is None:
        return Reply({"type": "error", "error": {"message": "Commit not found"}}, 404)
    return {"type": "commit", "hash": found, "parents": [{"type": "commit", "hash": parent} for parent in COMMITS[found]]}


def paged(items: Sequence[JSON], size: int = 100) -> Callable[[Asked], JSON]:
    """Answer with the page that is asked for."""

    def page(asked: Asked) -> JSON:
        number = int(asked.query.get("page", "1"))
        rest = len(items) > size * number
        following = f"{ROOT}{quote(asked.path)}?page={number + 1}"
        return {
            "pagelen": size,
            "page": number,
            "values": items[size * (number - 1) : size * number],
            **({"next": following} if rest else {}),
        }

    return page
