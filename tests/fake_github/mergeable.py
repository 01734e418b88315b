"""What GitHub computes of a pull request: whether it can be merged, and what its reviews and checks add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_github.state import Check, Pull, Repository, Review

PASSING = {"success", "neutral", "skipped"}
OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


def opinions(repository: Repository, pull: Pull, *, writers_only: bool) -> list[Review]:
    """Return each reviewer's latest review that says yes or no."""
    latest = {review.user: review for review in pull.reviews if review.state in OPINIONS}
    return [review for user, review in latest.items() if not (writers_only and user in repository.readers)]


def review_decision(repository: Repository, pull: Pull) -> str | None:
    """Return what the base branch's review rule says, None when there is no such rule."""
    if not repository.rules.approvals:
        return None
    states = [review.state for review in opinions(repository, pull, writers_only=True)]
    if "CHANGES_REQUESTED" in states:
        return "CHANGES_REQUESTED"
    return "APPROVED" if states.count("APPROVED") >= repository.rules.approvals else "REVIEW_REQUIRED"


def checks(repository: Repository, pull: Pull) -> list[Check]:
    """Return the checks and statuses of the head commit."""
    return repository.checks.get(repository.head(pull), [])


def merge_state(repository: Repository, pull: Pull) -> str:
    """Return GitHub's `mergeStateStatus`; https://docs.github.com/en/graphql/reference/enums#mergestatestatus."""
    if pull.closed:
        return "UNKNOWN"
    if pull.conflict:
        return "DIRTY"
    if pull.draft:
        return "DRAFT"
    if _blocked(repository, pull):
        return "BLOCKED"
    if repository.rules.up_to_date and repository.ahead(repository.head(pull), repository.branches[pull.base]):
        return "BEHIND"
    return "CLEAN" if all(check.state in PASSING for check in checks(repository, pull)) else "UNSTABLE"


def mergeable(pull: Pull) -> str:
    """Return GitHub's `mergeable`: no longer known once the pull request is closed."""
    if pull.closed:
        return "UNKNOWN"
    return "CONFLICTING" if pull.conflict else "MERGEABLE"


def rollup_state(found: list[Check]) -> str:
    """Return what a set of checks adds up to."""
    states = {check.state for check in found}
    if states & {"failure", "error"}:
        return "FAILURE"
    return "PENDING" if "pending" in states else "SUCCESS"


def _blocked(repository: Repository, pull: Pull) -> bool:
    passed = {check.name for check in checks(repository, pull) if check.state in PASSING}
    reviewed = review_decision(repository, pull) in {None, "APPROVED"}
    unresolved = repository.rules.conversations and pull.unresolved
    return bool(not reviewed or repository.rules.checks - passed or unresolved)
