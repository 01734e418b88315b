"""Apply jobs go on only where the gate said yes, to this commit, not long ago: what the template puts before them, run in real shells."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT
from hosts.stories import HEAD, MERGE, NUMBER
from templates.gitlab_job import SHELLS, SYSTEM, Job
from templates.gitlab_server import FakeGitLab

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = "9" * 40
WHOLE = {"ATLANTIS_GATE_OUTCOME", "ATLANTIS_GATE_ALLOWED", "ATLANTIS_GATE_HEAD_SHA", "ATLANTIS_GATE_BASE_SHA", "ATLANTIS_GATE_CHECKED_AT"}


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with FakeGitLab(HEAD, {"staging/main.tf": ""}) as gitlab:
        yield Job(tmp_path, gitlab)


def stopped(ran: subprocess.CompletedProcess[str]) -> str:
    """Return why a job was stopped, in the one line that says so."""
    assert "APPLIED" not in ran.stdout
    assert ran.returncode != 0, ran.stdout + ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("atlantis-gate stops this job: ")]
    return line.removeprefix("atlantis-gate stops this job: ")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_allowed_goes_on(shell: str, job: Job) -> None:
    ran = job.run(shell)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"atlantis-gate: {HEAD} may be applied.\nAPPLIED\n"


def test_the_merge_of_a_merged_results_pipeline_is_of_the_head_that_was_judged(job: Job) -> None:
    job.variables = {"CI_COMMIT_SHA": MERGE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}
    assert "APPLIED" in job.run().stdout
    job.variables = {"CI_COMMIT_SHA": HEAD, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": OTHER}
    assert stopped(job.run()) == f"the gate judged {HEAD}, and this pipeline is for {OTHER}."


@pytest.mark.parametrize("shell", SHELLS)
def test_where_nothing_is_to_do_the_job_succeeds_and_does_nothing(shell: str, job: Job) -> None:
    job.report = {"ATLANTIS_GATE_OUTCOME": "nothing_to_do", "ATLANTIS_GATE_ALLOWED": "false"}
    ran = job.run(shell)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "atlantis-gate: nothing to do, no project is touched.\n", "")


NO = {"ATLANTIS_GATE_OUTCOME": "blocked", "ATLANTIS_GATE_ALLOWED": "false", "ATLANTIS_GATE_CHECKED_AT": None}
REPORTS: dict[str, tuple[dict[str, str | None], str]] = {
    "it says blocked": (NO, "the gate did not let it through (blocked); its job says why."),
    "it says undetermined": (
        {**NO, "ATLANTIS_GATE_OUTCOME": "undetermined"},
        "the gate did not let it through (undetermined); its job says why.",
    ),
    "it says false beside allowed": ({"ATLANTIS_GATE_ALLOWED": "false"}, "the gate did not let it through (allowed); its job says why."),
    "it says True": ({"ATLANTIS_GATE_ALLOWED": "True"}, "the gate did not let it through (allowed); its job says why."),
    "it says true beside blocked": ({"ATLANTIS_GATE_OUTCOME": "blocked"}, "the gate did not let it through (blocked); its job says why."),
    "it is empty": (
        dict.fromkeys([*WHOLE, "ATLANTIS_GATE_PROJECT_COUNT"]),
        "the gate did not let it through (no outcome); its job says why.",
    ),
    "it names no commit": ({"ATLANTIS_GATE_HEAD_SHA": None}, f"the gate judged no commit, and this pipeline is for {HEAD}."),
    "it is about another commit": ({"ATLANTIS_GATE_HEAD_SHA": OTHER}, f"the gate judged {OTHER}, and this pipeline is for {HEAD}."),
    "it names no base": ({"ATLANTIS_GATE_BASE_SHA": None}, "main has moved since the gate looked; retry the gate's job, then this one."),
    "it has no time": ({"ATLANTIS_GATE_CHECKED_AT": None}, "the answer does not say when it was given."),
    "its time is none": ({"ATLANTIS_GATE_CHECKED_AT": "a[$(touch ran)]"}, "the answer does not say when it was given."),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_lets_nothing_through_when(name: str, shell: str, job: Job) -> None:
    job.report, why = REPORTS[name]
    assert stopped(job.run(shell)) == why
    assert not (job.folder / "ran").exists()


DIFFER = "the report of the gate and the variables ATLANTIS_GATE_OUTCOME, _ALLOWED and _HEAD_SHA differ: none of them may be set elsewhere."
OLD = "seconds old, more than ATLANTIS_GATE_MAX_AGE; retry the gate's job, then this one."
TIMES = {"hours have passed": -7200, "it is from the future": 7200}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "name",
    [*TIMES, "no age is allowed", "the age allowed is no number", "somebody sets ATLANTIS_GATE_ALLOWED", "the repository holds the report"],
)
def test_an_answer_stops_when(name: str, shell: str, job: Job) -> None:
    if name in TIMES:
        job.report = {"ATLANTIS_GATE_CHECKED_AT": str(int(time.time()) + TIMES[name])}
        assert stopped(job.run(shell)).endswith(OLD)
    elif name == "somebody sets ATLANTIS_GATE_ALLOWED":
        job.report = {"ATLANTIS_GATE_OUTCOME": "blocked", "ATLANTIS_GATE_ALLOWED": "false"}
        job.variables = {"ATLANTIS_GATE_OUTCOME": "allowed", "ATLANTIS_GATE_ALLOWED": "true"}
        assert stopped(job.run(shell)) == DIFFER
    elif name == "the repository holds the report":
        job.variables = dict.fromkeys(WHOLE)
        assert stopped(job.run(shell)) == DIFFER
    else:
        job.variables = {"ATLANTIS_GATE_MAX_AGE": "0" if name == "no age is allowed" else "1h"}
        assert stopped(job.run(shell)).endswith(OLD)


def test_a_value_that_is_there_twice_counts_for_none(job: Job) -> None:
    text = "".join(f"{name}={value}\n" for name, value in job.said().items())
    job.file = f"ATLANTIS_GATE_ALLOWED=false\n{text}"
    assert stopped(job.run()) == DIFFER


def test_without_a_report_nothing_goes_on(job: Job) -> None:
    job.file = None
    why = "the gate left no answer: its job did not run, or this job does not need it with its artifacts."
    assert stopped(job.run()) == why
    job.variables = dict.fromkeys(WHOLE)
    assert stopped(job.run()) == why


def test_a_head_that_moved_stops_the_job(job: Job) -> None:
    job.gitlab.head = OTHER
    assert stopped(job.run()) == f"!{NUMBER} is no longer at {HEAD}; the pipeline of its new commit judges that one."


def test_a_base_branch_that_moved_stops_the_job(job: Job) -> None:
    job.gitlab.base = OTHER
    assert stopped(job.run()) == "main has moved since the gate looked; retry the gate's job, then this one."


def test_a_repository_that_cannot_be_read_stops_the_job(job: Job) -> None:
    job.variables = {"CI_REPOSITORY_URL": job.gitlab.clone_url.replace("glcbt-", "wrong-")}
    assert stopped(job.run()) == "the branches could not be read, so nothing can tell whether the answer still holds."


def test_an_image_without_git_stops_the_job(job: Job) -> None:
    job.path = str(job.folder / "bin")
    Path(job.path).mkdir()
    for name in ("date", "grep", "sed"):
        (Path(job.path) / name).symlink_to(shutil.which(name, path=SYSTEM) or name)
    why = "this image has neither atlantis-gate nor git, so nothing can tell whether the answer still holds."
    assert stopped(job.run()) == why


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_merged_is_applied_in_the_default_branchs_pipeline(shell: str, job: Job) -> None:
    job.gitlab.base = MERGE
    job.report = {"ATLANTIS_GATE_BASE_SHA": MERGE}
    job.variables = {"CI_MERGE_REQUEST_IID": None, "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": MERGE}
    assert "APPLIED" in job.run(shell).stdout
    job.gitlab.base = OTHER
    assert stopped(job.run(shell)) == "main has moved since the gate looked; retry the gate's job, then this one."
    job.report["ATLANTIS_GATE_HEAD_SHA"] = None
    assert stopped(job.run(shell)) == "the gate judged no commit, and this pipeline is for none."


@pytest.mark.parametrize(
    "variables", [{"CI_COMMIT_BRANCH": "feature"}, {"CI_COMMIT_BRANCH": "main", "ATLANTIS_GATE_PULL_REQUEST": "7"}, {}]
)
def test_another_pipeline_applies_nothing(variables: dict[str, str], job: Job) -> None:
    job.variables = {"CI_MERGE_REQUEST_IID": None, **variables}
    assert stopped(job.run()) == "this pipeline is neither one of a merge request nor one after a merge into the default branch."


@pytest.fixture
def verifying(job: Job) -> Job:
    """Return the job of an approved merge request with the gate in its image, and with the decision that the gate's job left."""
    program = job.folder / "gate" / "atlantis-gate"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT}/src exec {sys.executable} -m atlantis_gate "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    job.path = f"{program.parent}:{job.path}"
    job.gitlab.approved_by.add("alice")
    env = {"PATH": job.path, **job.told()}
    command = [str(program), "check", "--no-status", "--comment", "never", "--decision-file", "atlantis-gate.json"]
    subprocess.run(command, cwd=job.folder, env=env, check=True, capture_output=True, timeout=60)
    return job


