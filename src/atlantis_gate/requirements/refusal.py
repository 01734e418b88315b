"""What is refused before any requirement is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.decisions import Refusal
from atlantis_gate.errors import UsageError
from atlantis_gate.model import PullRequest, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlantis_gate.model import Origin

_SHORTEST_SHA = 7
# SHA-256 repositories have 64 digits.
_LONGEST_SHA = 64
_DIGITS = frozenset("0123456789abcdef")


def closed(pull: PullRequest) -> Refusal | None:
    """Refuse a pull request that was closed without a merge."""
    if pull.state is not State.CLOSED:
        return None
    return Refusal("closed", "the pull request was closed without being merged", "Open it again if it should be applied.")


def moved_head(pull: PullRequest, head_sha: str | None) -> Refusal | None:
    """Refuse when the head is no longer the one this run was started for. Abbreviated hashes are compared by prefix."""
    if head_sha is None or same_commit(pull.head_sha, head_sha):
        return None
    reason = f"this run was started for commit {head_sha[:12]}, but the pull request is now at {pull.head_sha[:12]}"
    return Refusal("moved_head", reason, "Let the run for the newest commit decide; re-running this one stays refused.")


def is_sha(text: str) -> bool:
    """Tell whether a text is a commit's hash, full or abbreviated to 7 or more digits."""
    return _SHORTEST_SHA <= len(text) <= _LONGEST_SHA and set(text.lower()) <= _DIGITS


def same_commit(full: str, given: str) -> bool:
    """Tell whether a full hash is the one given, which may be abbreviated to 7 or more digits."""
    return len(given) >= _SHORTEST_SHA and full.lower().startswith(given.lower())


def fork(pull: PullRequest, *, allowed: bool) -> Refusal | None:
    """Refuse a pull request from a fork unless forks are allowed."""
    if not pull.fork or allowed:
        return None
    return Refusal("fork", "the pull request comes from a fork", "Set --allow-fork-prs to let pull requests from forks be evaluated.")


def branch(pull: PullRequest, origin: Origin | None) -> Refusal | None:
    """Refuse a base branch that the server config's `branch` (at `origin`) leaves out."""
    if origin is None:
        return None
    return Refusal(
        "branch",
        f"the base branch {pull.base_branch} does not match `branch` at {origin}",
        "Nothing may run for this branch; change the entry if it should.",
    )


def allowlist(repo_id: str, rules: Sequence[str]) -> Refusal | None:
    """Refuse a repo that the allowlist (Atlantis' rules; empty: no list) does not let in."""
    if not rules or repo_allowed(repo_id, rules):
        return None
    return Refusal("allowlist", f"the repo {repo_id} is not in --repo-allowlist", "Add the repo to the list if it should be let in.")


def repo_allowed(repo_id: str, rules: Sequence[str]) -> bool:
    """Tell whether any rule includes the repo and no rule beginning with `!` excludes it. Raises UsageError for a rule with a scheme.

    Unlike Atlantis' code, and as its documentation says, the text before a `*` counts too.
    """
    wrong = next((rule for rule in rules if "://" in rule), None)
    if wrong is not None:
        raise UsageError(f"--repo-allowlist: {wrong!r} contains '://'", advice="Write host names only, such as github.com/acme/*.")
    included = any(_matches(rule, repo_id) for rule in rules if rule and not _excludes(rule))
    return included and not any(_matches(rule[1:], repo_id) for rule in rules if _excludes(rule))


def _excludes(rule: str) -> bool:
    return rule.startswith("!") and len(rule) > 1


def _matches(rule: str, repo_id: str) -> bool:
    """Compare without regard to case; the first `*` stands for any text, later ones for themselves."""
    rule, repo_id = rule.lower(), repo_id.lower()
    before, star, after = rule.partition("*")
    if not star:
        return rule == repo_id
    return len(repo_id) >= len(before) + len(after) and repo_id.startswith(before) and repo_id.endswith(after)
