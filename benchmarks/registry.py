"""All benchmarks, in the order of the report. `names` are the rows that a full run gives: the report is checked to show each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from benchmarks import asking, image, scale, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.rows import Effort, Row


@frozen(kw_only=True)
class Group:
    """Benchmarks that are measured together; `quick`: also in a quick run."""

    title: str
    names: tuple[str, ...]
    measure: Callable[[Effort], list[Row]]
    quick: bool = True


GROUPS: Final = (
    Group(title="Start", names=starts.OFFLINE_NAMES, measure=starts.offline),
    Group(title="Start online", names=starts.ONLINE_NAMES, measure=starts.online),
    Group(title="Requests", names=asking.READING_NAMES, measure=asking.reading),
    Group(title="Statuses", names=asking.POSTING_NAMES, measure=asking.posting, quick=False),
    Group(title="Scale", names=scale.WHOLE_NAMES, measure=scale.whole),
    Group(title="Growth", names=scale.SHAPE_NAMES, measure=scale.shapes),
    Group(title="Selection", names=scale.SELECTION_NAMES, measure=scale.selection),
    Group(title="Hostile expressions and patterns", names=scale.HOSTILE_NAMES, measure=scale.hostile),
    Group(title="Image", names=image.NAMES, measure=image.image, quick=False),
)

# Why a budget is missed, by the beginning of the row's name; shown where it is.
REASONS: Final[Mapping[str, str]] = {
    "start of an online check": "A run needs more than its library: PyYAML (about 15 ms here), RE2 (4), 110 to 120 modules of its own (30) "
    "and the two to eight requests themselves (8 to 15). The budget leaves 30 to 60 ms for all of it. Most of what could still be saved is "
    "in PyYAML, which prepares its parser in Python even where libyaml is used.",
    "requests to decide, bitbucket-data-center": "A veto about builds is explained by two more lists: the builds that ran, and those that "
    "the branch requires. Without such a veto it is 5.",
}
