"""Odd values in answers that once broke the gate down: each is an answer that cannot be used, or one that is used with care."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlantis_gate.hosts.calls import NOT_JSON, json_value
from atlantis_gate.hosts.run_pages import same_run
from security.test_fuzz_answers import Place, altered, assert_sane, headed, places, run

if TYPE_CHECKING:
    from pathlib import Path

MERGE_REQUEST = "GET https://gitlab.com/api/v4/projects/acme%2Finfra/merge_requests/7"
GRAPH = "POST https://api.github.com:443/graphql"
FOUND = [
    ("gitlab", Place(MERGE_REQUEST, ("web_url",)), "http://["),
    ("gitlab", Place(MERGE_REQUEST, ("target_branch",)), "\ud800"),
]
FOUND_HEADERS = [
    ("github", GRAPH, {"X-RateLimit-Remaining": "inf", "X-RateLimit-Limit": "1"}),
    ("github", GRAPH, {"X-RateLimit-Reset": "1e999"}),
]


@pytest.mark.parametrize(("kind", "place", "odd"), FOUND)
def test_an_odd_value_opens_nothing_and_breaks_nothing(kind: str, place: Place, odd: object, tmp_path: Path) -> None:
    assert place in places(kind, tmp_path)
    ran, _ = run(kind, tmp_path, altered(place, odd, {}))
    assert_sane(ran)
    assert ran.code != 0, ran.out


@pytest.mark.parametrize(("kind", "request_", "headers"), FOUND_HEADERS)
def test_an_odd_header_does_not_break_it(kind: str, request_: str, headers: dict[str, str], tmp_path: Path) -> None:
    assert_sane(run(kind, tmp_path, headed(request_, headers))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        (r'["\ud83d\ude00", "x\ud800y", "\udc00"]', ["😀", "x\ufffdy", "\ufffd"]),
        ('["\ud800"]', ["\ufffd"]),
        (r'{"\udfff": {"b": "\uD8AA"}}', {"\ufffd": {"b": "\ufffd"}}),
        ("  ", None),
        ("{", NOT_JSON),
        ("[" * 100_000, NOT_JSON),
        (f"[{'9' * 5000}]", NOT_JSON),
    ],
)
def test_no_half_character_comes_out_of_an_answer(text: str, expected: object) -> None:
    assert json_value(text) == expected


@pytest.mark.parametrize(
    "page", ["https://dev.azure.com", "https://dev.azure.com?buildId=1", "https://dev.azure.com/", "http://[", "https://dev.azure.com:x"]
)
def test_a_link_of_a_check_that_leads_nowhere_is_no_runs_page(page: str) -> None:
    assert not same_run("https://dev.azure.com/acme/infra/_build/results?buildId=1", page)
