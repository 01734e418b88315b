"""Facts documents: reading them, refusing malformed ones, and writing what reads back the same."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from atlantis_gate.errors import ConfigError, HostError
from atlantis_gate.hosts import recorded
from atlantis_gate.hosts.recorded_writing import FACTS_SCHEMA, document
from atlantis_gate.model import Approval, Approvals, Blocker, Divergence, Facts, Mergeability, State, Unknown
from builders import BASE, FACTS, HEAD, PULL, START, facts
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCUMENT: dict[str, Any] = {
    "version": 1,
    "pull_request": {
        "host": "github",
        "repo": "acme/infra",
        "number": 7,
        "url": "https://github.com/acme/infra/pull/7",
        "author": "bob",
        "state": "open",
        "draft": False,
        "fork": False,
        "head_sha": HEAD,
        "head_branch": "feature",
        "base_sha": BASE,
        "base_branch": "main",
    },
    "changed_files": ["staging/main.tf"],
    "approvals": {"by": [{"user": "alice", "commit": HEAD}], "still_required": 0},
    "mergeability": {"blockers": [{"kind": "check", "name": "ci/build", "text": "it failed", "own": False}]},
    "divergence": {"base_sha": BASE, "planned_on": START, "files": ["modules/vpc/main.tf"]},
}


def read(changed: dict[str, Any]) -> Facts:
    return recorded.load(json.dumps(changed).encode(), "facts.json").facts


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the document with one member, named by its path, set to a value (or removed for ...)."""
    made = copy.deepcopy(DOCUMENT)
    *holders, last = path.split(".")
    target: Any = made
    for key in holders:
        target = target[int(key) if key.isdigit() else key]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return made


def test_a_document_is_read_whole() -> None:
    expected = facts(
        mergeability=Mergeability((Blocker("check", "ci/build", "it failed"),)),
        divergence=Divergence(BASE, START, ("modules/vpc/main.tf",)),
    )
    assert read(DOCUMENT) == expected


def test_what_is_written_reads_back_the_same() -> None:
    for given in (FACTS, facts(approvals=Unknown("no"), divergence=Unknown("none")), facts(approvals=Approvals((Approval("a"),), 2))):
        assert read(document(given, {})) == given


def test_absent_facts_are_unknown() -> None:
    found = read({"version": 1, "pull_request": DOCUMENT["pull_request"]})
    assert found.approvals == Unknown("the recorded facts do not hold approvals")
    assert isinstance(found.changed_files, Unknown)


def test_a_recorded_unknown_keeps_its_reason() -> None:
    assert read(changed("approvals", {"unknown": "403"})).approvals == Unknown("403")


def test_still_required_own_and_commit_may_be_absent() -> None:
    assert read(changed("approvals", {"by": [{"user": "alice"}]})).approvals == Approvals((Approval("alice"),), 0)
    assert read(changed("mergeability.blockers.0.own", ...)).mergeability == Mergeability((Blocker("check", "ci/build", "it failed"),))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("version", 2, "version"),
        ("version", True, "version"),
        ("pull_request", ..., "pull_request: missing"),
        ("pull_request", [], "pull_request: not an object"),
        ("pull_request.state", "weird", "pull_request.state"),
        ("pull_request.draft", "false", "pull_request.draft"),
        ("pull_request.fork", ..., "pull_request.fork: missing"),
        ("pull_request.number", "7", "pull_request.number"),
        ("pull_request.number", True, "pull_request.number"),
        ("pull_request.number", -1, "pull_request.number"),
        ("pull_request.number", 0, "pull_request.number"),
        ("pull_request.host", "sourceforge", "pull_request.host"),
        ("pull_request.url", "github.com", "pull_request.url"),
        ("pull_request.head_sha", None, "pull_request.head_sha"),
        ("pull_request.head_sha", "", "pull_request.head_sha"),
        ("changed_files", "x", "changed_files"),
        ("changed_files", [1], "changed_files[0]"),
        ("approvals", [], "approvals"),
        ("approvals.by", ..., "approvals.by"),
        ("approvals.by", [{"user": ""}], "approvals.by[0].user"),
        ("approvals.still_required", -1, "approvals.still_required"),
        ("approvals.still_required", 1.5, "approvals.still_required"),
        ("approvals.stil_required", 1, "approvals.stil_required: unknown"),
        ("approvals", {"unknown": "x", "by": []}, "approvals.by: unknown"),
        ("approvals", {"unknown": 1}, "approvals.unknown"),
        ("mergeability.blockers.0.kind", "chekc", "mergeability.blockers[0].kind"),
        ("mergeability.blockers.0.own", "yes", "mergeability.blockers[0].own"),
        ("divergence.files", ..., "divergence.files"),
        ("files", {"base": {"atlantis.yaml": 1}}, "files.base.atlantis.yaml"),
        ("files", [], "files"),
    ],
)
def test_a_malformed_document_is_refused_and_the_place_named(path: str, value: Any, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(changed(path, value))
    assert place in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 200_000])
def test_what_is_no_document_is_refused(text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"facts\.json"):
        recorded.load(text, "facts.json")


def test_divergence_recorded_for_another_starting_point_is_unknown() -> None:
    host = recorded.load(json.dumps(DOCUMENT).encode(), "facts.json")
    assert isinstance(host.divergence(PULL, "9" * 40), Unknown)
    assert host.divergence(PULL, START[:12]) == read(DOCUMENT).divergence


def test_recorded_texts_are_answered_by_commit_and_others_are_an_error() -> None:
    made = {**DOCUMENT, "files": {"base": {"atlantis.yaml": "version: 3\n", "repos.yaml": None}}}
    host = recorded.load(json.dumps(made).encode(), "facts.json")
    assert host.file("atlantis.yaml", BASE) == b"version: 3\n"
    assert host.file("repos.yaml", BASE) is None
    with pytest.raises(HostError, match=r"do not hold atlantis\.yaml"):
        host.file("atlantis.yaml", HEAD)


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_known(state: State) -> None:
    assert read(changed("pull_request.state", state.value)).pull_request.state is state


def test_the_schema_takes_what_is_written_and_refuses_what_is_malformed() -> None:
    checker = jsonschema.Draft202012Validator(FACTS_SCHEMA)
    checker.validate(DOCUMENT)
    checker.validate(document(facts(approvals=Unknown("x")), {"base": {"atlantis.yaml": None}}))
    assert not checker.is_valid(changed("mergeability.blockers.0.kind", "chekc"))
    assert not checker.is_valid(changed("approvals.stil_required", 1))
    assert not checker.is_valid(changed("pull_request.state", "weird"))


def test_the_published_schema_is_the_codes(golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "schemas" / "facts.schema.json", json.dumps(FACTS_SCHEMA, indent=2) + "\n")
