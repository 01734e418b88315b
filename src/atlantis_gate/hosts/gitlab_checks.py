"""What a pipeline that must succeed still waits for, and what of that is the gate's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.model import Blocker, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.gitlab_merge_request import MergeRequest

# What can still become a success; https://docs.gitlab.com/api/jobs/#job-status-values
_UNFINISHED: Final = frozenset(
    {
        "created",
        "waiting_for_resource",
        "preparing",
        "waiting_for_callback",
        "pending",
        "running",
        "manual",
        "scheduled",
        "canceling",
    }
)
_SKIPPED: Final = "skipped"
_ROLE: Final = "The token needs the role Reporter or higher."


@frozen
class Status:
    """The status of a job, or one that another system posted, on a commit; only the latter is ever `described`."""

    number: int
    name: str
    state: str
    ref: str
    may_fail: bool
    pipeline: int | None
    described: bool

    @property
    def waits(self) -> bool:
        """Tell whether it has not run to its end: it has still to, or was skipped."""
        return self.state in _UNFINISHED or self.state == _SKIPPED

    @property
    def blocks(self) -> bool:
        """Tell whether it keeps a pipeline from being one that succeeded."""
        return self.state != "success" and not self.may_fail


@frozen
class Own:
    """How the gate knows its own: the number of its pipeline, None outside GitLab CI, its jobs there, and its status name."""

    pipeline: int | None
    jobs: frozenset[int]
    status_name: str

    def covers(self, status: Status) -> bool:
        """Tell whether a status is the gate's own, or of a job of its pipeline that has not failed.

        A job that was skipped neither failed nor is waited for: what made GitLab skip it is listed by itself.
        """
        named = status.name == self.status_name or status.name.startswith(f"{self.status_name}/")
        return named or (status.number in self.jobs and status.waits)


def status(node: Node) -> Status:
    """Read one status of a list; https://docs.gitlab.com/api/commits/#list-the-statuses-of-a-commit."""
    return Status(
        number=node.number("id"),
        name=node.text("name"),
        state=node.text("status"),
        ref=node.maybe_text("ref") or "",
        may_fail=bool(node.maybe_flag("allow_failure")),
        pipeline=node.maybe_number("pipeline_id"),
        described=bool(node.maybe_text("description")),
    )


def relevant(statuses: Iterable[Status], seen: MergeRequest) -> tuple[Status, ...]:
    """Return the statuses that are about the merge request, by name.

    As with Atlantis: those on the merge request's own refs, and beside them those without a ref or on the source branch whose name is
    not on such a ref too. All that the pipeline holds that GitLab judges by counts, and in place of anything else of the same name.
    """
    everything = tuple(statuses)
    refs = {f"refs/merge-requests/{seen.number}/{kind}" for kind in ("head", "merge", "train")}
    judged = tuple(each for each in everything if seen.pipeline is not None and each.pipeline == seen.pipeline.number)
    replaced = {each.name for each in judged}
    others = tuple(each for each in everything if each.name not in replaced)
    on_refs = tuple(each for each in others if each.ref in refs)
    named = {each.name for each in on_refs}
    beside = tuple(each for each in others if each.ref in {"", seen.head_branch} and each.name not in named)
    return tuple(sorted((*judged, *on_refs, *beside), key=lambda each: (each.name, each.number)))


def unexplained(statuses: Iterable[Status], own: Own) -> bool:
    """Tell whether something blocks that could be a job of the gate's pipeline and is not known to be."""
    return any(each.blocks and each.waits and not each.described and not own.covers(each) for each in statuses)


def blockers(statuses: tuple[Status, ...], seen: MergeRequest, own: Own, *, skipped_is_fine: bool) -> tuple[Blocker, ...] | Unknown:
    """Name what keeps the pipeline from being one that succeeded; `statuses` are the relevant ones."""
    pipeline = seen.pipeline
    all_skipped = pipeline is not None and pipeline.status == _SKIPPED
    if all_skipped and not skipped_is_fine:
        return (Blocker("check", "pipeline", "the pipeline must succeed, and it was skipped"),)
    if pipeline is not None and not statuses:
        return Unknown(f"GitLab lists no job of pipeline {pipeline.number}. {_ROLE}")
    counted = (each for each in statuses if each.blocks and not (all_skipped and each.state == _SKIPPED))
    return tuple(dict.fromkeys(Blocker("check", each.name, f"{each.name} is {_words(each.state)}", own.covers(each)) for each in counted))


def explained(found: tuple[Blocker, ...], statuses: tuple[Status, ...], seen: MergeRequest, own: Own) -> tuple[Blocker, ...] | Unknown:
    """Make sure that what was found explains why GitLab says that the pipeline must succeed first.

    Anything that is not the gate's own does; the gate's own does only where it is part of the pipeline that GitLab judges by.
    """
    pipeline = seen.pipeline
    if pipeline is None:
        missing = Blocker("check", "pipeline", f"a pipeline must succeed, and none ran for {seen.head_sha[:12]}")
        hidden = Unknown(f"GitLab says that a pipeline must succeed first, and does not show it. {_ROLE}")
        return (*found, missing) if seen.pipeline_shown else hidden
    foreign = any(not blocker.own for blocker in found)
    inside = any(each.blocks and each.pipeline in {pipeline.number, None} for each in statuses)
    if foreign or inside:
        return found
    text = f"pipeline {pipeline.number} is {_words(pipeline.status)}"
    if pipeline.status == "success":
        return Unknown(f"GitLab says {seen.word}, though {text}; it may be about to start another one. Run the job again.")
    mine = pipeline.number == own.pipeline and pipeline.status in _UNFINISHED
    return (*found, Blocker("check", "pipeline", text, own=mine))


def _words(state: str) -> str:
    return state.replace("_", " ")
