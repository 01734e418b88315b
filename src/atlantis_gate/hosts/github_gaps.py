"""Parts of an answer that GitHub left out, and the permission or the server version that would fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Part of the answer by the field that an error's path ends in; the last one on the path that is listed here counts.
_PART_OF_FIELD: Final[Mapping[str, str]] = {
    "statusCheckRollup": "checks",
    "workflowRun": "runs",
    "latestOpinionatedReviews": "reviews",
    "reviewThreads": "threads",
    "files": "files",
    "file": "config",
    "merge": "parents",
    "signature": "signatures",
    "commits": "signatures",
    "refUpdateRule": "protection",
    "branchProtectionRule": "administration",
    "rules": "rules",
    # Whose ruleset a rule is of may be hidden; then it counts as enforced, and nothing is missing.
    "repositoryRuleset": "ruleset",
}
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
PERMISSION: Final[Mapping[str, str]] = {
    "checks": "checks: read and statuses: read",
    "runs": "actions: read",
    "reviews": "pull-requests: read",
    "threads": "pull-requests: read",
    "files": "pull-requests: read",
    "administration": "administration: read, which a GitHub App or a fine-grained token can have, but never the job's own token",
}
_WHAT: Final[Mapping[str, str]] = {
    "checks": "the checks of the head commit",
    "runs": "which workflow run a check belongs to",
    "reviews": "the reviews",
    "threads": "the conversations",
    "files": "the changed files",
    "signatures": "the signatures of the commits",
    "conversations": "whether conversations must be resolved",
    "protection": "the branch protection of the base branch",
    "administration": "all of the branch protection",
    "rules": "the rulesets of the base branch",
    "requiredWorkflows": "the workflows that rulesets require",
    "workflowFile": "the file of a workflow run",
    "head": "the head commit",
}
_TEXT_LIMIT: Final = 200
TOO_OLD: Final = "this GitHub server is too old to tell"

Gaps = dict[str, str]


def gaps(errors: Iterable[Mapping[str, object]], dropped: Iterable[str]) -> Gaps:
    """Return why each part is missing, by part. Raises HostError for an error about something without which nothing can be said."""
    found = {part: f"{TOO_OLD} {_WHAT.get(part, part)}" for part in dropped}
    for error in errors:
        part = _part(error)
        if part is None:
            raise fatal(error)
        found.setdefault(part, f"GitHub does not show {_WHAT.get(part, part)} ({said(error)}): {_needed(part)}")
    return found


def missing(part: str) -> str:
    """Return the reason for a part that is missing without an error that says so."""
    return f"GitHub does not show {_WHAT[part]}: {_needed(part)}"


def fatal(error: Mapping[str, object]) -> HostError:
    """Return the error for a GraphQL answer that cannot be used at all."""
    if error.get("type") == "NOT_FOUND":
        advice = (
            "No such repository or pull request, or the token cannot see it. Check the names, and the token's access to this repository."
        )
    else:
        advice = "Check that the token has the permissions pull-requests: read and contents: read for this repository."
    where = ".".join(map(str, _path(error)))
    text = f"GitHub: not answered{f' at {where}' if where else ''} ({said(error)})"
    return HostError(text, operation="reading the pull request", status=200, advice=advice)


def said(error: Mapping[str, object]) -> str:
    """Return GitHub's own words, on one line and cut."""
    return " ".join(str(error.get("message", "no reason given")).split())[:_TEXT_LIMIT]


def _needed(part: str) -> str:
    return f"the token needs the permission {PERMISSION.get(part, 'contents: read')}"


def _part(error: Mapping[str, object]) -> str | None:
    return next((_PART_OF_FIELD[name] for name in reversed(_path(error)) if name in _PART_OF_FIELD), None)


def _path(error: Mapping[str, object]) -> list[str]:
    path = error.get("path")
    return [str(item) for item in path] if isinstance(path, list) else []
