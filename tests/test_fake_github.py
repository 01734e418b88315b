"""The stand-in for GitHub behaves as GitHub does, asked through PyGithub and through its GraphQL schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from github import Auth, Github, GithubException

from fake_github import LOGIN, RUN_ID, TOKEN, FakeGitHub, Repository, step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES: dict[str, str] = {"atlantis.yaml": "version: 3\n", "staging/main.tf": "a\n", "prod/main.tf": "b\n"}
PULL = """
query($number: Int!, $writers: Boolean!) { repository(owner: "acme", name: "infra") {
  object(expression: "main:atlantis.yaml") { ... on Blob { text } }
  pullRequest(number: $number) {
    state isDraft merged mergeable mergeStateStatus reviewDecision headRefName baseRefName
    author { login }
    baseRef { refUpdateRule { requiredApprovingReviewCount } rules(first: 10) { nodes { type parameters { __typename } } } }
    files(first: 1) { nodes { path changeType } pageInfo { hasNextPage endCursor } }
    latestOpinionatedReviews(first: 10, writersOnly: $writers) { nodes { state author { login } } }
    statusCheckRollup { state contexts(first: 10) { nodes { __typename
      ... on StatusContext { context state isRequired(pullRequestNumber: $number) }
      ... on CheckRun { name conclusion isRequired(pullRequestNumber: $number) checkSuite { workflowRun { databaseId } } } } } } } } }
