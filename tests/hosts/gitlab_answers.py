"""Answers of GitLab in the shape of its REST API, with sane defaults, for tests that care about one field."""

from __future__ import annotations

from typing import Any

from hosts.stories import BASE, HEAD, MERGE, MERGE_BASE, NUMBER, REPO

PROJECT = 42
FORK = 43
PIPELINE = 9001
JSON = dict[str, Any]
Row = dict[str, Any]


def user(name: str, number: int = 1) -> JSON:
    """Return an account."""
    return {"id": number, "username": name, "name": name.title(), "state": "active", "web_url": f"https://gitlab.com/{name}"}


def pipeline(status: str = "success", **changes: Any) -> JSON:
    """Return the pipeline that GitLab judges a merge request by."""
    plain = {"id": PIPELINE, "iid": 3, "project_id": PROJECT, "sha": HEAD, "ref": f"refs/merge-requests/{NUMBER}/head", "status": status}
    return {**plain, "source": "merge_request_event", "web_url": f"https://gitlab.com/{REPO}/-/pipelines/{PIPELINE}", **changes}


def merge_request(**changes: Any) -> JSON:
    """Return an open merge request that can be merged."""
    plain = {
        "id": 1000 + NUMBER,
        "iid": NUMBER,
        "project_id": PROJECT,
        "title": "Change the staging network",
        "state": "opened",
        "source_branch": "feature",
        "target_branch": "main",
        "author": user("bob", 2),
        "source_project_id": PROJECT,
        "target_project_id": PROJECT,
        "draft": False,
        "work_in_progress": False,
        "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged",
        "detailed_merge_status": "mergeable",
        "sha": HEAD,
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "references": {"short": f"!{NUMBER}", "relative": f"!{NUMBER}", "full": f"{REPO}!{NUMBER}"},
        "web_url": f"https://gitlab.com/{REPO}/-/merge_requests/{NUMBER}",
        "has_conflicts": False,
        "blocking_discussions_resolved": True,
        "changes_count": "1",
        "prepared_at": "2026-01-01T00:00:00.000Z",
        "head_pipeline": pipeline(),
        "diff_refs": {"base_sha": MERGE_BASE, "head_sha": HEAD, "start_sha": MERGE_BASE},
        "diverged_commits_count": 1,
        "user": {"can_merge": True},
    }
    return {**plain, **changes}


def merged(**changes: Any) -> JSON:
    """Return a merge request that was merged with a merge commit."""
    return merge_request(**{"state": "merged", "detailed_merge_status": "not_open", "merge_commit_sha": MERGE, **changes})


def approvals(*names: str, left: int | None = 0, **changes: Any) -> JSON:
    """Return who approves; `left` None is the community edition, which tells no numbers."""
    by = [{"user": user(name, 100 + index), "approved_at": "2026-01-01T00:00:00.000Z"} for index, name in enumerate(names)]
    plain = {"user_has_approved": False, "user_can_approve": False, "approved": bool(names) or left == 0, "approved_by": by}
    return {**plain, **({} if left is None else {"approvals_required": left, "approvals_left": left}), **changes}


def diff(new: str, old: str | None = None) -> JSON:
    """Return one changed file."""
    modes = {"a_mode": "100644", "b_mode": "100644", "new_file": False, "deleted_file": False, "generated_file": False}
    return {"old_path": old or new, "new_path": new, "renamed_file": old is not None, "diff": "@@ -1 +1 @@\n-a\n+b\n", **modes}


def status(name: str, state: str = "success", *, number: int = 1, **changes: Any) -> JSON:
    """Return the status of a job or of another system."""
    plain = {"id": number, "sha": HEAD, "ref": f"refs/merge-requests/{NUMBER}/head", "status": state, "name": name, "target_url": None}
    return {
        **plain,
        "description": None,
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": PIPELINE,
        "author": user("bob", 2),
        **changes,
    }


def job(number: int, name: str = "gate", state: str = "running") -> JSON:
    """Return a job of a pipeline."""
    return {"id": number, "name": name, "status": state, "stage": "test", "ref": "feature", "pipeline": {"id": PIPELINE}}


def project(**changes: Any) -> JSON:
    """Return a project that asks for a pipeline that succeeded."""
    plain = {
        "id": PROJECT,
        "path_with_namespace": REPO,
        "merge_method": "merge",
        "only_allow_merge_if_pipeline_succeeds": True,
        "allow_merge_on_skipped_pipeline": None,
        "only_allow_merge_if_all_discussions_are_resolved": False,
    }
    return {**plain, **changes}


def branch(tip: str = BASE) -> JSON:
    """Return the target branch."""
    return {"name": "main", "merged": False, "protected": True, "default": True, "commit": commit(tip)}


def commit(sha: str, *parents: str) -> JSON:
    """Return a commit."""
    return {"id": sha, "short_id": sha[:8], "title": "A change", "parent_ids": list(parents)}


def comparison(*files: str, **changes: Any) -> JSON:
    """Return what changed on the target branch."""
    plain = {"commit": commit(BASE), "commits": [commit(BASE)], "diffs": [diff(name) for name in files], "compare_timeout": False}
    return {**plain, "compare_same_ref": False, **changes}


def note(number: int, body: str, author: int = 77, **changes: Any) -> JSON:
    """Return a comment."""
    return {"id": number, "body": body, "author": user("gate-bot", author), "system": False, "internal": False, **changes}
