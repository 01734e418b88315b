"""Asking several things at the same time: each is answered, or fails, where its answer is wanted."""

from __future__ import annotations

from collections import deque
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
T = TypeVar("T")
# A library's own time limit says more of what happened, so it goes first.
_GRACE: Final = 0.5
THREAD_NAME: Final = "atlantis-gate-work"


class LateError(Exception):
    """A piece of work has not come to its end in time."""


class _Running(Thread, Generic[T]):
    """A piece of work under way. The process does not wait for one that nobody asks for any more."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name=THREAD_NAME, daemon=True)
        self._work = work
        self._error: BaseException | None = None
        self._value: list[T] = []
        self.start()

    def run(self) -> None:
        """Do it; called by the thread."""
        try:
            self._value.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is wanted
            self._error = error

    def result(self) -> T:
        """Wait for the value, or raise what the work raised."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._value[0]


class Ahead:
    """Questions that are asked before their answers are wanted. Each answer is handed out once: who asks again, asks anew."""

    def __init__(self) -> None:
        """Start with no question."""
        self._running: dict[tuple[Any, ...], _Running[Any]] = {}

    def start(self, question: Callable[P, object], *given: P.args, **named: P.kwargs) -> None:
        """Ask a question in the background; one that is being asked already is not asked twice."""
        key = (question, given, *sorted(named.items()))
        if key not in self._running:
            self._running[key] = _Running(lambda: question(*given, **named))

    def ask(self, question: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Return the answer to a question, whether it was started before or is asked now. Raises what the question raises."""
        running: _Running[T] | None = self._running.pop((question, given, *sorted(named.items())), None)
        return question(*given, **named) if running is None else running.result()

    def forget(self) -> None:
        """Drop what was asked: the answers would be of an earlier moment than what is asked next."""
        self._running.clear()


def together(work: Sequence[Callable[[], T]], at_once: int) -> list[T]:
    """Do pieces of work, at most `at_once` at the same time, and return their values in order.

    When some fail, what is under way is waited for, nothing further is begun, and the error of the first of them is raised.
    """
    waiting = deque(enumerate(work))
    values: dict[int, T] = {}
    errors: dict[int, BaseException] = {}

    def worker() -> None:
        while waiting and not errors:
            try:
                place, task = waiting.popleft()
            except IndexError:
                return
            try:
                values[place] = task()
            except BaseException as error:  # noqa: BLE001 - it is raised below
                errors[place] = error

    for running in [_Running(worker) for _ in range(min(at_once, len(work)))]:
        running.result()
    if errors:
        raise errors[min(errors)]
    return [values[place] for place in range(len(work))]


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do a piece of work and return its value. Raises LateError when it takes longer; nobody waits for it then.

    The time limits of libraries are for each read, so that an answer that comes byte by byte would never be too late.
    """
    running = _Running(work)
    running.join(seconds + _GRACE)
    if running.is_alive():
        raise LateError
    return running.result()
