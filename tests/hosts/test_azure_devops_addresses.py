"""Where a repository is on Azure DevOps Services and Server."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.azure_devops_addresses import addresses


@pytest.mark.parametrize(
    ("server", "repo", "git"),
    [
        ("https://dev.azure.com", "org/acme/infra", "https://dev.azure.com/org/acme/_apis/git/repositories/infra"),
        ("https://dev.azure.com/", "org/acme/infra", "https://dev.azure.com/org/acme/_apis/git/repositories/infra"),
        ("https://dev.azure.com/org", "acme/infra", "https://dev.azure.com/org/acme/_apis/git/repositories/infra"),
        ("dev.azure.com", "org/acme/infra", "https://dev.azure.com/org/acme/_apis/git/repositories/infra"),
        ("https://org.visualstudio.com", "acme/infra", "https://org.visualstudio.com/acme/_apis/git/repositories/infra"),
        ("https://Org.VisualStudio.com", "org/acme/infra", "https://Org.VisualStudio.com/acme/_apis/git/repositories/infra"),
        (
            "https://tfs.example.com:8443/tfs/Main",
            "acme/infra",
            "https://tfs.example.com:8443/tfs/Main/acme/_apis/git/repositories/infra",
        ),
        ("https://tfs.example.com/tfs", "Main/acme/infra", "https://tfs.example.com/tfs/Main/acme/_apis/git/repositories/infra"),
        ("http://tfs.example.com", "acme/infra", "http://tfs.example.com/acme/_apis/git/repositories/infra"),
        (
            "https://dev.azure.com",
            "org/My Project/in?fra#1",
            "https://dev.azure.com/org/My%20Project/_apis/git/repositories/in%3Ffra%231",
        ),
    ],
)
def test_the_last_two_parts_are_project_and_repository_and_the_rest_belongs_to_the_url(server: str, repo: str, git: str) -> None:
    assert addresses(server, repo).git == git


def test_policies_and_identity_are_asked_of_project_and_collection() -> None:
    at = addresses("https://dev.azure.com", "org/My Project/infra")
    assert at.policies == "https://dev.azure.com/org/My%20Project/_apis/policy/evaluations"
    assert at.connection == "https://dev.azure.com/org/_apis/connectionData"
    assert at.page(7) == "https://dev.azure.com/org/My%20Project/_git/infra/pullrequest/7"


@pytest.mark.parametrize("repo", ["acme/infra", "infra", "", "org/acme/", "org//infra", "org/../infra", "org/acme/."])
def test_a_name_with_too_few_or_odd_parts_is_refused(repo: str) -> None:
    with pytest.raises(HostError, match="organization/project/repository"):
        addresses("https://dev.azure.com", repo)


def test_on_a_server_two_parts_are_enough() -> None:
    with pytest.raises(HostError, match="the form project/repository"):
        addresses("https://tfs.example.com/tfs/Main", "infra")


@pytest.mark.parametrize("server", ["ftp://x", "https://", "https://user@dev.azure.com", "https://x:y", "https://x:0"])
def test_a_url_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(HostError, match="URL is not one"):
        addresses(server, "org/acme/infra")
