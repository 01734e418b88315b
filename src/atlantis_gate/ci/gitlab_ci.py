"""GitLab CI: reads the pipeline's variables, and leaves outputs, summary and test report where `artifacts:reports` finds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.ci.gitlab_ci_files import publish
from atlantis_gate.ci.gitlab_ci_job import NAME, NAME_IT, PROJECT, Job
from atlantis_gate.ci.logs import Log
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef, Run
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.model import CommitRef

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

MARKER: Final = "GITLAB_CI"
# A section's name is part of the log's page: https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections
# The time is only shown as how long it took, which here is nothing.
LOG: Final = Log(
    colors=True,
    opening="\x1b[0Ksection_start:1:atlantis_gate_details[collapsed=true]\r\x1b[0K{title}",
    closing="\x1b[0Ksection_end:1:atlantis_gate_details\r\x1b[0K",
)
_BY_HAND: Final = "Or let the job run in merge request pipelines: `rules: - if: $CI_PIPELINE_SOURCE == 'merge_request_event'`."
_REF: Final = re.compile(r"refs/merge-requests/([1-9][0-9]{0,18})/(?:head|merge|train)")
_OPEN: Final = re.compile(rf"({PROJECT.pattern})!([1-9][0-9]{{0,18}})")
_OPEN_SHOWN: Final = 200
_EXTERNAL: Final = "CI_EXTERNAL_PULL_REQUEST_IID"
_GITHUB: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_HOST_NAME: Final = re.compile(r"(?:https?://)?[A-Za-z0-9.:-]+/?")


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is GitLab CI."""
    return env.get(MARKER) == "true"


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which merge request the pipeline is about; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    job = Job(env)
    if explicit is None:
        return _read_pipeline(job)
    # `--pull-request` alone names a number: the project is then the one that this pipeline is about.
    return _read_explicit(job, explicit if explicit.repo else _here(job, explicit.number))


def _read_pipeline(job: Job) -> Run:
    """Read the run from its pipeline alone. Raises CIError when that names no merge request."""
    source = job.source()
    if source == "external_pull_request_event" or job.has(_EXTERNAL):
        return _external(job)
    if source == "merge_request_event" or job.has("CI_MERGE_REQUEST_IID"):
        return _merge_request(job)
    if job.has("CI_COMMIT_TAG"):
        raise CIError("this pipeline is for a tag (CI_COMMIT_TAG): it belongs to no merge request", advice=NAME_IT)
    if source == "parent_pipeline":
        what = "a child pipeline (CI_PIPELINE_SOURCE) of a branch does not say what started its parent"
        raise CIError(what, advice=f"{NAME_IT} Or run the gate in the parent pipeline.")
    if source != "push":
        raise CIError(f"this pipeline (CI_PIPELINE_SOURCE is {source}) belongs to no merge request", advice=f"{NAME_IT} {_BY_HAND}")
    return _push(job)


def _external(job: Job) -> Run:
    """Read a pull request of GitHub, whose repository this GitLab mirrors and tests.

    https://docs.gitlab.com/ci/ci_cd_for_external_repos/#pipelines-for-external-pull-requests
    """
    target = _external_pull_request(job, job.number(_EXTERNAL))
    return job.run(target, head_sha=job.sha("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA"))


def _external_pull_request(job: Job, number: int) -> PullRequestRef:
    server = "https://github.com"
    if job.has("ATLANTIS_GH_HOSTNAME"):
        named = job.text("ATLANTIS_GH_HOSTNAME", _HOST_NAME).rstrip("/")
        server = named if "://" in named else f"https://{named}"
    repo = job.text("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY", _GITHUB)
    return PullRequestRef(host="github", server_url=server, repo=repo, number=number)


def _merge_request(job: Job) -> Run:
    """Read a merge request pipeline, which may run in a fork: the merge request's project is told apart from the pipeline's.

    Only a detached pipeline's commit is the head; the others' is a merge of it that GitLab made.
    """
    number, kind = job.number("CI_MERGE_REQUEST_IID"), job.kind()
    ref = job.text("CI_MERGE_REQUEST_REF_PATH", _REF) if job.has("CI_MERGE_REQUEST_REF_PATH") else ""
    match = _REF.fullmatch(ref)
    if match is not None and int(match[1]) != number:
        raise CIError(f"CI_MERGE_REQUEST_IID is {number}, but CI_MERGE_REQUEST_REF_PATH is {ref}", advice=NAME_IT)
    target = job.merge_request(job.text("CI_MERGE_REQUEST_PROJECT_PATH", PROJECT), number)
    commit = job.sha("CI_COMMIT_SHA")
    head = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
    if kind == "detached":
        return job.run(target, head_sha=job.sha(head) if job.has(head) else commit)
    return job.run(target, head_sha=job.sha(head), merge_sha=commit)


def _push(job: Job) -> Run:
    """Read a branch pipeline: the branch's one open merge request, or what a merge brought.

    On the default branch it is always the latter: its open merge requests, if any, promote it to somewhere else.
    """
    branch = job.text("CI_COMMIT_BRANCH", re.compile(r"[^\0\r\n]+"))
    open_ones = "CI_OPEN_MERGE_REQUESTS"
    if branch == job.env.get("CI_DEFAULT_BRANCH") or not job.has(open_ones):
        return job.run(job.commit(), before_sha=job.before())
    # At most 4 are listed: https://docs.gitlab.com/ci/variables/predefined_variables/
    listed = [_OPEN.fullmatch(item) for item in job.env[open_ones].split(",")]
    if len(listed) > 1:
        shown = one_line(job.env[open_ones].replace(",", ", "), _OPEN_SHOWN)
        raise CIError(f"this branch has several open merge requests ({open_ones}): {shown}", advice=f"{NAME_IT} {_BY_HAND}")
    if listed[0] is None:
        raise CIError(f"the variable {open_ones} is {one_line(job.env[open_ones], 100)!r}, not what GitLab CI puts there", advice=NAME_IT)
    return job.run(job.merge_request(listed[0][1], int(listed[0][2])), head_sha=job.sha("CI_COMMIT_SHA"))


def _here(job: Job, number: int) -> PullRequestRef:
    """Return the merge request of this number in the project that the pipeline is about, which for a fork's is not the pipeline's own."""
    if job.has("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY"):
        return _external_pull_request(job, number)
    name = "CI_MERGE_REQUEST_PROJECT_PATH"
    return job.merge_request(job.text(name if job.has(name) else "CI_PROJECT_PATH", PROJECT), number)


def _read_explicit(job: Job, explicit: PullRequestRef) -> Run:
    """Read the run for a merge request that options name: what the pipeline says counts only where it is about that one."""
    try:
        implied = _read_pipeline(job)
    except CIError:  # nothing of a pipeline without a merge request is needed
        implied = None
    if implied is not None and isinstance(implied.target, PullRequestRef):
        return replace(implied, target=explicit) if _key(implied.target) == _key(explicit) else job.unrelated(explicit)
    try:
        here = _here(job, explicit.number)
        return job.run(explicit) if _key(here) == _key(explicit) else job.unrelated(explicit)
    except CIError:
        return job.unrelated(explicit)


def _key(ref: PullRequestRef | CommitRef) -> tuple[str, str, str, object]:
    """Return what tells merge requests apart; GitLab compares paths without regard to case."""
    number = ref.number if isinstance(ref, PullRequestRef) else None
    return (ref.host, ref.server_url.rstrip("/").lower(), ref.repo.lower(), number)
