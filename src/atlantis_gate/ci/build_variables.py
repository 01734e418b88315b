"""What CIs without an event file tell in variables, checked, and how it goes together with what options say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.model import CommitRef, Run

NAME_IT: Final = "Name the pull request with --pull-request (ATLANTIS_GATE_PULL_REQUEST)."
NAME_ALL: Final = (
    "Name the pull request with --host, --host-url, --repo and --pull-request (ATLANTIS_GATE_HOST, _HOST_URL, _REPO, _PULL_REQUEST)."
)
_SHOWN: Final = 200
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,9}")
# SHA-1 and SHA-256 in full, or abbreviated as Bitbucket does.
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{7,64}")
_ADDRESS: Final = re.compile(r"https?://[!-~]{1,2000}")
# What may stand before the `@` of an address may be a password.
_USER: Final = re.compile(r"//[^/]*@")


def text(env: Mapping[str, str], name: str) -> str:
    """Return a variable that must be there. Raises CIError where it is not."""
    value = env.get(name, "")
    if not value:
        raise CIError(f"the variable {name} is not set", advice=f"In a container of your own, pass it on. {NAME_ALL}")
    return value


def number(env: Mapping[str, str], name: str) -> int:
    """Return a pull request's number. Raises CIError for anything else."""
    value = text(env, name)
    if not _DIGITS.fullmatch(value):
        raise wrong(env, name, "the number of a pull request")
    return int(value)


def commit(env: Mapping[str, str], name: str) -> str:
    """Return a commit hash, full or abbreviated, in lower case. Raises CIError for anything else."""
    value = text(env, name)
    if not _COMMIT.fullmatch(value):
        raise wrong(env, name, "a commit hash")
    return value.lower()


def page(env: Mapping[str, str], name: str) -> str:
    """Return a build's web page, empty where the CI tells none. Raises CIError for what is no web address."""
    value = env.get(name, "")
    if value and not _is_address(value):
        raise wrong(env, name, "the web address of this build")
    return value


def wrong(env: Mapping[str, str], name: str, expected: str) -> CIError:
    """Return the error for a variable that holds something else than expected; no password of an address is shown."""
    shown = one_line(_USER.sub("//", env.get(name, "")), _SHOWN)
    return CIError(f"the variable {name} is {shown!r}, not {expected}", advice=NAME_ALL)


def choose(
    explicit: PullRequestRef | None,
    *,
    own: Callable[[], Run],
    here: Callable[[int], PullRequestRef],
    other: Callable[[PullRequestRef], Run],
) -> Run:
    """Return the run for the pull request that options name, else for the CI's own.

    `own` reads the CI's, `here` the one of a number in the CI's repository, and `other` makes the run for one that the CI is not about:
    what the CI says of its own pull request counts only for that very one. Raises CIError where neither names one.
    """
    if explicit is None:
        return own()
    target = explicit if explicit.repo else here(explicit.number)
    try:
        run = own()
    except CIError:  # nothing of it is needed
        return other(target)
    return replace(run, target=target) if _key(run.target) == _key(target) else other(target)


def _key(ref: PullRequestRef | CommitRef) -> tuple[str, str, str, object]:
    """Return what tells pull requests apart; hosts compare names without regard to case."""
    named = ref.number if isinstance(ref, PullRequestRef) else None
    return (ref.host, ref.server_url.rstrip("/").lower(), ref.repo.lower(), named)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and _ADDRESS.fullmatch(value) is not None and "@" not in parts.netloc
