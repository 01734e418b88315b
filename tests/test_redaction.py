"""Secrets are known by their variables, their headers and what a run learns, and are cut out of every text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.redaction import Redaction, in_environment, in_header

SECRET = "s3cr3t-token"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a {SECRET} b", "a *** b"),
        (SECRET * 2, "******"),
        ("https://bob:pass@git.example.com/x", "https://***@git.example.com/x"),
        ("https://token@git.example.com", "https://***@git.example.com"),
        ("https://a@b@c/", "https://***@c/"),
        ("https://git.example.com/@bob", "https://git.example.com/@bob"),
        ("me@example.com", "me@example.com"),
        ("s3cr3t-toke", "s3cr3t-toke"),
    ],
)
def test_what_is_known_is_cut_out(text: str, expected: str) -> None:
    assert Redaction([SECRET]).cut(text) == expected


def test_a_secret_inside_another_leaves_nothing_behind() -> None:
    assert Redaction(["abcdef", "abcdefghi", "xabcdefghix"]).cut("xabcdefghix abcdefghi abcdef") == "*** *** ***"


def test_each_line_of_a_secret_is_one_and_so_is_how_it_stands_in_a_url() -> None:
    known = Redaction(["first line\nsecond line\r\n"])
    assert known.cut("first line") == known.cut("second line") == "***"
    assert known.cut("?q=first%20line") == "?q=***"


def test_short_words_are_no_secrets() -> None:
    assert Redaction(["", "true", "abcde"]).cut("true abcde") == "true abcde"


def test_what_is_learnt_later_counts_from_then_on() -> None:
    known = Redaction()
    assert known.cut(SECRET) == SECRET
    known.add(SECRET)
    assert known.cut(SECRET) == "***"


@given(st.lists(st.text(min_size=6)), st.text())
def test_no_secret_is_left_in_any_text(secrets: list[str], text: str) -> None:
    known = Redaction(secrets)
    long = [secret.strip() for secret in secrets if len(secret.strip()) >= 6 and "*" not in secret]
    assert [secret for secret in long if secret in known.cut(text + "".join(f"\n{secret}\n" for secret in secrets))] == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GITHUB_TOKEN", "x", ["x"]),
        ("azure_devops_ext_pat", "x", ["x"]),
        ("SYSTEM_ACCESSTOKEN", "x", ["x"]),
        ("BITBUCKET_APP_PASSWORD", "x", ["x"]),
        ("ATLANTIS_GH_APP_KEY", "x", ["x"]),
        ("ATLANTIS_GH_TOKEN_FILE", "/run/x", []),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x/?a@b", []),
        ("ATLANTIS_GH_APP_ID", "12", []),
        ("PATH", "/usr/bin", []),
        ("HTTPS_PROXY", "http://bob:p%40ss@proxy:1 ftp://eve:word@x", ["p%40ss", "word"]),
        ("BUILD_REPOSITORY_URI", "https://org@dev.azure.com/org", []),
    ],
)
def test_secrets_of_an_environment_are_told_by_their_names_and_in_urls(name: str, value: str, expected: list[str]) -> None:
    assert list(in_environment({name: value})) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Bearer {SECRET}", (SECRET,)),
        (f"token {SECRET}", (SECRET,)),
        ("Basic " + base64.b64encode(b"bob:pa:ss").decode(), (base64.b64encode(b"bob:pa:ss").decode(), "pa:ss")),
        ("Basic x", ("x",)),
        ("Basic " + base64.b64encode(b"\xff").decode(), ("/w==",)),
        ("", ("",)),
    ],
)
def test_the_secrets_of_a_header_are_found(header: str, expected: tuple[str, ...]) -> None:
    assert in_header(header) == expected


def test_a_variable_that_is_no_text_does_no_harm() -> None:
    assert Redaction(["\udcff" * 6]).cut("x \udcff\udcff\udcff\udcff\udcff\udcff") == "x ***"
