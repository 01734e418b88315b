"""The files that a GitLab CI job leaves are what GitLab takes, and nothing of the checkout is taken for them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.ci import Publication, gitlab_ci
from atlantis_gate.ci.gitlab_ci_files import dotenv
from atlantis_gate.errors import CIError
from report.hostile import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

OUTPUTS = {
    "outcome": "blocked",
    "allowed": "false",
    "projects": '[{"id":"a","name":null,"dir":"a","workspace":"default"}]',
    "blocked-projects": "[]",
    "head-sha": "1" * 40,
    "base-sha": "2" * 40,
}


def published(folder: Path, *, junit: str = "<testsuites/>\n", summary: str = "## é\n", **changes: str) -> list[str]:
    lines: list[str] = []
    outputs = {**OUTPUTS, **changes}
    gitlab_ci.publish({"CI_PROJECT_DIR": str(folder)}, Publication(outputs=outputs, summary=summary, junit=junit), lines.append)
    return lines


def taken(text: str) -> dict[str, str]:
    """Return what GitLab takes from a dotenv report; it refuses one that is too big, has too many values or a line of another form.

    https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/ci/parse_dotenv_artifact_service.rb
    """
    found: dict[str, str] = {}
    if len(text.encode()) >= 5 * 1024:
        raise ValueError("Dotenv Artifact Too Big")
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        match = re.search(r"^(.*?)=(.*)$", line)
        if match is None or not re.fullmatch(r"[a-zA-Z0-9_]+", match[1].strip()):
            raise ValueError(f"Invalid Format: {line!r}")
        found[match[1].strip()] = match[2].strip()
    if len(found) > 20:
        raise ValueError("Dotenv files cannot have more than 20 variables")
    return found


def test_gitlab_takes_five_variables(tmp_path: Path) -> None:
    assert published(tmp_path) == []
    assert taken((tmp_path / "atlantis-gate.env").read_text(encoding="utf-8")) == {
        "ATLANTIS_GATE_OUTCOME": "blocked",
        "ATLANTIS_GATE_ALLOWED": "false",
        "ATLANTIS_GATE_HEAD_SHA": "1" * 40,
        "ATLANTIS_GATE_BASE_SHA": "2" * 40,
        "ATLANTIS_GATE_PROJECT_COUNT": "1",
    }


def test_what_is_not_known_is_empty_and_allows_nothing() -> None:
    assert taken(dotenv({})) == {
        "ATLANTIS_GATE_OUTCOME": "undetermined",
        "ATLANTIS_GATE_ALLOWED": "false",
        "ATLANTIS_GATE_HEAD_SHA": "",
        "ATLANTIS_GATE_BASE_SHA": "",
        "ATLANTIS_GATE_PROJECT_COUNT": "0",
    }


def test_many_projects_still_fit() -> None:
    projects = json.dumps([{"id": f"project {number}", "dir": "d" * 200} for number in range(10_000)])
    assert taken(dotenv({**OUTPUTS, "projects": projects}))["ATLANTIS_GATE_PROJECT_COUNT"] == "10000"


@pytest.mark.parametrize("value", ["x\nATLANTIS_GATE_ALLOWED=true", "x\r", "a b", '"x"', *HOSTILE])
@pytest.mark.parametrize("name", ["outcome", "allowed", "head-sha", "base-sha"])
def test_a_value_that_gitlab_would_read_otherwise_is_refused(name: str, value: str) -> None:
    with pytest.raises(CIError, match="cannot be the value of ATLANTIS_GATE_"):
        dotenv({**OUTPUTS, name: value})


def test_summary_and_test_report_are_files_of_the_project(tmp_path: Path) -> None:
    published(tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path.suffix != ".env"} == {
        "atlantis-gate.md": "## é\n",
        "atlantis-gate.junit.xml": "<testsuites/>\n",
    }


def test_without_the_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    gitlab_ci.publish({}, Publication(outputs=OUTPUTS, summary="x", junit="y"), lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_earlier_run_or_of_the_merge_request_do_not_stay(tmp_path: Path) -> None:
    names = ("atlantis-gate.md", "atlantis-gate.junit.xml", "atlantis-gate.env")
    for name in names:
        (tmp_path / name).write_text("ATLANTIS_GATE_ALLOWED=true\n", encoding="utf-8")
    published(tmp_path, junit="", summary="")
    assert [path.name for path in tmp_path.iterdir()] == ["atlantis-gate.env"]
    assert taken((tmp_path / "atlantis-gate.env").read_text(encoding="utf-8"))["ATLANTIS_GATE_ALLOWED"] == "false"


def test_a_link_in_the_checkout_is_replaced_and_never_followed(tmp_path: Path) -> None:
    outside, checkout = tmp_path / "outside", tmp_path / "checkout"
    outside.write_text("mine", encoding="utf-8")
    checkout.mkdir()
    for name in ("atlantis-gate.md", "atlantis-gate.junit.xml", "atlantis-gate.env"):
        (checkout / name).symlink_to(outside)
    published(checkout)
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not any(path.is_symlink() for path in checkout.iterdir())


@pytest.mark.parametrize("name", ["atlantis-gate.md", "atlantis-gate.junit.xml", "atlantis-gate.env"])
def test_a_file_that_cannot_be_written_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name / "x").mkdir(parents=True)
    with pytest.raises(CIError, match=rf"{re.escape(name)}' \(in CI_PROJECT_DIR\) cannot be written"):
        published(tmp_path)
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CIError, match="CI_PROJECT_DIR"):
        published(tmp_path / "none")
