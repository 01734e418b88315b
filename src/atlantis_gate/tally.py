"""How often a host was asked in a run, and what it says of its rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit
# https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
# https://learn.microsoft.com/en-us/azure/devops/integrate/concepts/rate-limits#api-client-experience
# https://confluence.atlassian.com/bitbucketserver/improving-instance-stability-with-rate-limiting-976171954.html
_FAMILIES: Final = ("x-ratelimit-", "ratelimit-")
# Bitbucket Cloud tells no number, only that less than a fifth is left: https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
_NEAR: Final = "x-ratelimit-nearlimit"
_LONGEST: Final = 12


@frozen
class Limit:
    """What a host said last: how many of how many are left, and until when (seconds since 1970; None where it does not say)."""

    left: int
    of: int
    until: int | None


class Tally:
    """Counts requests; several threads may add at the same time."""

    def __init__(self) -> None:
        """Start at none."""
        self._asked: list[str] = []
        self._limits: dict[str, Limit] = {}
        self._near = False

    def add(self, host: str) -> None:
        """Count a request to a host."""
        self._asked.append(host)

    def note(self, headers: Mapping[str, str]) -> None:
        """Keep what a reply (names in lower case) says of the rate limit; some hosts have one for each kind of request."""
        self._near = self._near or headers.get(_NEAR, "").casefold() == "true"
        for family in _FAMILIES:
            left, of = _number(headers, f"{family}remaining"), _number(headers, f"{family}limit")
            if left is not None and of:
                self._limits[headers.get(f"{family}resource", "")] = Limit(left, of, _number(headers, f"{family}reset"))

    @property
    def asked(self) -> int:
        """How many requests were made, repeated ones too."""
        return len(self._asked)

    def __str__(self) -> str:
        """Render as one sentence: how often which host was asked, and the rate limit of which the smallest part is left."""
        hosts = " and ".join(f"{host} {_times(self._asked.count(host))}" for host in dict.fromkeys(self._asked))
        return f"asked {hosts or 'no host'}{self._left()}"

    def _left(self) -> str:
        if not self._limits:
            return "; rate limit: less than a fifth is left" if self._near else ""
        limit = min(self._limits.values(), key=lambda limit: limit.left / limit.of)
        until = "" if limit.until is None else time.strftime(" until %H:%M UTC", time.gmtime(limit.until))
        return f"; rate limit: {limit.left:,} of {limit.of:,} left{until}"


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
