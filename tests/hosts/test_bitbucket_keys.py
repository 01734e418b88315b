"""Keys of build statuses: short enough, one for each context, and known again as the gate's own."""

from __future__ import annotations

import pytest

from atlantis_gate.hosts.bitbucket_keys import LIMIT, key, under

LONG = "atlantis-gate/apply: infra/production/eu-west-1/default"


@pytest.mark.parametrize("context", ["", "atlantis-gate/apply", "a" * 40])
def test_a_key_that_fits_is_the_context_itself(context: str) -> None:
    assert key(context) == context


def test_a_longer_one_keeps_27_characters_and_12_digits_of_the_hash_of_the_whole() -> None:
    assert key(LONG) == "atlantis-gate/apply: infra/-34e1d814bc9b"
    assert key("ä" * 41) == f"{'ä' * 27}-{key('ä' * 41)[-12:]}"
    assert len(key("ä" * 41)) == LIMIT


def test_two_contexts_that_begin_alike_have_two_keys() -> None:
    assert key(LONG) != key(LONG.replace("default", "staging"))


@pytest.mark.parametrize(
    ("found", "status_name"),
    [
        ("atlantis-gate", "atlantis-gate"),
        ("atlantis-gate/apply", "atlantis-gate"),
        (key(LONG), "atlantis-gate"),
        (key(f"{'n' * 60}/apply"), "n" * 60),
        (key(f"{'n' * 27}/apply: somewhere far below"), "n" * 27),
    ],
)
def test_keys_under_the_status_name_are_the_gates_own(found: str, status_name: str) -> None:
    assert under(found, status_name)


@pytest.mark.parametrize("found", ["atlantis-gateway", "ci/atlantis-gate/apply", "", "atlantis", f"{'n' * 27}-{'0' * 12}"])
def test_other_keys_are_not(found: str) -> None:
    assert not under(found, "atlantis-gate")
