"""Nothing that comes from outside changes the shape of what is rendered, or is obeyed by a CI, a terminal or a host."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from atlantis_gate.decisions import Refusal, Report
from atlantis_gate.plain import json_text, one_line
from atlantis_gate.report.annotations import annotations as annotated
from atlantis_gate.report.comment import comment
from atlantis_gate.report.document import document
from atlantis_gate.report.outputs import outputs
from atlantis_gate.report.statuses import statuses
from atlantis_gate.report.summary import summary
from atlantis_gate.report.terminal import text
from report.hostile import HOSTILE, obeyed
from report.reports import hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markdown_it.token import Token

# A text that shows nothing makes an empty cell, which is no harm but has another shape.
TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join)).filter(one_line)
PARSER = MarkdownIt("gfm-like", {"linkify": False})
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/mention_filter.rb
NOTIFIES = re.compile(r"(?:^|\W)[@#!][\w{]", re.MULTILINE)
# https://docs.gitlab.com/user/project/quick_actions/
QUICK_ACTION = re.compile(r"^\s*/\w", re.MULTILINE)


def refused(value: str) -> Report:
    return hostile(value, refusal=Refusal("fork", value, value))


def failed(value: str) -> Report:
    """Return a report on an error of two lines: its own line breaks are what makes lines of it."""
    line = " ".join(value.splitlines())
    return hostile("x", error=f"{line}\n{line}")


def tokens(markdown: str) -> Iterator[Token]:
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or []


def shape(markdown: str) -> list[tuple[str, str]]:
    """Return the elements of rendered Markdown in order, with the tags of embedded HTML, without its texts."""
    found = []
    for token in tokens(markdown):
        if token.type.startswith("html"):
            found += [("html", tag) for tag in re.findall(r"<[^>]*>", token.content)]
        elif token.type not in ("text", "text_special"):
            found.append((token.type, token.tag))
    return found


def words(markdown: str) -> str:
    return "\n".join(token.content for token in tokens(markdown) if token.type in ("text", "text_special"))


@pytest.mark.parametrize("render", [summary, comment])
@pytest.mark.parametrize("make", [hostile, refused, failed])
@given(value=TEXTS)
def test_markdown_keeps_its_shape_whatever_is_in_it(make: Callable[[str], Report], render: Callable[[Report], str], value: str) -> None:
    assert shape(render(make(value))) == shape(render(make("x")))


@given(value=TEXTS)
def test_a_comment_mentions_nobody_and_refers_to_nothing(value: str) -> None:
    written = comment(hostile(value))
    assert NOTIFIES.search(words(written)) is None
    assert QUICK_ACTION.search(written) is None


@given(value=TEXTS)
def test_no_rendered_text_is_obeyed(value: str) -> None:
    report = hostile(value)
    shown = [summary(report), comment(report), text(report, color=False), json_text(document(report), 2), *outputs(report).values()]
    shown += [str(part) for status in statuses(report, "gate", "") for part in asdict(status).values()]
    shown += [str(part) for annotation in annotated(report) for part in asdict(annotation).values()]
    assert [obeyed(each) for each in shown] == [None] * len(shown)


@given(value=TEXTS)
def test_the_only_escapes_in_a_terminal_are_our_colors(value: str) -> None:
    colored = text(hostile(value), color=True)
    assert re.sub(r"\x1b\[[0-9;]+m", "", colored) == text(hostile(value), color=False)
    assert obeyed(re.sub(r"\x1b\[[0-9;]+m", "", colored)) is None


@given(value=TEXTS)
def test_the_document_holds_the_texts_exactly(value: str) -> None:
    assert json.loads(json_text(document(hostile(value)))) == document(hostile(value))
