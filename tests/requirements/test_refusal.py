"""What is refused before any requirement is looked at."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import UsageError
from atlantis_gate.model import Origin, State
from atlantis_gate.requirements import refusal
from builders import HEAD, pull


@pytest.mark.parametrize(("state", "refused"), [(State.OPEN, False), (State.MERGED, False), (State.CLOSED, True)])
def test_only_a_pull_request_closed_without_a_merge_is_refused(state: State, refused: bool) -> None:
    assert (refusal.closed(pull(state=state)) is not None) is refused


@pytest.mark.parametrize(
    ("started_for", "refused"),
    [
        (None, False),
        (HEAD, False),
        (HEAD[:12], False),
        (HEAD[:7], False),
        (HEAD[:6], True),
        ("", True),
        ("9" * 40, True),
        (HEAD + "1", True),
    ],
)
def test_a_head_that_moved_since_the_run_was_started_is_refused(started_for: str | None, refused: bool) -> None:
    assert (refusal.moved_head(pull(), started_for) is not None) is refused


def test_hashes_are_compared_without_regard_to_case() -> None:
    assert refusal.same_commit("abcdef0123", "ABCDEF01")


@pytest.mark.parametrize(
    ("fork", "allowed", "refused"), [(False, False, False), (False, True, False), (True, True, False), (True, False, True)]
)
def test_a_fork_needs_permission(fork: bool, allowed: bool, refused: bool) -> None:
    assert (refusal.fork(pull(fork=fork), allowed=allowed) is not None) is refused


def test_a_base_branch_left_out_by_the_server_config_is_refused_with_its_place() -> None:
    found = refusal.branch(pull(), Origin(file="repos.yaml", line=4, key="branch"))
    assert found is not None
    assert found.reason == "the base branch main does not match `branch` at repos.yaml:4"
    assert refusal.branch(pull(), None) is None


@pytest.mark.parametrize(
    ("rules", "repo", "allowed"),
    [
        (["github.com/acme/infra"], "github.com/acme/infra", True),
        (["github.com/ACME/infra"], "github.com/acme/Infra", True),
        (["github.com/acme/infra"], "github.com/acme/infra-2", False),
        (["github.com/acme/*"], "github.com/acme/infra", True),
        (["github.com/acme/*"], "github.com/evil/infra", False),
        (["*"], "github.com/acme/infra", True),
        (["github.com/acme/*-infra"], "github.com/acme/a-infra", True),
        (["github.com/acme/*-infra"], "evil.example/x/y-infra", False),
        (["ab*ba"], "aba", False),
        (["ab*ba"], "abba", True),
        (["ab*ba"], "ABxBA", True),
        (["ab*"], "xab", False),
        (["*ab"], "abx", False),
        (["github.com/*/*"], "github.com/acme/*", True),
        (["github.com/*/*"], "github.com/acme/infra", False),
        (["github.com/acme/*", "!github.com/acme/secret"], "github.com/acme/secret", False),
        (["!github.com/acme/secret", "github.com/acme/*"], "github.com/acme/secret", False),
        (["!github.com/acme/secret"], "github.com/acme/infra", False),
        (["!"], "github.com/acme/infra", False),
        (["!"], "!", True),
        (["!a"], "!a", False),
        (["*", "!a"], "a", False),
        (["*", "!a"], "b", True),
        (["*", "!A*C"], "abc", False),
        (["", "github.com/acme/infra"], "github.com/acme/infra", True),
        (["", "github.com/acme/infra"], "", False),
    ],
)
def test_the_allowlist_lets_in_what_a_rule_includes_and_none_excludes(rules: list[str], repo: str, allowed: bool) -> None:
    assert refusal.repo_allowed(repo, rules) is allowed
    assert (refusal.allowlist(repo, rules) is None) is allowed


def test_without_an_allowlist_every_repo_is_let_in() -> None:
    assert refusal.allowlist("github.com/acme/infra", ()) is None


def test_a_rule_with_a_scheme_is_an_error() -> None:
    with pytest.raises(UsageError, match="contains '://'"):
        refusal.repo_allowed("github.com/acme/infra", ["https://github.com/acme/*"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 40, True),
        ("0123456789abcdef", True),
        ("A1b2c3d", True),
        ("abcdef", False),
        ("abcdef0", True),
        ("g" * 40, False),
        ("a" * 39 + " ", False),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
    ],
)
def test_a_commit_is_hexadecimal_and_not_too_short(text: str, expected: bool) -> None:
    assert refusal.is_sha(text) is expected
