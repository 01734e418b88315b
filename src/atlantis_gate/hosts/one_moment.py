"""Facts of one moment: what a host says later must be about the head and the base branch that were read first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.errors import HostError

if TYPE_CHECKING:
    from atlantis_gate.model import PullRequest


def check(pull: PullRequest, head_sha: str | None, base_branch: str, *, word: str = "pull request") -> None:
    """Raise HostError unless a later answer is about the same head and base branch; `word` is what the host calls a pull request."""
    if head_sha != pull.head_sha:
        raise HostError(
            f"the {word} got new commits while it was being evaluated",
            operation=f"reading the {word}",
            advice="The run for the new commits judges them; or run the job again.",
        )
    if base_branch != pull.base_branch:
        raise HostError(
            f"the {word} got another base branch while it was being evaluated: it was {pull.base_branch} and is {base_branch}",
            operation=f"reading the {word}",
            advice="Run the job again: it judges the pull request by its new base branch.",
        )
