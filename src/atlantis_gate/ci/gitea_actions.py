"""Gitea Actions and Forgejo Actions: read the event as GitHub's runner tells it, and write outputs as their own runner takes them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.ci.github_event import NAME_IT, Event, pull_request_here, workspace
from atlantis_gate.ci.logs import GITHUB
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import block, one_line

if TYPE_CHECKING:
    from atlantis_gate.ci import Publication
    from atlantis_gate.decisions import Annotation

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

NAME: Final = "gitea-actions"
HOST: Final = "gitea"
# The runner sets it, and Forgejo's both: https://code.forgejo.org/forgejo/runner/src/branch/main/internal/app/run/runner.go
MARKER: Final = "GITEA_ACTIONS"
# Its runner obeys GitHub's commands for this: https://gitea.com/gitea/act_runner
LOG: Final = GITHUB
FORGEJO_MARKER: Final = "FORGEJO_ACTIONS"
# Names that workflows commonly give the input that holds the number.
DISPATCH_INPUTS: Final = ("pull-request", "pull_request", "pr", "pr_number", "number")

_NO_COMMIT: Final = "0" * 40
# Gitea checks out the head itself; a `merge` ref is GitHub's.
# https://github.com/go-gitea/gitea/blob/main/services/actions/context.go
_PULL_REF: Final = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(merge|head)")
_RUN_NUMBER: Final = re.compile(r"[1-9][0-9]{0,19}")
_OUTPUT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Gitea Actions or Forgejo Actions."""
    return any(env.get(name) == "true" for name in (MARKER, FORGEJO_MARKER))


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request the event is about; `explicit` wins. Raises CIError naming the variable or payload field that is wrong."""
    if explicit is None:
        return _read_event(env)
    # `--pull-request` alone names a number: the repository is then the run's own.
    return _read_explicit(env, explicit if explicit.repo else replace(pull_request_here(env, explicit.number), host=HOST))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Print annotations, and write the summary and every output to the files that the runner names; a variable may be absent.

    Raises CIError for a file that cannot be written.
    """
    for annotation in publication.annotations:
        command(_annotation(annotation))
    if env.get("GITHUB_STEP_SUMMARY") and publication.summary:
        _append(env, "GITHUB_STEP_SUMMARY", publication.summary)
    if env.get("GITHUB_OUTPUT"):
        # What `secrets` returns; that module brings OpenSSL along.
        delimiter = f"gate_{os.urandom(16).hex()}"
        _append(env, "GITHUB_OUTPUT", "".join(_output(name, value, delimiter) for name, value in publication.outputs.items()))


