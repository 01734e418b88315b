"""What is read from the addresses that hosts tell."""

from __future__ import annotations

import pytest

from atlantis_gate.hosts.answer import in_query


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/x?ref=abc&per_page=1", "abc"),
        ("/x?a=1&ref=a%2Fb", "a/b"),
        ("https://example.com/x?ref=first&ref=second", "first"),
        ("https://example.com/x", ""),
        ("https://example.com/x?reference=abc", ""),
        ("", ""),
        ("http://[", ""),
        ("http://[::1/x?ref=abc", ""),
    ],
)
def test_a_value_of_a_query_is_empty_where_there_is_none(url: str, expected: str) -> None:
    assert in_query(url, "ref") == expected
