"""A run says how often it asked, and what is left of the rate limit."""

from __future__ import annotations

import pytest

from atlantis_gate.tally import Tally

# 21 November 2026, 14:05 UTC.
RESET = "1795269900"


def told(*headers: dict[str, str], hosts: tuple[str, ...] = ("GitHub",)) -> str:
    tally = Tally()
    for host in hosts:
        tally.add(host)
    for each in headers:
        tally.note(each)
    return str(tally)


def github(left: int, of: int = 5000, resource: str = "core") -> dict[str, str]:
    names = {"limit": of, "remaining": left, "reset": RESET, "resource": resource}
    return {f"x-ratelimit-{name}": str(value) for name, value in names.items()}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ((), "asked no host"),
        (("GitHub",), "asked GitHub once"),
        (("GitHub",) * 3, "asked GitHub 3 times"),
        (("GitHub", "GitLab", "GitHub"), "asked GitHub 2 times and GitLab once"),
        (("Gitea",) * 1200, "asked Gitea 1,200 times"),
    ],
)
def test_requests_are_counted_by_host(hosts: tuple[str, ...], expected: str) -> None:
    assert told(hosts=hosts) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (github(4987), "4,987 of 5,000 left until 14:05 UTC"),
        ({"ratelimit-limit": "2000", "ratelimit-remaining": "1999", "ratelimit-reset": RESET}, "1,999 of 2,000 left until 14:05 UTC"),
        ({"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"}, "0 of 60 left"),
        ({"x-ratelimit-limit": "1000", "x-ratelimit-nearlimit": "true"}, "less than a fifth is left"),
    ],
    ids=["github and azure", "gitlab", "bitbucket data center", "bitbucket cloud"],
)
def test_each_host_tells_its_limit_in_its_own_way(headers: dict[str, str], expected: str) -> None:
    assert told(headers) == f"asked GitHub once; rate limit: {expected}"


def test_of_several_limits_the_one_that_is_nearest_counts_as_it_was_told_last() -> None:
    assert "rate limit: 90 of 5,000 left" in told(github(100), github(60, 60, "search"), github(90))


@pytest.mark.parametrize("value", ["many", "", "-1", "١٢", "9" * 13])
def test_what_is_no_number_says_nothing(value: str) -> None:
    assert told({**github(1), "x-ratelimit-remaining": value}) == "asked GitHub once"
    assert told({"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0"}) == "asked GitHub once"


def test_a_time_that_is_none_is_left_out() -> None:
    assert told({**github(5), "x-ratelimit-reset": "tomorrow"}) == "asked GitHub once; rate limit: 5 of 5,000 left"
