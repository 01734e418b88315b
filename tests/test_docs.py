"""Everything a person reads is in step with the code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from atlantis_gate.cli import EXIT_CODES
from atlantis_gate.commands import COMMANDS
from atlantis_gate.hosts import recorded
from atlantis_gate.model import Outcome
from atlantis_gate.report.outputs import NOTHING_ALLOWED
from atlantis_gate.requirements import REQUIREMENTS
from atlantis_gate.settings import OPTIONS, Option
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USAGE = ROOT / "docs" / "usage.md"


def between(text: str, name: str, content: str) -> str:
    """Return a page with the part of that name replaced."""
    pattern = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    assert pattern.search(text), name
    return pattern.sub(lambda found: f"{found[1]}{content}{found[2]}", text)


def option_row(option: Option) -> str:
    flag = f"`{option.short}`, `--{option.name}`" if option.short else f"`--{option.name}`"
    value = f" {option.metavar}" if option.metavar else ""
    default = option.default if option.default and option.kind != "switch" else ""
    shown = "the [file list](#options)" if len(default) > 40 else default and f"`{default}`"
    which = "all" if len(option.commands) == len(COMMANDS) else ", ".join(option.commands)
    action = "yes" if option.input else ""
    choices = f": {', '.join(option.choices)}" if option.choices else ""
    text = f"{option.help}{choices}".replace("*", r"\*").replace("|", r"\|")
    return f"| {flag}{value} | {text} | {shown} | `{option.variable}` | {action} | {which} |\n"


def test_the_usage_page_lists_every_subcommand_and_option(golden: Callable[[Path, str], None]) -> None:
    page = USAGE.read_text(encoding="utf-8")
    commands = "".join(f"| `{name}` | {text} |\n" for name, text in COMMANDS.items())
    page = between(page, "subcommands", f"| subcommand | what it does |\n| --- | --- |\n{commands}")
    head = "| option | what it is | default | variable | action input | subcommands |\n| --- | --- | --- | --- | --- | --- |\n"
    listed = "".join(map(option_row, OPTIONS))
    long = next(option.default for option in OPTIONS if option.name == "autoplan-file-list")
    page = between(page, "options", f"{head}{listed}\nThe file list: `{long}`.\n")
    golden(USAGE, page)


def test_the_usage_page_names_every_exit_code_and_output() -> None:
    page = USAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d) \| ([^|]+) \|", page, re.MULTILINE))
    for outcome in Outcome:
        assert f"`{outcome}`" in rows[str(EXIT_CODES[outcome])]
    outputs = page.partition("## Outputs")[2].partition("##")[0]
    assert re.findall(r"^\| `([^`]+)` \|", outputs, re.MULTILINE) == list(NOTHING_ALLOWED)


def test_the_usage_pages_facts_document_is_one() -> None:
    page = USAGE.read_text(encoding="utf-8")
    (text,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert json.loads(text)["version"] == 1
    assert recorded.load(text.encode(), "usage.md").facts.pull_request.author == "bob"


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_requirements_page_says_what_each_rule_says(name: str) -> None:
    page = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    assert f"## {name}\n\n<!-- summary: {name} -->\n{REQUIREMENTS[name].summary}\n" in page


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"), *ROOT.glob("[A-Z]*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    pending = [ROOT / "README.md"]
    while pending:
        page = pending.pop()
        if page.is_dir():
            pending += page.glob("*.md")
        elif page.suffix == ".md" and page not in reached:
            reached.add(page)
            pending += [
                (page.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s:]+)[^)]*\)", page.read_text(encoding="utf-8"))
            ]

    assert set((ROOT / "docs").rglob("*.md")) - reached == set()


# Each block of the README is a file of the examples, which is tested as it stands there.
BLOCKS = {
    "workflow": "repository/.github/workflows/terraform.yml",
    "gitlab": "gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "bitbucket": "bitbucket-pipelines.yml",
}


def test_the_readme_shows_what_the_demo_prints_and_the_pipelines_of_the_examples(golden: Callable[[Path, str], None]) -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    demo = (ROOT / "tests" / "goldens" / "12-not-approved.txt").read_text(encoding="utf-8").rstrip("\n")
    page = between(page, "demo", f"```text\n{demo}\n```\n")
    for name, file in BLOCKS.items():
        page = between(page, name, f"```yaml\n{(ROOT / 'examples' / file).read_text(encoding='utf-8')}```\n")
    golden(ROOT / "README.md", page)


def test_the_wall_pages_blocks_are_what_they_say() -> None:
    page = (ROOT / "docs" / "wall.md").read_text(encoding="utf-8")
    for language, text in re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL):
        if language == "json":
            assert "job_workflow_ref" in json.dumps(json.loads(text))
        if language == "yaml":
            parameters = yaml.safe_load((ROOT / "azure-pipelines-template.yml").read_text(encoding="utf-8"))["parameters"]
            assert set(yaml.safe_load(text)["extends"]["parameters"]) <= {parameter["name"] for parameter in parameters}
