"""GitLab for one test: a merge request that can be merged, changed where the test says so, and what was asked of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atlantis_gate.hosts.gitlab import GitLab, connect
from atlantis_gate.model import Mergeability, PullRequestRef, Run, Unknown
from hosts import gitlab_answers as made
from hosts.github_stage import Clock, Reply, Stage
from hosts.stage_gitlab import SERVER, connection
from hosts.stories import NUMBER, REPO

if TYPE_CHECKING:
    from atlantis_gate.model import PullRequest

REF = PullRequestRef(host="gitlab", server_url=SERVER, repo=REPO, number=NUMBER)
RUN = Run(ci="gitlab-ci", target=REF, run_id=str(made.PIPELINE))
MERGE_REQUEST = ".*/merge_requests/7"
STATUSES = ".*/statuses"

__all__ = ["MERGE_REQUEST", "REF", "RUN", "STATUSES", "Clock", "Reply", "Scene", "named"]


class Scene(Stage):
    """The routes of one merge request."""

    def __init__(self, **merge_request: Any) -> None:
        """Take what differs from a merge request that is approved by alice and can be merged."""
        super().__init__()
        self.on("GET", MERGE_REQUEST, made.merge_request(**merge_request))
        self.on("GET", f"{MERGE_REQUEST}/diffs", [made.diff("staging/main.tf")])
        self.on("GET", f"{MERGE_REQUEST}/approvals", made.approvals("alice"))
        self.on("GET", ".*/projects/acme/infra", made.project())
        self.on("GET", ".*/repository/branches/main", made.branch())
        self.on("GET", STATUSES, [made.status("lint")])
        self.on("GET", ".*/pipelines/9001/(jobs|bridges)", [])

    def gitlab(self, *, seconds: float = 300, **changes: Any) -> GitLab:
        """Open the host on this stage."""
        plain = connection(run=RUN)
        return connect(replace(plain, deadline=self.clock.deadline(seconds), **changes))

    def answer(self, path: str) -> Any:
        """Return what a route answers."""
        return next(answers[0] for _, route, answers in self._routes if route.pattern == path)

    def pull(self, host: GitLab) -> PullRequest:
        """Read the merge request."""
        return host.pull_request(REF)

    def mergeability(self, **changes: Any) -> Mergeability | Unknown:
        """Read it and return what keeps it from being merged."""
        host = self.gitlab(**changes)
        return host.mergeability(self.pull(host))


def named(fact: Mergeability | Unknown) -> list[str]:
    """Return the blockers as `kind name`, the gate's own with a star; an Unknown fact as `unknown`."""
    if isinstance(fact, Unknown):
        return ["unknown"]
    return [f"{blocker.kind} {blocker.name}{'*' * blocker.own}" for blocker in fact.blockers]
