"""repos.yaml: its entries, its workflows, its other blocks, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.config import branch_refusal, repo_config_file
from atlantis_gate.config.parsed import AutoDiscover, Owners
from atlantis_gate.model import Origin
from config.files import REPO, server, server_problems_of, warnings_of

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDENS = Path(__file__).parent / "goldens"
WRONG = """\
version: 3
apply_requirements: [approved]
repos:
- id: /(/
  branch: main
  repo_config_file: /etc/passwd
  plan_requirements: [aprooved]
  workflow: terragrnt
  allowed_workflows: [default, nope]
  allowed_overrides: [autodiscover, worklfow]
  repo_locks: {mode: on_aply}
  autodiscover: {mode: enable, ignore_paths: [/x, '[']}
  silence_pr_comments: [import]
  policy_check: maybe
  automerge: true
- branch: /x/
- id: /
  branch: /
  repo_config_file: a/../b
workflows:
  terragrunt: {steps: []}
metrics:
  statsd: {host: bad host, port: http}
  prometheus: {}
external_stores: {plan_store: {type: gcs}}
"""


def test_every_problem_is_told_at_once_with_its_place_and_what_was_meant(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "repos_yaml_problems.txt", "\n".join(server_problems_of(WRONG)) + "\n")


def test_an_empty_file_is_refused_and_one_with_nothing_but_a_comment_is_not() -> None:
    assert server_problems_of("") == ["repos.yaml: the file is empty; leave the option out to run without it"]
    assert server("# nothing\n") == server()


@pytest.mark.parametrize(
    "text", ["metrics: {}", "metrics: {statsd: {host: localhost, port: 8125}}", "metrics: {statsd: {host: '::1', port: '1'}}"]
)
def test_metrics_are_accepted(text: str) -> None:
    assert server(text).extras["metrics"]["prometheus"] is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("metrics: {statsd: {}}", "1:19: `host` cannot be blank"),
        ("metrics: {statsd: {host: '', port: 1}}", "1:26: `host` cannot be blank"),
        ("metrics: {prometheus: {endpoint: ''}}", "1:34: `endpoint` cannot be blank; write a path such as `/metrics`"),
        ("external_stores: {plan_store: {type: s3}}", "1:31: a plan store of type `s3` needs `s3.bucket`"),
        ("external_stores: {plan_store: {type: s3, s3: {bucket: b}}}", "1:42: a plan store of type `s3` needs `s3.region`"),
        ("repos: [{id: ''}]", "1:14: `id` cannot be blank; write `host/owner/repo`, or an expression such as `/.*/`"),
        ("repos: [{id: a, workflow: ''}]", '1:27: the workflow "" is not defined in this file; it has `default`'),
    ],
)
def test_what_is_missing_is_named(text: str, problem: str) -> None:
    assert server_problems_of(text)[0] == f"repos.yaml:{problem}"


@pytest.mark.parametrize(
    "text", ["external_stores: {plan_store: {type: ''}}", "external_stores: {plan_store: {type: s3, s3: {bucket: b, region: r}}}"]
)
def test_stores_are_accepted(text: str) -> None:
    assert server(text).warnings == ()


def test_a_block_without_a_mode_has_the_default_and_an_empty_mode_stays_empty() -> None:
    entries = server(
        "repos:\n- {id: a, autodiscover: {}, repo_locks: {}}\n- {id: b, autodiscover: {mode: ''}, repo_locks: {mode: ''}}\n"
    ).entries

    assert [(entry.settings["autodiscover"].value, entry.settings["repo_locks"].value) for entry in entries[1:]] == [
        (AutoDiscover("auto", None), "on_plan"),
        (AutoDiscover("", None), ""),
    ]


@pytest.mark.parametrize(
    ("entry_id", "repo", "expected"),
    [
        ("github.com/acme/infra", "github.com/acme/infra", True),
        ("github.com/acme/Infra", "github.com/acme/infra", False),
        ("/acme/", "github.com/acme/infra", True),
        ("/^github.com/acme/infra$/", "github.com/acme/infra-evil", False),
        ("//", "anything", True),
        ("/abc", "xabc", False),
        ("github.com/acme/*", "github.com/acme/infra", False),
    ],
)
def test_an_id_is_exact_or_an_expression_between_slashes(entry_id: str, repo: str, expected: bool) -> None:
    assert server(f"repos:\n- id: {entry_id}\n").entries[1].matches(repo) is expected


def test_only_the_last_matching_entry_names_the_repos_own_file() -> None:
    text = "repos:\n- {id: /.*/, repo_config_file: a.yaml}\n- {id: github.com/acme/infra, workflow: default}\n- {id: x}\n"

    assert [repo_config_file(server(text), repo) for repo in (REPO, "other")] == ["atlantis.yaml", "a.yaml"]


def test_only_the_last_matching_entry_limits_the_base_branch() -> None:
    text = "repos:\n- id: /.*/\n  branch: /^main$/\n- id: github.com/acme/infra\n"

    assert branch_refusal(server(text), "other", "dev") == Origin("repos.yaml", 3, "branch")
    assert [branch_refusal(server(text), repo, branch) for repo, branch in ((REPO, "dev"), ("other", "main"), ("other", ""))] == [None] * 3


def test_policies_inherit_from_their_block() -> None:
    text = """
policies:
  conftest_version: v0.50
  approve_count: 2
  owners: {users: [Ann], teams: []}
  policy_sets:
  - {name: a, path: p, source: local, approve_count: -1}
  - {name: b, path: p, approve_count: 3, sticky_policy_approvals: true, policy_item_regex: x, prevent_self_approve: true}
"""
    policies = server(text).policies

    assert (policies.conftest_version, policies.owners) == ("0.50.0", Owners(("Ann",), None))
    assert [(item.approve_count, item.sticky_policy_approvals, item.policy_item_regex) for item in policies.policy_sets] == [
        (2, False, "(?s).+"),
        (3, True, "x"),
    ]


def test_owners_are_compared_without_regard_to_case() -> None:
    owners = Owners(("Ann",), ("Ops",))

    assert [owners.include("ann", ()), owners.include("bob", ("ops",)), owners.include("bob", ("dev",))] == [True, True, False]


def test_policies_that_atlantis_loads_without_a_word_are_warned_of() -> None:
    text = "policies:\n  conftest_version: nope\n  policy_item_regex: '['\n  policy_sets:\n  - {source: gitlab}\n"

    assert [text.split(": ", 1)[1].split(";")[0] for text in warnings_of(server(text))] == [
        '"nope" is not a version such as `1.5.7`',
        '"[" is not a regular expression of Go\'s RE2 dialect: error parsing regexp: missing closing ]: `[`',
        "a policy set needs a `name`",
        "a policy set needs a `path`",
        '"gitlab" is not a source',
    ]
