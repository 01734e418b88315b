"""The page on GitHub Actions shows the workflow that is tested, and what it shows besides does what it says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conftest import ROOT
from fake_github import FakeGitHub
from templates.github_expressions import GitHubExpressions
from templates.github_scene import EXAMPLE, FILE, GATE, Scene, scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGE = ROOT / "docs" / "ci" / "github-actions.md"
TEXT = FILE.read_text(encoding="utf-8")
SERVER = {"ATLANTIS_REPO_CONFIG_JSON": json.dumps(yaml.safe_load((ROOT / "examples" / "repos.yaml").read_text(encoding="utf-8")))}
TERRAFORM = "terraform init -input=false\nterraform apply -auto-approve -input=false\n"
HOSTILE = "$(touch pwned)`id`; \"' && x"


def blocks() -> list[str]:
    found = re.findall(r"^ *```yaml\n(.*?)^ *```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [str(block) for block in found]


def block(word: str) -> str:
    """Return the one block of the page that holds a word."""
    (found,) = [each for each in blocks()[1:] if word in each]
    return found


def merged(base: Any, change: Any) -> Any:
    """Put a part of a workflow over a whole one; steps are told apart by their id."""
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}
    if isinstance(base, list) and isinstance(change, list):
        by_id = {step["id"]: step for step in change}
        return [merged(step, by_id.get(step.get("id"), {})) for step in base]
    return change


def changed(part: str) -> str:
    """Return the example with a part put over it. It comes out as JSON, which is YAML; PyYAML takes the key `on` for true."""
    made = merged(yaml.safe_load(TEXT), yaml.safe_load(part))
    return json.dumps({"on" if key is True else key: value for key, value in made.items()})


@pytest.fixture(scope="module")
def expressions() -> Iterator[GitHubExpressions]:
    with GitHubExpressions() as running:
        yield running


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def applied(expressions: GitHubExpressions, here: Scene, text: str) -> list[str]:
    run = here.run(expressions, text)
    run.start()
    return [command.directory for command in run.commands]


def test_the_page_shows_the_example() -> None:
    assert blocks()[0] == TEXT


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    steps = [step for job in yaml.safe_load(TEXT)["jobs"].values() for step in job["steps"]]
    gates = [step for step in steps if step.get("uses", "").startswith(f"{GATE}@")]
    assert len(gates) == 2
    assert all(set(step.get("with", {})) <= set(inputs) for step in gates)


@pytest.mark.parametrize("path", [FILE, *sorted((ROOT / "docs" / "ci").glob("*.md"))])
def test_no_script_holds_an_expression(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not (found := re.match(r"( *)(- )?run: (.*)", line)):
            continue
        inside = len(found[1] + (found[2] or ""))
        rest = lines[number + 1 :]
        end = next((index for index, each in enumerate(rest) if len(each) - len(each.lstrip()) <= inside), len(rest))
        assert "${{" not in "\n".join([found[3], *rest[:end]]), line


def test_the_apply_job_can_only_read() -> None:
    permissions = yaml.safe_load(TEXT)["jobs"]["apply"]["permissions"]
    assert set(permissions.values()) == {"read"}
    assert set(permissions) == set(yaml.safe_load(TEXT)["jobs"]["gate"]["permissions"])


def test_what_a_pull_request_names_reaches_terraform_as_a_value_only(
    expressions: GitHubExpressions, tmp_path: Path, github: FakeGitHub
) -> None:
    folder = f"a {HOSTILE}"
    projects = json.dumps({"version": 3, "projects": [{"name": "hostile", "dir": folder, "workspace": "w"}]})
    here = scene(tmp_path, github, {f"{folder}/main.tf": "# new\n", "atlantis.yaml": projects})
    here.repository.review(here.pull, "alice")
    run = here.run(expressions, TEXT)
    run.start()
    assert [(command.script, command.directory, command.env["TF_WORKSPACE"]) for command in run.commands] == [(TERRAFORM, folder, "w")]
    assert HOSTILE not in json.dumps([action.inputs for action in run.actions])


def test_requirements_in_atlantis_yaml_need_the_server_config(expressions: GitHubExpressions, tmp_path: Path, github: FakeGitHub) -> None:
    here = scene(tmp_path, github, atlantis_yaml=(EXAMPLE / "atlantis.yaml").read_text(encoding="utf-8"))
    here.repository.review(here.pull, "alice")
    assert applied(expressions, here, TEXT) == []
    assert "allowed_overrides: [apply_requirements]" in here.gates[0].err
    here.variables = SERVER
    assert applied(expressions, here, changed(block("vars."))) == ["staging", "production"]


@pytest.fixture
def partly(tmp_path: Path, github: FakeGitHub) -> Scene:
    """Return a pull request of which only production may be applied: the base moved under staging."""
    here = scene(tmp_path, github)
    here.repository.review(here.pull, "alice")
    here.repository.push("main", {"staging/other.tf": "# new\n"})
    return here


def test_the_part_that_may_run_is_applied_where_the_workflow_asks_for_it(expressions: GitHubExpressions, partly: Scene) -> None:
    assert applied(expressions, partly, TEXT) == []
    assert applied(expressions, partly, changed(block("outcome"))) == ["production"]


def test_of_a_part_nothing_is_applied_that_the_second_gate_does_not_name(expressions: GitHubExpressions, partly: Scene) -> None:
    run = partly.run(expressions, changed(block("outcome")))

    def later(job: str) -> None:
        if job == "apply":
            partly.repository.push("main", {"production/other.tf": "# new\n"})

    run.between = later
    assert run.start() == {"gate": "success", "apply": "success"}
    assert run.commands == []


def refuse(here: Scene) -> None:
    here.github.fail("POST", "/graphql", 401)


def die(here: Scene) -> None:
    here.broken = True


@pytest.mark.parametrize("moment", ["gate", "apply"])
@pytest.mark.parametrize("no", [refuse, die])
def test_of_a_part_nothing_is_applied_without_an_answer(
    no: Callable[[Scene], None], moment: str, expressions: GitHubExpressions, partly: Scene
) -> None:
    run = partly.run(expressions, changed(block("outcome")))
    run.between = lambda job: no(partly) if job == moment else None
    run.start()
    assert run.commands == []
