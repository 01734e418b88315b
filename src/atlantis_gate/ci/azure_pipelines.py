"""Azure Pipelines: reads the run's variables, and tells the agent outputs, issues and the summary."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from atlantis_gate.ci import azure_pipelines_commands as commands
from atlantis_gate.ci.azure_pipelines_repository import AZURE, collection, repository, variable
from atlantis_gate.ci.logs import Log
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

# Variables: https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
NAME: Final = "azure-pipelines"
MARKER: Final = "TF_BUILD"
# https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#formatting-commands
LOG: Final = Log(colors=True, opening="##[group]{title}", closing="##[endgroup]")
JUNIT_FILE: Final = "atlantis-gate.junit.xml"
TEMPORARY: Final = "AGENT_TEMPDIRECTORY"
# What the agent calls the folder that a container knows as AGENT_TEMPDIRECTORY.
HOST_TEMPORARY: Final = "ATLANTIS_GATE_HOST_TEMP"

_NAME_IT: Final = "Name the pull request with --pull-request (ATLANTIS_GATE_PULL_REQUEST)."
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,11}")
_SHA: Final = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_REF: Final = re.compile(r"refs/[^\0\r\n]{1,1000}")
# https://learn.microsoft.com/en-us/azure/devops/repos/git/git-branch-policies-overview; `head` is GitHub's only.
_PULL_REF: Final = re.compile(r"refs/pull/([1-9][0-9]{0,11})/(merge|head)")
_REASON: Final = re.compile(r"[A-Za-z]{1,50}")
_TITLE: Final = re.compile(r"[^\0\r\n]{1,256}")
_PUSHES: Final = frozenset({"IndividualCI", "BatchedCI"})
# Where a pull request's number is; on GitHub the first is GitHub's internal one.
_ID: Final = "SYSTEM_PULLREQUEST_PULLREQUESTID"
_GITHUB_NUMBER: Final = "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"
# Set with the two above, though Microsoft's page leaves it out.
_HEAD: Final = "SYSTEM_PULLREQUEST_SOURCECOMMITID"


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Azure Pipelines."""
    return env.get(MARKER, "").lower() == "true"


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request the run is about; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    if explicit is None:
        return _read_run(env)
    # `--pull-request` alone names a number: the repository is then the run's own.
    return _read_explicit(env, explicit if explicit.repo else _pull_request(env, explicit.number))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Print issues, write summary and test report to AGENT_TEMPDIRECTORY (which may be absent), and set every output at the end.

    Raises CIError for a file that cannot be written; no output is set then, for none could be taken back.
    """
    for line in commands.issues(publication.annotations):
        command(line)
    if env.get(TEMPORARY):
        _write(env, JUNIT_FILE, publication.junit)
        if publication.summary:
            # What `secrets` returns; that module brings OpenSSL along.
            name = f"atlantis-gate-{os.urandom(4).hex()}.md"
            _write(env, name, publication.summary)
            command(commands.summary(f"{(env.get(HOST_TEMPORARY) or env[TEMPORARY]).rstrip('/')}/{name}"))
    for line in commands.variables(publication.outputs):
        command(line)


def _write(env: Mapping[str, str], name: str, text: str) -> None:
    path = Path(env[TEMPORARY], name)
    try:
        if text:
            path.write_bytes(text.encode("utf-8", "replace"))
        else:
            path.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        message = f"{one_line(str(path), 200)!r} ({TEMPORARY}) cannot be written: {one_line(str(error), 200)}"
        advice = f"With docker run, mount the agent's folder there; if that is at another path, put the agent's own in {HOST_TEMPORARY}."
        raise CIError(message, advice=advice) from error


def _read_run(env: Mapping[str, str]) -> Run:
    """Read the run from its variables alone. Raises CIError when they name no pull request."""
    reason, ref = variable(env, "BUILD_REASON", _REASON), variable(env, "BUILD_SOURCEBRANCH", _REF)
    number = _number(env, ref)
    if number is not None:
        return _of_pull_request(env, number, ref)
    if reason == "PullRequest":
        raise CIError(f"this run is of a pull request, but {_ID} is not set and BUILD_SOURCEBRANCH names none", advice=_NAME_IT)
    if reason not in _PUSHES or not ref.startswith("refs/heads/"):
        what = f"this run of {one_line(ref, 200)} (BUILD_SOURCEBRANCH; BUILD_REASON is {reason})"
        raise CIError(f"{what} belongs to no pull request", advice=_NAME_IT)
    built = repository(env)
    commit = CommitRef(
        host=built.host, server_url=built.server_url, repo=built.name, sha=variable(env, "BUILD_SOURCEVERSION", _SHA).lower()
    )
    return _run(env, commit)


def _number(env: Mapping[str, str], ref: str) -> int | None:
    """Return the pull request's number: the variables', which a run by hand of its ref lacks, or the ref's, which must agree."""
    github = env.get("BUILD_REPOSITORY_PROVIDER", "").lower().startswith("github")
    name = _GITHUB_NUMBER if github else _ID
    match = _PULL_REF.fullmatch(ref)
    if not env.get(name):
        if github and env.get(_ID) and match is None:
            raise CIError(f"the variable {_GITHUB_NUMBER} is not set ({_ID} is not GitHub's number)", advice=_NAME_IT)
        return None if match is None else int(match[1])
    number = int(variable(env, name, _NUMBER))
    if match is not None and int(match[1]) != number:
        raise CIError(f"{name} is {number}, but BUILD_SOURCEBRANCH is {match[0]}", advice=_NAME_IT)
    return number


