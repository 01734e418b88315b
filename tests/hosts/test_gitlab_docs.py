"""The page about GitLab is in step with the code."""

from __future__ import annotations

import re
from pathlib import Path

from atlantis_gate.hosts import gitlab_credentials as credentials
from atlantis_gate.hosts import gitlab_mergeability as mergeability

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hosts" / "gitlab.md").read_text(encoding="utf-8")


def test_the_page_lists_every_variable_in_the_order_in_which_they_count() -> None:
    table = PAGE.partition("## Credentials")[2].partition("The token goes")[0]
    assert tuple(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == (*credentials.TOKENS, credentials.JOB_TOKEN)


def test_the_page_names_the_words_that_are_waited_for_and_taken_apart() -> None:
    told = {word for word in mergeability._COMPUTING if not word.startswith("cannot_be_merged")}
    assert {word for word in (*told, *mergeability.PIPELINE) if f"`{word}`" not in PAGE} == set()


def test_the_scopes_of_the_page_are_those_the_gate_asks_for() -> None:
    assert {scope for scope in ("read_api", "api") if f"scope `{scope}`" not in PAGE or scope not in credentials.ADVICE} == set()
