"""What Atlantis accepts although it has no effect, or another than it seems to have, is a warning with its place."""

from __future__ import annotations

import pytest

from config.files import EVERYTHING, repo, server, warnings_of

START = "version: 3\nprojects:\n"


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (START + "- dir: a\npolicies: {policy_sets: []}\n", ["4:1: `policies` has no effect in this file; only those of repos.yaml count"]),
        ("version: 3\nemoji_reaction: eyes\n", ["2:1: `emoji_reaction` has no effect in this file; Atlantis only reads its flag"]),
        (
            "version: 3\nautodiscover: {mode: enable}\n",
            ['2:22: "enable" is not a discovery mode; use `auto`, `enabled` or `disabled`; did you mean `enabled`?'],
        ),
        (
            "version: 3\nautodiscover: {mode: ''}\n",
            ['2:22: "" is not a discovery mode; use `auto`, `enabled` or `disabled`', "2:16: an empty mode turns discovery off"],
        ),
        (
            "version: 3\nautodiscover: {ignore_paths: [/a, '[', ok]}\n",
            [
                '2:31: the pattern "/a" must not begin with a slash; it is relative to the root of the repository; it ignores nothing',
                '2:35: "[" is not a valid pattern; close every `[` and `{`, and double a trailing backslash; it ignores nothing',
            ],
        ),
        ("version: 3\nrepo_locks: {mode: bogus}\n", ['2:20: "bogus" is not a lock mode; use `disabled`, `on_plan` or `on_apply`']),
        ("version: 3\nsilence_pr_comments: [import]\n", ['2:23: "import" is not a command that can be silenced; use `plan` or `apply`']),
        (START + "- {dir: a, apply_requirements: [approved, approved]}\n", ["3:43: `approved` is listed twice"]),
        (
            START + "- {dir: a, name: one, depends_on: [two, tree]}\n- {dir: b, name: two}\n- {dir: c, name: three}\n",
            ['3:41: no project is named "tree", so this dependency has no effect; did you mean `three`?'],
        ),
        (
            START
            + "- {dir: a, name: a, depends_on: [b]}\n- {dir: b, name: b, depends_on: [c]}\n- {dir: c, name: c, depends_on: [b]}\n"
            + "- {dir: d, depends_on: [c]}\n",
            [f'{line}:21: the project "{name}" depends on itself, so it can never be applied first' for line, name in ((4, "b"), (5, "c"))],
        ),
        (START + "- {dir: a, name: a, depends_on: [a]}\n", ['3:21: the project "a" depends on itself, so it can never be applied first']),
        (
            START + "- {dir: a, apply_requirements: [undiverged], autoplan: {when_modified: ['../../x', '!*.tf']}}\n",
            ["3:1: `undiverged` is asked for, but no file can match `when_modified`, so nothing ever diverges"],
        ),
        (START + "- {dir: a, apply_requirements: [undiverged], autoplan: {when_modified: ['../../x', '../x']}}\n", []),
        (START + "- {dir: a, apply_requirements: [undiverged], autoplan: {when_modified: []}}\n", []),
        (START + "- {dir: a, autoplan: {when_modified: ['../../x']}}\n", []),
        (START + "- {dir: a, workspace: w, workflow: default, policy_check: false}\n", []),
    ],
)
def test_a_repository_is_told(text: str, remarks: list[str]) -> None:
    assert sorted(warnings_of(repo(text))) == sorted(f"atlantis.yaml:{remark}" for remark in remarks)


def test_keys_that_need_a_permission_they_do_not_have_are_named() -> None:
    text = "version: 3\nrepo_locks: {mode: disabled}\nsilence_pr_comments: [plan]\nprojects:\n- {dir: a, policy_check: false}\n"

    assert warnings_of(repo(text, None)) == [
        "atlantis.yaml:2:1: `repo_locks` has no effect: repos.yaml needs `allowed_overrides: [repo_locks]` for it",
        "atlantis.yaml:3:1: `silence_pr_comments` has no effect: repos.yaml needs `allowed_overrides: [silence_pr_comments]` for it",
        "atlantis.yaml:5:12: `policy_check` has no effect: repos.yaml needs `allowed_overrides: [policy_check]`",
    ]


def test_the_servers_discovery_mode_wins_over_the_repositorys() -> None:
    served = EVERYTHING + "  autodiscover: {mode: auto}\n"

    assert warnings_of(repo("version: 3\nautodiscover: {mode: enabled}\n", served)) == [
        "atlantis.yaml:2:1: the autodiscover mode of repos.yaml (line 16) wins over this one"
    ]


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (
            "- {id: a/b, workflow: default, branch: /x/, repo_config_file: f}\n- {id: /.*/, workflow: default}\n",
            [
                "2:32: `branch` has no effect: only the last matching entry counts for it, and the one on line 3 comes later",
                "2:45: `repo_config_file` has no effect: only the last matching entry counts for it, and the one on line 3 comes later",
                "2:4: nothing of this entry has an effect: later entries (line 3) match too and set its keys",
            ],
        ),
        ("- {id: a/b, workflow: default}\n- {id: a/b, policy_check: true}\n", []),
        ("- {id: a/b, workflow: default}\n- {id: a/c, workflow: default}\n", []),
        ("- {id: /a/, workflow: default, pre_workflow_hooks: [{run: x}]}\n- {id: //, workflow: default}\n", []),
        ("- {id: /.*/, workflow: default}\n- {id: a/b, workflow: default}\n", []),
        (
            "- {id: /.*/, apply_requirements: []}\n",
            ["2:14: `apply_requirements: []` clears what earlier entries ask for, as documented; Atlantis' own server ignores it"],
        ),
        ("- {id: /.*/, plan_requirements: [approved, mergeable, approved]}\n", ["2:55: `approved` is listed twice"]),
        (
            "- id: /github.com/acme/infra/\n",
            ['2:3: this expression matches every id that contains "github.com/acme/infra"; without the slashes it is that id alone'],
        ),
        ("- id: /^github.com/acme/infra$/\n- id: /acme/\n- id: /github.com/acme/.*/\n", []),
    ],
)
def test_an_administrator_is_told(text: str, remarks: list[str]) -> None:
    assert sorted(warnings_of(server(f"repos:\n{text}"))) == sorted(f"repos.yaml:{remark}" for remark in remarks)
