"""Answers of GitHub in the shape of the gate's one question, with sane defaults, for tests that care about one field."""

from __future__ import annotations

from typing import Any

from builders import BASE, HEAD

REPO = "acme/infra"
RUN_ID = 4711
ACTIONS = 15368
JSON = dict[str, Any]


def connection(nodes: list[Any], end: str | None = None) -> JSON:
    """Return a page of a list; `end` is where it goes on."""
    return {"pageInfo": {"hasNextPage": end is not None, "endCursor": end}, "nodes": nodes}


def entry(text: str | None, /, **blob: Any) -> JSON | None:
    """Return a file of a commit, None for one that is not there."""
    if text is None:
        return None
    known = {"__typename": "Blob", "byteSize": len(text.encode()), "isBinary": False, "isTruncated": False, "text": text}
    return {"mode": 0o100644, "object": {**known, **blob}}


def actor(login: str, *, bot: bool = False) -> JSON:
    """Return an account."""
    return {"__typename": "Bot" if bot else "User", "login": login}


def review(user: str | None, state: str = "APPROVED", *, counts: bool = True, commit: str = HEAD, bot: bool = False) -> JSON:
    """Return somebody's latest review; `user` None is a deleted account."""
    author = None if user is None else actor(user, bot=bot)
    return {"state": state, "authorCanPushToRepository": counts, "author": author, "commit": {"oid": commit}}


def workflow_run(number: int = 1, *, run_id: int = 1, workflow: int = 1, event: str = "pull_request", file: JSON | None = None) -> JSON:
    """Return the workflow run that a check run belongs to."""
    return {"databaseId": run_id, "runNumber": number, "event": event, "workflow": {"databaseId": workflow}, "file": file}


def workflow_file(path: str, repository: str, at: str = "a" * 40) -> JSON:
    """Return the file of a workflow run."""
    return {"path": path, "repositoryName": repository, "repositoryFileUrl": f"https://github.com/{repository}/blob/{at}/{path}"}


def check_run(
    name: str, word: str = "SUCCESS", *, required: bool = True, app: int | None = ACTIONS, run: JSON | None = None, suite: str | None = None
) -> JSON:
    """Return a check run; `word` is its conclusion or, while it runs, its status. `suite` is the conclusion of its whole suite."""
    running = word in {"QUEUED", "IN_PROGRESS", "WAITING", "PENDING", "REQUESTED"}
    return {
        "__typename": "CheckRun",
        "name": name,
        "status": word if running else "COMPLETED",
        "conclusion": None if running else word,
        "startedAt": "2026-01-01T00:00:00Z",
        "detailsUrl": None,
        "isRequired": required,
        "checkSuite": {"conclusion": suite, "app": {"databaseId": app} if app else None, "workflowRun": run},
    }


def own_run(name: str = "gate", word: str = "IN_PROGRESS", *, required: bool = True) -> JSON:
    """Return a check run of the gate's own workflow run."""
    return check_run(name, word, required=required, run=workflow_run(run_id=RUN_ID))


def status(context: str, state: str = "SUCCESS", *, required: bool = True) -> JSON:
    """Return a commit status."""
    return {"__typename": "StatusContext", "context": context, "state": state, "targetUrl": None, "isRequired": required}


def rule(kind: str, parameters: JSON | None = None, *, enforcement: str = "ACTIVE", ruleset: str = "main") -> JSON:
    """Return a rule of a ruleset."""
    return {"type": kind, "repositoryRuleset": {"name": ruleset, "enforcement": enforcement}, "parameters": parameters}


def checks_rule(*names: str, app: int | None = None, strict: bool = False, enforcement: str = "ACTIVE") -> JSON:
    """Return the rule that checks must pass."""
    asked = [{"context": name, "integrationId": app} for name in names]
    parameters = {"__typename": "RequiredStatusChecksParameters", "strictRequiredStatusChecksPolicy": strict, "requiredStatusChecks": asked}
    return rule("REQUIRED_STATUS_CHECKS", parameters, enforcement=enforcement)


def review_rule(
    count: int = 1, *, owners: bool = False, last_push: bool = False, conversations: bool = False, enforcement: str = "ACTIVE"
) -> JSON:
    """Return the rule that reviews are needed."""
    parameters = {
        "__typename": "PullRequestParameters",
        "requiredApprovingReviewCount": count,
        "requireCodeOwnerReview": owners,
        "requireLastPushApproval": last_push,
        "requiredReviewThreadResolution": conversations,
    }
    return rule("PULL_REQUEST", parameters, enforcement=enforcement)


