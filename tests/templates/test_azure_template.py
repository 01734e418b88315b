"""The template for Azure Pipelines offers what the program offers, and hands it over without making code of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from atlantis_gate import __version__
from atlantis_gate.report.outputs import NOTHING_ALLOWED
from templates.azure_expander import expand
from templates.azure_expressions import ExpressionError, Scope
from templates.azure_parameters import DECISION_FILE, INPUTS, TEMPLATE, declaration, default, mapping, name, template
from templates.azure_scenes import ALIAS, EXAMPLE, ROOT, expanded, using

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEPS = [{"bash": "terraform apply"}]
HEADING = "  # The options of the gate."
HOSTILE = """a'b"c;`id`$(id)$[y] & \\ %41 ##vso[task.complete]"""
DIRECTIVE = re.compile(r"\$\{\{ (if|each) .*\}\}")
PACKAGE = ROOT / "src" / "atlantis_gate"
SOURCES = [
    path
    for folder, names in (("ci", "azure_pipelines"), ("hosts", "azure_devops"), ("hosts", "github"), ("hosts", "bitbucket_cloud"))
    for path in sorted((PACKAGE / folder).glob(f"{names}*.py"))
]
OF_AN_ENVIRONMENT = re.compile(r'"((?:SYSTEM|BUILD|AGENT|TF|ATLANTIS|AZURE|GITHUB|GH|BITBUCKET|INPUT)_[A-Z0-9_]+)"')
# What the code reads elsewhere, and why the container does not get it.
NOT_PASSED = {
    "ATLANTIS_GATE_HOST_TEMP": "the agent's folder is mounted at its own place",
    "INPUT_TOKEN": "an input of GitHub's action",
    "GITHUB_API_URL": "of GitHub Actions; here the repository's address says it",
    "GITHUB_GRAPHQL_URL": "of GitHub Actions",
    "GITHUB_SERVER_URL": "of GitHub Actions",
    "BITBUCKET_API_URL": "for other servers; Azure Pipelines builds from bitbucket.org only",
    "ATLANTIS_BITBUCKET_BASE_URL": "for other servers",
    "BITBUCKET_APP_PASSWORD": "Bitbucket takes none any more",
}
# What the container gets besides: a proxy on the way to the host, and https://no-color.org.
BESIDES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "NO_COLOR"}


def scripts(node: Any) -> Iterator[str]:
    """Yield every script in a part of a pipeline."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"bash", "script", "pwsh", "powershell"}:
                yield value
            yield from scripts(value)
    elif isinstance(node, list):
        for item in node:
            yield from scripts(item)


def schema_problems(content: Any) -> list[str]:
    """Return what Azure's own schema, as check-jsonschema brings it along, finds wrong."""
    text = (files("check_jsonschema") / "builtin_schemas" / "vendor" / "azure-pipelines.json").read_text(encoding="utf-8")
    found = jsonschema.Draft7Validator(json.loads(text)).iter_errors(content)
    return [f"{each.json_path}: {each.message}"[:500] for error in found if (each := jsonschema.exceptions.best_match([error]))]


def without_runtime(content: Any) -> Any:
    """Replace a matrix that is made while the pipeline runs, which the schema does not know, by one of its form."""
    text = json.dumps(content)
    return json.loads(re.sub(r'"matrix": "\$\[[^"]*\]"', '"matrix": {"leg": {"name": "value"}}', text))


def without_directives(node: Any) -> Any:
    """Return a part of the template with what `if` and `each` may put in put in, and scalars as Azure keeps them: as text."""
    if isinstance(node, dict):
        parts = [without_directives(value) if DIRECTIVE.fullmatch(key) else {key: without_directives(value)} for key, value in node.items()]
        return {key: value for part in parts for key, value in part.items()}
    if isinstance(node, list):
        return [each for item in node for each in _without_directives(item)]
    return "expression" if re.fullmatch(r"\$\{\{.*\}\}", str(node)) else str(node).lower() if isinstance(node, bool | int) else node


def _without_directives(item: Any) -> list[Any]:
    if isinstance(item, dict) and len(item) == 1 and isinstance(next(iter(item.values())), list):
        return list(without_directives(next(iter(item.values()))))
    return [] if isinstance(item, str) and item.startswith("${{ parameters.") else [without_directives(item)]


def passed() -> set[str]:
    """Return the variables that the template lets into the container."""
    (script,) = {script for script in scripts(template()) if "names=(" in script}
    return set(script.partition("names=(\n")[2].partition("\n)\n")[0].split())


def jobs(**parameters: Any) -> list[dict[str, Any]]:
    return [job for stage in expanded(using(steps=STEPS, **parameters))["stages"] for job in stage["jobs"]]


def test_the_options_of_the_template_are_those_that_are_inputs(golden: Callable[[Path, str], None]) -> None:
    before, heading, rest = TEMPLATE.read_text(encoding="utf-8").partition(HEADING)
    comment, _, _ = rest.partition("\n")
    _, next_heading, after = rest.partition("\nstages:\n")
    golden(TEMPLATE, before + heading + comment + "\n" + "".join(map(declaration, INPUTS)) + next_heading + after)


def test_every_option_becomes_a_variable_of_both_jobs(golden: Callable[[Path, str], None]) -> None:
    before, heading, rest = TEMPLATE.read_text(encoding="utf-8").partition("                variables:\n")
    _, next_line, after = rest.partition("                  gateImage:")
    lines = "".join(f"                  {mapping(option)}" for option in INPUTS)
    golden(TEMPLATE, before + heading + lines + next_line + after)


