"""Credentials are found in order, refused when malformed, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import Secret, first_of, text_of

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = "ghp_hidden"


def test_a_secret_shows_only_where_it_came_from() -> None:
    secret = Secret(HIDDEN, "TOKEN")
    assert repr(secret) == "Secret(source='TOKEN')"
    assert HIDDEN not in f"{secret} {secret!r} {[secret]} {vars(CredentialError(str(secret)))}"
    assert secret.reveal() == HIDDEN


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, None),
        ({"A": "", "B": " \n"}, None),
        ({"B": "two"}, ("two", "B")),
        ({"A": " one\n", "B": "two"}, ("one", "A")),
    ],
)
def test_the_first_variable_that_is_not_blank_wins_and_is_trimmed(env: dict[str, str], expected: tuple[str, str] | None) -> None:
    found = first_of(env, ("A", "B"))
    assert (found and (found.reveal(), found.source)) == expected


def test_a_variable_that_ends_in_file_names_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" from-file \n")
    found = first_of({"A_FILE": str(tmp_path / "token")}, ("A", "A_FILE"))
    assert found == Secret("from-file", "A_FILE")


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "tab\there", "nül", "\x00", "bell\x07"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(CredentialError, match="A does not hold a token") as caught:
        first_of({"A": f"x{value}x"}, ("A",))
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", ".", "binary"])
def test_a_file_that_cannot_be_read_is_an_error_that_names_the_variable(tmp_path: Path, name: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CredentialError, match="A_FILE"):
        text_of({"A_FILE": str(tmp_path / name)}, "A_FILE")
