"""Whole runs on recorded facts: nothing that gets worse lets a run end in exit 0, and what says the same thing ends the same way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlantis_gate.frozen import replace
from atlantis_gate.hosts.recorded_writing import document
from programs import Ran, gate, workspace
from requirements.worlds import ALL, World, worlds, worse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., Ran]

CHANGED = ("staging/main.tf", "prod/main.tf", "new/main.tf")
REPOS_YAML = "repos: [{id: /.*/, allowed_overrides: [apply_requirements]}]\n"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs the program on a world, with more options, or with its document replaced."""
    root = workspace(tmp_path_factory.mktemp("checkout"), dict.fromkeys(CHANGED, "# x\n"))
    outside = workspace(tmp_path_factory.mktemp("outside"), {"repos.yaml": REPOS_YAML})

    def run(world: World, *options: str, instead: Document | None = None) -> Ran:
        listed = [{"dir": one.dir, "apply_requirements": [each.name for each in one.requirements["apply"]]} for one in world.projects]
        (root / "atlantis.yaml").write_text(json.dumps({"version": 3, "projects": listed}))
        (outside / "facts.json").write_text(json.dumps(recorded(world) if instead is None else instead))
        places = ["--facts", str(outside / "facts.json"), "--root", str(root), "--repos-yaml", str(outside / "repos.yaml")]
        return gate("check", "--format", "json", *places, *bypass(world), *options)

    return run


def recorded(world: World) -> Document:
    """Return the facts document of a world that changes every project."""
    return document(replace(world.case.facts, changed_files=CHANGED), {})


def bypass(world: World) -> list[str]:
    given = world.case.bypass
    flags = ["--gh-allow-mergeable-bypass-apply"] if given.enabled else []
    return [*flags, "--vcs-status-name", given.status_name, "--ignore-vcs-status-names", ",".join(given.ignored_names)]


def worse_here(world: World) -> dict[str, World]:
    """Return a few of the worlds in which one thing is worse, by what it is."""
    return dict(worse(world, ("approved", "policies_passed"), ("check", "review"), ("ci/build", "atlantis/apply")))


@pytest.fixture(scope="module")
def shut(run: Run) -> dict[str, World]:
    """Return worlds that are one step from one that is open, and are shut."""
    assert run(ALL).code == 0
    found = {what: world for what, world in worse_here(ALL).items() if run(world).code != 0}
    assert len(found) > len(worse_here(ALL)) / 2
    return found


def test_no_fact_can_be_worsened_and_a_run_open_that_was_shut(run: Run, shut: dict[str, World]) -> None:
    opened = [(first, second) for first, world in shut.items() for second, other in worse_here(world).items() if run(other).code == 0]
    assert opened == []


@given(world=worlds(), data=st.data())
@settings(max_examples=40)
def test_no_fact_can_be_worsened_and_the_run_open(run: Run, world: World, data: st.DataObject) -> None:
    before = run(world)
    what, other = data.draw(st.sampled_from(list(worse(world))))
    after = run(other)
    assert before.code == 0 or after.code != 0, (what, before.out, after.out)


def worse_documents(found: Document) -> Iterator[tuple[str, Document]]:
    """Yield documents that say less, say it wrongly, or say something that is refused."""
    for fact in ("changed_files", "approvals", "mergeability", "divergence"):
        yield f"{fact} left out", {key: value for key, value in found.items() if key != fact}
        for wrong in ({"unknown": "x"}, None, {}, [None], "x", {"unknown": "x", "by": []}):
            yield f"{fact} is {wrong}", {**found, fact: wrong}
        if isinstance(found[fact], dict):
            yield f"{fact} with a key that means nothing", {**found, fact: {**found[fact], "extra": 1}}
    for key, refused in (("fork", True), ("state", "closed"), ("state", "x"), ("head_sha", ""), ("draft", None), ("author", "")):
        yield f"{key} is {refused!r}", {**found, "pull_request": {**found["pull_request"], key: refused}}


SHUTTING = (["--head-sha", "9" * 40], ["--repo-allowlist", "github.com/other/*"], ["--planned-on", "9" * 40], ["--project", "nobody"])
ASKING = (*(["--require", name] for name in ("approved", "mergeable", "undiverged", "policies_passed")), ["--enable-policy-checks"])


def test_a_document_that_says_less_shuts_a_run_and_so_does_an_option_that_refuses(run: Run) -> None:
    assert [what for what, less in worse_documents(recorded(ALL)) if run(ALL, instead=less).code == 0] == []
    assert [options for options in SHUTTING if run(ALL, *options).code == 0] == []


@pytest.mark.parametrize("reason", ["approval 0 taken back", "check ci/build blocks", "staging/main.tf moved", "a draft"])
def test_no_document_that_says_less_and_no_option_that_asks_for_more_opens_a_run(run: Run, shut: dict[str, World], reason: str) -> None:
    world = shut[reason]
    assert [what for what, less in worse_documents(recorded(world)) if run(world, instead=less).code == 0] == []
    assert [options for options in (*SHUTTING, *ASKING) if run(world, *options).code == 0] == []


def same_documents(found: Document, shuffled: Callable[[list[Any]], list[Any]]) -> Iterator[tuple[str, Document]]:
    """Yield documents that say the same in another order, twice, in other letters, or with keys that mean nothing."""
    pull = found["pull_request"]
    yield "keys in another order", dict(reversed(found.items()))
    yield "a key more", {**found, "extra": {"unknown": "x"}}
    yield "a key of the pull request more", {**found, "pull_request": {**pull, "extra": "x"}}
    yield "the author in other letters", {**found, "pull_request": {**pull, "author": pull["author"].swapcase()}}
    yield "changed files twice", {**found, "changed_files": shuffled([*CHANGED, *CHANGED])}
    for fact, key in (("approvals", "by"), ("mergeability", "blockers"), ("divergence", "files")):
        if key in found[fact]:
            listed = found[fact][key]
            yield f"{key} in another order", {**found, fact: {**found[fact], key: shuffled(listed)}}
            yield f"{key} twice", {**found, fact: {**found[fact], key: [*listed, *listed]}}
    if "by" in found["approvals"]:
        by = [{**each, "user": each["user"].swapcase()} for each in found["approvals"]["by"]]
        yield "users in other letters", {**found, "approvals": {**found["approvals"], "by": by}}


@given(world=worlds(), data=st.data())
@settings(max_examples=60)
def test_what_says_the_same_ends_the_same(run: Run, world: World, data: st.DataObject) -> None:
    found = recorded(world)
    what, other = data.draw(st.sampled_from(list(same_documents(found, lambda items: data.draw(st.permutations(items))))))
    before, after = run(world), run(world, instead=other)
    assert after.code == before.code, what
    if before.out:
        assert [one["outcome"] for one in after.document["projects"]] == [one["outcome"] for one in before.document["projects"]], what
