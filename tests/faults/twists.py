"""Pull requests that one host alone stops, each for a single reason that one of its fields tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosts import github_answers, gitlab_answers
from hosts.stage_azure_devops import evaluation, vote
from hosts.stage_gitea import review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Twist = dict[str, "Callable[[Any], None]"]
_GATE: Final = r"POST /graphql Gate"
_REVIEWERS: Final = {"id": "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "displayName": "Minimum number of reviewers"}


def _in_graph(**changes: Any) -> Twist:
    return {_GATE: lambda value: value["data"]["repository"]["pullRequest"].update(changes)}


def _ruled(*rules: Any, **changes: Any) -> Twist:
    """Return a blocked pull request on a base branch with these rules."""

    def twist(value: Any) -> None:
        pull = value["data"]["repository"]["pullRequest"]
        pull.update({"mergeStateStatus": "BLOCKED", **changes})
        pull["baseRef"]["rules"]["nodes"] = list(rules)

    return {_GATE: twist}


def _updated(place: str, **changes: Any) -> Twist:
    return {place: lambda value: value.update(changes)}


def _rule(**changes: Any) -> Twist:
    """Change the branch protection of Gitea, of which the second rule is that of `main`."""
    return {r"GET .*/branch_protections": lambda value: value[1].update(changes)}


def _valued(place: str, *items: Any) -> Twist:
    return {place: lambda value: value.update(value=list(items), count=len(items))}


_REQUEST: Final = r"GET .*/merge_requests/7\?.*"
_PULL: Final = r"GET .*/(pullrequests|pull-requests|pullRequests|pulls)/7(\?.*)?"
_RESOLVED: Final = github_answers.review_rule(0, conversations=True)
_THREAD: Final = github_answers.connection([{"isResolved": False}])
_FAILED: Final = [gitlab_answers.status("ci/build", "failed", number=2)]

TWISTS: Final[Mapping[str, Mapping[str, Twist]]] = {
    "github": {
        "a review is required": _in_graph(mergeStateStatus="BLOCKED", reviewDecision="REVIEW_REQUIRED"),
        "a conversation is open": _ruled(_RESOLVED, reviewThreads=_THREAD),
        "it is behind": _in_graph(mergeStateStatus="BEHIND"),
        "a ruleset asks for an up-to-date branch": _ruled(github_answers.checks_rule(strict=True)),
        "two approvals are required": _ruled(github_answers.review_rule(2)),
    },
    "gitlab": {
        "an approval is missing": {
            r"GET .*/approvals": lambda value: value.update(gitlab_answers.approvals("alice", left=1, approved=False))
        },
        "a thread is open": _updated(_REQUEST, blocking_discussions_resolved=False),
        "a reviewer requested changes": _updated(_REQUEST, detailed_merge_status="requested_changes"),
        "a job failed": {r"GET .*/statuses\?.*": lambda value: value.__setitem__(slice(None), _FAILED)},
    },
    "bitbucket-cloud": {"a task is open": _updated(_PULL, mergeable=False, task_count=1)},
    "bitbucket-data-center": {
        "a merge check says no": _updated(
            r"GET .*/merge", canMerge=False, vetoes=[{"summaryMessage": "Not on Fridays", "detailedMessage": "x"}]
        )
    },
    "azure-devops": {
        "a policy rejects": _valued(r"GET .*/evaluations\?.*", evaluation("rejected", _REVIEWERS, {"minimumApproverCount": 2})),
        "somebody rejects": _updated(_PULL, reviewers=[vote("alice", 10), vote("carol", -10)]),
        "only a group approves": _updated(_PULL, reviewers=[vote("team", 10, isContainer=True)]),
        "its merge is rejected": _updated(_PULL, mergeStatus="rejectedByPolicy"),
    },
    "gitea": {
        "two approvals are required": _rule(required_approvals=2),
        "changes are requested": {
            **_rule(block_on_rejected_reviews=True),
            r"GET .*/reviews\?.*": lambda value: value.append(review(9, "carol", "REQUEST_CHANGES")),
        },
        "it is behind": _rule(block_on_outdated_branch=True),
        "it changes a protected file": _rule(protected_file_patterns="staging/*.tf"),
        "the approval is stale": {r"GET .*/reviews\?.*": lambda value: value[0].update(stale=True)},
        "the approval does not count": {r"GET .*/reviews\?.*": lambda value: value[0].update(official=False)},
    },
}
