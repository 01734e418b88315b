"""The pages about Bitbucket are in step with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from atlantis_gate.hosts import bitbucket_cloud_access as cloud
from atlantis_gate.hosts import bitbucket_cloud_rest as rest
from atlantis_gate.hosts import bitbucket_data_center_access as center
from atlantis_gate.hosts.bitbucket_cloud_merged import _RECENT
from atlantis_gate.hosts.bitbucket_cloud_writing import READ_USER
from atlantis_gate.hosts.bitbucket_data_center_builds import _MOST
from atlantis_gate.hosts.bitbucket_keys import LIMIT

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "hosts"
VARIABLE = re.compile(r"`((?:[A-Z]+_)+[A-Z]+)`")


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bitbucket-cloud", (cloud.TOKENS[0], *cloud.USERS, cloud.TOKENS[1], *cloud.CI_TOKENS)),
        ("bitbucket-data-center", center.TOKENS),
    ],
)
def test_the_page_lists_every_variable_in_the_order_in_which_they_count(name: str, expected: tuple[str, ...]) -> None:
    table = page(name).partition("## Credentials")[2].partition("\n\n")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert tuple(dict.fromkeys(VARIABLE.findall(table))) == expected


def test_the_variables_beside_the_table_are_named_too() -> None:
    assert {name for name in (*cloud.APP_PASSWORDS, *cloud.BASE_URLS) if f"`{name}`" not in page("bitbucket-cloud")} == set()


@pytest.mark.parametrize("needs", [rest.READ_REPOSITORY, rest.READ_PULL])
def test_every_scope_that_an_error_asks_for_is_on_the_page(needs: str) -> None:
    (scope,) = re.findall(r"[a-z]+:[a-z]+:bitbucket", needs)
    permission = re.findall(r"an access token: (.*), (.*)\)", needs)[0]
    assert f"| {scope}; {': '.join(permission)} |" in page("bitbucket-cloud")


def test_the_scope_for_the_tokens_user_is_on_the_page() -> None:
    assert f"`{READ_USER.rpartition(' ')[2]}`" in page("bitbucket-cloud")


def test_the_limits_of_the_pages_are_those_of_the_code() -> None:
    assert f"among the {_RECENT} that were merged last" in page("bitbucket-cloud")
    assert f"the latest {_MOST} builds" in page("bitbucket-data-center")
    assert all(f"at most {LIMIT} characters" in page(name) for name in ("bitbucket-cloud", "bitbucket-data-center"))
