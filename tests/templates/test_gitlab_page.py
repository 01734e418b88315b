"""The page about GitLab CI is in step with the template, the component, the example and the tests that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate import __version__
from atlantis_gate.ci.gitlab_ci_files import JUNIT_FILE, SUMMARY_FILE, dotenv
from atlantis_gate.report.outputs import NOTHING_ALLOWED
from ci.test_gitlab_ci_files import taken
from conftest import ROOT
from templates.gitlab_component import inputs
from templates.test_gitlab_template import EXAMPLE, schema_accepts, shown, template

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "ci" / "gitlab-ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def rows(heading: str) -> dict[str, list[str]]:
    """Return the rows of the table whose head begins so, by the names in their first cells."""
    lines = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


class Loader(yaml.SafeLoader):
    """Reads pipelines, in which a tag refers to another job's part."""


Loader.add_constructor("!reference", lambda *_: [])


def test_the_pipeline_to_copy_is_the_example() -> None:
    assert BLOCKS[0] == EXAMPLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("block", BLOCKS)
def test_gitlabs_schema_accepts_every_block(block: str, tmp_path: Path) -> None:
    tree: dict[str, Any] = yaml.load(block, Loader)  # noqa: S506  # a safe loader
    path = tmp_path / "block.yml"
    path.write_text(block, encoding="utf-8")
    assert schema_accepts(path) == ""
    if "!reference" not in block:
        path.write_text(yaml.safe_dump(shown({name: job for name, job in tree.items() if name != ".terraform"})), encoding="utf-8")
        assert schema_accepts(path) == ""


def test_every_version_on_the_page_is_this_one() -> None:
    named = re.findall(r"atlantis-gate(?:/gate)?[:@/]v?([0-9]+\.[0-9]+\.[0-9]+)|ref: v(\S+)", PAGE)
    assert {one or other for one, other in named} == {__version__}
    assert len(named) == 7


def test_the_page_lists_what_the_template_has() -> None:
    assert list(rows("in the template")) == [name for name in template() if name != "variables"]
    defaults = {name: row[1].strip("`") for name, row in rows("variable").items()}
    own = {name: text for name, text in template()["variables"].items() if name != "ATLANTIS_GATE_DECISION_FILE"}
    assert defaults == {**own, "ATLANTIS_GATE_AFTER_MERGE": ""}


def test_the_page_lists_the_inputs_that_are_no_options() -> None:
    own = inputs(template()["variables"])[:5]
    assert rows("input") == {each.name: [each.text, f"`{str(each.default).lower()}`"] for each in own}


def test_the_page_names_every_file_and_every_value_of_the_report() -> None:
    files = rows("file")
    assert list(files) == ["atlantis-gate.env", JUNIT_FILE, SUMMARY_FILE, "atlantis-gate.json"]
    assert [
        name for name in (*taken(dotenv(NOTHING_ALLOWED)), "ATLANTIS_GATE_CHECKED_AT") if f"`{name}`" not in files["atlantis-gate.env"][0]
    ] == []
    artifacts = template()[".atlantis-gate"]["artifacts"]
    kept = {*artifacts["paths"], *artifacts["reports"].values()}
    assert {name.replace("$ATLANTIS_GATE_DECISION_FILE", "atlantis-gate.json") for name in kept} == set(files)


def test_what_stops_apply_is_shown_by_tests_that_are_there() -> None:
    there = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "templates").glob("test_gitlab_*.py"))
    named = [name for row in rows("what happens").values() for name in re.findall(r"`(test_\w+)`", row[1])]
    assert len(named) >= len(rows("what happens")) == 13
    assert [name for name in named if f"\ndef {name}(" not in there] == []
