"""The page about the App is in step with the program."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from atlantis_gate.github_app.handover import handover
from atlantis_gate.github_app.manifest import name
from atlantis_gate.hosts.github_permissions import PERMISSIONS
from atlantis_gate.settings import OPTIONS
from conftest import ROOT
from github_app.made import APP, PUBLIC
from test_docs import between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = ROOT / "docs" / "hosts" / "github-app.md"
COMMAND = "github-app create"


def cis() -> str:
    told = handover(APP, PUBLIC, "atlantis-gate-app/atlantis-gate-acme.private-key.pem", "")
    parts = [
        f"### {part.title}\n\n" + "\n".join(f"{textwrap.fill(step.text, 150)}\n\n{code(step.lines)}" for step in part.steps)
        for part in told.cis
    ]
    return "\n".join(parts)


def code(lines: tuple[str, ...]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def test_the_page_shows_what_the_program_says(golden: Callable[[Path, str], None]) -> None:
    access = {"read": "read", "write": "read and write"}
    rows = "".join(f"| {each.label} | {access[each.full]} | {each.purpose} |\n" for each in PERMISSIONS)
    page = between(PAGE.read_text(encoding="utf-8"), "permissions", f"| permission | access | what for |\n| --- | --- | --- |\n{rows}")
    golden(PAGE, between(page, "cis", cis()))


def test_the_page_names_every_option_of_the_subcommand_and_no_other() -> None:
    page = PAGE.read_text(encoding="utf-8")
    known = {f"--{option.name}" for option in OPTIONS if COMMAND in option.commands}
    assert {f"--{found}" for found in re.findall(r"`--([a-z-]+)", page)} <= known
    assert {option for option in known if option not in page} == set()


def test_the_page_states_the_programs_defaults() -> None:
    page = PAGE.read_text(encoding="utf-8")
    defaults = {option.name: option.default for option in OPTIONS}
    for text in (f"`{defaults['credentials-dir']}`", f"port than {defaults['port']}", f"more than {defaults['timeout']} seconds"):
        assert text in page
    assert f"{name('', 'acme', '')}.env" in page
    assert f"ssh -L {defaults['port']}:127.0.0.1:{defaults['port']} " in page
