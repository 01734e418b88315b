"""How git logs in to Azure DevOps, and which addresses lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logins import log_in
from real_git import asked_instead, fill

if TYPE_CHECKING:
    from pathlib import Path

KIND = "azure-devops"
REPO = "acme/My Project/infra"
TOKEN = "p" * 52
ENV = {"ATLANTIS_AZUREDEVOPS_TOKEN": TOKEN}
AT = "https://dev.azure.com/acme"


@pytest.mark.parametrize(
    ("env", "job"),
    [
        (ENV, False),
        ({"SYSTEM_ACCESSTOKEN": "eyJ0eXAi.x.y"}, True),
        ({"AZURE_DEVOPS_EXT_PAT": TOKEN, "SYSTEM_ACCESSTOKEN": "eyJ.x.y"}, False),
    ],
)
def test_the_name_is_the_organizations(env: dict[str, str], job: bool, tmp_path: Path) -> None:
    ran = log_in(tmp_path, KIND, "", REPO, env)
    expected = ("acme", next(iter(env.values())))
    assert fill(tmp_path, "https", "dev.azure.com", "path=acme/My Project/_git/modules") == expected
    assert fill(tmp_path, "https", "dev.azure.com", "username=acme", "path=acme/other/_git/modules") == expected
    assert ("The token ends with this job." in ran.err) is job


def test_organizations_have_tokens_of_their_own(tmp_path: Path) -> None:
    log_in(tmp_path, KIND, "", REPO, ENV)
    log_in(tmp_path, KIND, "https://dev.azure.com/other", "project/infra", {"ATLANTIS_AZUREDEVOPS_TOKEN": "o" * 52})
    assert fill(tmp_path, "https", "dev.azure.com", "path=acme/project/_git/m") == ("acme", TOKEN)
    assert fill(tmp_path, "https", "dev.azure.com", "path=other/project/_git/m") == ("other", "o" * 52)
    assert fill(tmp_path, "https", "dev.azure.com", "path=third/project/_git/m") is None
    assert fill(tmp_path, "https", "dev.azure.com", "path=acmes/project/_git/m") is None


@pytest.mark.parametrize(
    "server", ["", "https://dev.azure.com/acme", "https://acme.visualstudio.com", "https://acme.visualstudio.com/DefaultCollection"]
)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("git@ssh.dev.azure.com:v3/acme/My%20Project/modules", f"{AT}/My%20Project/_git/modules"),
        ("ssh://git@ssh.dev.azure.com/v3/acme/My%20Project/modules", f"{AT}/My%20Project/_git/modules"),
        ("acme@vs-ssh.visualstudio.com:v3/acme/My%20Project/modules", f"{AT}/My%20Project/_git/modules"),
        ("https://acme.visualstudio.com/Other/_git/modules", f"{AT}/Other/_git/modules"),
        ("https://acme.visualstudio.com/DefaultCollection/Other/_git/modules", f"{AT}/Other/_git/modules"),
        ("git@ssh.dev.azure.com:v3/acme/Other/modules", "git@ssh.dev.azure.com:v3/acme/Other/modules"),
        ("git@ssh.dev.azure.com:v3/other/My%20Project/modules", "git@ssh.dev.azure.com:v3/other/My%20Project/modules"),
    ],
)
def test_addresses_over_ssh_of_the_own_project_lead_to_https(server: str, given: str, expected: str, tmp_path: Path) -> None:
    log_in(tmp_path, KIND, server, "My Project/infra" if server else REPO, ENV)
    assert asked_instead(tmp_path, given) == expected


def test_on_a_server_a_token_is_for_one_collection(tmp_path: Path) -> None:
    log_in(tmp_path, KIND, "https://tfs.example.com:8443/tfs", "My Collection/project/infra", ENV)
    assert fill(tmp_path, "https", "tfs.example.com:8443", "path=tfs/My Collection/project/_git/m") == ("My Collection", TOKEN)
    assert fill(tmp_path, "https", "tfs.example.com:8443", "path=tfs/Other/project/_git/m") is None
