"""A later answer counts only if it is about the same head and base branch."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts import one_moment
from builders import HEAD, PULL


def test_the_same_head_and_base_branch_pass() -> None:
    one_moment.check(PULL, HEAD, "main")


@pytest.mark.parametrize("head", ["9" * 40, "", None])
def test_another_head_is_an_error(head: str | None) -> None:
    with pytest.raises(HostError) as caught:
        one_moment.check(PULL, head, "main", word="merge request")
    assert str(caught.value) == (
        "the merge request got new commits while it was being evaluated (reading the merge request)\n"
        "The run for the new commits judges them; or run the job again."
    )


def test_another_base_branch_is_an_error() -> None:
    with pytest.raises(HostError) as caught:
        one_moment.check(PULL, HEAD, "release")
    assert str(caught.value) == (
        "the pull request got another base branch while it was being evaluated: it was main and is release (reading the pull request)\n"
        "Run the job again: it judges the pull request by its new base branch."
    )
