"""The page about Gitea is in step with the code."""

from __future__ import annotations

import re
from pathlib import Path

from atlantis_gate.hosts import gitea, gitea_api, gitea_credentials

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hosts" / "gitea.md").read_text(encoding="utf-8")


def test_the_page_lists_every_variable_in_the_order_in_which_they_count() -> None:
    table = PAGE.partition("## Credentials")[2].partition("The token goes")[0]
    known = (*gitea_credentials.TOKENS, gitea_credentials.JOB_TOKEN, *gitea_credentials.MARKERS)
    assert tuple(re.findall(r"`([A-Z]+_[A-Z_]+)`", table)) == known


def test_the_scopes_of_the_page_are_those_that_errors_name() -> None:
    named = set(re.findall(r"`((?:read|write):\w+)`", PAGE))
    assert named == {gitea_api.READ, gitea_api.WRITE, gitea_api.COMMENT, gitea_api.USER}


def test_the_time_until_a_conflict_is_believed_is_that_of_the_code() -> None:
    assert sum(gitea.PAUSES) == 11
    assert "asked again for eleven\n  seconds" in PAGE
