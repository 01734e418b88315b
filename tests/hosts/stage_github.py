"""Stories told in GitHub's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from atlantis_gate.hosts import Connection
from hosts import github_answers as made
from hosts.github_stage import RUN, TOKEN, Clock
from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO, Check, Story

if TYPE_CHECKING:
    import requests
    import responses

API = "https://api.github.com:443"
WORDS = {"success": "SUCCESS", "failure": "FAILURE", "pending": "IN_PROGRESS"}
TYPES = {"Content-Type": "application/json; charset=utf-8"}


def serve(story: Story, http: responses.RequestsMock) -> Connection:
    """Register GitHub's answers."""
    computing = iter([True] * story.computing)

    def graphql(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        after = json.loads(request.body or "")["variables"]
        return 200, TYPES, json.dumps(made.answer(node(story, after, computing=next(computing, False))))

    def files(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        page = int(dict(parse_qsl(urlsplit(str(request.url)).query))["page"])
        renamed = [made.listed(new, "renamed", old, ref=HEAD) for old, new in story.renamed]
        every = [*(made.listed(path, ref=HEAD) for path in story.files), *renamed]
        return 200, TYPES, json.dumps(every[100 * page - 100 : 100 * page])

    http.add_callback("POST", f"{API}/graphql", callback=graphql)
    http.add_callback("GET", f"{API}/repos/{REPO}/pulls/{NUMBER}/files", callback=files)
    compared = {"status": "diverged", "merge_base_commit": {"sha": MERGE_BASE}, "files": [made.listed(path) for path in story.base_files]}
    for start in (HEAD, MERGE):
        http.add("GET", f"{API}/repos/{REPO}/compare/{start}...{BASE}", json=compared)
    env = {"GITHUB_TOKEN": TOKEN}
    return Connection(server_url="https://github.com", repo=REPO, env=env, deadline=Clock().deadline(), run=RUN)


def node(story: Story, after: dict[str, Any], *, computing: bool) -> dict[str, Any]:
    """Return the pull request's node, its lists cut as GitHub cuts them."""
    contexts = [made.own_run(item.name) if item.own else check(item) for item in story.checks if item.state != "missing"]
    head = made.head(oid=HEAD)
    head["nodes"][0]["commit"]["statusCheckRollup"] = {"contexts": cut(contexts, after.get("contextsAfter"))}
    paths = [(path, "MODIFIED") for path in story.files] + [(new, "RENAMED") for _, new in story.renamed]
    merged = story.state == "merged"
    return made.pull(
        author=made.actor(story.author),
        state=story.state.upper(),
        isDraft=story.draft,
        isCrossRepository=story.fork,
        headRefOid=HEAD,
        mergeable="UNKNOWN" if computing or story.state != "open" else "CONFLICTING" if story.conflict else "MERGEABLE",
        mergeStateStatus="UNKNOWN" if computing else merge_state(story),
        mergeCommit={"oid": MERGE} if merged else None,
        latestOpinionatedReviews=cut(reviews(story), after.get("reviewsAfter")),
        files=cut([{"path": path, "changeType": kind} for path, kind in paths], None),
        changedFiles=len(paths),
        head=head,
        baseRef=made.base(tip=BASE, rules=[made.checks_rule(*(item.name for item in story.checks))] if story.checks else []),
    )


def check(item: Check) -> dict[str, Any]:
    """Return a required check run."""
    return made.check_run(item.name, WORDS[item.state])


def reviews(story: Story) -> list[dict[str, Any]]:
    """Return the latest review of each person that says yes or no."""
    by_state = {"APPROVED": story.approved_by, "DISMISSED": story.taken_back_by, "CHANGES_REQUESTED": story.changes_requested_by}
    return [made.review(user, state, commit=HEAD) for state, users in by_state.items() for user in users]


def merge_state(story: Story) -> str:
    """Return what GitHub calls the pull request."""
    if story.state != "open":
        return "UNKNOWN"
    if story.conflict:
        return "DIRTY"
    if story.draft:
        return "DRAFT"
    return "BLOCKED" if any(item.state != "success" for item in story.checks) else "CLEAN"


def cut(items: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    """Return the page of a list that begins after a cursor."""
    start = int(after or 0)
    return made.connection(items[start : start + 100], str(start + 100) if len(items) > start + 100 else None)