"""


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    return github.repository("acme/infra", FILES)


@pytest.fixture
def client(github: FakeGitHub) -> Github:
    return Github(auth=Auth.Token(TOKEN), base_url=f"{github.url}/api/v3", retry=None, seconds_between_requests=0, seconds_between_writes=0)


def ask(github: FakeGitHub, query: str, token: str = TOKEN, **variables: Any) -> Any:
    url = f"{github.url}/api/graphql"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(url, json={"query": query, "variables": variables}, headers=headers, timeout=10).json()


def test_graphql_tells_state_files_and_reviews(github: FakeGitHub, repository: Repository) -> None:
    repository.rules.approvals = 1
    pull = repository.open_pull({"staging/main.tf": "new\n", "prod/main.tf": None})
    repository.review(pull, "alice")
    repository.review(pull, "alice", "CHANGES_REQUESTED")
    repository.review(pull, "carol")
    repository.readers.add("carol")

    body = ask(github, PULL, number=pull.number, writers=True)["data"]["repository"]

    assert body["object"] == {"text": "version: 3\n"}
    found = body["pullRequest"]
    assert (found["state"], found["mergeable"], found["mergeStateStatus"]) == ("OPEN", "MERGEABLE", "BLOCKED")
    assert found["reviewDecision"] == "CHANGES_REQUESTED"
    assert found["files"]["nodes"] == [{"path": "prod/main.tf", "changeType": "DELETED"}]
    assert found["files"]["pageInfo"] == {"hasNextPage": True, "endCursor": "1"}
    assert found["latestOpinionatedReviews"]["nodes"] == [{"state": "CHANGES_REQUESTED", "author": {"login": "alice"}}]


def test_graphql_tells_rules_and_which_checks_they_require(github: FakeGitHub, repository: Repository) -> None:
    repository.rules.approvals = 1
    repository.rules.checks = {"ci/build"}
    pull = repository.open_pull({"staging/main.tf": "new\n"})
    repository.status(repository.head(pull), "ci/build", "failure")
    repository.check(repository.head(pull), "gate", "pending", run_id=RUN_ID)

    found = ask(github, PULL, number=pull.number, writers=True)["data"]["repository"]["pullRequest"]

    assert [rule["type"] for rule in found["baseRef"]["rules"]["nodes"]] == ["REQUIRED_STATUS_CHECKS", "PULL_REQUEST"]
    status, check = found["statusCheckRollup"]["contexts"]["nodes"]
    assert status == {"__typename": "StatusContext", "context": "ci/build", "state": "FAILURE", "isRequired": True}
    assert (check["name"], check["conclusion"], check["isRequired"]) == ("gate", None, False)
    assert check["checkSuite"] == {"workflowRun": {"databaseId": RUN_ID}}


def test_an_invalid_query_is_answered_with_errors_and_a_wrong_token_with_401(github: FakeGitHub, repository: Repository) -> None:
    assert "Cannot query field 'nonsense'" in ask(github, "{ viewer { nonsense } }")["errors"][0]["message"]
    assert ask(github, "{ viewer { login } }", token="wrong") == {"message": "Bad credentials"}
    assert ask(github, "{ viewer { login } }") == {"data": {"viewer": {"login": LOGIN}}}


def test_a_list_without_a_page_size_is_refused_as_github_refuses_it(github: FakeGitHub, repository: Repository) -> None:
    pull = repository.open_pull({"a.tf": "new\n"})
    query = 'query($n: Int!) { repository(owner: "acme", name: "infra") { pullRequest(number: $n) { files { nodes { path } } } } }'

    assert "`first` or `last`" in ask(github, query, n=pull.number)["errors"][0]["message"]


def test_rest_is_what_pygithub_expects(client: Github, repository: Repository) -> None:
    pull = repository.open_pull({f"many/{index:03}.tf": "x\n" for index in range(120)})
    repository.review(pull, "alice")
    found = client.get_repo("acme/infra").get_pull(pull.number)

    assert (found.state, found.draft, found.mergeable, found.mergeable_state) == ("open", False, True, "clean")
    assert len(list(found.get_files())) == 120
    assert [(review.user.login, review.state) for review in found.get_reviews()] == [("alice", "APPROVED")]


def test_compare_tells_what_changed_on_the_base_since_the_merge_base(client: Github, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "new\n"})
    repository.push("main", {"modules/vpc/main.tf": "c\n", "prod/main.tf": None, "production/main.tf": "b\n"})
    compared = client.get_repo("acme/infra").compare(repository.head(pull), "main")

    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 1, 1)
    assert [(file.filename, file.status, file.previous_filename) for file in compared.files] == [
        ("modules/vpc/main.tf", "added", None),
        ("production/main.tf", "renamed", "prod/main.tf"),
    ]


def test_statuses_and_comments_are_kept(client: Github, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "new\n"})
    found = client.get_repo("acme/infra")
    found.get_commit(repository.head(pull)).create_status("success", context="atlantis-gate/apply", description="may run")
    comment = found.get_pull(pull.number).create_issue_comment("first")
    comment.edit("second")

    assert repository.statuses(repository.head(pull)) == {"atlantis-gate/apply": "success"}
    assert [(comment.user, comment.body) for comment in repository.comments] == [(LOGIN, "second")]


def test_a_description_that_is_too_long_is_refused(client: Github, repository: Repository) -> None:
    sha = repository.branches["main"]

    with pytest.raises(GithubException, match="Validation Failed"):
        client.get_repo("acme/infra").get_commit(sha).create_status("success", description="x" * 141)


def test_a_merged_pull_request_is_found_by_its_merge_commit(client: Github, repository: Repository) -> None:
    pull = repository.open_pull({"staging/main.tf": "new\n"})
    repository.push("main", {"prod/main.tf": "moved on\n"})
    sha = repository.merge(pull)

    assert [(found.number, found.merge_commit_sha) for found in client.get_repo("acme/infra").get_commit(sha).get_pulls()] == [
        (pull.number, sha)
    ]
    assert repository.commits[sha].files == {**FILES, "staging/main.tf": "new\n", "prod/main.tf": "moved on\n"}


def test_a_fault_takes_the_place_of_the_answer(client: Github, github: FakeGitHub, repository: Repository) -> None:
    github.fail("GET", "/pulls/", 503)

    with pytest.raises(GithubException, match="Service Unavailable"):
        client.get_repo("acme/infra").get_pull(1)


def test_a_step_gets_the_merged_checkout_and_its_outputs_are_read(github: FakeGitHub, repository: Repository, tmp_path: Path) -> None:
    pull = repository.open_pull({"staging/main.tf": "new\n"})
    made = step(tmp_path, github, repository, pull, TOKEN, repos_yaml="repos.yaml")
    (tmp_path / "file_commands" / "output").write_text("a=b<<c\nd<<MARK\n1\n2\nMARK\n", encoding="utf-8")

    assert (made.workspace / "staging" / "main.tf").read_text(encoding="utf-8") == "new\n"
    assert made.inputs == {"INPUT_TOKEN": TOKEN, "INPUT_REPOS-YAML": "repos.yaml"}
    assert made.outputs() == {"a": "b<<c", "d": "1\n2"}
