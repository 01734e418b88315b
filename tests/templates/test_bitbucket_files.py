"""What Bitbucket reads of this project says what the program says: pipe.yml, and the pipelines file to copy."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate import __version__
from atlantis_gate.ci.bitbucket_pipelines_files import variables
from atlantis_gate.hosts.bitbucket_cloud_access import CI_TOKENS, TOKENS, USERS
from atlantis_gate.report.outputs import NOTHING_ALLOWED
from atlantis_gate.settings import OPTIONS, Option
from conftest import ROOT
from templates.bitbucket_expressions import Invalid, holds
from templates.bitbucket_run import IMAGES, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLE = ROOT / "examples" / "bitbucket-pipelines.yml"
PAGE = ROOT / "docs" / "ci" / "bitbucket-pipelines.md"
GATE = f"atlantis-gate/atlantis-gate:{__version__}"
CREDENTIALS = {
    "ATLANTIS_BITBUCKET_TOKEN": "a repository, project or workspace access token, or an API token",
    "ATLANTIS_BITBUCKET_API_USER": "the e-mail address of the API token's owner",
    "BITBUCKET_ACCESS_TOKEN": "an access token, where ATLANTIS_BITBUCKET_TOKEN is not set",
}
# The keys of a step: https://support.atlassian.com/bitbucket-cloud/docs/step-options/ and .../variable-sharing/
STEP_KEYS = {"artifacts", "clone", "condition", "deployment", "image", "name", "output-variables", "script"}
OPTION_VARIABLES = {option.variable for option in OPTIONS}
HEAD = f"""\
name: atlantis-gate
image: {GATE}
description: Atlantis' command requirements (approved, mergeable, undiverged) as a pipeline step, without a server
category: Security
repository: https://github.com/atlantis-gate/atlantis-gate
maintainer:
  name: atlantis-gate
  website: https://github.com/atlantis-gate/atlantis-gate
vendor:
  name: atlantis-gate
  website: https://github.com/atlantis-gate/atlantis-gate
tags:
  - atlantis
  - terraform
  - opentofu
  - pull request
  - gate
# Each value is taken from the step's own variables, unless the step gives another one; an empty one is the same as none.
variables:
"""


def entry(name: str, description: str, default: str) -> str:
    quoted = yaml.safe_dump(description, default_style='"', width=10_000, allow_unicode=True).strip()
    return f"  - name: {name}\n    description: {quoted}\n    default: {default}\n"


def described(option: Option) -> str:
    values = ("true", "false") if option.kind == "switch" else option.choices
    allowed = f"; one of {', '.join(values)}" if values else ""
    return f"{option.help}{allowed}; default {option.default}" if option.default else f"{option.help}{allowed}"


def is_taken(option: Option) -> bool:
    """Tell whether a pipe takes an option: what the action takes of `check`, and the server config as text, since nothing is mounted."""
    return "check" in option.commands and (option.input or option.name == "repo-config-json")


def pipe() -> str:
    """Return what pipe.yml says, made from the credentials and the table of options."""
    given = [*CREDENTIALS.items(), *((option.variable, described(option)) for option in OPTIONS if is_taken(option))]
    entries = [entry(name, text, f"${name}") for name, text in given]
    return HEAD + "".join(entries)


def steps(text: str) -> list[dict[str, Any]]:
    (listed,) = yaml.safe_load(text)["pipelines"]["pull-requests"].values()
    assert all(list(item) == ["step"] for item in listed)
    return [item["step"] for item in listed]


def blocks() -> list[str]:
    found: list[str] = re.findall(r"^```ya?ml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return found


def every_step() -> Iterator[dict[str, Any]]:
    """Yield the steps of the example and those that the page shows besides."""
    first, *others = blocks()
    yield from steps(first)
    for other in others:
        for item in yaml.safe_load(other):
            yield item["step"]


def pipes() -> Iterator[dict[str, Any]]:
    for step in every_step():
        yield from (item for item in step["script"] if isinstance(item, dict))


def test_the_pipes_variables_are_the_programs(golden: Callable[[Any, str], None]) -> None:
    golden(ROOT / "pipe.yml", pipe())
    assert set(CREDENTIALS) <= {*TOKENS, *USERS, *CI_TOKENS}


# https://support.atlassian.com/bitbucket-cloud/docs/write-a-pipe-for-bitbucket-pipelines/
def test_the_pipe_says_what_bitbucket_asks_of_one() -> None:
    content = yaml.safe_load((ROOT / "pipe.yml").read_text(encoding="utf-8"))
    asked = ["name", "image", "description", "category", "repository", "maintainer", "vendor", "tags", "variables"]
    assert list(content) == asked
    assert all(set(each) == {"name", "description", "default"} for each in content["variables"])
    names = [each["name"] for each in content["variables"]]
    assert len(names) == len(set(names))


def test_the_page_shows_the_example() -> None:
    assert blocks()[0] == EXAMPLE.read_text(encoding="utf-8")


def test_the_example_keeps_to_bitbuckets_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.bitbucket-pipelines", str(EXAMPLE)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_every_step_has_known_keys_and_images() -> None:
    for step in every_step():
        assert set(step) <= STEP_KEYS
        assert step["image"].partition(":")[0] in IMAGES
        assert step["image"] == GATE or not step["image"].startswith("atlantis-gate/")


def test_no_line_of_a_script_hides_that_a_command_failed() -> None:
    lines = [line for step in every_step() for line in step["script"] if isinstance(line, str)]
    assert lines
    assert [line for line in lines if re.search(r"&&|\|\||;|\||&", line)] == []


def test_every_pipe_is_the_gate_and_is_given_variables_that_it_reads() -> None:
    found = list(pipes())
    assert len(found) == 2
    for item in found:
        assert item["pipe"] == f"docker://{GATE}"
        assert set(item["variables"]) <= {*CREDENTIALS, *OPTION_VARIABLES}
        assert any(name in CREDENTIALS for name in item["variables"])


def test_what_a_step_hands_on_is_what_the_program_writes() -> None:
    written = dict(line.split("=", 1) for line in variables(NOTHING_ALLOWED).splitlines())
    gate, apply = steps(EXAMPLE.read_text(encoding="utf-8"))
    assert set(gate["output-variables"]) <= set(written)
    condition = apply["condition"]["state"]
    assert not holds(condition, written)
    assert not holds(condition, {})
    assert holds(condition, {**written, "ATLANTIS_GATE_ALLOWED": "true"})


def test_bitbucket_passes_a_line_whose_first_command_fails_before_another(tmp_path: Any) -> None:
    file = tmp_path / "script"
    for line, code in (("false && true", 0), ("false", 1)):
        file.write_text(script([line]), encoding="utf-8")
        assert subprocess.run(["sh", str(file)], capture_output=True, check=False).returncode == code


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("A == true", True),
        ("B == true", False),
        ("C == true", False),
        ("C == false", False),
        ("C != false", True),
        ('(D > 100 && D <= 200) || E == "ok" && B == true', True),
        ('glob(F, "feature/*") && !B', True),
        ('A == "true"', False),
    ],
)
def test_conditions_read_as_bitbucket_describes_them(expression: str, expected: bool) -> None:
    values = {"A": "true", "B": "false", "D": "150", "E": "ok", "F": "feature/x"}
    assert holds(expression, values) is expected


@pytest.mark.parametrize("expression", ["", "$A == true", "A ==", '"hello"', "A == true)", "A = true"])
def test_what_is_no_condition_is_refused(expression: str) -> None:
    with pytest.raises(Invalid):
        holds(expression, {"A": "true"})
