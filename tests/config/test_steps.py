"""The steps of workflows: their shapes, what they become, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atlantis_gate.config.parsed import Hook, Step
from atlantis_gate.config.workflows import DEFAULT_WORKFLOW, split_words
from config.files import problems_of, repo, server, server_problems_of, warnings_of

HOOK = replace(Hook(run="x", description="d", commands="plan"), shell="sh", shell_args="-c")


def shelled(name: str, **options: Any) -> Step:
    """Return a step that is run by sh."""
    return Step(step=name, shell="sh", **options)


def text_with(step: str, version: int = 3) -> str:
    return f"version: {version}\nworkflows:\n  w:\n    plan:\n      steps:\n      - {step}\n"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("init", Step(step="init")),
        ("multienv", Step(step="multienv")),
        ("run: echo", Step(step="run", command="echo")),
        ("run:", Step(step="run")),
        ("run: 5", Step(step="run", command="5")),
        ("multienv: x", Step(step="multienv", command="x")),
        ("plan: {extra_args: [-a, 1, ~]}", Step(step="plan", extra_args=("-a", "1"))),
        ("plan: {}", Step(step="plan")),
        ("env: {}", Step(step="env")),
        ("run: {command: c}", Step(step="run", command="c", output=("show",))),
        ("multienv: {command: c}", Step(step="multienv", command="c")),
        ("run: {command: c, output: hide}", Step(step="run", command="c", output=("hide",))),
        ("run: {command: c, output: [bogus, 3]}", Step(step="run", command="c", output=("bogus",))),
        ("run: {command: c, output: {filter_regex: x}}", Step(step="run", command="c", output=("show",))),
        (
            "run: {command: c, output: [hide, {filter_regex: a}, {filter_regex: b}]}",
            Step(step="run", command="c", output=("hide", "filter_regex"), filter_regexes=("a", "b")),
        ),
        ("run: {command: c, output: [{filter_regex: [a]}]}", Step(step="run", command="c", output=("filter_regex",))),
        ("run: {command: c, shell: sh}", shelled("run", command="c", output=("show",), shell_args=("-c",))),
        (
            "run: {command: c, shell: sh, shellArgs: '-c  -e'}",
            shelled("run", command="c", output=("show",), shell_args=("-c", "", "-e")),
        ),
        ("run: {command: c, shell: 5}", Step(step="run", command="c", output=("show",))),
        ("env: {name: A, value: 5}", Step(step="env", env_name="A")),
        ("env: {name: A, value: yes}", Step(step="env", env_name="A", env_value="yes")),
        (
            "env: {name: A, command: c, shell: sh, shellArgs: [-x]}",
            shelled("env", env_name="A", command="c", shell_args=("-x",)),
        ),
    ],
)
def test_a_step_becomes_what_atlantis_makes_of_it(step: str, expected: Step) -> None:
    assert repo(text_with(step)).workflows["w"].stages["plan"] == (expected,)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("plann", '"plann" is not a step; did you mean `plan`?'),
        ("terraform fmt", '"terraform fmt" is not a step; write `run: terraform fmt` to run a command'),
        ("run", '"run" is not a step; write `run: run` to run a command'),
        ("{}", "this step is empty"),
        ("[a]", "a step (a name, or a map with one key) is expected here, not a list"),
        ("run: [a]", "a command or a map is expected here, not a list"),
        ("init:", "`init:` needs a map such as `extra_args: [...]`; without options write `- init`, no colon"),
        ("destroy: x", '"destroy" is not a step; use `init`, `plan`,'),
        ("run: {}", '"run" is not a step that takes this; `run` needs a `command` that is text'),
        ("plan: {args: [a]}", '`plan` takes `extra_args` and nothing else, not "args"'),
        ("plan: {extra_args: -x}", "`extra_args` must be a list of texts, and the only key of its step"),
        ("plan: {extra_args: [{a: b}]}", "`extra_args` must be a list of texts, and the only key of its step"),
        ("plan: {command: {}}", '"plan" is not a step that takes these options; only run, multienv and env do'),
        ("{run: x, output: hide}", 'a step has a single key, this one has 2: "run", "output"; indent options under the step\'s key'),
        ("run: {command: 5}", "`run` needs a `command` that is text; put a number in quotes"),
        ("run: {output: hide}", "`run` needs a `command` that is text; put a number in quotes"),
        ("run: {command: c, outptu: hide}", '`run` has no option "outptu"; did you mean `output`?'),
        (
            "run: {command: c, output: hidden}",
            'the output "hidden" is not accepted; use `show`, `hide`, `strip_refreshing` or `filter_regex`;',
        ),
        ("multienv: {command: c, output: filter_regex}", 'the output "filter_regex" is not accepted; use `show` or `hide`'),
        ("run: {command: c, shellArgs: -c}", "`shellArgs` only goes with `shell`"),
        ("run: {command: c, shellArgs: ~}", "`shellArgs` only goes with `shell`"),
        ("run: {command: c, shell: sh, shellArgs: [1]}", "`shellArgs` must hold only texts; put numbers in quotes"),
        ("run: {command: c, shell: sh, shellArgs: 1}", "`shellArgs` must be a text or a list of texts"),
        ("run: {command: c, shell: 5, shellArgs: -c}", "`shell` must be a text when `shellArgs` is given"),
        ("run: {command: c, output: [{filter_regex: '('}]}", '"(" is not a regular expression of Go\'s RE2 dialect'),
        ("env: {value: x}", "`env` needs a `name`"),
        ("env: {name: A, value: x, command: c}", "`env` takes a `value` or a `command`, not both"),
        ("env: {name: A, shell: sh}", "`shell` only goes with `command`"),
        ("env: {name: A, shell_args: x}", '`env` has no option "shell_args"; did you mean `shellArgs`?'),
        ("env: foo", "`env:` needs a map"),
    ],
)
def test_a_wrong_step_says_what_is_wrong(step: str, problem: str) -> None:
    found = problems_of(text_with(step))

    assert [text.split(": ", 1)[1].startswith(problem) for text in found] == [True], found


@pytest.mark.parametrize(
    ("step", "remark"),
    [
        ("env: {name: A, value: 5}", "`value` is not a text, so Atlantis takes it for empty; put it in quotes"),
        ("run: {command: c, shell: 5}", "`shell` is not a text and is ignored; put it in quotes"),
        ("run: {command: c, output: [bogus]}", 'the output "bogus" is not known and has no effect'),
        ("run: {command: c, output: [3]}", "this output is not a text and is ignored"),
        ("run: {command: c, output: {a: b}}", "`output` is neither a text nor a list and is ignored"),
        ("run: {command: c, output: [{a: b}]}", "this output filters nothing; write `filter_regex: ` and an expression"),
        ("env", "`env` without options does nothing"),
        ("run:", "`run` without a command does nothing"),
    ],
)
def test_what_atlantis_ignores_in_silence_is_a_warning(step: str, remark: str) -> None:
    assert [text.split(": ", 1)[1] for text in warnings_of(repo(text_with(step)))] == [remark]


def test_stages_that_are_left_out_run_the_built_in_steps_and_an_empty_list_runs_none() -> None:
    loaded = repo("version: 3\nworkflows:\n  w: {plan: ~, apply: {steps: ~}, import: {steps: []}, state_rm: {steps: [~, state_rm]}}\n")

    stages = loaded.workflows["w"].stages
    assert {stage: stages[stage] == DEFAULT_WORKFLOW.stages[stage] for stage in stages} == {
        "plan": True,
        "apply": True,
        "policy_check": True,
        "import": False,
        "state_rm": False,
    }
    assert (stages["import"], stages["state_rm"]) == ((), (Step(step="state_rm"),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo 'a b'  c", ["echo", "a b", "c"]),
        ("echo a#b #c d", ["echo", "a#b"]),
        ("a #b\nc", ["a", "c"]),
        (r'"a\"b" \'x', ['a"b', "'x"]),
        ("''", [""]),
        (r"'a\b'", [r"a\b"]),
        ("", []),
        ("'a", None),
        ("a\\", None),
        ('"a\\', None),
    ],
)
def test_version_2_splits_commands_into_words(text: str, words: list[str] | None) -> None:
    assert split_words(text) == words


def test_version_2_rewrites_the_commands_of_plan_and_apply_alone() -> None:
    steps = "{steps: [run: echo 'a b', multienv: echo 'c d']}"
    text = f"version: 2\nworkflows:\n  w:\n    plan: {steps}\n    import: {steps}\n"
    stages = repo(text).workflows["w"].stages

    assert [step.command for step in stages["plan"]] == ["echo a b", "echo 'c d'"]
    assert [step.command for step in stages["import"]] == ["echo 'a b'", "echo 'c d'"]
    assert problems_of(text.replace("'a b'", "'a b"))[0].endswith("version 2 cannot split")


def test_hooks_are_maps_of_texts_whose_other_keys_are_ignored() -> None:
    loaded = server(
        "repos:\n- id: a\n  pre_workflow_hooks:\n"
        "  - {run: x, description: d, shell: sh, shellArgs: -c, commands: plan}\n  - {rnu: y}\n  - ~\n"
    )

    assert loaded.entries[1].pre_workflow_hooks == (HOOK, Hook())
    assert warnings_of(loaded) == [
        'repos.yaml:5:6: a hook has no key "rnu"; it is ignored; did you mean `run`?',
        "repos.yaml:5:5: this hook has no `run` and does nothing",
    ]


def test_a_hook_that_is_no_map_of_texts_is_refused() -> None:
    found = server_problems_of("repos:\n- id: a\n  post_workflow_hooks:\n  - echo\n  - {}\n  - {run: x, shellArgs: [-c]}\n")

    assert found == [
        'repos.yaml:4:5: a hook (a map with `run`) is expected here, not text "echo"',
        "repos.yaml:5:5: this hook is empty; give it a `run` key",
        "repos.yaml:6:25: text is expected here, not a list",
    ]
