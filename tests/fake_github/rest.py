"""GitHub's REST API over the stand-in's memory: the routes a gate may ask; https://docs.github.com/en/rest."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fake_github import mergeable
from fake_github.state import Change, Comment, Pull, Repository, Review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Request:
    """One request as the server took it; the path has no `/api/v3` and no query."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    login: str
    base_url: str


@dataclass(frozen=True)
class Answer:
    """What goes back: JSON (None for an empty body), its status, and for a list the rest of what paging cuts."""

    body: Any
    status: HTTPStatus = HTTPStatus.OK
    paged: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND = Answer({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}, HTTPStatus.NOT_FOUND)
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = []


def route(method: str, path: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Enter a function for a path inside a repository; `{name}` takes one segment, `{name*}` the rest."""
    pattern = re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", path)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)

    def enter(function: Callable[..., Answer]) -> Callable[..., Answer]:
        ROUTES.append((method, re.compile(pattern), function))
        return function

    return enter


def answer(repositories: Mapping[str, Repository], request: Request) -> Answer:
    """Answer a request; what is not known is Not Found, as on GitHub."""
    if request.path == "/user":
        return Answer({"login": request.login, "id": 1, "type": "User"})
    parts = request.path.split("/", 4)
    if parts[1] != "repos" or len(parts) < 4:
        return NOT_FOUND
    repository = repositories.get(f"{parts[2]}/{parts[3]}")
    inside = unquote(f"/{parts[4]}" if len(parts) > 4 else "/")
    for method, pattern, function in ROUTES:
        match = pattern.fullmatch(inside)
        if repository and match and method == request.method:
            return function(repository, request, **match.groupdict())
    return NOT_FOUND


@route("GET", "/")
def _repository(repository: Repository, request: Request) -> Answer:
    owner, _, name = repository.name.partition("/")
    url = f"{request.base_url}/repos/{repository.name}"
    return Answer({"id": 1, "name": name, "full_name": repository.name, "owner": {"login": owner}, "default_branch": "main", "url": url})


@route("GET", "/pulls/{number}")
def _pull(repository: Repository, request: Request, number: str) -> Answer:
    pull = _find(repository, number)
    return Answer(_pull_body(repository, pull, request)) if pull else NOT_FOUND


@route("GET", "/pulls/{number}/files")
def _files(repository: Repository, request: Request, number: str) -> Answer:
    pull = _find(repository, number)
    if not pull:
        return NOT_FOUND
    return Answer([_file(change) for change in repository.compare(pull.base_sha, repository.head(pull))], paged=True)


@route("GET", "/pulls/{number}/reviews")
def _reviews(repository: Repository, request: Request, number: str) -> Answer:
    pull = _find(repository, number)
    return Answer([_review(review) for review in pull.reviews], paged=True) if pull else NOT_FOUND


@route("GET", "/commits/{sha}/pulls")
def _pulls_of(repository: Repository, request: Request, sha: str) -> Answer:
    return Answer([_pull_body(repository, pull, request) for pull in repository.pulls.values() if pull.merge_sha == sha], paged=True)


@route("GET", "/commits/{name*}")
def _commit(repository: Repository, request: Request, name: str) -> Answer:
    sha = repository.resolve(name)
    if not sha:
        return NOT_FOUND
    return Answer({"sha": sha, "parents": [{"sha": parent} for parent in repository.commits[sha].parents]})


@route("GET", "/git/commits/{sha}")
def _git_commit(repository: Repository, request: Request, sha: str) -> Answer:
    return _commit(repository, request, sha) if sha in repository.commits else NOT_FOUND


@route("GET", "/(?:branches|git/ref/heads)/{branch*}")
def _branch(repository: Repository, request: Request, branch: str) -> Answer:
    sha = repository.branches.get(branch)
    found = {"name": branch, "ref": f"refs/heads/{branch}", "commit": {"sha": sha}, "object": {"sha": sha, "type": "commit"}}
    return Answer(found) if sha else NOT_FOUND


@route("GET", "/compare/{names*}")
def _compare(repository: Repository, request: Request, names: str) -> Answer:
    old, _, new = names.partition("...")
    base, head = repository.resolve(old), repository.resolve(new)
    start = repository.merge_base(base, head) if base and head else None
    if not (base and head and start):
        return NOT_FOUND
    ahead, behind = repository.ahead(base, head), repository.ahead(head, base)
    return Answer(
        {
            "status": ["identical", "ahead", "behind", "diverged"][bool(ahead) + 2 * bool(behind)],
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "base_commit": {"sha": base},
            "merge_base_commit": {"sha": start},
            "commits": [{"sha": sha, "parents": [{"sha": parent} for parent in repository.commits[sha].parents]} for sha in ahead],
            # The files come whole with the first page and at most 300 of them.
            "files": [_file(change) for change in repository.compare(base, head)][:300],
        }
    )


@route("GET", "/contents/{path*}")
def _contents(repository: Repository, request: Request, path: str) -> Answer:
    sha = repository.resolve(request.query.get("ref", "main"))
    text = repository.commits[sha].files.get(path) if sha else None
    if text is None:
        return NOT_FOUND
    content = base64.b64encode(text.encode()).decode()
    blob = {"type": "file", "encoding": "base64", "size": len(text.encode()), "name": path.rpartition("/")[2], "path": path}
    return Answer({**blob, "sha": _blob(text), "content": content})


@route("GET", "/git/trees/{name*}")
def _tree(repository: Repository, request: Request, name: str) -> Answer:
    sha = repository.resolve(name)
    if not sha:
        return NOT_FOUND
    files = repository.commits[sha].files
    folders = {path[:index] for path in files for index in range(len(path)) if path[index] == "/"}
    entries = [{"path": path, "mode": "100644", "type": "blob", "sha": _blob(text), "size": len(text)} for path, text in files.items()]
    entries += [{"path": path, "mode": "040000", "type": "tree", "sha": _blob(path)} for path in folders]
    shown = [entry for entry in entries if request.query.get("recursive") or "/" not in str(entry["path"])]
    return Answer({"sha": sha, "tree": sorted(shown, key=lambda entry: str(entry["path"])), "truncated": False})


@route("POST", "/statuses/{sha}")
def _set_status(repository: Repository, request: Request, sha: str) -> Answer:
    body = request.body
    if sha not in repository.commits:
        return Answer({"message": f"No commit found for SHA: {sha}"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    # https://docs.github.com/en/rest/commits/statuses#create-a-commit-status, and the limit of 140 characters that the service keeps.
    if body["state"] not in {"success", "failure", "error", "pending"} or len(body.get("description") or "") > 140:
        return Answer({"message": "Validation Failed"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    texts = {key: body.get(key) or "" for key in ("description", "target_url")}
    repository.status(sha, body["context"], body["state"], creator=request.login, **texts)
    return Answer({"id": 1, "context": body["context"], "state": body["state"], **texts}, HTTPStatus.CREATED)


@route("GET", "/issues/{number}/comments")
def _comments(repository: Repository, request: Request, number: str) -> Answer:
    found = [comment for comment in repository.comments if comment.pull == int(number)]
    return Answer([_comment_body(repository, comment, request) for comment in found], paged=True)


@route("POST", "/issues/{number}/comments")
def _write_comment(repository: Repository, request: Request, number: str) -> Answer:
    comment = Comment(next(repository.numbers), int(number), request.login, request.body["body"])
    repository.comments.append(comment)
    return Answer(_comment_body(repository, comment, request), HTTPStatus.CREATED)


@route("PATCH", "/issues/comments/{number}")
def _change_comment(repository: Repository, request: Request, number: str) -> Answer:
    for comment in repository.comments:
        if comment.id == int(number):
            comment.body = request.body["body"]
            return Answer(_comment_body(repository, comment, request))
    return NOT_FOUND


def _find(repository: Repository, number: str) -> Pull | None:
    return repository.pulls.get(int(number)) if number.isdigit() else None


def _blob(text: str) -> str:
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _file(change: Change) -> dict[str, Any]:
    body: dict[str, Any] = {"filename": change.path, "status": change.status, "sha": _blob(change.path), "additions": 1, "deletions": 0}
    return {**body, "previous_filename": change.previous} if change.previous else body


def _review(review: Review) -> dict[str, Any]:
    user = {"login": review.user, "id": 1, "type": "User"}
    return {"id": review.id, "user": user, "state": review.state, "commit_id": review.commit, "submitted_at": review.at, "body": ""}


def _comment_body(repository: Repository, comment: Comment, request: Request) -> dict[str, Any]:
    url = f"{request.base_url}/repos/{repository.name}/issues/comments/{comment.id}"
    kind = "Bot" if comment.user.endswith("[bot]") else "User"
    return {"id": comment.id, "url": url, "body": comment.body, "user": {"login": comment.user, "id": 1, "type": kind}}


def _pull_body(repository: Repository, pull: Pull, request: Request) -> dict[str, Any]:
    owner, _, name = repository.name.partition("/")
    base_repo = {"id": 1, "name": name, "full_name": repository.name, "owner": {"login": owner}, "fork": False}
    head_repo = {"id": 2, "name": name, "full_name": f"{pull.author}/{name}", "owner": {"login": pull.author}, "fork": True}
    state = mergeable.mergeable(pull)
    server = request.base_url.removesuffix("/api/v3")
    return {
        "id": pull.number,
        "number": pull.number,
        "url": f"{request.base_url}/repos/{repository.name}/pulls/{pull.number}",
        "html_url": f"{server}/{repository.name}/pull/{pull.number}",
        "issue_url": f"{request.base_url}/repos/{repository.name}/issues/{pull.number}",
        "title": pull.title,
        "user": {"login": pull.author, "id": 1, "type": "User"},
        "state": "closed" if pull.closed else "open",
        "merged": pull.merged,
        "merged_at": "2026-01-01T00:00:00Z" if pull.merged else None,
        "merge_commit_sha": pull.merge_sha or repository.test_merge(pull),
        "draft": pull.draft,
        "mergeable": None if state == "UNKNOWN" else state == "MERGEABLE",
        "mergeable_state": mergeable.merge_state(repository, pull).lower(),
        "changed_files": len(repository.compare(pull.base_sha, repository.head(pull))),
        "head": {
            "ref": pull.branch,
            "sha": repository.head(pull),
            "repo": head_repo if pull.fork else base_repo,
            "user": {"login": pull.author},
        },
        "base": {"ref": pull.base, "sha": pull.base_sha, "repo": base_repo, "user": {"login": owner}},
    }
