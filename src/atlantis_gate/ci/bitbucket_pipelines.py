"""Bitbucket Pipelines: reads the pipeline's variables, and leaves variables for later steps, the summary and the test report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.ci.bitbucket_pipelines_files import publish
from atlantis_gate.ci.logs import COLORED
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

# Variables: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
NAME: Final = "bitbucket-pipelines"
HOST: Final = "bitbucket-cloud"
MARKER: Final = "BITBUCKET_PIPELINE_UUID"
LOG: Final = COLORED
# Pipelines is part of Bitbucket Cloud alone: https://support.atlassian.com/bitbucket-cloud/docs/get-started-with-bitbucket-pipelines/
SERVER: Final = "https://bitbucket.org"

_NAME_IT: Final = "Name the pull request with --pull-request (ATLANTIS_GATE_PULL_REQUEST)."
_SET_BY_BITBUCKET: Final = (
    "Bitbucket sets it, and a repository, workspace or deployment variable of that name overrides it: remove yours; "
    "in a container of your own, pass Bitbucket's on."
)
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,11}")
# Bitbucket abbreviates commits to 12 digits in places.
_SHA: Final = re.compile(r"[0-9a-fA-F]{7,64}")
_REPO: Final = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]+/(?!\.{1,2}$)[A-Za-z0-9_.-]+")


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Bitbucket Pipelines; variables such as BITBUCKET_COMMIT alone come from other CIs too."""
    return bool(env.get(MARKER))


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request the pipeline is about; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    if explicit is None:
        return _read_pipeline(env)
    # `--pull-request` alone names a number: the repository is then the pipeline's own.
    return _read_explicit(env, explicit if explicit.repo else _pull_request(env, explicit.number))


def _read_pipeline(env: Mapping[str, str]) -> Run:
    """Read the run from its variables, of which none names the event: a pull request's, a branch's, a tag's or a custom pipeline's.

    The merge with the base branch that is checked out for a pull request is made in the step and known to no one else.
    """
    if env.get("BITBUCKET_PR_ID"):
        target = _pull_request(env, int(_variable(env, "BITBUCKET_PR_ID", _DIGITS)))
        return _run(env, target, event="pull-request", head_sha=_variable(env, "BITBUCKET_COMMIT", _SHA).lower())
    if env.get("BITBUCKET_TAG"):
        raise CIError("this pipeline is for a tag (BITBUCKET_TAG): it belongs to no pull request", advice=_NAME_IT)
    if not env.get("BITBUCKET_BRANCH"):
        message = "this is a custom pipeline: it belongs to no pull request (neither BITBUCKET_PR_ID nor BITBUCKET_BRANCH is set)"
        raise CIError(message, advice=f"{_NAME_IT} Or let the step run in a pipeline under `pull-requests`.")
    commit = _variable(env, "BITBUCKET_COMMIT", _SHA).lower()
    return _run(env, CommitRef(host=HOST, server_url=SERVER, repo=_repo(env), sha=commit), event="push")


def _read_explicit(env: Mapping[str, str], explicit: PullRequestRef) -> Run:
    """Read the run for a pull request that options name: what the pipeline says counts only where it is about that one."""
    unrelated = Run(ci=NAME, target=explicit, workspace=_workspace(env))
    try:
        implied = _read_pipeline(env)
    except CIError:  # nothing of a pipeline without a pull request is needed
        implied = None
    try:
        if implied is not None and isinstance(implied.target, PullRequestRef):
            return replace(implied, target=explicit) if _key(implied.target) == _key(explicit) else unrelated
        event = "" if implied is None else implied.event
        return _run(env, explicit, event=event) if _key(_pull_request(env, explicit.number)) == _key(explicit) else unrelated
    except CIError:
        return unrelated


def _run(env: Mapping[str, str], target: PullRequestRef | CommitRef, *, event: str, head_sha: str | None = None) -> Run:
    number = _variable(env, "BITBUCKET_BUILD_NUMBER", _DIGITS)
    return Run(
        ci=NAME,
        target=target,
        event=event,
        head_sha=head_sha,
        run_id=number,
        url=f"{SERVER}/{_repo(env)}/pipelines/results/{number}",
        workspace=_workspace(env),
    )


def _pull_request(env: Mapping[str, str], number: int) -> PullRequestRef:
    return PullRequestRef(host=HOST, server_url=SERVER, repo=_repo(env), number=number)


def _repo(env: Mapping[str, str]) -> str:
    return _variable(env, "BITBUCKET_REPO_FULL_NAME", _REPO)


def _workspace(env: Mapping[str, str]) -> str:
    return env.get("BITBUCKET_CLONE_DIR") or "."


def _variable(env: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = env.get(name, "")
    if not value:
        raise CIError(f"the variable {name} is not set", advice=_SET_BY_BITBUCKET)
    if not pattern.fullmatch(value):
        raise CIError(f"the variable {name} is {one_line(value, 100)!r}, not what Bitbucket Pipelines puts there", advice=_SET_BY_BITBUCKET)
    return value


def _key(ref: PullRequestRef) -> tuple[str, str, str, int]:
    """Return what tells pull requests apart; Bitbucket compares names without regard to case."""
    return (ref.host, ref.server_url.rstrip("/").lower(), ref.repo.lower(), ref.number)
