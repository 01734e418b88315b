"""GitLab telling the stories of pull requests, in answers of its REST API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from atlantis_gate.deadline import Deadline
from atlantis_gate.hosts import Connection
from atlantis_gate.model import PullRequestRef, Run
from hosts import gitlab_answers as made
from hosts.stories import HEAD, MERGE, MERGE_BASE, NUMBER, REPO

if TYPE_CHECKING:
    import responses
    from requests import PreparedRequest

    from hosts.stories import Check, Story

CONTRACT = "none is published for GitLab's REST API; field names and types are those of https://docs.gitlab.com/api/"
SERVER = "https://gitlab.com"
API = f"{SERVER}/api/v4"
ROOT = f"{API}/projects/acme%2Finfra"
_MERGE_REQUEST = f"{ROOT}/merge_requests/{NUMBER}"
_FORK = f"{API}/projects/{made.FORK}"
ENV = {"GITLAB_TOKEN": "glpat-" + "s" * 20}
_STATES = {"success": "success", "failure": "failed", "pending": "running"}


def serve(story: Story, http: responses.RequestsMock, env: dict[str, str] | None = None) -> Connection:
    """Register GitLab's answers for a story and return the connection to ask them over."""
    for _ in range(story.computing):
        http.get(_MERGE_REQUEST, json=merge_request(story, detailed_merge_status="checking"))
    http.get(_MERGE_REQUEST, json=merge_request(story))
    paged(http, f"{_MERGE_REQUEST}/diffs", [made.diff(name) for name in story.files] + [made.diff(new, old) for old, new in story.renamed])
    http.get(f"{_MERGE_REQUEST}/approvals", json=made.approvals(*story.approved_by))
    http.get(f"{ROOT}/repository/branches/main", json=made.branch())
    http.get(ROOT, json=made.project())
    home = _FORK if story.fork else ROOT
    paged(http, f"{home}/repository/commits/{HEAD}/statuses", statuses(story))
    paged(http, f"{home}/pipelines/{made.PIPELINE}/jobs", [made.job(1)])
    paged(http, f"{home}/pipelines/{made.PIPELINE}/bridges", [])
    http.get(f"{ROOT}/repository/merge_base", json=made.commit(MERGE if story.state == "merged" else MERGE_BASE))
    http.get(f"{ROOT}/repository/compare", json=made.comparison(*story.base_files))
    return connection(env)


def connection(env: dict[str, str] | None = None, *, seconds: float = 300, **changes: Any) -> Connection:
    """Return a connection of a job of the merge request's pipeline, on a clock that only moves when something waits."""
    clock = Clock()
    ref = PullRequestRef(host="gitlab", server_url=SERVER, repo=REPO, number=NUMBER)
    plain: dict[str, Any] = {
        "server_url": SERVER,
        "repo": REPO,
        "env": ENV if env is None else env,
        "deadline": Deadline(seconds, clock=lambda: clock.now, sleep=clock.sleep),
        "run": Run(ci="gitlab-ci", target=ref, run_id=str(made.PIPELINE)),
    }
    return Connection(**{**plain, **changes})


class Clock:
    """Time that moves by waiting only."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def merge_request(story: Story, **changes: Any) -> dict[str, Any]:
    """Return the merge request of a story; GitLab's word names the first thing in the way."""
    told: dict[str, Any] = {
        "state": {"open": "opened"}.get(story.state, story.state),
        "draft": story.draft,
        "work_in_progress": story.draft,
        "author": made.user(story.author, 2),
        "source_project_id": made.FORK if story.fork else made.PROJECT,
        "has_conflicts": story.conflict,
        "changes_count": str(len(story.files) + len(story.renamed)),
        "detailed_merge_status": _word(story),
        "merge_commit_sha": MERGE if story.state == "merged" else None,
        "head_pipeline": made.pipeline(_pipeline(story.checks), project_id=made.FORK if story.fork else made.PROJECT),
    }
    return made.merge_request(**{**told, **changes})


def statuses(story: Story) -> list[dict[str, Any]]:
    """Return the statuses of the head commit: the gate's own job is the first, all others come from other systems."""
    found = [
        made.status(check.name, _STATES[check.state], number=1) if check.own else posted(check, index)
        for index, check in enumerate(story.checks, start=2)
        if check.state != "missing"
    ]
    return found or [made.status("lint")]


def posted(check: Check, number: int) -> dict[str, Any]:
    """Return a status that another system posted into the merge request's pipeline."""
    return made.status(check.name, _STATES[check.state], number=number, description=f"{check.name} says {check.state}")


def paged(http: responses.RequestsMock, url: str, rows: list[dict[str, Any]]) -> None:
    """Register a list that is given in pages, with GitLab's headers."""

    def page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = parse_qs(urlsplit(str(request.url)).query)
        size, number = int(query.get("per_page", ["20"])[0]), int(query.get("page", ["1"])[0])
        shown = rows[(number - 1) * size : number * size]
        following = str(number + 1) if number * size < len(rows) else ""
        return 200, {"Content-Type": "application/json", "X-Page": str(number), "X-Next-Page": following}, json.dumps(shown)

    http.add_callback("GET", url, callback=page)


def _word(story: Story) -> str:
    """Return the first of GitLab's words that fits; https://docs.gitlab.com/api/merge_requests/#merge-status."""
    words = {
        "not_open": story.state != "open",
        "draft_status": story.draft,
        "requested_changes": bool(story.changes_requested_by),
        "conflict": story.conflict,
        "ci_still_running": _pipeline(story.checks) == "running",
        "ci_must_pass": _pipeline(story.checks) != "success",
    }
    return next((word for word, fits in words.items() if fits), "mergeable")


def _pipeline(checks: tuple[Check, ...]) -> str:
    """Return the state of the pipeline that these checks are part of."""
    states = {check.state for check in checks}
    return "running" if "pending" in states else "failed" if "failure" in states else "success"
