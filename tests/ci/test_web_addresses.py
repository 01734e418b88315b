"""Only the web page of a pull request names one, and only a git remote on a server names a repository."""

from __future__ import annotations

import pytest

from atlantis_gate.ci import web_addresses
from atlantis_gate.model import PullRequestRef


@pytest.mark.parametrize(
    ("url", "host", "server", "repo"),
    [
        ("https://gitlab.example/a/b/merge_requests/7", "gitlab", "https://gitlab.example", "a/b"),
        ("https://gitlab.com/a/b/c/-/merge_requests/7/diffs", "gitlab", "https://gitlab.com", "a/b/c"),
        ("https://git.example/users/bob/repos/x/pull-requests/7/", "bitbucket-data-center", "https://git.example", "~bob/x"),
        ("https://git.example/sub/a/b/pulls/7/files", "gitea", "https://git.example/sub", "a/b"),
        ("http://[::1]:3000/a/b/pulls/7", "gitea", "http://[::1]:3000", "a/b"),
        ("https://dev.azure.com/o/_git/r/pullrequest/7", "azure-devops", "https://dev.azure.com", "o/r/r"),
        ("https://o.visualstudio.com/p/_git/r/pullrequest/7", "azure-devops", "https://dev.azure.com", "o/p/r"),
        ("https://o.visualstudio.com/DefaultCollection/p/_git/r/pullrequest/7", "azure-devops", "https://dev.azure.com", "o/p/r"),
        ("https://o.visualstudio.com/_git/r/pullrequest/7", "azure-devops", "https://dev.azure.com", "o/r/r"),
        ("https://tfs.example/tfs/C/p/_git/r/pullrequest/7", "azure-devops", "https://tfs.example/tfs", "C/p/r"),
        ("https://tfs.example/C/_git/r/pullrequest/7", "azure-devops", "https://tfs.example", "C/r/r"),
    ],
)
def test_a_web_address_names_a_pull_request(url: str, host: str, server: str, repo: str) -> None:
    assert web_addresses.pull_request(url) == PullRequestRef(host=host, server_url=server, repo=repo, number=7)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/a/b/pull/7",
        "ftp://github.com/a/b/pull/7",
        "https://github.com/a/b/pull/0",
        "https://github.com/a/b/pull/7x",
        "https://github.com/a/b/pull/12345678901",
        "https://github.com/a/b/pull/\u0667",
        "https://github.com/a/b/issues/7",
        "https://github.com/a/../pull/7",
        "https://github.com/a//pull/7",
        "https://github.com/a%2Fb/c/pull/7",
        "https://github.com/a/b/pull/7?x=1",
        "https://github.com/a/b/pull/7#x",
        "https://github.com/a/b/pull/7\n",
        "https://git\nhub.com/a/b/pull/7",
        "https://u:p@github.com/a/b/pull/7",
        "https://github.com:99999/a/b/pull/7",
        "https://github.com:0/a/b/pull/7",
        "https://github.com\\@evil.example/a/b/pull/7",
        "https://gitlab.com/a/b/pull/7",
        "https://github.com/a/b/pulls/7",
        "https://api.github.com/repos/a/b/pulls/7",
        "https://git.example/api/v3/repos/a/b/pulls/7",
        "https://git.example/a/b/pull-requests/7",
        "https://gitlab.example/a/-/merge_requests/7",
        "https://dev.azure.com/_git/r/pullrequest/7",
        "https://dev.azure.com/o/p/x/_git/r/pullrequest/7",
        "https://dev.azure.com/o/p%0A/_git/r/pullrequest/7",
        "https://tfs.example/_git/r/pullrequest/7",
        "https://github.com/" + "a" * 2000 + "/b/pull/7",
    ],
)
def test_another_address_names_none(url: str) -> None:
    assert web_addresses.pull_request(url) is None


@pytest.mark.parametrize(
    ("url", "server", "repo"),
    [
        ("https://github.com/a/b.git", "https://github.com", "a/b"),
        ("https://token:x@gitlab.com/a/b/c.git/", "https://gitlab.com", "a/b/c"),
        ("http://git.example:3000/a/b", "http://git.example:3000", "a/b"),
        ("git@github.com:a/b.git", "https://github.com", "a/b"),
        ("git@git.example:/a/b", "https://git.example", "a/b"),
        ("git.example:a/b", "https://git.example", "a/b"),
        ("ssh://git@git.example:7999/K/b.git", "https://git.example", "K/b"),
        ("ssh://git@ssh.github.com:443/a/b.git", "https://github.com", "a/b"),
        ("git://git.example/a/b.git", "https://git.example", "a/b"),
        ("ssh://git@[::1]:22/a/b", "https://[::1]", "a/b"),
        ("git@ssh.dev.azure.com:v3/o/My%20P/r", "https://dev.azure.com", "o/My P/r"),
        ("https://o@dev.azure.com/o/p/_git/r", "https://dev.azure.com", "o/p/r"),
        ("o@vs-ssh.visualstudio.com:v3/o/p/r", "https://dev.azure.com", "o/p/r"),
        ("https://o.visualstudio.com/p/_git/r", "https://dev.azure.com", "o/p/r"),
    ],
)
def test_a_git_remote_names_a_repository(url: str, server: str, repo: str) -> None:
    assert web_addresses.remote(url) == (server, repo)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/a/b",
        "file:///srv/git/a/b",
        "ext::sh -c touch% x",
        "-oProxyCommand=x:a/b",
        "git@github.com:b",
        "git@github.com:a/../b",
        "git@github.com:a/b\n",
        "git@github.com:a/b;x",
        "https://github.com/a/b?x",
        "https://github.com/a/b#x",
        "https://github.com:x/a/b",
        "https://dev.azure.com/o/p/r",
        "git@ssh.dev.azure.com:v3/o/p",
    ],
)
def test_what_is_no_remote_on_a_server_names_none(url: str) -> None:
    assert web_addresses.remote(url) is None