def _output(name: str, value: str, delimiter: str) -> str:
    """Return one output as the runner reads it. Raises CIError for a name or value that would be read as something else."""
    if not _OUTPUT_NAME.fullmatch(name):
        raise CIError(f"{one_line(name, 100)!r} cannot be the name of an output")
    if delimiter in value:
        raise CIError(f"the output {name} holds the delimiter that ends it", advice="Run the job again: the delimiter is random.")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _annotation(annotation: Annotation) -> str:
    """Return the workflow command that makes an annotation; nothing in its texts can end it or start another one."""
    place = {"file": annotation.file, "line": str(annotation.line) if annotation.file and annotation.line > 0 else ""}
    properties = {**place, "title": one_line(annotation.title)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{annotation.level} {written}::{_data(block(annotation.text))}"


# How the runner decodes them: https://gitea.com/gitea/act/src/branch/master/pkg/runner/command.go
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def _append(env: Mapping[str, str], variable: str, text: str) -> None:
    """Append a text to the file that a variable names, on a line of its own.

    Unlike GitHub's, this runner stops reading outputs at an empty line, so that none may be made.
    https://gitea.com/gitea/act/src/branch/master/pkg/container/parse_env_file.go
    """
    path = Path(env[variable])
    try:
        with path.open("a+b") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - 1))
            apart = b"" if file.read() in {b"", b"\n"} else b"\n"
            file.write(apart + text.encode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        message = f"{variable} names {one_line(str(path), 200)!r}, which cannot be written: {one_line(str(error), 200)}"
        raise CIError(message, advice="The step must run as a user that may write it; with docker run, mount the folder.") from error


def _read_event(env: Mapping[str, str]) -> Run:
    """Read the run from its event alone. Raises CIError when that names no pull request."""
    event = Event.load(env)
    reader = _READERS.get(event.name)
    if reader is None and event.name.startswith("pull_request_"):
        reader = _pull_request  # Gitea has events of its own for what happens to a pull request
    if reader is None:
        raise CIError(f"a {event.name} event (GITHUB_EVENT_NAME) belongs to no pull request", advice=NAME_IT)
    return reader(event)


def _read_explicit(env: Mapping[str, str], explicit: PullRequestRef) -> Run:
    """Read the run for a pull request that options name: what the event says counts only where it is about that one."""
    unrelated = Run(ci=NAME, target=explicit, event=env.get("GITHUB_EVENT_NAME", ""), workspace=workspace(env))
    try:
        event = Event.load(env)
        here = _run(event, explicit)
    except CIError:  # nothing of a broken event is needed
        return unrelated
    implied = _implied(env)
    named = implied.target if implied is not None and isinstance(implied.target, PullRequestRef) else None
    if _key(_reference(event, explicit.number)) != _key(explicit) or (named is not None and named.number != explicit.number):
        return unrelated
    return here if implied is None or named is None else replace(implied, target=explicit)


def _implied(env: Mapping[str, str]) -> Run | None:
    try:
        return _read_event(env)
    except CIError:
        return None


def _key(ref: PullRequestRef) -> tuple[str, str, str]:
    """Return what tells repositories apart; Gitea compares names without regard to case."""
    return (ref.host, ref.server_url.rstrip("/").lower(), ref.repo.lower())


def _reference(event: Event, number: int) -> PullRequestRef:
    return replace(event.pull_request(number), host=HOST)


def _run(event: Event, target: PullRequestRef | CommitRef, *, head_sha: str | None = None, merge_sha: str | None = None) -> Run:
    """Return the run; its page carries the run's number, which Forgejo and Gitea before 1.26 count for each repository."""
    run = event.run(target, head_sha=head_sha, merge_sha=merge_sha)
    number = event.env.get("GITHUB_RUN_NUMBER", "")
    page = number if _RUN_NUMBER.fullmatch(number) else run.run_id
    return replace(run, ci=NAME, url=f"{event.server_url}/{event.repo}/actions/runs/{page}")


def _pull_request(event: Event) -> Run:
    """Read an event of a pull request, merged ones included: Gitea puts the pull request in every one of them."""
    number, head = event.number("pull_request.number"), event.sha("pull_request.head.sha")
    match = _PULL_REF.fullmatch(event.ref)
    if match is not None and int(match[1]) != number:
        raise CIError(f"GITHUB_REF is {match[0]}, but the payload (GITHUB_EVENT_PATH) is about pull request {number}", advice=NAME_IT)
    merge = event.commit if match is not None and match[2] == "merge" else None
    return _run(event, _reference(event, number), head_sha=head, merge_sha=None if merge == head else merge)


def _comment(event: Event) -> Run:
    if not isinstance(event.at("issue.pull_request"), Mapping):
        raise CIError("the comment that started this run is on an issue, not on a pull request", advice=NAME_IT)
    return _run(event, _reference(event, event.number("issue.number")))


def _push(event: Event) -> Run:
    if not event.ref.startswith("refs/heads/"):
        what = one_line(event.ref, 200) or "nothing"
        raise CIError(f"this push is to {what} (GITHUB_REF), not to a branch: it belongs to no pull request", advice=NAME_IT)
    sha = event.commit if event.at("after") is None else event.sha("after")
    if sha == _NO_COMMIT:
        raise CIError(f"this push deleted {one_line(event.ref, 200)}: it belongs to no pull request", advice=NAME_IT)
    before = None if event.at("before") is None else event.sha("before")
    target = CommitRef(host=HOST, server_url=event.server_url, repo=event.repo, sha=sha)
    return replace(_run(event, target), before_sha=None if before == _NO_COMMIT else before)


def _workflow_dispatch(event: Event) -> Run:
    for name in DISPATCH_INPUTS:
        if event.at(f"inputs.{name}") not in (None, ""):
            return _run(event, _reference(event, event.number(f"inputs.{name}")))
    message = f"this run was started by hand without an input that names the pull request ({', '.join(DISPATCH_INPUTS)})"
    raise CIError(message, advice=f"{NAME_IT} Or give the workflow such an input.")


def _workflow_call(event: Event) -> Run:
    """Read a reusable workflow's job: Gitea names it `workflow_call` and leaves the caller's payload.

    https://github.com/go-gitea/gitea/blob/main/services/actions/context.go
    """
    for field, reader in (("pull_request", _pull_request), ("issue", _comment), ("after", _push)):
        if event.at(field) is not None:
            return reader(event)
    raise CIError("the workflow that called this one (GITHUB_EVENT_NAME is workflow_call) runs for no pull request", advice=NAME_IT)


_READERS: Final[Mapping[str, Callable[[Event], Run]]] = {
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
    "pull_request_review": _pull_request,
    "pull_request_review_comment": _pull_request,
    "pull_request_comment": _comment,
    "issue_comment": _comment,
    "push": _push,
    "workflow_dispatch": _workflow_dispatch,
    "workflow_call": _workflow_call,
}
