"""Whatever stands in a CI's variables and events, of any kind of run, the CI obeys none of it, and nothing is said to be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from programs import Ran, gate
from security import harmless
from security.ci_environments import PLACES, environment, kept_environments
from security.test_hostile_runs import TEXTS

if TYPE_CHECKING:
    from pathlib import Path

CIS = [ci for ci in PLACES if ci != "none"]
# Each kind of run gets two of the texts, and each CI all of them.
EACH = 2
LINES = "x\n::error::x\n##vso[task.setvariable variable=allowed;isOutput=true]true\n##[set-output name=allowed]true"
STEERED = "x\x1b]0;y\x07\r::set-output name=allowed::true\u2028--- x\ud800"


def run(ci: str, folder: Path, env: dict[str, str]) -> None:
    """Run the gate without a credential: it reads what the CI says, and ends there."""
    ran = gate("check", "--decision-file", str(folder / "decision.json"), env=env)
    assert ran.code == 2, ran.out
    assert_silent(ci, ran, folder)


def assert_silent(ci: str, ran: Ran, folder: Path) -> None:
    printed = f"{ran.out}\n{ran.err}"
    assert "Traceback" not in printed, printed
    assert harmless.strange_line(ci, printed) is None
    for name, text in harmless.written(folder).items():
        assert not name.endswith(".md") or harmless.markup(text, "") == [], name
    # A file of outputs that nothing was written into is as good as one that says no.
    if any((folder / name).is_file() and (folder / name).stat().st_size for name in ("output", "variables", "root/atlantis-gate.env")):
        assert PLACES[ci].outputs(folder, printed)["allowed"] == "false"


def laid_out(folder: Path) -> Path:
    (folder / "root").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("ci", CIS)
def test_no_kind_of_run_hands_a_text_on(ci: str, tmp_path: Path) -> None:
    for number, kept in enumerate(kept_environments(ci)):
        for text in TEXTS[number * EACH % len(TEXTS) :][:EACH]:
            folder = laid_out(tmp_path / f"{number}-{TEXTS.index(text)}")
            run(ci, folder, environment(ci, folder, text, kept))


@pytest.mark.parametrize("ci", CIS)
def test_every_text_goes_into_some_run(ci: str, tmp_path: Path) -> None:
    for number, text in enumerate(TEXTS):
        folder = laid_out(tmp_path / str(number))
        kept = kept_environments(ci)
        run(ci, folder, environment(ci, folder, text, kept[number % len(kept)]))


@pytest.mark.parametrize("text", [LINES, STEERED])
@pytest.mark.parametrize("ci", CIS)
def test_a_variable_that_is_wrong_is_named_and_not_obeyed(ci: str, text: str, tmp_path: Path) -> None:
    value = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    for name in environment(ci, laid_out(tmp_path / "names"), "x"):
        folder = laid_out(tmp_path / name)
        env = environment(ci, folder, "x")
        run(ci, folder, env if env[name].startswith(str(folder)) else {**env, name: value})
