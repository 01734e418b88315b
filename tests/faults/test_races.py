"""Pull requests that move under a run, or between check and verify: the gate never opens, and says what moved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from atlantis_gate.hosts import HOSTS
from faults.judging import outputs, wrong
from faults.scenes import GATE, PASSES, STOPPED, Observed, baseline, observe, play
from faults.wrong import LASTING
from hosts.stories import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from faults.transport import Answer, Asked

    Alteration = Callable[[Answer, Asked], Answer]

NEW = "e" * 40
LATER = "f" * 40
COMPUTING = "computing then ready"
QUIET = ("--no-status", "--comment", "never")
# Where GitHub, GitLab, Azure DevOps and Gitea are asked for the pull request again while they work out whether it can be merged.
AGAIN = {
    "github": GATE,
    "gitlab": "GET /api/v4/projects/acme/infra/merge_requests/7?include_diverged_commits_count=true",
    "azure-devops": "GET /org/acme/_apis/git/repositories/infra/pullRequests/7?api-version=7.0",
    "gitea": "GET /api/v1/repos/acme/infra/pulls/7",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("races")


def stopped(observed: Observed, *words: str) -> None:
    """Assert that a run is stopped, consistently, and says these words."""
    assert observed.ran.code in {1, 2}, observed.said
    assert list(wrong(observed, ())) == []
    said = " ".join(observed.said.split())
    for word in words:
        assert word in said, observed.said


def later(was: str, becomes: str, asked_before: int = 0) -> Alteration:
    """Return what changes a text in an answer to a place that was asked so often before."""
    return lambda answer, asked: (
        replace(answer, body=answer.body.replace(was.encode(), becomes.encode())) if asked.before >= asked_before else answer
    )


@pytest.mark.parametrize("host", HOSTS)
def test_a_head_that_moved_since_the_run_began_is_refused(host: str, folder: Path) -> None:
    observed = play(host, PASSES, folder, {}, *QUIET, "--head-sha", NEW)
    stopped(observed, f"this run was started for commit {NEW[:12]}, but the pull request is now at {HEAD[:12]}")
    assert observed.ran.code == 1


def told_again(host: str, folder: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the story, the place and how often it was asked before, of every answer that tells the head though another did before."""
    for story in (PASSES, COMPUTING):
        tape = baseline(host, story, folder).tape
        telling = [
            (place, tape.asked[:index].count(place))
            for index, place in enumerate(tape.asked)
            # A review names the commit that it was given on.
            if HEAD.encode() in tape.answers[place].body and not re.search(rf"{HEAD}|/reviews", place) and place not in tape.posting
        ]
        yield from ((story, *place) for place in dict.fromkeys(telling[1:]))


@pytest.mark.parametrize("host", [host for host in HOSTS if host != "bitbucket-cloud"])
def test_a_head_that_moves_between_two_requests_is_an_error(host: str, folder: Path) -> None:
    found = list(told_again(host, folder))
    assert found
    for story, place, before in found:
        stopped(play(host, story, folder, {place: later(HEAD, NEW, before)}, *QUIET), "got new commits while it was being evaluated")


def test_bitbucket_cloud_tells_the_head_once(folder: Path) -> None:
    assert list(told_again("bitbucket-cloud", folder)) == []


@pytest.mark.parametrize("host", AGAIN)
def test_another_base_branch_during_the_run_is_an_error(host: str, folder: Path) -> None:
    for name in ('"main"', "refs/heads/main"):
        moved = later(name, name.replace("main", "release"), 1)
        if name.encode() in baseline(host, COMPUTING, folder).tape.answers[AGAIN[host]].body:
            observed = play(host, COMPUTING, folder, {AGAIN[host]: moved}, *QUIET)
            stopped(observed, "got another base branch while it was being evaluated: it was main and is release")
            return
    pytest.fail("the answer names no base branch")


@pytest.mark.parametrize("host", AGAIN)
def test_a_base_that_moves_during_the_run_is_judged_as_it_was_and_said_to_be(host: str, folder: Path) -> None:
    observed = play(host, COMPUTING, folder, {AGAIN[host]: later(BASE, LATER, 1)}, *QUIET)
    assert list(wrong(observed, ())) == []
    assert outputs(observed)["base-sha"] == BASE
    assert observed.decision["pull_request"]["base_sha"] == BASE


