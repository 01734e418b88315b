"""The hosts' pages list the needs that the doctors try, and the page about tokens says of each CI's own what the code says."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts import azure_devops_credentials, bitbucket_cloud_access, gitea_credentials, gitlab_credentials
from conftest import ROOT
from hosts.diagnosing import table
from test_docs import between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCS = ROOT / "docs"
KINDS = ("gitlab", "bitbucket-cloud", "bitbucket-data-center", "azure-devops", "gitea")
TOKENS = DOCS / "tokens.md"
# What Bitbucket Pipelines sets in every step, as far as it may be taken for a credential.
PIPELINES = {"BITBUCKET_BUILD_NUMBER": "42", "BITBUCKET_STEP_OIDC_TOKEN": "eyJh.eyJz.c2ln", "http_proxy": "http://localhost:29418"}


def needs(kind: str) -> Any:
    return import_module(f"atlantis_gate.hosts.{kind.replace('-', '_')}_needs")


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_the_needs_that_the_doctor_tries(kind: str, golden: Callable[[Path, str], None]) -> None:
    page = DOCS / "hosts" / f"{kind}.md"
    golden(page, between(page.read_text(encoding="utf-8"), "needs", table(needs(kind).NEEDS)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_of_the_page_lead_where_the_doctor_sends(kind: str) -> None:
    page = " ".join((DOCS / "hosts" / f"{kind}.md").read_text(encoding="utf-8").split())
    places = {place for need in needs(kind).NEEDS for place in re.findall(r"(?:[\w.' ]+ > )+[A-Z][\w ]+", need.grant)}
    assert places
    starts = {" > ".join(place.split(" > ")[:2]).strip().removeprefix("In the project: ") for place in places}
    assert {start for start in starts if start not in page} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_numbers_the_steps_and_names_the_doctor(kind: str) -> None:
    page = (DOCS / "hosts" / f"{kind}.md").read_text(encoding="utf-8").partition("## Credentials")[2].partition("\n## ")[0]
    steps = re.findall(r"^([1-9])\. ", page, re.MULTILINE)
    assert steps[:3] == ["1", "2", "3"]
    assert "atlantis-gate doctor" in page
    assert "changes nothing" in page or "only reads" in page


def rows() -> dict[str, list[str]]:
    text = TOKENS.read_text(encoding="utf-8").partition("| --- |")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[1:]]
    return {cell[0]: cell[1:] for cell in cells}


def test_the_page_about_tokens_has_a_row_for_every_ci_with_its_token() -> None:
    variables = {ci: re.findall(r"^`([A-Z_]+)`", cells[0]) for ci, cells in rows().items()}
    assert variables == {
        "GitHub Actions": ["GITHUB_TOKEN"],
        "GitLab CI": [gitlab_credentials.JOB_TOKEN],
        "Azure Pipelines": [azure_devops_credentials.JOB_TOKEN],
        "Bitbucket Pipelines": [],
        "Gitea, Forgejo Actions": [gitea_credentials.JOB_TOKEN],
        "others": [],
    }


@pytest.mark.parametrize(
    ("ci", "own"),
    [
        ("GitLab CI", lambda: gitlab_credentials.token({"CI_JOB_TOKEN": "glcbt-x"}).choice.kind == gitlab_credentials.JOB),
        (
            "Azure Pipelines",
            lambda: azure_devops_credentials.credential({"SYSTEM_ACCESSTOKEN": "x"}).choice.kind == azure_devops_credentials.JOB,
        ),
        (
            "Gitea, Forgejo Actions",
            lambda: gitea_credentials.credential({"GITHUB_TOKEN": "x", "GITEA_ACTIONS": "true"}).choice.kind == gitea_credentials.JOB,
        ),
    ],
)
def test_the_token_of_each_row_is_taken_for_the_jobs_own(ci: str, own: Callable[[], bool]) -> None:
    assert rows()[ci]
    assert own()


def test_bitbucket_pipelines_gives_nothing_that_the_gate_takes() -> None:
    assert rows()["Bitbucket Pipelines"] == ["none for pull requests", "no", "no", "no"]
    with pytest.raises(CredentialError, match="no credential for Bitbucket Cloud"):
        bitbucket_cloud_access.credential(PIPELINES)


def test_what_gitlab_does_not_take_is_named_as_the_gate_refuses_it() -> None:
    line = next(line for line in TOKENS.read_text(encoding="utf-8").splitlines() if line.startswith("- **GitLab**"))
    assert re.findall(r"(ID|deploy|trigger|runner) tokens", line) == ["ID", "deploy", "trigger", "runner"]
    for token in ("eyJh.eyJz.c2ln", "gldt-x", "glptt-x", "glrt-x"):
        with pytest.raises(CredentialError, match="GitLab's API takes none"):
            gitlab_credentials.token({"GITLAB_TOKEN": token})


def test_every_heading_that_a_link_names_is_there() -> None:
    for page in (TOKENS, *(DOCS / "hosts" / f"{kind}.md" for kind in KINDS)):
        for target, anchor in re.findall(r"\]\(([\w./-]+\.md)#([\w-]+)\)", page.read_text(encoding="utf-8")):
            text = (page.parent / target).read_text(encoding="utf-8")
            headings = {re.sub(r"[^\w -]", "", found).lower().replace(" ", "-") for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
            assert anchor in headings, f"{page.name}: {target}#{anchor}"
