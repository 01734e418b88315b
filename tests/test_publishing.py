"""A report reaches the host: statuses at the same time, and beside the commit where a host takes one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from atlantis_gate import arguments, publishing
from atlantis_gate.decisions import Decision, Insight
from atlantis_gate.errors import HostError
from atlantis_gate.model import CommitStatus, Project, PullRequest, Run, Verdict
from atlantis_gate.session import Session
from atlantis_gate.sources import ServerFile
from builders import HEAD, REF, finding, project, report


@dataclass
class Shelf:
    """A host that keeps what it is given."""

    statuses: list[CommitStatus] = field(default_factory=list)
    insights: list[tuple[str, Insight]] = field(default_factory=list)
    broken: bool = False
    statuses_at_once: int = 4

    def set_status(self, sha: str, status: CommitStatus) -> None:
        del sha
        self.statuses.append(status)

    def write_comment(self, pull: PullRequest, marker: str, body: str, *, create: bool) -> bool:
        del pull, marker, body
        return create

    def publish_report(self, sha: str, insight: Insight) -> None:
        if self.broken:
            raise HostError("not permitted", operation="writing")
        self.insights.append((sha, insight))


@dataclass
class Said:
    """A console that remembers."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text)


def publish(shelf: Shelf, said: Said, *projects: Project) -> None:
    settings = arguments.resolve("check", [], {})
    run = Run(ci="", target=REF, url="https://ci.example/1")
    session = Session(settings=settings, run=run, host=shelf, root=Path(), server_file=ServerFile(None), tell=print)  # type: ignore[arg-type]
    found = finding("approved", Verdict.UNMET, "nobody approves")
    given = report(*(Decision(each, (found,)) for each in projects or (project("staging", "approved"),)))
    publishing.publish(session, given, {}, said)  # type: ignore[arg-type]


def test_a_host_that_takes_reports_gets_one_with_the_reasons() -> None:
    shelf, said = Shelf(), Said()
    publish(shelf, said)
    ((sha, insight),) = shelf.insights
    assert (sha, insight.key, insight.passed, insight.url) == (HEAD, "atlantis-gate-apply", False, "https://ci.example/1")
    assert "nobody approves" in insight.details
    assert [annotation.line for annotation in insight.annotations] == [3]
    assert [status.context for status in shelf.statuses] == ["atlantis-gate/apply", "atlantis-gate/apply: staging/default"]


def test_one_that_is_not_accepted_is_said_and_changes_nothing() -> None:
    shelf, said = Shelf(broken=True), Said()
    publish(shelf, said)
    assert any("could not be written: not permitted" in line for line in said.lines)


def test_statuses_of_projects_are_posted_at_the_same_time_within_what_the_host_takes() -> None:
    class Slow(Shelf):
        """Takes a project's status when as many are there as it takes at once."""

        at_once = threading.Barrier(4, timeout=10)

        def set_status(self, sha: str, status: CommitStatus) -> None:
            if ":" in status.context:
                self.at_once.wait()
            super().set_status(sha, status)

    shelf, said = Slow(), Said()
    publish(shelf, said, *(project(f"p{number}", "approved") for number in range(8)))
    assert (len(shelf.statuses), shelf.statuses[0].context, said.lines) == (9, "atlantis-gate/apply", [])


def test_where_the_first_status_is_refused_no_other_is_tried() -> None:
    class Closed(Shelf):
        """Takes no status."""

        def set_status(self, sha: str, status: CommitStatus) -> None:
            super().set_status(sha, status)
            raise HostError("not permitted", operation="posting")

    shelf, said = Closed(), Said()
    publish(shelf, said, *(project(f"p{number}", "approved") for number in range(8)))
    assert (len(shelf.statuses), said.lines) == (1, ["a commit status could not be posted: not permitted (posting)"])
    # The comment and the report do not wait for it.
    assert len(shelf.insights) == 1
