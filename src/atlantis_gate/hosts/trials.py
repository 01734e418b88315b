"""Trying what a credential may do: a host's answers as yes, no or unknown, with the answer as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from atlantis_gate.diagnosis import Held, Need, Trial
from atlantis_gate.errors import CredentialError, HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_LONGEST: Final = 400
_SOON: Final = timedelta(days=14)


class Once(Generic[T]):
    """A question that is asked when its answer is first wanted, and never again: the answer, or the error, is kept."""

    def __init__(self, question: Callable[[], T]) -> None:
        """Take what asks."""
        self._question = question
        self._answer: T | None = None
        self._error: HostError | CredentialError | None = None
        self._asked = False

    def __call__(self) -> T:
        """Return the answer. Raises HostError or CredentialError as the question does."""
        if not self._asked:
            self._asked = True
            try:
                self._answer = self._question()
            except (HostError, CredentialError) as error:
                self._error = error
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]  # without an error it is what the question returned

    def maybe(self) -> T | None:
        """Return the answer, None where there is an error in its place."""
        try:
            return self()
        except (HostError, CredentialError):
            return None


def accepted(*questions: Callable[[], object]) -> None:
    """Find out that a credential is one: any of the questions is answered, even with "not permitted".

    Raises CredentialError when all of them are refused, HostError when the host does not answer.
    """
    refusals: list[CredentialError] = []
    for question in questions:
        try:
            question()
        except CredentialError as error:
            refusals.append(error)
        except HostError as error:
            if not error.status or error.status == HTTPStatus.TOO_MANY_REQUESTS or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return
        else:
            return
    raise refusals[0]


def attempt(need: Need, question: Callable[[], object], *, absent: Held = Held.UNKNOWN) -> Trial:
    """Ask for something that the need takes: any good answer is yes, and told as evidence where it is a text; a refusal is no.

    `absent` is what "not found" means: hosts say so of what a credential may not see, too. Everything else leaves it unknown.
    """
    try:
        found = question()
    except CredentialError as error:
        return known(need, Held.NO, error.message)
    except HostError as error:
        held = Held.NO if error.status in _REFUSED else absent if error.status == HTTPStatus.NOT_FOUND else Held.UNKNOWN
        return known(need, held, error.message)
    return known(need, Held.YES, found if isinstance(found, str) else "")


def rehearse(need: Need, question: Callable[[], object], *, status: int, about: str = "") -> Trial:
    """Send what cannot come into being: who may, is told so with that status and words that hold `about`; a refusal is no."""
    try:
        question()
    except HostError as error:
        if error.status == status and about.casefold() in error.message.casefold():
            return known(need, Held.YES, f"tried with something that cannot be: {error.message}")
        return known(need, Held.NO if error.status in _REFUSED else Held.UNKNOWN, error.message)
    except CredentialError as error:
        return known(need, Held.NO, error.message)
    return known(need, Held.UNKNOWN, "the host took what it should have refused")


def known(need: Need, held: Held, evidence: str) -> Trial:
    """Return a trial with evidence on one line."""
    return Trial(need=need, held=held, evidence=" ".join(evidence.split())[:_LONGEST])


def host_time(headers: Mapping[str, str]) -> datetime:
    """Return the host's own time where an answer tells it, so that a runner's wrong clock does no harm."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC)


def ending(expires: datetime, now: datetime, source: str) -> str:
    """Return the remark for a credential that ends soon, empty for any other; `source` is the variable it came from."""
    left = expires - now
    if left >= _SOON:
        return ""
    when = f"in {left.days} day{'s' * (left.days != 1)}" if left.days > 0 else "within a day"
    return f"The token ends on {expires:%Y-%m-%d %H:%M} UTC, {when}. Make a new one and set {source} to it."
