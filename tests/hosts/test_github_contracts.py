"""The canned answers of these tests keep to GitHub's published contracts, so that the tests test what GitHub says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.hosts.github_doctor import VIEWER
from atlantis_gate.hosts.github_permissions import PERMISSIONS, UNUSED
from atlantis_gate.hosts.github_query import COMMENTS_QUERY, MERGED_QUERY, gate_query
from builders import BASE, HEAD, START
from hosts import github_answers as made
from hosts.github_apps import installation
from hosts.github_clinic import GOOD
from hosts.github_contracts import described, graphql_problems, rest_problems
from hosts.test_github_contents import content, of_commit
from hosts.test_github_contents import merged as merged_pull
from hosts.test_github_facts import compared
from hosts.test_github_writing import comment, comments

if TYPE_CHECKING:
    from hosts.github_answers import JSON

WORKFLOW = made.workflow_run(file=made.workflow_file(".github/workflows/ci.yaml", made.REPO))
FULL = made.pull(
    made.check_run("ci", run=WORKFLOW, suite="SUCCESS"),
    made.own_run(),
    made.status("atlantis-gate/apply", "PENDING"),
    latestOpinionatedReviews=made.connection([made.review("alice"), made.review("ci", bot=True), made.review(None)], end="R3"),
    reviewThreads=made.connection([{"isResolved": False}]),
    head=made.head(made.status("ci"), text="version: 3\n"),
    commits=made.commits(True, False),
    baseRef=made.base(
        text="",
        refUpdateRule=made.protection("ci", approvals=1),
        branchProtectionRule={"requiresStrictStatusChecks": True, "lockBranch": False, "requiredDeploymentEnvironments": ["prod"]},
        rules=[made.checks_rule("ci", app=1), made.review_rule(), made.workflows_rule("w.yaml"), made.rule("REQUIRED_SIGNATURES")],
    ),
)
VARIABLES = {"owner": "acme", "name": "infra", "number": 7, "config": "atlantis.yaml", "merge": None, "withMerge": False}


@pytest.mark.parametrize(
    ("query", "variables", "reply"),
    [
        (gate_query(), VARIABLES, made.answer(made.pull())),
        (gate_query(), VARIABLES, made.answer(FULL)),
        (gate_query(), VARIABLES, made.answer(None)),
        (
            gate_query(),
            {**VARIABLES, "merge": START, "withMerge": True},
            made.answer(made.pull(), merge={"__typename": "Commit", "oid": START, "parents": {"nodes": [{"oid": BASE}, {"oid": HEAD}]}}),
        ),
        (MERGED_QUERY, {"owner": "acme", "name": "infra", "sha": START}, of_commit(merged_pull(), merged_pull(1, "OPEN", None))),
        (COMMENTS_QUERY, {"owner": "acme", "name": "infra", "number": 7}, comments(comment("body"), end="C1")),
        (VIEWER, {}, {"data": {"viewer": {"login": "alice"}}}),
    ],
)
def test_canned_graphql_answers_keep_to_the_published_schema(query: str, variables: JSON, reply: JSON) -> None:
    assert graphql_problems(query, variables, reply["data"]) == []


def test_a_canned_answer_that_does_not_keep_to_it_is_noticed() -> None:
    wrong = made.answer(made.pull(mergeable="MAYBE"))
    assert graphql_problems(gate_query(), VARIABLES, wrong["data"]) != []
    assert graphql_problems(gate_query(), VARIABLES, made.answer(made.pull(title="more"))["data"]) == [
        "the answer holds more than was asked for"
    ]


REPOSITORY = "/repos/{owner}/{repo}"


@pytest.mark.extra
@pytest.mark.parametrize(
    ("path", "method", "status", "body"),
    [
        ("/pulls/{pull_number}/files", "get", 200, [made.listed("a.tf"), made.listed("new.tf", "renamed", "old.tf")]),
        ("/compare/{basehead}", "get", 200, compared(made.listed("a.tf"))),
        ("/contents/{path}", "get", 200, content(b"data", name="a", path="a", url="https://x", git_url="https://x", html_url="https://x")),
        ("/git/trees/{tree_sha}", "get", 200, {"tree": [{"path": "a", "type": "blob"}], "truncated": False}),
        ("/git/commits/{commit_sha}", "get", 200, {"parents": [{"sha": BASE}]}),
        ("/statuses/{sha}", "post", 201, {"id": 1}),
        ("/issues/{issue_number}/comments", "post", 201, {"id": 9}),
        ("/issues/comments/{comment_id}", "patch", 200, {"id": 3_000_000_000}),
    ],
)
def test_canned_rest_answers_keep_to_the_published_description(path: str, method: str, status: int, body: Any) -> None:
    assert rest_problems(REPOSITORY + path, method, status, body) == []


@pytest.mark.extra
def test_a_canned_rest_answer_that_does_not_keep_to_it_is_noticed() -> None:
    assert rest_problems(f"{REPOSITORY}/git/commits/{{commit_sha}}", "get", 200, {"parents": "none"}) != []


# What `doctor` asks, by what it calls the thing.
TRIED = {
    "repository": "",
    "pull requests": "/pulls",
    "files": "/commits/{ref}",
    "comparison": "/compare/{basehead}",
    "checks": "/commits/{ref}/check-runs",
    "statuses": "/commits/{ref}/status",
    "workflow runs": "/actions/runs",
    "rulesets": "/rules/branches/{branch}",
    "branch protection": "/branches/{branch}/protection",
}


@pytest.mark.extra
@pytest.mark.parametrize("name", TRIED)
def test_what_doctor_asks_is_answered_as_published(name: str) -> None:
    assert rest_problems(REPOSITORY + TRIED[name], "get", 200, GOOD[name]) == []


@pytest.mark.extra
def test_an_apps_answers_are_as_published() -> None:
    assert rest_problems("/orgs/{org}/teams", "get", 200, GOOD["teams"]) == []
    # The description knows accounts by all their addresses only.
    found = {name: value for name, value in installation().items() if name != "account"}
    assert rest_problems("/app/installations", "get", 200, [found]) == []
    assert rest_problems("/app/installations/{installation_id}", "get", 200, found) == []
    token = {"token": "ghs_x", "expires_at": "2099-01-01T00:00:00Z"}
    assert rest_problems("/app/installations/{installation_id}/access_tokens", "post", 201, token) == []


@pytest.mark.extra
def test_every_permission_is_one_that_an_app_can_be_given() -> None:
    known = described("components", "schemas", "app-permissions")["properties"]
    assert [item.key for item in (*PERMISSIONS, *UNUSED) if item.full not in known[item.key]["enum"]] == []
