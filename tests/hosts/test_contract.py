"""One contract for every host: the same story of a pull request gives the same facts, and no fault gives any."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import requests
import responses
from responses.registries import FirstMatchRegistry

from atlantis_gate.errors import CredentialError, HostError
from atlantis_gate.hosts import HOSTS, connect, gather
from atlantis_gate.model import FACT_NAMES, Approvals, Divergence, Facts, Mergeability, PullRequestRef, State, Unknown
from conftest import ROOT
from hosts.stories import BASE, HEAD, MERGE_BASE, NUMBER, REPO, STORIES, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlantis_gate.hosts import Connection, Host


class Stage(Protocol):
    """How a host tells a story: it registers the host's answers and returns the connection to ask them over."""

    def serve(self, story: Story, http: responses.RequestsMock) -> Connection: ...


# What a host cannot tell as the others do: (host, story) and why; docs/requirements.md shows the same rows.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("gitlab", "missing check"): "GitLab asks for a pipeline to succeed, not for checks by name: one that never ran cannot be missing",
    ("bitbucket-cloud", "missing check"): "Bitbucket Cloud names no required build: what fails unnamed is put down to the gate's build",
}
BY_NAME = {story.name: story for story in STORIES}
FINE = BY_NAME["approved by another"]


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def stage(kind: str) -> Stage:
    made: Stage = import_module(f"hosts.stage_{kind.replace('-', '_')}")
    return made


def opened(kind: str, story: Story, http: responses.RequestsMock) -> tuple[Host, PullRequestRef]:
    connection = stage(kind).serve(story, http)
    return connect(kind, connection), PullRequestRef(host=kind, server_url=connection.server_url, repo=connection.repo, number=NUMBER)


def told(kind: str, story: Story, http: responses.RequestsMock) -> Facts:
    host, ref = opened(kind, story, http)
    pull = host.pull_request(ref)
    files = host.changed_files(pull)
    assert not isinstance(files, Unknown)
    return gather(host, pull, files, FACT_NAMES, None)


class FaultyRegistry(FirstMatchRegistry):
    """A registry in which one place always answers wrongly; everything else is as registered."""

    place: tuple[str, str] = ("", "")
    fault: responses.Response | None = None

    def find(self, request: requests.PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        if self.fault is not None and (request.method, str(request.url).partition("?")[0]) == self.place:
            return self.fault, []
        return super().find(request)


def cases() -> list[tuple[str, str]]:
    return [(kind, story.name) for kind in HOSTS for story in STORIES if (kind, story.name) not in DIFFERENCES]


@pytest.mark.parametrize(("kind", "name"), cases())
def test_the_same_story_gives_the_same_facts(kind: str, name: str, http: responses.RequestsMock) -> None:
    story = BY_NAME[name]
    facts = told(kind, story, http)
    assert_pull_request(facts, story)
    assert isinstance(facts.changed_files, tuple)
    assert set(facts.changed_files) == set(story.changed_files)
    assert isinstance(facts.approvals, Approvals)
    assert {approval.user for approval in facts.approvals.by} - {story.author} == set(story.approved_by) - {story.author}
    if story.state == "open":
        assert_mergeability(facts.mergeability, story)
        assert facts.divergence == Divergence(BASE, MERGE_BASE, facts.divergence.files if isinstance(facts.divergence, Divergence) else ())
        assert isinstance(facts.divergence, Divergence)
        assert set(facts.divergence.files) == set(story.base_files)


def assert_pull_request(facts: Facts, story: Story) -> None:
    pull = facts.pull_request
    assert (pull.state, pull.draft, pull.fork) == (State(story.state), story.draft, story.fork)
    assert (pull.author, pull.head_sha, pull.head_branch, pull.base_sha, pull.base_branch) == (story.author, HEAD, "feature", BASE, "main")
    assert pull.ref.repo.endswith(REPO)


def assert_mergeability(fact: Mergeability | Unknown, story: Story) -> None:
    assert isinstance(fact, Mergeability), fact
    counted = [blocker for blocker in fact.blockers if blocker.kind != "draft"]
    assert ("conflict" in {blocker.kind for blocker in counted}) == story.conflict
    rest = [blocker for blocker in counted if blocker.kind != "conflict"]
    waiting = [check for check in story.checks if check.state != "success"]
    for check in waiting:
        if not check.own:
            assert any(check.name in blocker.name + blocker.text and not blocker.own for blocker in rest), check
    if not any(not check.own for check in waiting):
        assert all(blocker.own or blocker.kind == "review" for blocker in rest), rest


@pytest.mark.parametrize("kind", HOSTS)
def test_every_host_stays_within_its_requests(kind: str, http: responses.RequestsMock) -> None:
    budget = {"github": 3, "gitlab": 8}.get(kind, 6)
    told(kind, BY_NAME["behind in a file that matters"], http)
    assert len(http.calls) <= budget, [call.request.url for call in http.calls]


FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "json": {"message": "no"}},
    "403": {"status": 403, "json": {"message": "no"}},
    "404": {"status": 404, "json": {"message": "no"}},
    "429": {"status": 429, "json": {"message": "slow down"}, "headers": {"Retry-After": "100000"}},
    "500": {"status": 500, "body": "oops"},
    "502": {"status": 502, "body": "<html>bad gateway</html>"},
    "HTML": {"status": 200, "body": "<html>sign in</html>", "content_type": "text/html"},
    "empty": {"status": 200, "body": ""},
    "null": {"status": 200, "json": None},
    "list": {"status": 200, "json": []},
    "object": {"status": 200, "json": {}},
    "timeout": {"body": requests.Timeout("slow")},
    "refused": {"body": requests.ConnectionError("refused")},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", HOSTS)
def test_a_fault_at_any_request_leaves_something_unknown(kind: str, fault: str, http: responses.RequestsMock) -> None:
    """Break each request in turn, for good: either nothing is answered, or the facts that needed it are unknown."""
    told(kind, FINE, http)
    asked = list(dict.fromkeys((call.request.method, str(call.request.url).partition("?")[0]) for call in http.calls))
    assert asked
    for method, url in asked:
        with responses.RequestsMock(assert_all_requests_are_fired=False, registry=FaultyRegistry) as broken:
            registry = broken.get_registry()
            assert isinstance(registry, FaultyRegistry)
            registry.place, registry.fault = (str(method), url), responses.Response(str(method), url, **FAULTS[fault])
            assert not opens(kind, broken), (method, url)


def opens(kind: str, http: responses.RequestsMock) -> bool:
    """Tell whether facts are whole and would open a gate that asks for everything."""
    try:
        facts = told(kind, FINE, http)
    except (HostError, CredentialError, AssertionError):
        return False
    return (
        isinstance(facts.approvals, Approvals)
        and bool(facts.approvals.by)
        and isinstance(facts.mergeability, Mergeability)
        and isinstance(facts.divergence, Divergence)
        and not facts.mergeability.blockers
    )


def test_the_requirements_page_shows_what_hosts_cannot_tell() -> None:
    page = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    for (kind, name), why in DIFFERENCES.items():
        assert f"| {kind} | {name} | {why} |" in page
