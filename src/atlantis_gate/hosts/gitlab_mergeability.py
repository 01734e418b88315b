"""What keeps a merge request from being merged, in GitLab's word for it and in its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.model import Blocker, BlockerKind, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts.gitlab_merge_request import MergeRequest

# https://docs.gitlab.com/api/merge_requests/#merge-status
_READY: Final = "mergeable"
_READY_LEGACY: Final = "can_be_merged"
# GitLab says these last, when nothing else is in the way; https://gitlab.com/gitlab-org/gitlab/-/issues/570458
PIPELINE: Final = frozenset({"ci_must_pass", "ci_still_running"})
SYNCING: Final = "approvals_syncing"
_COMPUTING: Final = frozenset({"unchecked", "checking", "preparing", "cannot_be_merged_recheck", "cannot_be_merged_rechecking", SYNCING})
NO_COMMITS: Final = "commits_status"
_WORDS: Final[Mapping[str, tuple[BlockerKind, str]]] = {
    "not_open": ("closed", "it is not open"),
    "draft_status": ("draft", "it is a draft"),
    "conflict": ("conflict", "it conflicts with {base}"),
    "cannot_be_merged": ("conflict", "it conflicts with {base}, or has no commits"),
    "broken_status": ("conflict", "it conflicts with {base}, or has no commits"),
    "need_rebase": ("behind", "it must be rebased onto {base}"),
    "not_approved": ("review", "approvals are missing"),
    "requested_changes": ("review", "a reviewer requested changes"),
    "discussions_not_resolved": ("discussion", "threads must be resolved first"),
    "external_status_checks": ("policy", "external status checks must pass"),
    "status_checks_must_pass": ("policy", "external status checks must pass"),
    "policies_denied": ("policy", "a policy denies it"),
    "security_policy_violations": ("policy", "it violates a security policy"),
    "security_policy_pipeline_check": ("policy", "the pipelines of a security policy must succeed"),
    "security_policies_evaluating": ("policy", "security policies are still being evaluated"),
    "jira_association_missing": ("policy", "its title or description must name a Jira issue"),
    "title_regex": ("policy", "its title does not match the project's rule"),
    "title_not_matching": ("policy", "its title does not match the project's rule"),
    "merge_time": ("policy", "it may not be merged before the time that was set"),
    "merge_request_blocked": ("other", "another merge request must be merged first"),
    "blocked_status": ("other", "another merge request must be merged first"),
    "locked_paths": ("other", "it changes paths that somebody locked"),
    "locked_lfs_files": ("other", "it changes LFS files that somebody locked"),
    NO_COMMITS: ("other", "its source branch is missing or has no commits"),
}


def computing(seen: MergeRequest) -> bool:
    """Tell whether GitLab is still working out whether an open merge request can be merged."""
    return seen.state is State.OPEN and seen.word in _COMPUTING


def plain(seen: MergeRequest) -> tuple[Blocker, ...]:
    """Name what blocks an open merge request besides its pipeline: GitLab's one word hides all but the first, its fields do not."""
    found: dict[BlockerKind, Blocker] = {}
    for blocker in (*_by_word(seen), *_by_fields(seen)):
        found.setdefault(blocker.kind, blocker)
    return tuple(found.values())


def _by_word(seen: MergeRequest) -> Iterator[Blocker]:
    if seen.word in PIPELINE or seen.word == (_READY_LEGACY if seen.legacy else _READY):
        return
    kind, text = _WORDS.get(seen.word, ("other", "it cannot be merged"))
    yield Blocker(kind, seen.word, f"{text.format(base=seen.base_branch)} (GitLab says {seen.word})")


def _by_fields(seen: MergeRequest) -> Iterator[Blocker]:
    if seen.draft:
        yield Blocker("draft", "draft_status", "it is a draft")
    if seen.conflicts:
        yield Blocker("conflict", "has_conflicts", f"it conflicts with {seen.base_branch}")
    if seen.discussions_resolved is False:
        yield Blocker("discussion", "discussions_not_resolved", "threads must be resolved first")
