"""What a repository's own file may say is what allowed_overrides names, key by key."""

from __future__ import annotations

import pytest

from atlantis_gate.config.permissions import RESTRICTED, ROOT_KEYS
from config.files import problems_of, repo, warnings_of

# Every key that a project may only set with permission, with a value.
PROJECT_KEYS = {
    "workflow": "default",
    "apply_requirements": "[approved]",
    "plan_requirements": "[approved]",
    "import_requirements": "[approved]",
    "delete_source_branch_on_merge": "true",
    "repo_locking": "false",
    "repo_locks": "{mode: on_apply}",
    "custom_policy_check": "true",
    "silence_pr_comments": "[plan]",
}
# Every key that the file's root may say, and that has no effect without permission.
WHOLE_FILE = {"delete_source_branch_on_merge": "true", "repo_locks": "{mode: on_apply}", "silence_pr_comments": "[plan]"}


def allowing(*keys: str) -> str:
    return f"repos:\n- id: /.*/\n  allowed_overrides: [{', '.join(keys)}]\n"


def test_the_tables_here_hold_every_key() -> None:
    assert set(PROJECT_KEYS) == set(RESTRICTED)
    assert set(WHOLE_FILE) == set(ROOT_KEYS)


@pytest.mark.parametrize("key", PROJECT_KEYS)
def test_a_project_needs_permission_for_each_key(key: str) -> None:
    text = f"version: 3\nprojects:\n- dir: a\n  {key}: {PROJECT_KEYS[key]}\n"
    others = allowing(*(other for other in PROJECT_KEYS if other != key))

    assert problems_of(text, others) == [
        f"atlantis.yaml:4:3: this repository may not set `{key}`: repos.yaml needs `allowed_overrides: [{key}]` for it"
    ]
    assert repo(text, allowing(key)).projects[0].settings.keys() == {key}


@pytest.mark.parametrize("key", WHOLE_FILE)
def test_a_key_of_the_whole_file_has_no_effect_without_permission_and_that_is_said(key: str) -> None:
    text = f"version: 3\n{key}: {WHOLE_FILE[key]}\nprojects:\n- dir: a\n"
    others = allowing(*(other for other in PROJECT_KEYS if other != key))

    assert warnings_of(repo(text, others)) == [
        f"atlantis.yaml:2:1: `{key}` has no effect: repos.yaml needs `allowed_overrides: [{key}]` for it"
    ]
    allowed = repo(text, allowing(key))
    assert (warnings_of(allowed), set(allowed.settings)) == ([], {key})


def test_a_policy_check_without_permission_has_no_effect_and_that_is_said() -> None:
    text = "version: 3\nprojects:\n- dir: a\n  policy_check: false\n"

    assert warnings_of(repo(text, allowing())) == [
        "atlantis.yaml:4:3: `policy_check` has no effect: repos.yaml needs `allowed_overrides: [policy_check]`"
    ]
    assert warnings_of(repo(text, allowing("policy_check"))) == []
