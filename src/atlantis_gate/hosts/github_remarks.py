"""What a reader should know of a credential besides its permissions: its end, what it has too much of, what could not be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.github_permissions import PERMISSIONS, allows
from atlantis_gate.hosts.github_tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlantis_gate.hosts.github_grants import Holder

_SOON: Final = timedelta(days=14)
# https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes
_USEFUL: Final = frozenset({"repo", "public_repo", "repo:status", "read:org"})
_FORK: Final = (
    "The pull request comes from a fork. A run for it gets a job's token that only reads, whatever the workflow says: "
    "the gate decides there and posts neither statuses nor a comment."
)
_NO_PULL: Final = "There is no open pull request, so the question that a run asks was not tried. Try again when there is one."


@frozen(kw_only=True)
class Seen:
    """What was seen of a credential. `now` is GitHub's clock; `granted` are an App's permissions, None where there is no App.

    `pull`: whether the question of a run was tried on a pull request, None where nothing was; `fork`: that one comes from a fork.
    """

    holder: Holder
    now: datetime
    expires: datetime | None
    scopes: tuple[str, ...] | None
    granted: Mapping[str, str] | None = None
    pull: bool | None = None
    fork: bool = False
    too_old: tuple[str, ...] = ()


def moment(text: str) -> datetime | None:
    """Read GitHub's word for when a token ends, None for none or another form.

    https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
    """
    try:
        return datetime.strptime(text.strip().replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


def remarks(seen: Seen) -> tuple[str, ...]:
    """Return the remarks, the pressing ones first."""
    return tuple(_remarks(seen))


def _remarks(seen: Seen) -> Iterator[str]:
    if seen.expires is not None and seen.expires - seen.now < _SOON:
        yield f"The token ends {_when(seen.expires, seen.now)}. Make a new one and set {seen.holder.source} to it."
    if seen.fork and seen.holder.kind is Kind.INSTALLATION:
        yield _FORK
    if seen.pull is False:
        yield _NO_PULL
    for reason in seen.too_old:
        yield f"{reason[:1].upper()}{reason[1:]}."
    surplus = ", ".join(_surplus(seen))
    if surplus:
        yield f"It has more than the gate uses: {surplus}. Take away what nothing else needs."


def _surplus(seen: Seen) -> Iterator[str]:
    """Name what a credential may do and the gate does not."""
    if seen.holder.kind.scoped:
        yield from (scope for scope in seen.scopes or () if scope not in _USEFUL)
    used = {item.key: item.full for item in PERMISSIONS}
    for key, access in (seen.granted or {}).items():
        if not allows(used.get(key, ""), access):
            yield f"{key}: {access}"


def _when(expires: datetime, now: datetime) -> str:
    at = f"on {expires:%Y-%m-%d %H:%M} UTC"
    days = (expires - now).days
    return f"{at}, in {days} day{'s' * (days != 1)}" if days > 0 else f"{at}, within a day"
