"""A pull request that changes atlantis.yaml is judged by both versions: it can add to its own gate and not take from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.config import judged_by_both
from builders import project
from config.files import merged, names

if TYPE_CHECKING:
    from atlantis_gate.model import Project


def listed(*entries: str) -> tuple[Project, ...]:
    return merged("version: 3\nprojects:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))


def test_what_did_not_change_stays_as_it_is() -> None:
    both = listed("dir: a, apply_requirements: [approved]", "dir: b")

    assert judged_by_both(both, both) == (both, ())


def test_a_requirement_that_was_taken_out_still_counts_and_is_named() -> None:
    head = listed("dir: a, apply_requirements: [undiverged]", "dir: b, plan_requirements: []")
    base = listed("dir: a, apply_requirements: [approved, mergeable]", "dir: b, plan_requirements: [approved]")

    union, texts = judged_by_both(head, base)
    assert [(names(item), names(item, "plan")) for item in union] == [(["approved", "mergeable", "undiverged"], []), ([], ["approved"])]
    assert texts == (
        "project a/default: apply no longer asks for approved (as atlantis.yaml:3 does); it still counts here",
        "project a/default: apply no longer asks for mergeable (as atlantis.yaml:3 does); it still counts here",
        "project b/default: plan no longer asks for approved (as atlantis.yaml:4 does); it still counts here",
    )


def test_a_requirement_that_is_kept_is_not_named() -> None:
    head = listed("dir: a, apply_requirements: [mergeable]")
    base = listed("dir: a, apply_requirements: [approved, mergeable]")

    union, texts = judged_by_both(head, base)
    assert names(union[0]) == ["approved", "mergeable"]
    assert texts == ("project a/default: apply no longer asks for approved (as atlantis.yaml:3 does); it still counts here",)


def test_a_command_that_a_version_says_nothing_of_asks_for_nothing_there() -> None:
    none, some = project("a", requirements={}), project("a", "approved")

    for head, base, count in ((none, some, 1), (some, none, 0)):
        union, texts = judged_by_both([head], [base])
        assert [(names(item), names(item, "plan"), names(item, "import")) for item in union] == [(["approved"], [], [])]
        assert len(texts) == count


def test_a_project_that_was_taken_out_keeps_what_the_base_says_and_is_named() -> None:
    head, base = listed("dir: b"), listed("dir: a, name: old, apply_requirements: [approved]", "dir: b")

    union, texts = judged_by_both(head, base)
    assert [(item.id, names(item)) for item in union] == [("b/default", []), ("old", ["approved"])]
    assert texts == ("project old (atlantis.yaml:3) is not in this version any more; it is judged as before",)
    assert judged_by_both([], [project("a")])[1] == ("project a/default is not in this version any more; it is judged as before",)


@pytest.mark.parametrize(
    ("head", "base"),
    [("dir: a, name: new", "dir: a, name: old"), ("dir: a, name: new", "dir: a"), ("dir: a", "dir: a, name: old")],
)
def test_a_renamed_project_is_one_project(head: str, base: str) -> None:
    union, texts = judged_by_both(listed(head), listed(base + ", apply_requirements: [approved]"))

    assert [(item.key, names(item)) for item in union] == [(listed(head)[0].key, ["approved"])]
    assert len(texts) == 1


def test_a_project_in_another_workspace_or_directory_is_another_project() -> None:
    union, texts = judged_by_both(listed("dir: a, workspace: x"), listed("dir: a, workspace: y", "dir: b, workspace: x"))

    assert [item.id for item in union] == ["a/x", "a/y", "b/x"]
    assert len(texts) == 2


def test_a_rename_among_several_is_not_guessed() -> None:
    head = listed("dir: a, name: one", "dir: a, name: two")
    base = listed("dir: a, name: three, apply_requirements: [approved]")

    union, _ = judged_by_both(head, base)
    assert [(item.id, names(item)) for item in union] == [("one", []), ("two", []), ("three", ["approved"])]


def test_a_discovered_project_takes_over_what_the_configured_one_asked_for() -> None:
    union, _ = judged_by_both([project("a", configured=False)], [project("a", "approved", name="old")])

    assert [(item.id, names(item)) for item in union] == [("a/default", ["approved"])]


ENTRY = st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x", "y"]), st.lists(st.sampled_from(["approved", "mergeable"]), unique=True))


@given(st.lists(ENTRY, max_size=4), st.lists(ENTRY, max_size=4))
def test_no_version_can_take_a_project_or_a_requirement_from_the_other(
    head: list[tuple[str, str, list[str]]], base: list[tuple[str, str, list[str]]]
) -> None:
    sides = [list({item.key: item for item in (project(d, *r, name=n or None) for d, n, r in side)}.values()) for side in (head, base)]

    union, _ = judged_by_both(*sides)
    for item in (*sides[0], *sides[1]):
        assert any(item.dir == kept.dir and set(names(item)) <= set(names(kept)) for kept in union)
    assert len({item.key for item in union}) == len(union)
