"""Fixtures that every test may use."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import responses
from hypothesis import HealthCheck, settings

from atlantis_gate.hosts.together import THREAD_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


# A machine that does other things too is no failure: what is said of time is said as ratios, in benchmarks/.
settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")
# Longer than any faked answer takes; a request that a test holds back on purpose is not waited for any longer.
_LATE_SECONDS = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files instead of comparing with them")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of conformance data and contracts beside the project; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("not run: needs ../shared")
    return SHARED


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a file kept in the repository (`make update` rewrites it)."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, f"{path.name} differs; `make update` rewrites it"

    return compare


@pytest.fixture(autouse=True, scope="session")
def _no_request_outlives_its_stand_in() -> Iterator[None]:
    """Wait, before a faked network is taken away, for the requests under way.

    The gate does not wait for an answer that it turned out not to need; asked a moment later, that question would reach the next test's
    faked network, or the real one.
    """
    taken_away = responses.RequestsMock.stop

    def stop(mock: responses.RequestsMock, allow_assert: bool = True) -> None:
        for thread in threading.enumerate():
            if thread.name == THREAD_NAME:
                thread.join(_LATE_SECONDS)
        taken_away(mock, allow_assert)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses.RequestsMock, "stop", stop)
        yield
