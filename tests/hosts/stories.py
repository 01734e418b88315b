"""Stories of pull requests in no host's words: every host must tell them as the same facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

HEAD = "a" * 40
BASE = "b" * 40
MERGE_BASE = "c" * 40
MERGE = "d" * 40
REPO = "acme/infra"
NUMBER = 7
CheckState = Literal["success", "failure", "pending", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check that must succeed before a merge; `own` when it is the gate's own run."""

    name: str
    state: CheckState
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The state of pull request 7 of acme/infra: head HEAD on `feature`, base tip BASE on `main`, merge base MERGE_BASE.

    `approved_by` approve at the moment; `taken_back_by` did and do no longer; `changes_requested_by` approved first and reject now.
    `base_files` changed on the base branch between MERGE_BASE and BASE. `renamed` holds (old, new) paths besides `files`.
    The host answers `computing` times that it is still working out mergeability before it knows.
    """

    name: str
    author: str = "bob"
    approved_by: tuple[str, ...] = ("alice",)
    taken_back_by: tuple[str, ...] = ()
    changes_requested_by: tuple[str, ...] = ()
    state: Literal["open", "closed", "merged"] = "open"
    draft: bool = False
    fork: bool = False
    conflict: bool = False
    checks: tuple[Check, ...] = ()
    base_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ("staging/main.tf",)
    renamed: tuple[tuple[str, str], ...] = ()
    computing: int = 0

    @property
    def changed_files(self) -> tuple[str, ...]:
        """Every path that the facts must hold."""
        return (*self.files, *(path for pair in self.renamed for path in pair))


FINE = Story(name="approved by another")
STORIES = (
    FINE,
    replace(FINE, name="approved by nobody", approved_by=()),
    replace(FINE, name="approved by the author only", approved_by=("bob",)),
    replace(FINE, name="approval taken back", approved_by=(), taken_back_by=("alice",)),
    replace(FINE, name="changes requested", approved_by=(), changes_requested_by=("alice",)),
    replace(FINE, name="changes requested beside an approval", changes_requested_by=("carol",)),
    replace(FINE, name="conflict", conflict=True),
    replace(FINE, name="draft", draft=True),
    replace(FINE, name="missing check", checks=(Check("ci/build", "missing"),)),
    replace(FINE, name="failed check", checks=(Check("ci/build", "failure"), Check("ci/lint", "success"))),
    replace(FINE, name="pending check", checks=(Check("ci/build", "pending"),)),
    replace(FINE, name="own check pending", checks=(Check("gate", "pending", own=True), Check("ci/build", "success"))),
    replace(FINE, name="own check pending beside a failed one", checks=(Check("gate", "pending", own=True), Check("ci/build", "failure"))),
    replace(FINE, name="behind in a file that matters", base_files=("staging/network.tf",)),
    replace(FINE, name="behind in a file that does not", base_files=("docs/index.md",)),
    replace(FINE, name="computing then ready", computing=2),
    replace(FINE, name="renamed file", renamed=(("old/main.tf", "new/main.tf"),)),
    replace(
        FINE,
        name="two pages of everything",
        files=tuple(f"staging/{number:03}.tf" for number in range(150)),
        approved_by=tuple(f"user{number:03}" for number in range(120)),
        checks=tuple(Check(f"ci/{number:03}", "success") for number in range(120)),
        base_files=tuple(f"docs/{number:03}.md" for number in range(120)),
    ),
    replace(FINE, name="fork", fork=True),
    replace(FINE, name="merged", state="merged"),
    replace(FINE, name="closed", state="closed"),
)
