"""Answers that hold the credential that they were asked with are not shown, and nothing rests on them."""

from __future__ import annotations

import json

import pytest

from atlantis_gate.hosts.calls import Raw, TransportError
from atlantis_gate.hosts.echoes import unechoed

TOKEN = "p+/=&" + "s" * 20


def raw(status: int, text: str = "", **headers: str) -> Raw:
    return Raw(status, {"content-type": "application/json", **headers}, text)


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"message": TOKEN[:-1]}), "p+"])
def test_any_other_answer_stays_as_it_is(text: str) -> None:
    for status in (200, 204, 302, 401, 500):
        assert unechoed(raw(status, text), (TOKEN, "")) == raw(status, text)


@pytest.mark.parametrize("text", [TOKEN, json.dumps({"message": f"x {TOKEN} y"}), TOKEN.replace("/", r"\/"), TOKEN.replace("+", "\\u002B")])
def test_a_refusal_loses_its_words_and_a_good_answer_counts_for_nothing(text: str) -> None:
    assert unechoed(raw(403, text), (TOKEN,)) == raw(403)
    with pytest.raises(TransportError, match="the very credential") as caught:
        unechoed(raw(200, text), (TOKEN,))
    assert not caught.value.passing


def test_a_header_with_it_is_dropped_from_a_refusal_and_a_good_answer_with_one_counts_for_nothing() -> None:
    assert unechoed(raw(401, "x", debug=TOKEN, other="1"), (TOKEN,)) == raw(401, other="1")
    with pytest.raises(TransportError):
        unechoed(raw(200, "x", debug=TOKEN), (TOKEN,))


def test_a_word_that_is_too_short_for_a_credential_may_stand_in_an_answer() -> None:
    assert unechoed(raw(200, "the token"), ("token",)) == raw(200, "the token")
