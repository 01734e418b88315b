"""GitHub's graph over the stand-in's memory: nested dictionaries, with a function where a field takes arguments."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from fake_github import mergeable
from fake_github.schema import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fake_github.state import Check, Pull, Repository, Review

CHANGE_TYPES = {"removed": "DELETED"}


def root(repositories: Mapping[str, Repository], login: str, url: str) -> dict[str, Any]:
    """Return the root of the graph as the token's user sees it."""

    def find(owner: str, name: str, **_: Any) -> dict[str, Any] | None:
        found = repositories.get(f"{owner}/{name}")
        return Graph(found, login, url).repository() if found else None

    limit = {"cost": 1, "limit": 5000, "remaining": 4999, "used": 1, "resetAt": "2026-01-01T01:00:00Z"}
    return {"viewer": {"login": login, "id": "U_1"}, "rateLimit": limit, "repository": find}


class Graph:
    """One repository as nested dictionaries; a function stands where a field takes arguments."""

    def __init__(self, repository: Repository, login: str, url: str) -> None:
        """Take the repository, who asks, and the server's URL."""
        self.login = login
        self.data = repository
        self.url = f"{url}/{repository.name}"

    def repository(self) -> dict[str, Any]:
        owner, _, name = self.data.name.partition("/")
        return {
            "id": "R_1",
            "databaseId": 1,
            "name": name,
            "nameWithOwner": self.data.name,
            "url": self.url,
            "owner": {"__typename": "Organization", "login": owner},
            "defaultBranchRef": lambda: self.ref("main"),
            "ref": self.ref,
            "object": self.git_object,
            "pullRequest": lambda number: self.pull(self.data.pulls[number]) if number in self.data.pulls else None,
        }

    def ref(self, qualifiedName: str) -> dict[str, Any] | None:  # noqa: N803  # the schema's name
        name = qualifiedName
        sha = self.data.resolve(name)
        if sha is None:
            return None
        rules = self.data.rules
        return {
            "id": f"REF_{name}",
            "name": name.removeprefix("refs/heads/"),
            "prefix": "refs/heads/",
            "target": lambda: self.commit(sha),
            "compare": lambda headRef: self.compare(sha, headRef),  # noqa: N803  # the schema's name
            "refUpdateRule": {
                "pattern": "main",
                "requiredApprovingReviewCount": rules.approvals,
                "requiredStatusCheckContexts": sorted(rules.checks),
                "requiresConversationResolution": rules.conversations,
            },
            "rules": connection(self.rules),
        }

    def rules(self, **_: Any) -> list[dict[str, Any]]:
        rules = self.data.rules
        asked = [{"context": name} for name in sorted(rules.checks)]
        checks = {
            "__typename": "RequiredStatusChecksParameters",
            "requiredStatusChecks": asked,
            "strictRequiredStatusChecksPolicy": rules.up_to_date,
        }
        reviews = {
            "__typename": "PullRequestParameters",
            "requiredApprovingReviewCount": rules.approvals,
            "requiredReviewThreadResolution": rules.conversations,
        }
        found = [("REQUIRED_STATUS_CHECKS", checks)] * bool(asked) + [("PULL_REQUEST", reviews)] * bool(
            rules.approvals or rules.conversations
        )
        ruleset = {"id": "RRS_1", "name": "main", "enforcement": "ACTIVE"}
        return [{"id": f"RR_{kind}", "type": kind, "parameters": parameters, "repositoryRuleset": ruleset} for kind, parameters in found]

    def compare(self, base: str, name: str) -> dict[str, Any] | None:
        head = self.data.resolve(name)
        if head is None or self.data.merge_base(base, head) is None:
            return None
        ahead, behind = self.data.ahead(base, head), self.data.ahead(head, base)
        status = ["IDENTICAL", "AHEAD", "BEHIND", "DIVERGED"][bool(ahead) + 2 * bool(behind)]
        return {
            "id": "CMP_1",
            "aheadBy": len(ahead),
            "behindBy": len(behind),
            "status": status,
            "baseTarget": lambda: self.commit(base),
            "headTarget": lambda: self.commit(head),
            "commits": connection(lambda: map(self.commit, ahead)),
        }

    def git_object(self, expression: str | None = None, oid: str | None = None) -> dict[str, Any] | None:
        name, colon, path = (expression or oid or "").partition(":")
        sha = self.data.resolve(name)
        if sha is None:
            return None
        if not colon:
            return self.commit(sha)
        text = self.data.commits[sha].files.get(path)
        if text is None:
            return None
        return {"__typename": "Blob", "oid": sha, "text": text, "byteSize": len(text.encode()), "isBinary": False, "isTruncated": False}

    def commit(self, sha: str) -> dict[str, Any]:
        pulls = [pull for pull in self.data.pulls.values() if pull.merge_sha == sha]
        return {
            "__typename": "Commit",
            "id": f"C_{sha}",
            "oid": sha,
            "parents": connection(lambda: map(self.commit, self.data.commits[sha].parents)),
            "associatedPullRequests": connection(lambda **_: map(self.pull, pulls)),
            "statusCheckRollup": lambda: self.rollup(sha),
            "file": lambda path: self.file(sha, path),
        }

    def file(self, sha: str, path: str) -> dict[str, Any] | None:
        found = self.git_object(f"{sha}:{path}")
        return found and {"path": path, "name": path.rpartition("/")[2], "type": "blob", "mode": 0o100644, "object": found}

    def pull(self, pull: Pull) -> dict[str, Any]:
        head = self.data.head(pull)
        changes = self.data.compare(pull.base_sha, head)
        files = [{"path": change.path, "changeType": CHANGE_TYPES.get(change.status, change.status.upper())} for change in changes]
        return {
            **self._pull_plain(pull, head),
            **self._pull_state(pull, head),
            "changedFiles": len(files),
            "files": connection(lambda: files),
            "latestOpinionatedReviews": connection(
                lambda writersOnly: map(self.review, mergeable.opinions(self.data, pull, writers_only=writersOnly))  # noqa: N803
            ),
            "reviews": connection(
                lambda states=None: (self.review(review) for review in pull.reviews if states is None or review.state in states)
            ),
            "reviewThreads": connection(lambda: ({"id": f"T_{index}", "isResolved": False} for index in range(pull.unresolved))),
            "commits": connection(lambda: ({"commit": self.commit(sha)} for sha in self.data.ahead(pull.base_sha, head))),
            "comments": connection(lambda **_: self.comments(pull)),
        }

    def comments(self, pull: Pull) -> Iterator[dict[str, Any]]:
        for comment in self.data.comments:
            if comment.pull == pull.number:
                yield {
                    "id": f"IC_{comment.id}",
                    "databaseId": comment.id,
                    "body": comment.body,
                    "author": actor(comment.user),
                    "url": f"{self.url}/pull/{pull.number}#issuecomment-{comment.id}",
                    "viewerDidAuthor": comment.user == self.login,
                }

    def _pull_plain(self, pull: Pull, head: str) -> dict[str, Any]:
        owner, _, name = self.data.name.partition("/")
        source = {"name": name, "nameWithOwner": f"{pull.author}/{name}", "owner": actor(pull.author)} if pull.fork else self.repository()
        return {
            "id": f"PR_{pull.number}",
            "databaseId": pull.number,
            "number": pull.number,
            "title": pull.title,
            "url": f"{self.url}/pull/{pull.number}",
            "author": actor(pull.author),
            "headRefName": pull.branch,
            "headRefOid": head,
            "headRef": lambda: None if pull.merged else self.ref(pull.branch),
            "headRepository": source,
            "headRepositoryOwner": actor(pull.author) if pull.fork else {"__typename": "Organization", "login": owner},
            "isCrossRepository": pull.fork,
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "baseRef": lambda: self.ref(pull.base),
            "baseRepository": self.repository,
            "repository": self.repository,
        }

    def _pull_state(self, pull: Pull, head: str) -> dict[str, Any]:
        return {
            "state": "MERGED" if pull.merged else "CLOSED" if pull.closed else "OPEN",
            "closed": pull.closed,
            "merged": pull.merged,
            "isDraft": pull.draft,
            "mergeable": mergeable.mergeable(pull),
            "mergeStateStatus": mergeable.merge_state(self.data, pull),
            "reviewDecision": mergeable.review_decision(self.data, pull),
            "mergeCommit": self.commit(pull.merge_sha) if pull.merge_sha else None,
            "potentialMergeCommit": lambda: None if pull.closed or pull.conflict else self.commit(self.data.test_merge(pull)),
            "statusCheckRollup": lambda: self.rollup(head),
        }

    def review(self, review: Review) -> dict[str, Any]:
        return {
            "id": f"PRR_{review.id}",
            "state": review.state,
            "author": actor(review.user),
            "authorCanPushToRepository": review.user not in self.data.readers,
            "submittedAt": review.at,
            "commit": lambda: self.commit(review.commit),
        }

    def rollup(self, sha: str) -> dict[str, Any] | None:
        found = self.data.checks.get(sha, [])
        if not found:
            return None
        return {
            "id": f"SCR_{sha}",
            "state": mergeable.rollup_state(found),
            "contexts": connection(lambda **_: map(self.check, found, itertools.count(1))),
        }

    def check(self, check: Check, number: int) -> dict[str, Any]:
        required = lambda **_: check.name in self.data.rules.checks  # noqa: E731  # takes the schema's arguments and needs none
        if check.app is None:
            state = {"__typename": "StatusContext", "context": check.name, "state": check.state.upper(), "creator": actor(check.creator)}
            return {**state, "id": f"SC_{number}", "isRequired": required, "description": check.description, "targetUrl": check.target_url}
        running = check.state == "pending"
        suite = {
            "id": f"CS_{number}",
            "databaseId": number,
            "status": "IN_PROGRESS" if running else "COMPLETED",
            "conclusion": None if running else check.state.upper(),
            "app": {"id": f"A_{check.app}", "slug": check.app, "name": check.app, "databaseId": 15368},
            "workflowRun": self.workflow_run(check.run_id) if check.run_id else None,
        }
        keys = ("status", "conclusion")
        return {
            "__typename": "CheckRun",
            "id": f"CR_{number}",
            "databaseId": number,
            "name": check.name,
            "isRequired": required,
            "checkSuite": suite,
        } | {key: suite[key] for key in keys}

    def workflow_run(self, identity: int) -> dict[str, Any]:
        path = ".github/workflows/terraform.yml"
        file = {"id": "WFF_1", "path": path, "repositoryName": self.data.name, "repositoryFileUrl": f"{self.url}/blob/main/{path}"}
        workflow = {"id": "W_1", "databaseId": 1, "name": "terraform"}
        return {
            "id": f"WFR_{identity}",
            "databaseId": identity,
            "runNumber": identity,
            "event": "pull_request",
            "workflow": workflow,
            "file": file,
        }


def actor(login: str) -> dict[str, Any]:
    """Return a user, or a bot for a login that ends in `[bot]` (GraphQL names a bot without that ending)."""
    bot = login.endswith("[bot]")
    return {"__typename": "Bot" if bot else "User", "login": login.removesuffix("[bot]"), "id": f"U_{login}"}