@pytest.mark.parametrize("host", HOSTS)
def test_a_base_branch_without_a_name_is_an_error(host: str, folder: Path) -> None:
    gone = {place: named for place in set(baseline(host, PASSES, folder).tape.asked) if (named := nameless(host, place, folder))}
    for alter in gone.values():
        stopped(play(host, PASSES, folder, gone if host in AGAIN else {next(iter(gone)): alter}, *QUIET))


def nameless(host: str, place: str, folder: Path) -> Alteration | None:
    """Return what takes the base branch's name out of the answer about the pull request."""
    body = baseline(host, PASSES, folder).tape.answers[place].body
    if HEAD.encode()[:12] not in body or b"feature" not in body:
        return None
    return lambda answer, _: replace(answer, body=answer.body.replace(b"refs/heads/main", b"").replace(b'"main"', b'""'))


def decided(host: str, folder: Path) -> None:
    """Leave a decision that allows."""
    assert play(host, PASSES, folder, {}, *QUIET).ran.code == 0


def verified(
    host: str, folder: Path, story: str = PASSES, alterations: Mapping[str, Alteration] | None = None, *options: str, **renamed: str
) -> Observed:
    """Verify the decision; what it was is of no interest afterwards."""
    observed = observe(host, story, folder, alterations, *options, verify=True, renamed=renamed)
    return replace(observed, decision={"outcome": outputs(observed)["outcome"]})


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_moved_so_the_decision_stands(host: str, folder: Path) -> None:
    decided(host, folder)
    assert verified(host, folder).ran.code == 0


@pytest.mark.parametrize("host", HOSTS)
def test_a_head_that_moved_between_check_and_verify_undoes_the_decision(host: str, folder: Path) -> None:
    decided(host, folder)
    observed = verified(host, folder, PASSES, {}, "--head-sha", NEW, a="e")
    stopped(observed, f"the head was {HEAD} when the decision was made and is {NEW} now")


@pytest.mark.parametrize("host", HOSTS)
def test_a_base_that_moved_between_check_and_verify_undoes_the_decision(host: str, folder: Path) -> None:
    decided(host, folder)
    observed = verified(host, folder, b="f")
    stopped(observed, f"the base commit was {BASE} when the decision was made and is {LATER} now")
    assert outputs(observed)["base-sha"] == LATER


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("story", "said"), [("approved by nobody", "nobody approves"), ("draft", "draft"), ("conflict", "conflict")])
def test_what_was_withdrawn_between_check_and_verify_undoes_the_decision(host: str, story: str, said: str, folder: Path) -> None:
    assert story in STOPPED
    decided(host, folder)
    stopped(verified(host, folder, story), said)


@pytest.mark.parametrize(
    ("host", "story", "said"),
    [
        ("github", "a review is required", "approving review"),
        ("gitlab", "an approval is missing", "1 approval is still required"),
        ("gitea", "the approval is stale", "nobody approves"),
    ],
)
def test_an_approval_of_an_older_commit_counts_no_more_where_the_host_says_so(host: str, story: str, said: str, folder: Path) -> None:
    decided(host, folder)
    stopped(verified(host, folder, story), said)


@pytest.mark.parametrize(("host", "place"), [("github", GATE), ("gitea", "GET /api/v1/repos/acme/infra/pulls/7/reviews?page=1&limit=50")])
def test_an_approval_of_an_older_commit_that_counts_is_told_with_that_commit(host: str, place: str, folder: Path) -> None:
    review = re.compile(rb'(APPROVED"[^]]*?|commit_id": *")' + HEAD.encode())

    def older(answer: Answer, _: Asked) -> Answer:
        return replace(answer, body=review.sub(rb"\g<1>" + NEW.encode(), answer.body, count=1))

    observed = play(host, PASSES, folder, {place: older}, *QUIET)
    assert observed.ran.code == 0
    assert f"alice approved commit {NEW[:12]}" in observed.said


@pytest.mark.parametrize("fault", ["500", "404", "no answer in time", "null"])
@pytest.mark.parametrize("host", HOSTS)
def test_what_cannot_be_read_again_undoes_the_decision(host: str, fault: str, folder: Path) -> None:
    decided(host, folder)
    tape = baseline(host, PASSES, folder).tape
    for place in dict.fromkeys(tape.asked):
        if place not in tape.posting:
            stopped(verified(host, folder, PASSES, {place: LASTING[fault]}), "(")
