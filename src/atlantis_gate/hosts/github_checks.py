"""Checks of the head commit against the checks that must pass: each one that does not is a blocker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.run_pages import same_run
from atlantis_gate.model import Blocker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlantis_gate.hosts.github_answer import Node
    from atlantis_gate.hosts.github_demands import Demands, RequiredCheck, RequiredWorkflow

# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
_PASSING: Final = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})


@frozen
class WorkflowRun:
    """The workflow run that a check run belongs to; `conclusion` is that of its whole check suite, None while it runs."""

    id: str
    number: int
    event: str
    workflow: int | None
    conclusion: str | None
    path: str = ""
    repository: str = ""
    url: str = ""


@frozen(kw_only=True)
class Check:
    """A check run or, with `is_status`, a commit status.

    `word` is GitHub's word for where it stands; `run_hidden` tells that its workflow run may not be read; `page` is what it links to.
    """

    name: str
    word: str
    required: bool
    finished: bool
    is_status: bool = False
    app: int | None = None
    started: str = ""
    run: WorkflowRun | None = None
    run_hidden: bool = False
    page: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether it lets a pull request pass that requires it."""
        return self.finished and (self.word == "SUCCESS" if self.is_status else self.word in _PASSING)


@frozen
class Own:
    """What is the gate's own: the workflow run it is part of, or the page of its run by another CI, and the contexts of its status name."""

    run_id: str | None
    status_name: str
    page: str = ""

    def context(self, name: str) -> bool:
        """Tell whether a context is the gate's status or lies under its name."""
        return name == self.status_name or name.startswith(f"{self.status_name}/")

    def covers(self, check: Check) -> bool:
        """Tell whether a check that has not passed is the gate's own: its status, or a check of its run that has not failed."""
        return self.context(check.name) or (not check.finished and (self.ran(check) or same_run(self.page, check.page)))

    def ran(self, check: Check) -> bool:
        """Tell whether a check is of the gate's own run."""
        return check.run is not None and self.run_id is not None and check.run.id == self.run_id


def check(node: Node, *, runs_hidden: bool) -> Check:
    """Read a context of a status check rollup; https://docs.github.com/en/graphql/reference/unions#statuscheckrollupcontext."""
    required = node.flag("isRequired")
    if node.text("__typename") == "StatusContext":
        word = node.text("state")
        finished, page = word not in {"PENDING", "EXPECTED"}, node.maybe_text("targetUrl") or ""
        return Check(name=node.text("context"), word=word, required=required, is_status=True, finished=finished, page=page)
    status, suite = node.text("status"), node.node("checkSuite")
    app = suite.maybe_node("app")
    run = suite.maybe_node("workflowRun")
    finished = status == "COMPLETED"
    return Check(
        name=node.text("name"),
        word=(node.maybe_text("conclusion") or "COMPLETED") if finished else status,
        required=required,
        finished=finished,
        app=app.maybe_number("databaseId") if app else None,
        started=node.maybe_text("startedAt") or "",
        run=_run(run, suite.maybe_text("conclusion")) if run else None,
        run_hidden=run is None and runs_hidden,
        page=node.maybe_text("detailsUrl") or "",
    )


def _run(run: Node, conclusion: str | None) -> WorkflowRun:
    workflow, file = run.maybe_node("workflow"), run.maybe_node("file")
    known = WorkflowRun(
        id=str(run.maybe_number("databaseId") or ""),
        number=run.number("runNumber"),
        event=run.text("event"),
        workflow=workflow.maybe_number("databaseId") if workflow else None,
        conclusion=conclusion,
    )
    if file is None:
        return known
    where = (file.text("path"), file.text("repositoryName"), file.text("repositoryFileUrl"))
    return WorkflowRun(known.id, known.number, known.event, known.workflow, conclusion, *where)


def required_checks(checks: Sequence[Check], demands: Demands, own: Own, *, complete: bool) -> tuple[Blocker, ...]:
    """Return a blocker for each required check that has not passed and, where all could be read (`complete`), each that never reported.

    One of which nobody can tell whether it belongs to the gate's own run is left out: see `undecidable`. GitHub calls checks required of
    rulesets that only try, too: those do not block.
    """
    current = _current(checks, own)
    apps = _apps(demands.checks)
    names = dict.fromkeys([*apps, *(item.name for item in current if item.required and not _tried(item, demands.on_trial))])
    found = [
        blocker for name in names for blocker in _one(apps.get(name, {None}), name, [item for item in current if item.name == name], own)
    ]
    return tuple(dict.fromkeys(blocker for blocker, reported in found if complete or reported))


def undecidable(checks: Sequence[Check], demanded: Iterable[RequiredCheck], own: Own) -> bool:
    """Tell whether a required check runs whose workflow run may not be read: it may be the gate's own."""
    names = {item.name for item in demanded}
    return any(_hidden(item, checks, own) and (item.required or item.name in names) for item in checks)