def workflows_rule(path: str, repository_id: int = 99, sha: str | None = None, *, enforcement: str = "ACTIVE") -> JSON:
    """Return the rule that a workflow must pass."""
    asked = [{"path": path, "repositoryId": repository_id, "sha": sha}]
    return rule("WORKFLOWS", {"__typename": "WorkflowsParameters", "workflows": asked}, enforcement=enforcement)


def protection(
    *contexts: str, approvals: int | None = None, owners: bool = False, signatures: bool = False, conversations: bool = False
) -> JSON:
    """Return branch protection as everybody sees it."""
    return {
        "requiredApprovingReviewCount": approvals,
        "requiredStatusCheckContexts": list(contexts),
        "requiresCodeOwnerReviews": owners,
        "requiresSignatures": signatures,
        "requiresConversationResolution": conversations,
    }


def base(*, tip: str = BASE, text: str | None = None, rules: list[JSON] | None = None, **changes: Any) -> JSON:
    """Return the base branch, unprotected."""
    target = {"oid": tip, "file": entry(text)}
    return {"target": target, "refUpdateRule": None, "branchProtectionRule": None, "rules": connection(rules or []), **changes}


def head(*contexts: JSON, oid: str = HEAD, text: str | None = None) -> JSON:
    """Return the head commit with its checks."""
    rollup = {"contexts": connection(list(contexts))} if contexts else None
    return {"nodes": [{"commit": {"oid": oid, "file": entry(text), "statusCheckRollup": rollup}}]}


def commits(*signed: bool, total: int | None = None) -> JSON:
    """Return the commits by whether each is signed."""
    nodes = [{"commit": {"signature": {"isValid": True} if valid else None}} for valid in signed]
    return {"totalCount": len(signed) if total is None else total, "nodes": nodes}


def pull(*contexts: JSON, **changes: Any) -> JSON:
    """Return an open pull request that can be merged, changed as asked; `contexts` are the checks of its head."""
    return {
        "number": 7,
        "url": "https://github.com/acme/infra/pull/7",
        "state": "OPEN",
        "isDraft": False,
        "mergeable": "MERGEABLE",
        "mergeStateStatus": "CLEAN",
        "reviewDecision": None,
        "isCrossRepository": False,
        "changedFiles": 1,
        "author": actor("bob"),
        "headRefName": "feature",
        "headRefOid": HEAD,
        "baseRefName": "main",
        "baseRefOid": "9" * 40,
        "mergeCommit": None,
        "latestOpinionatedReviews": connection([]),
        "reviewThreads": connection([]),
        "files": connection([{"path": "staging/main.tf", "changeType": "MODIFIED"}]),
        "head": head(*contexts),
        "commits": commits(True),
        "baseRef": base(),
        **changes,
    }


def blocked(*contexts: JSON, rules: list[JSON] | None = None, **changes: Any) -> JSON:
    """Return a pull request that GitHub calls blocked, on a base branch with these rules."""
    return pull(*contexts, **{"mergeStateStatus": "BLOCKED", "baseRef": base(rules=rules), **changes})


def answer(node: JSON | None, *errors: JSON, **repository: Any) -> JSON:
    """Return a whole answer around a pull request."""
    found = {"nameWithOwner": REPO, "databaseId": 1, "pullRequest": node, **repository}
    return {"data": {"repository": found}, **({"errors": list(errors)} if errors else {})}


def error(message: str, *path: str | int, kind: str = "FORBIDDEN") -> JSON:
    """Return a GraphQL error."""
    return {"type": kind, "message": message, "path": list(path)}


def undefined(field: str, kind: str) -> JSON:
    """Return the answer of a server that does not know a field."""
    extensions = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    return {"errors": [{"message": f"Field '{field}' doesn't exist on type '{kind}'", "path": ["query"], "extensions": extensions}]}


def listed(path: str, state: str = "modified", previous: str | None = None, ref: str = HEAD) -> JSON:
    """Return a changed file as REST lists it; https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files."""
    web = f"https://github.com/{REPO}"
    known: JSON = {"sha": "b" * 40, "filename": path, "status": state, "additions": 1, "deletions": 0, "changes": 1}
    links = {"blob_url": f"{web}/blob/{ref}/{path}", "raw_url": f"{web}/raw/{ref}/{path}"}
    contents = f"https://api.github.com/repos/{REPO}/contents/{path}?ref={ref}"
    return {**known, **links, "contents_url": contents, **({"previous_filename": previous} if previous else {})}