def test_an_option_that_is_given_reaches_the_gate_as_it_is() -> None:
    given = {name(option): {"switch": True, "number": 7}.get(option.kind, (option.choices or (HOSTILE,))[-1]) for option in INPUTS}
    wanted = {option.variable: {"switch": "true", "number": "7"}.get(option.kind, given[name(option)]) for option in INPUTS}
    for job in jobs(**given):
        assert {variable: value for variable, value in job["variables"].items() if variable.isupper()} == wanted


def test_an_option_that_is_not_given_leaves_what_a_config_file_says() -> None:
    wanted = {
        option.variable: "" if option.atlantis or option.kind == "switch" else default(option)
        for option in INPUTS
        if option.name != "decision-file"
    }
    for job in jobs():
        found = {variable: value for variable, value in job["variables"].items() if variable.isupper()}
        assert found.pop("ATLANTIS_GATE_DECISION_FILE") == DECISION_FILE
        assert found == wanted


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"command": "destroy"}, "'destroy' is none of"),
        ({"noStatus": "apples"}, "is no boolean"),
        ({"timeout": "soon"}, "is no number"),
        ({"requires": "approved"}, "unexpected parameters"),
        ({"steps": "terraform apply"}, "a list of steps is wanted"),
        ({"require": ["approved"]}, "a string is wanted"),
    ],
)
def test_a_parameter_of_another_kind_stops_the_pipeline_before_it_runs(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        expanded(using(**parameters))


def test_nothing_is_pasted_into_a_script() -> None:
    for script in scripts(template()):
        assert [mark for mark in ("${{", "$(", "$[") if mark in script] == []


def test_no_parameter_changes_a_script() -> None:
    texts = [
        each["name"]
        for each in template()["parameters"]
        if each["type"] == "string" and "values" not in each and "Stage" not in each["name"]
    ]
    hostile = expanded(using(steps=STEPS, perProject=True, **dict.fromkeys(texts, HOSTILE)))
    assert list(scripts(hostile)) == list(scripts(expanded(using(steps=STEPS, perProject=True))))


def test_the_container_gets_what_the_code_reads_and_what_it_takes_as_options() -> None:
    read = {found for path in SOURCES for found in OF_AN_ENVIRONMENT.findall(path.read_text(encoding="utf-8"))} | {"TF_BUILD"}
    assert set(NOT_PASSED) <= read
    assert passed() - BESIDES - {option.variable for option in INPUTS} == read - set(NOT_PASSED)
    assert passed() >= BESIDES | {option.variable for option in INPUTS}


def test_the_gates_step_sets_the_programs_outputs_and_nothing_else() -> None:
    (step,) = [step for job in jobs() if job["job"] == "gate" for step in job["steps"] if step.get("name") == "gate"]
    assert sorted(step["target"]["settableVariables"]) == sorted(each.replace("-", "_") for each in NOTHING_ALLOWED)


def test_both_jobs_begin_with_the_same_gate() -> None:
    first, second = jobs()
    gate = [next(step for step in job["steps"] if step.get("name") == "gate") for job in (first, second)]
    assert gate[0] == gate[1]
    assert first["variables"] == second["variables"]


@pytest.mark.parametrize(
    "parameters", [{}, {"steps": STEPS}, {"steps": STEPS, "perProject": True, "maxParallel": 3, "dependsOn": ["plan"]}]
)
def test_what_becomes_of_the_template_is_a_pipeline(parameters: dict[str, Any]) -> None:
    assert schema_problems(without_runtime(expanded(using(**parameters)))) == []


def test_the_template_itself_is_a_pipeline_once_its_directives_are_taken_out() -> None:
    content = without_directives(template())
    del content["stages"][0]["jobs"][0]["steps"][-1]  # the user's own, whose first key is an expression
    assert schema_problems(without_runtime(content)) == []


def test_the_example_is_a_pipeline_and_uses_this_version() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert schema_problems(yaml.safe_load(text)) == []
    assert schema_problems(without_runtime(expanded(text))) == []
    assert f"refs/tags/v{__version__}\n" in text
    assert f"default: atlantis-gate/atlantis-gate:{__version__}\n" in TEMPLATE.read_text(encoding="utf-8")


def test_a_job_for_each_project_runs_as_many_at_a_time_as_asked_for() -> None:
    matrix = "$[ stageDependencies['gate'].gate.outputs['projects.matrix'] ]"
    strategies = [job.get("strategy") for job in jobs(perProject=True, maxParallel=3)]
    assert strategies == [None, {"matrix": matrix, "maxParallel": "3"}]
    assert [job.get("strategy") for job in jobs()] == [None, None]


def test_without_steps_there_is_the_gate_alone() -> None:
    assert [stage["stage"] for stage in expanded(using())["stages"]] == ["gate"]


def test_stages_have_the_names_and_the_order_that_are_asked_for() -> None:
    stages = expanded(using(steps=STEPS, gateStage="may_plan", applyStage="plan", dependsOn=["lint"]))["stages"]
    assert [(stage["stage"], stage["dependsOn"]) for stage in stages] == [("may_plan", ["lint"]), ("plan", ["may_plan", "lint"])]


def test_the_scripts_pass_shellcheck(tmp_path: Path) -> None:
    tool = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    if tool is None:
        pytest.skip("not run: needs shellcheck")
    for number, script in enumerate(scripts(template())):
        file = tmp_path / f"{number}.bash"
        file.write_text(script, encoding="utf-8")
        ran = subprocess.run([tool, "--shell=bash", str(file)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


def test_directives_are_those_that_the_expander_of_these_tests_knows() -> None:
    with pytest.raises(ExpressionError):
        expand({"${{ elseif x }}": {"a": "b"}}, Scope())
    assert ALIAS in EXAMPLE.read_text(encoding="utf-8")