@pytest.mark.parametrize("shell", SHELLS)
def test_with_the_gate_in_the_image_an_old_answer_is_verified(shell: str, verifying: Job) -> None:
    verifying.report = {"ATLANTIS_GATE_CHECKED_AT": "1"}
    ran = verifying.run(shell)
    assert ran.stdout.startswith("Apply may run now: the one project touched may apply\n"), ran.stderr
    assert ran.stdout.endswith(f"atlantis-gate: {HEAD} may be applied.\nAPPLIED\n")
    assert (verifying.gitlab.statuses, verifying.gitlab.notes) == ([], [])


MOVED = {
    "an approval is gone": "nobody approves",
    "the head moved": "now at",
    "the base branch moved": "the base commit was",
    "a requirement is missing here": "the decision asked for approved",
}


@pytest.mark.parametrize("what", MOVED)
def test_with_the_gate_in_the_image_it_is_seen_that(what: str, verifying: Job) -> None:
    if what == "an approval is gone":
        verifying.gitlab.approved_by.clear()
    elif what == "the head moved":
        verifying.gitlab.head = OTHER
    elif what == "the base branch moved":
        verifying.gitlab.base = OTHER
    else:
        verifying.variables = {"ATLANTIS_GATE_REQUIRE": None}
    ran = verifying.run()
    assert (ran.returncode, "APPLIED" in ran.stdout) == (1, False)
    assert MOVED[what] in ran.stdout


def test_with_the_gate_in_the_image_the_decision_is_needed(verifying: Job) -> None:
    (verifying.folder / "atlantis-gate.json").unlink()
    ran = verifying.run()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "cannot read atlantis-gate.json" in ran.stderr


@pytest.mark.parametrize("name", ["it says blocked", "it is empty", "it is about another commit"])
def test_with_the_gate_in_the_image_its_report_still_counts(name: str, verifying: Job) -> None:
    verifying.report, why = REPORTS[name]
    assert stopped(verifying.run()) == why