def _tried(item: Check, on_trial: frozenset[str]) -> bool:
    return item.name in on_trial or (item.run is not None and item.run.path in on_trial)


def _hidden(item: Check, checks: Iterable[Check], own: Own) -> bool:
    """Tell whether a check may be of the gate's own run, or of an earlier run that it renews."""
    running = any(other.run_hidden and not other.finished and (other.name, other.app) == (item.name, item.app) for other in checks)
    return item.run_hidden and not item.passed and running and not own.covers(item)


def _apps(demanded: Iterable[RequiredCheck]) -> dict[str, set[int | None]]:
    """Return the apps that each required name is asked of; None stands for any app, and says nothing beside a certain one."""
    apps: dict[str, set[int | None]] = {}
    for item in demanded:
        apps.setdefault(item.name, set()).add(item.app)
    return {name: found - {None} or found for name, found in apps.items()}


def _one(apps: Iterable[int | None], name: str, found: Sequence[Check], own: Own) -> list[tuple[Blocker, bool]]:
    """Return the blockers of one required name, each with whether the check has reported at all."""
    blockers: list[tuple[Blocker, bool]] = []
    for app in apps:
        counting = _counting(found, app)
        blockers += [(_blocker(item, own), True) for item in counting if not item.passed and not _hidden(item, found, own)]
        if not counting:
            by_other = " by the app that must report it" if found else ""
            blockers.append((Blocker("check", name, f"required check {name} has not reported{by_other}", own.context(name)), False))
    return blockers


def _counting(found: Sequence[Check], app: int | None) -> Sequence[Check]:
    """Return the checks that stand for a required one; GitHub's own word counts where no app is asked for, and for a status."""
    if app is None:
        return [item for item in found if item.required] or found
    return [item for item in found if (item.required if item.is_status else item.app == app)]


def _blocker(item: Check, own: Own) -> Blocker:
    return Blocker("check", item.name, f"required check {item.name} is {item.word}", own.covers(item))


def _current(checks: Sequence[Check], own: Own) -> list[Check]:
    """Leave out check runs that a later run of the same workflow or app has replaced: one for the same event, or the gate's own run.

    A gate that said no when the pull request was opened is asked again when it is reviewed; its earlier no must not keep it from a yes.
    """
    latest: dict[tuple[str, int, int, str], tuple[int, str]] = {}
    renewed: dict[tuple[str, int, int], int] = {}
    for item in checks:
        latest[_identity(item)] = max(_age(item), latest.get(_identity(item), (0, "")))
        if own.ran(item) and (not item.finished or item.word == "SUCCESS"):
            renewed[_identity(item)[:3]] = _age(item)[0]
    return [item for item in checks if item.is_status or item.run_hidden or _holds(item, latest, renewed)]


def _holds(item: Check, latest: Mapping[tuple[str, int, int, str], tuple[int, str]], renewed: Mapping[tuple[str, int, int], int]) -> bool:
    identity, age = _identity(item), _age(item)
    return age == latest[identity] and age[0] >= renewed.get(identity[:3], 0)


def _identity(item: Check) -> tuple[str, int, int, str]:
    workflow, event = (item.run.workflow or 0, item.run.event) if item.run else (-1, "")
    return (item.name, item.app or 0, workflow, event)


def _age(item: Check) -> tuple[int, str]:
    return (item.run.number, "") if item.run else (0, item.started)


def required_workflows(
    checks: Sequence[Check], demanded: Iterable[RequiredWorkflow], repository: tuple[int | None, str], own: Own
) -> tuple[Blocker, ...]:
    """Return a blocker for each required workflow whose latest run has not passed; `repository` is the base's database id and full name."""
    found = (_workflow(checks, item, repository, own) for item in demanded)
    return tuple(blocker for blocker in found if blocker is not None)


def _workflow(checks: Sequence[Check], demanded: RequiredWorkflow, repository: tuple[int | None, str], own: Own) -> Blocker | None:
    own_id, own_name = repository
    here = demanded.repository_id == own_id
    matching = [
        item
        for item in checks
        if item.run is not None
        and item.run.path == demanded.path
        and (item.run.repository.casefold() == own_name.casefold()) == here
        and (demanded.sha or "") in item.run.url
    ]
    if not matching:
        return Blocker("check", demanded.path, f"required workflow {demanded.path} has not run")
    number = max(item.run.number for item in matching if item.run)
    latest = [item for item in matching if item.run and item.run.number == number]
    words = {item.run.conclusion for item in latest if item.run}
    if words <= _PASSING:
        return None
    mine = any(item.run and item.run.id == own.run_id for item in latest) and all(item.passed or not item.finished for item in latest)
    word = ", ".join(sorted(word or "not finished" for word in words))
    return Blocker("check", demanded.path, f"required workflow {demanded.path} is {word}", mine and words == {None})
