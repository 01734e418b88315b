"""A pull request named by options."""

from __future__ import annotations

import re

import pytest

from atlantis_gate.ci.explicit import reference, split_id
from atlantis_gate.errors import UsageError
from atlantis_gate.model import PullRequestRef

SERVERS = {"github": ("https://github.com", "ATLANTIS_GH_HOSTNAME"), "bitbucket-data-center": ("", "ATLANTIS_BITBUCKET_BASE_URL")}


def named(host: str = "", host_url: str = "", repo: str = "", number: str = "7", **env: str) -> PullRequestRef | None:
    return reference(env, SERVERS, host=host, host_url=host_url, repo=repo, number=number)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"host": "github", "repo": "acme/infra"}, ("github", "https://github.com", "acme/infra")),
        ({"repo": "github.com/acme/infra"}, ("github", "https://github.com", "acme/infra")),
        ({"host": "github", "repo": "git.corp.example/acme/infra"}, ("github", "https://git.corp.example", "acme/infra")),
        ({"host": "github", "host_url": "http://127.0.0.1:8080/", "repo": "acme/infra"}, ("github", "http://127.0.0.1:8080", "acme/infra")),
        ({"host": "github", "repo": "acme/infra", "ATLANTIS_GH_HOSTNAME": "git.corp"}, ("github", "https://git.corp", "acme/infra")),
        ({}, ("", "", "")),
    ],
)
def test_a_pull_request_is_put_together_from_the_options(options: dict[str, str], expected: tuple[str, str, str]) -> None:
    host, server, repo = expected
    assert named(**options) == PullRequestRef(host=host, server_url=server, repo=repo, number=7)


def test_without_a_number_none_is_named() -> None:
    assert named(number="") is None
    assert named(number="", repo="acme/infra") is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"number": "seven"}, "'seven' is not the number"),
        ({"number": "0"}, "'0' is not the number"),
        ({"number": "-7"}, "'-7' is not the number"),
        ({"number": "\u0667"}, "is not the number"),
        ({"number": "", "host": "github"}, "need --pull-request"),
        ({"host": "github"}, "--host needs --repo"),
        ({"host": "sourceforge", "repo": "a/b"}, "'sourceforge' is not a host"),
        ({"repo": "acme/infra"}, "cannot tell which host"),
        ({"repo": "git.corp.example/acme/infra"}, "cannot tell which host"),
        ({"host": "github", "repo": "acme"}, "neither owner/repo nor"),
        ({"host": "github", "repo": "acme//infra"}, "neither owner/repo nor"),
        ({"host": "github", "repo": "acme/infra", "host_url": "github.com"}, "is not a web address"),
        ({"host": "github", "repo": "acme/infra", "host_url": "https://user:secret@github.com"}, "is not a web address"),
        ({"host": "bitbucket-data-center", "repo": "acme/infra"}, "needs --host-url"),
    ],
)
def test_what_names_no_pull_request_is_an_error(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        named(**options)


def test_a_host_name_is_told_from_an_owner_by_its_dot() -> None:
    assert split_id("gitlab.com/group/sub/repo") == ("gitlab.com", "group/sub/repo")
    assert split_id("group/sub/repo") == ("", "group/sub/repo")
    assert split_id("my.org/repo") == ("", "my.org/repo")
