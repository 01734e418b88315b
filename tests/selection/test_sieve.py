"""A sieve never holds back an item that a text could match, and holds back most others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.selection.sieve import Sieve

texts = st.text(alphabet="ab/.", max_size=12)


@given(items=st.lists(st.lists(texts, max_size=3), max_size=20), text=texts)
def test_every_item_whose_literals_are_in_the_text_comes_once(items: list[list[str]], text: str) -> None:
    found = list(Sieve([(literals, number) for number, literals in enumerate(items)]).fitting(text))

    assert len(found) == len(set(found))
    assert {number for number, literals in enumerate(items) if all(literal in text for literal in literals)} <= set(found)


def test_items_with_literals_of_their_own_are_told_apart() -> None:
    sieve = Sieve([([f"app-{number:04}/"], number) for number in range(2_000)])

    assert len(list(sieve.fitting("modules/app-0123/x.tf"))) < 30
