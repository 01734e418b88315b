"""A run starts with what it needs and nothing else: each import named here costs a good part of a bare interpreter's start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import json, sys
from atlantis_gate.cli import main
code = main(sys.argv[2:], json.loads(sys.argv[1]))
print(*sorted(sys.modules), file=sys.stderr)
raise SystemExit(code)
"""
OFFLINE = {
    "validate": ["validate"],
    "check": ["check", "--facts", "pull-requests/13-approved.json"],
    "projects": ["projects", "--all"],
}
# Hosts' libraries, HTTP and TLS, parsers and processes that no offline run needs, and what the standard data classes bring along.
NEVER = {
    *(
        "github",
        "gitlab",
        "jwt",
        "cryptography",
        "requests",
        "urllib3",
        "http.client",
        "urllib.request",
        "socket",
        "ssl",
        "email",
        "hashlib",
    ),
    *("subprocess", "tempfile", "shutil", "threading", "concurrent.futures", "asyncio", "logging", "decimal", "uuid", "random", "secrets"),
    *("tree_sitter", "tree_sitter_hcl", "jsonschema", "xml.sax", "difflib", "traceback", "dataclasses", "inspect", "ast", "tokenize"),
    *("argparse", "gettext", "locale", "textwrap"),
}


def loaded(arguments: list[str], env: dict[str, str] | None = None) -> set[str]:
    """Return the modules that a run has imported when it is over; -I leaves out what pytest and the environment add."""
    given = [*arguments, "--root", "repository", "--repos-yaml", "repos.yaml"]
    search = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", search + PROGRAM, json.dumps(env or {}), *given],
        cwd=ROOT / "examples",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", OFFLINE.values(), ids=OFFLINE)
def test_an_offline_run_imports_no_network_no_process_and_no_parser_it_does_not_use(arguments: list[str]) -> None:
    assert sorted(NEVER & loaded(arguments)) == []


def test_telling_a_ci_needs_no_more(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}", encoding="utf-8")
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_EVENT_PATH": str(event)}
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "acme/infra", **files}

    assert sorted(NEVER & loaded(OFFLINE["check"], env)) == []
    assert "allowed" in (tmp_path / "output").read_text(encoding="utf-8")


def test_validate_imports_neither_rules_nor_reports_nor_a_host() -> None:
    of_ours = {name.split(".")[1] for name in loaded(OFFLINE["validate"]) if name.startswith("atlantis_gate.")}

    assert of_ours & {"gate", "session", "publishing", "requirements", "report", "checkout"} == {"checkout"}


def test_only_the_host_and_the_ci_at_hand_are_imported() -> None:
    modules = loaded(OFFLINE["check"])

    assert sorted(name for name in modules if name.startswith("atlantis_gate.hosts.")) == [
        "atlantis_gate.hosts.credentials",
        "atlantis_gate.hosts.recorded",
        "atlantis_gate.hosts.recorded_reading",
    ]
    assert sorted(name for name in modules if name.startswith("atlantis_gate.ci.")) == ["atlantis_gate.ci.explicit"]
