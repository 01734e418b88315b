"""Fixtures for the tests of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hosts.github_stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stage() -> Iterator[Stage]:
    """GitHub played by canned answers."""
    with Stage() as made:
        yield made
