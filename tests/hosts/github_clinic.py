"""GitHub as `doctor` finds it where everything is granted; a test takes one thing away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builders import BASE, HEAD
from hosts.github_answers import answer, pull
from hosts.github_stage import REF, Reply, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.diagnosis import Diagnosis, Held

REPO = "/repos/acme/infra"
NO_COMMIT = "0" * 40
DATE = {"Date": "Sun, 01 Nov 2026 00:00:00 GMT"}
DENIED = Reply({"message": "Resource not accessible by personal access token"}, 403)
# The route by what `doctor` calls the thing.
ROUTES = {
    "repository": ("GET", REPO),
    "pull requests": ("GET", f"{REPO}/pulls"),
    "files": ("GET", f"{REPO}/commits/{HEAD}"),
    "comparison": ("GET", f"{REPO}/compare/{BASE}...{HEAD}"),
    "checks": ("GET", f"{REPO}/commits/{HEAD}/check-runs"),
    "statuses": ("GET", f"{REPO}/commits/{HEAD}/status"),
    "workflow runs": ("GET", f"{REPO}/actions/runs"),
    "rulesets": ("GET", f"{REPO}/rules/branches/main"),
    "branch protection": ("GET", f"{REPO}/branches/main/protection"),
    "post statuses": ("POST", f"{REPO}/statuses/{NO_COMMIT}"),
    "teams": ("GET", "/orgs/acme/teams"),
}
GOOD: Mapping[str, Any] = {
    "repository": {"default_branch": "main", "private": True, "owner": {"type": "Organization"}},
    "pull requests": [{"number": 7}],
    "files": {"sha": HEAD},
    "comparison": {"status": "ahead", "files": []},
    "checks": {"total_count": 0, "check_runs": []},
    "statuses": {"state": "pending", "total_count": 0, "statuses": []},
    "workflow runs": {"total_count": 0, "workflow_runs": []},
    "rulesets": [],
    "branch protection": {"url": f"https://api.github.com{REPO}/branches/main/protection"},
    "post statuses": Reply({"message": f"No commit found for SHA: {NO_COMMIT}"}, 422),
    "teams": [],
}


def clinic(stage: Stage, *, login: str = "alice", headers: Mapping[str, str] | None = None, question: Any = None) -> Stage:
    """Let everything be granted; `headers` come with the repository, `question` is what a run's question is answered with."""
    for name, (method, path) in ROUTES.items():
        good = GOOD[name]
        stage.on(method, path, Reply(good, 200, {**DATE, **(headers or {})}) if name == "repository" else good)
    return stage.graphql({"data": {"viewer": {"login": login}}}, answer(pull()) if question is None else question)


def diagnosed(stage: Stage, start: str = "ghp_", **changes: Any) -> Diagnosis:
    """Return what the doctor finds out on the pull request at hand with a token that starts like this."""
    return stage.host({"GITHUB_TOKEN": f"{start}x"}, **changes).diagnose(REF)


def helds(found: Diagnosis) -> dict[str, Held]:
    """Return whether each thing is held, by its name."""
    return {trial.need.name: trial.held for trial in found.trials}
