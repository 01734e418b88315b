"""Asking for the pipeline that must succeed before a merge, and telling the gate's own part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlantis_gate.hosts import gitlab_checks as checks
from atlantis_gate.hosts import gitlab_mergeability as mergeable
from atlantis_gate.hosts.gitlab_addresses import is_here
from atlantis_gate.model import Mergeability, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.hosts import Connection
    from atlantis_gate.hosts.answer import Node
    from atlantis_gate.hosts.gitlab_checks import Own, Status
    from atlantis_gate.hosts.gitlab_merge_request import MergeRequest
    from atlantis_gate.hosts.gitlab_routes import Routes
    from atlantis_gate.hosts.gitlab_session import Question, Session


class PipelineChecks:
    """The jobs and statuses of a merge request's commit, asked only where nothing else blocks."""

    def __init__(self, connection: Connection, session: Session, routes: Routes) -> None:
        """Take the connection, which knows the run, the session and the project's routes."""
        self._session = session
        self._routes = routes
        self._status_name = connection.status_name
        self._pipeline, self._project = _run(connection)

    def project(self) -> Node:
        """Return the project's settings."""
        return self._session.one(self._routes.project())

    def foreseen(self, seen: MergeRequest) -> tuple[Question, ...]:
        """Return what `mergeability` is going to ask, as far as it can be told before."""
        if seen.state is not State.OPEN or mergeable.computing(seen) or mergeable.plain(seen):
            return ()
        if seen.word not in mergeable.PIPELINE:
            return (self._statuses_of(seen), self._routes.project())
        jobs = () if self._pipeline is None else (self._routes.jobs(self._pipeline, self._elsewhere(seen, self._project)),)
        return (self._statuses_of(seen), *jobs)

    def mergeability(self, seen: MergeRequest) -> Mergeability | Unknown:
        """Judge a merge request that nothing but its pipeline may keep from being merged."""
        demanded = seen.word in mergeable.PIPELINE
        settings = None if demanded else self.project()
        if settings is not None and not settings.flag("only_allow_merge_if_pipeline_succeeds"):
            return Mergeability(())
        statuses = checks.relevant(map(checks.status, self._session.pages(self._statuses_of(seen))), seen)
        own = self._own(statuses, seen)
        fine = settings is not None and bool(settings.maybe_flag("allow_merge_on_skipped_pipeline"))
        found = checks.blockers(statuses, seen, own, skipped_is_fine=fine)
        if demanded and not isinstance(found, Unknown):
            found = checks.explained(found, statuses, seen, own)
        return found if isinstance(found, Unknown) else Mergeability(found)

    def _own(self, statuses: tuple[Status, ...], seen: MergeRequest) -> Own:
        """Find out which jobs are of the gate's own pipeline; statuses that other systems post there are none."""
        own = checks.Own(self._pipeline, frozenset(), self._status_name)
        if self._pipeline is None or not checks.unexplained(statuses, own):
            return own
        own = checks.Own(self._pipeline, frozenset(self._jobs(self._pipeline, seen)), self._status_name)
        if not checks.unexplained(statuses, own):
            return own
        return checks.Own(self._pipeline, own.jobs.union(self._triggers(self._pipeline, seen)), self._status_name)

    def _jobs(self, pipeline: int, seen: MergeRequest) -> Iterator[int]:
        question = self._routes.jobs(pipeline, self._elsewhere(seen, self._project))
        return (job.number("id") for job in self._session.pages(question))

    def _triggers(self, pipeline: int, seen: MergeRequest) -> Iterator[int]:
        """Return the trigger jobs of the gate's pipeline, or the one that started it as a child of the pipeline that GitLab judges by."""
        if seen.pipeline is None or seen.pipeline.number == pipeline:
            question = self._routes.jobs(pipeline, self._elsewhere(seen, self._project), "bridges")
            return (job.number("id") for job in self._session.pages(question))
        question = self._routes.jobs(seen.pipeline.number, self._elsewhere(seen, seen.pipeline.project), "bridges")
        started = ((job, job.maybe_node("downstream_pipeline")) for job in self._session.pages(question))
        return (job.number("id") for job, child in started if child is not None and child.number("id") == pipeline)

    def _statuses_of(self, seen: MergeRequest) -> Question:
        if seen.pipeline is None:
            return self._routes.statuses(seen.head_sha, None)
        return self._routes.statuses(seen.pipeline.sha, self._elsewhere(seen, seen.pipeline.project))

    @staticmethod
    def _elsewhere(seen: MergeRequest, project: int | None) -> int | None:
        """Return the number of another project than the merge request's, None for that one."""
        return None if project == seen.project else project


def _run(connection: Connection) -> tuple[int | None, int | None]:
    """Return the number of the pipeline that this run is part of, and of its project; None outside this GitLab's CI."""
    number, env = connection.run.run_id or "", connection.env
    elsewhere = bool(env.get("CI_SERVER_URL")) and not is_here(connection.server_url, env)
    if elsewhere or not connection.run.ci.startswith("gitlab") or not _is_number(number):
        return None, None
    project = env.get("CI_PROJECT_ID", "").strip()
    return int(number), int(project) if _is_number(project) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
