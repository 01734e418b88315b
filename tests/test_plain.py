"""Untrusted text comes out harmless for terminals, CIs, Markdown and JSON, and reads as it was."""

from __future__ import annotations

import json
import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from atlantis_gate.plain import block, json_text, markdown, one_line
from report.hostile import HOSTILE, obeyed

PARSER = MarkdownIt("gfm-like", {"linkify": False})
ANY_TEXT = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join))
HARMLESS_TOKENS = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
ZERO_WIDTH_SPACE = "\u200b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("two\r\n  lines", "two lines"),
        ("tab\tand\x0bfeed", "tab and feed"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("bell\x07", "bell\ufffd"),
        ("right\u202eleft\u2066isolate", "right\ufffdleft\ufffdisolate"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("lone\ud800surrogate", "lone\ufffdsurrogate"),
        ("next\x85line\u2028separator", "next line separator"),
        ("no\xa0break", "no break"),
        ("warning \u26a0\ufe0f", "warning \u26a0"),
        ("filler\u3164", "filler"),
        ("größe 漢字 😀", "größe 漢字 😀"),
        ("  trimmed  ", "trimmed"),
        ("::error::x", ": :error::x"),
        (" \u2003::error::x", ": :error::x"),
        ("\ufe0f::error::x", ": :error::x"),
        ("a ::error::x", "a ::error::x"),
        ("--- x", "- -- x"),
        ("+++ ::error::x", "+ ++ ::error::x"),
        ("\n~~~ ##[x]", "~ ~~ # #[x]"),
        ("^^^ +++", "^ ^^ +++"),
        ("a --- x", "a --- x"),
        ("---", "---"),
        ("x ##[set-output name=allowed]true", "x # #[set-output name=allowed]true"),
        ("x ##vso[task.complete result=Succeeded]", "x # #vso[task.complete result=Succeeded]"),
        ("##VSO[x]", "# #VSO[x]"),
        ("##teamcity[x]", "# #teamcity[x]"),
        ("###[x]", "## #[x]"),
        ("##\ufe0f[x]", "# #[x]"),
        ("## heading", "## heading"),
    ],
)
def test_one_line_shows_text_and_takes_its_power(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("ab cdef", 4, "ab…"), ("abc", 0, "…"), ("😀😀😀", 2, "😀…"), ("", 5, "")],
)
def test_one_line_is_cut_with_an_ellipsis(text: str, limit: int, expected: str) -> None:
    assert one_line(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x" * 1_000_000, "xxx…"), (" \n" * 1_000_000 + "x", "…"), ("\u3164" * 1_000_000, "…"), ("x" + " " * 1_000_000, "x…")],
)
def test_what_is_left_out_of_a_long_text_is_shown_by_the_ellipsis(text: str, expected: str) -> None:
    assert one_line(text, 4) == expected


def test_block_keeps_lines_and_indentation() -> None:
    assert block("a\n  b\r\n  ::error::c\rd ##[x]\te") == "a\n  b\n  : :error::c\nd # #[x] e"


@given(ANY_TEXT)
def test_no_line_is_obeyed_by_a_ci(text: str) -> None:
    assert [obeyed(shape(text)) for shape in (one_line, block, markdown, json_text)] == [None] * 4


@given(ANY_TEXT)
def test_only_visible_characters_are_left(text: str) -> None:
    left = {unicodedata.category(character) for character in one_line(text) + block(text).replace("\n", "")}
    assert left & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()


@given(ANY_TEXT)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert block(block(text)) == block(text)


@given(ANY_TEXT)
def test_markdown_renders_to_the_same_words_without_any_markup(text: str) -> None:
    tokens = PARSER.parse(markdown(text))
    inner = [child for token in tokens for child in token.children or []]
    assert {token.type for token in [*tokens, *inner]} <= HARMLESS_TOKENS
    assert "".join(child.content for child in inner).replace(ZERO_WIDTH_SPACE, "") == one_line(text)


@given(ANY_TEXT)
def test_markdown_stays_in_its_table_cell(text: str) -> None:
    rendered = PARSER.parse(f"| a | b |\n| --- | --- |\n| {markdown(text)} | end |\n")
    cells = [token for token in rendered if token.type == "td_open"]
    inner = [child for token in rendered for child in token.children or []]
    assert len(cells) == 2
    assert {child.type for child in inner} <= {"text", "text_special"}


@given(ANY_TEXT)
def test_markdown_is_safe_inside_an_html_block_too(text: str) -> None:
    inside = markdown(text)
    assert re.search(r"[<>\"]", inside.replace('"', "")) is None
    assert re.fullmatch(r"(?:[^&]|&#[0-9]+;)*", inside)


@pytest.mark.parametrize(
    "text",
    [
        "@alice",
        "me@example.com",
        "#12",
        "!12",
        "GH-12",
        "acme/infra#3",
        "&4",
        "~label",
        "%milestone",
        "$5",
        ":tada:",
        "@{c0ffee}",
        "[epic:1]",
    ],
)
def test_markdown_breaks_what_hosts_would_link_or_notify(text: str) -> None:
    rendered = "".join(child.content for token in PARSER.parse(f"see {markdown(text)}") for child in token.children or [])
    assert ZERO_WIDTH_SPACE in rendered
    assert rendered.replace(ZERO_WIDTH_SPACE, "") == f"see {text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo_bar.tf", "foo&#95;bar.tf"),
        ("staging/default", "staging/default"),
        ("repos.yaml:3:5", "repos.yaml:3:5"),
        ("https://evil.example", "https:&#8203;//evil.example"),
        ("www.evil.example", "www&#46;evil.example"),
        ("/merge", "&#47;merge"),
        ("- item", "&#45; item"),
        ("1. item", "1&#8203;. item"),
        ("2) item", "2&#8203;) item"),
        ("a|b", "a&#124;b"),
        ("<!-- x -->", "&#60;!-- x --&#62;"),
    ],
)
def test_markdown_escapes_what_means_something(text: str, expected: str) -> None:
    assert markdown(text) == expected


def test_markdown_cuts_before_it_escapes() -> None:
    assert markdown("____", 3) == "&#95;&#95;…"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=10,
)


@given(JSON_VALUES, st.sampled_from([None, 2]))
def test_json_text_parses_to_the_same_value(value: object, indent: int | None) -> None:
    text = json_text(value, indent)
    assert json.loads(text) == value
    assert obeyed(text) is None
    assert re.search(r"[^\n -~]", text) is None


def test_json_text_escapes_commands_inside_strings() -> None:
    assert json_text({"a": "##[x]\x7f"}) == r'{"a":"\u0023\u0023[x]\u007f"}'


def test_json_text_refuses_what_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(float("nan"))


@pytest.mark.parametrize("piece", ["#", "##a", "::", " ", "\n", ":a", "1", "&", "[a", "GH-", "\x1b", "😀\u200d"])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    start = time.process_time()
    for shape in (one_line, block, markdown, json_text):
        shape(text)
    assert time.process_time() - start < 10
