"""A sieve never holds back an item that a text could match, and holds back most others."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atlantis_gate.selection.sieve import Sieve

texts = st.text(alphabet="ab/.", max_size=12)


@given(items=st.lists(st.lists(texts, max_size=3), max_size=20), text=texts)
@example(items=[["ab/"], *[["/////"]] * 9], text="..ab/.")
@example(items=[["ab/a"], *[["ab/b"]] * 9], text="ab/a")
def test_every_item_whose_literals_are_in_the_text_comes_once(items: list[list[str]], text: str) -> None:
    found = list(Sieve([(literals, number) for number, literals in enumerate(items)]).fitting(text))

    assert len(found) == len(set(found))
    assert {number for number, literals in enumerate(items) if all(literal in text for literal in literals)} <= set(found)


@pytest.mark.parametrize("mark", ["app-", "!!!!", "~~~~"])
def test_items_with_literals_of_their_own_are_told_apart(mark: str) -> None:
    sieve = Sieve([([f"{mark}{number:04}/"], number) for number in range(2_000)])

    assert len(list(sieve.fitting(f"modules/{mark}0123/x.tf"))) < 30