def _of_pull_request(env: Mapping[str, str], number: int, ref: str) -> Run:
    """Read a pull request's run: what is built is its merge with the base branch, which Bitbucket has no ref for."""
    match = _PULL_REF.fullmatch(ref)
    built = variable(env, "BUILD_SOURCEVERSION", _SHA).lower()
    head = variable(env, _HEAD, _SHA).lower() if env.get(_HEAD) else None
    if match is not None and match[2] == "head":
        return _run(env, _pull_request(env, number), head_sha=head or built)
    return _run(env, _pull_request(env, number), head_sha=head, merge_sha=None if match is None else built)


def _read_explicit(env: Mapping[str, str], explicit: PullRequestRef) -> Run:
    """Read the run for a pull request that options name: what the variables say counts only where it is about that one."""
    unrelated = Run(ci=NAME, target=explicit, event=one_line(env.get("BUILD_REASON", ""), 50), workspace=_workspace(env))
    try:
        implied = _read_run(env)
    except CIError:  # nothing of a run without a pull request is needed
        implied = None
    try:
        if implied is not None and isinstance(implied.target, PullRequestRef):
            return replace(implied, target=explicit) if _key(implied.target) == _key(explicit) else unrelated
        return _run(env, explicit) if _key(_pull_request(env, explicit.number)) == _key(explicit) else unrelated
    except CIError:
        return unrelated


def _run(env: Mapping[str, str], target: PullRequestRef | CommitRef, *, head_sha: str | None = None, merge_sha: str | None = None) -> Run:
    """Return this run with its target and the commits that are known. Another host than Azure DevOps does not know the build's number."""
    build = variable(env, "BUILD_BUILDID", _NUMBER)
    project = quote(variable(env, "SYSTEM_TEAMPROJECT", _TITLE), safe="")
    return Run(
        ci=NAME,
        target=target,
        event=variable(env, "BUILD_REASON", _REASON),
        head_sha=head_sha,
        merge_sha=merge_sha,
        run_id=build if target.host == AZURE else None,
        url=f"{collection(env)}/{project}/_build/results?buildId={build}",
        workspace=_workspace(env),
    )


def _pull_request(env: Mapping[str, str], number: int) -> PullRequestRef:
    built = repository(env)
    return PullRequestRef(host=built.host, server_url=built.server_url, repo=built.name, number=number)


def _workspace(env: Mapping[str, str]) -> str:
    return env.get("BUILD_REPOSITORY_LOCALPATH") or env.get("BUILD_SOURCESDIRECTORY") or "."


def _key(ref: PullRequestRef) -> tuple[str, str, int]:
    """Return what tells pull requests apart, in any case; Azure's organization may be in the address or in the name."""
    return (ref.host, f"{ref.server_url.rstrip('/')}/{ref.repo}".lower(), ref.number)
