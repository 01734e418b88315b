"""What keeps a pull request of Azure DevOps from being completed: its merge, its votes and its branch policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.azure_devops_credentials import HOST
from atlantis_gate.hosts.azure_devops_pull import REJECTED, WAITING
from atlantis_gate.model import Blocker, Mergeability, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.azure_devops_pull import Snapshot
    from atlantis_gate.model import Run

# https://learn.microsoft.com/en-us/rest/api/azure/devops/policy/evaluations/list#policyevaluationstatus
_PASSED: Final = frozenset({"approved", "notApplicable"})
_UNFINISHED: Final = frozenset({"queued", "running"})


@frozen
class Own:
    """What is the gate's own: the build policy of this run's pipeline in its project, and the status policies of its status name."""

    status_name: str
    definition: str
    project_id: str

    def build(self, definition: int | None, project_id: str) -> bool:
        """Tell whether a build policy's pipeline is the one that this run is of."""
        here = not self.project_id or self.project_id.casefold() == project_id.casefold()
        return bool(self.definition) and here and self.definition == str(definition)

    def status(self, name: str) -> bool:
        """Tell whether a status is the gate's."""
        return name == self.status_name or name.startswith(f"{self.status_name}/")


def own(run: Run, env: Mapping[str, str], status_name: str) -> Own:
    """Return what is this run's own; https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables#system-variables."""
    azure = run.ci.startswith("azure")
    definition = env.get("SYSTEM_DEFINITIONID", "").strip() if azure else ""
    return Own(status_name, definition, env.get("SYSTEM_TEAMPROJECTID", "").strip())


def mergeability(seen: Snapshot, evaluations: Iterable[Node], mine: Own) -> Mergeability | Unknown:
    """Name what blocks. Unknown for a merge status that the gate does not know."""
    if seen.state is not State.OPEN:
        return Mergeability(() if seen.state is State.MERGED else (Blocker("closed", "closed", "it is closed"),))
    merge = _merge(seen)
    if isinstance(merge, Unknown):
        return merge
    policies = (blocker for evaluation in evaluations if (blocker := _policy(evaluation, seen.project_id, mine)) is not None)
    return Mergeability((*merge, *_votes(seen), *policies))


def _merge(seen: Snapshot) -> tuple[Blocker, ...] | Unknown:
    """Read where the merge stands; https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-requests/get-pull-request#pullrequestasyncstatus."""
    draft = (Blocker("draft", "draft", "it is a draft"),) if seen.draft else ()
    if seen.computing and draft:
        return draft
    if seen.computing:
        return Unknown(f"{HOST} has not worked out yet whether it can be merged. Run the job again, or give it more time (--timeout).")
    why = f": {seen.failure}" if seen.failure else ""
    known: Mapping[str, tuple[Blocker, ...]] = {
        "succeeded": (),
        "conflicts": (Blocker("conflict", seen.base_branch, f"it conflicts with {seen.base_branch}"),),
        "rejectedByPolicy": (Blocker("policy", "rejectedByPolicy", f"a policy rejects its merge{why}"),),
        "failure": (Blocker("other", "failure", f"its merge failed{why}"),),
    }
    if seen.merge_status not in known:
        return Unknown(f"{HOST} says {seen.merge_status} of its merge, which the gate does not know; its page says what that means")
    return (*draft, *known[seen.merge_status])


def _votes(seen: Snapshot) -> Iterator[Blocker]:
    for reviewer in seen.reviewers:
        if reviewer.vote == REJECTED:
            yield Blocker("review", reviewer.user, f"it is rejected by {reviewer.user}")
        elif reviewer.vote == WAITING:
            yield Blocker("review", reviewer.user, f"{reviewer.user} waits for the author")


def _policy(evaluation: Node, project_id: str, mine: Own) -> Blocker | None:
    """Return the blocker for a policy that must be met and is not; a flag that is missing counts as the stricter one."""
    configuration = evaluation.node("configuration")
    word = evaluation.text("status")
    off = configuration.maybe_flag("isEnabled") is False or configuration.maybe_flag("isBlocking") is False
    if word in _PASSED or off or configuration.maybe_flag("isDeleted"):
        return None
    type_ = configuration.maybe_node("type")
    kind = (type_.maybe_text("displayName") if type_ else None) or "policy"
    settings = configuration.maybe_node("settings")
    status = _status(settings)
    if status:
        return Blocker("policy", status, f"the {kind} policy for {status} is {word}", mine.status(status))
    definition = settings.maybe_number("buildDefinitionId") if settings else None
    name = (settings.maybe_text("displayName") if settings else None) or kind
    if definition is not None:
        running = word in _UNFINISHED and mine.build(definition, project_id)
        return Blocker("policy", name, f"the {kind} policy {name} (pipeline {definition}) is {word}", running)
    what = name if name == kind else f"{kind}: {name}"
    return Blocker("policy", what, f"the branch policy {what} is {word}")


def _status(settings: Node | None) -> str:
    """Return the context that a status policy waits for, as genre and name; empty for another policy."""
    name = settings.maybe_text("statusName") if settings else None
    if not settings or not name:
        return ""
    genre = settings.maybe_text("statusGenre")
    return f"{genre}/{name}" if genre else name
