"""GitHub Actions: reads the event, and writes outputs, summary and annotations as the runner takes them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.ci.github_event import HOST, NAME, NAME_IT, Event, pull_request_here, workspace
from atlantis_gate.ci.logs import GITHUB
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import CommitRef, PullRequestRef, Run
from atlantis_gate.plain import block, one_line

if TYPE_CHECKING:
    from atlantis_gate.ci import Publication
    from atlantis_gate.decisions import Annotation

__all__ = ["LOG", "MARKER", "NAME", "annotation_command", "detect", "heredoc", "publish", "read"]

MARKER: Final = "GITHUB_ACTIONS"
LOG: Final = GITHUB
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
SUMMARY_BYTES: Final = 1024 * 1024
# Names that workflows commonly give the input that holds the number.
DISPATCH_INPUTS: Final = ("pull-request", "pull_request", "pr", "pr_number", "number")

_NO_COMMIT: Final = "0" * 40
_PULL_REF: Final = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(merge|head)")
# The queue makes a branch for each group: `gh-readonly-queue/<base>/pr-<number>-<sha of base>`; the base may hold slashes.
# https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
_QUEUE_REF: Final = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([1-9][0-9]{0,9})-[0-9a-f]{40}")
_CUT: Final = "\n*The rest of this summary was cut: GitHub takes 1 MiB.*\n"
_OUTPUT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is GitHub Actions and not Gitea's or Forgejo's imitation of it."""
    imitated = any(env.get(name) == "true" for name in ("GITEA_ACTIONS", "FORGEJO_ACTIONS"))
    return env.get(MARKER) == "true" and not imitated


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request the event is about; `explicit` wins. Raises CIError naming the variable or payload field that is wrong."""
    if explicit is None:
        return _read_event(env)
    # `--pull-request` alone names a number: the repository is then the run's own.
    return _read_explicit(env, explicit if explicit.repo else pull_request_here(env, explicit.number))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Print annotations, and write the summary and every output to the files that the runner names; a variable may be absent.

    Raises CIError for a file that cannot be written.
    """
    for annotation in publication.annotations:
        command(annotation_command(annotation))
    if env.get("GITHUB_STEP_SUMMARY") and publication.summary:
        _append(env, "GITHUB_STEP_SUMMARY", publication.summary, SUMMARY_BYTES)
    if env.get("GITHUB_OUTPUT"):
        # What `secrets` returns; that module brings OpenSSL along.
        delimiter = f"gate_{os.urandom(16).hex()}"
        text = "".join(heredoc(name, value, delimiter) for name, value in publication.outputs.items())
        _append(env, "GITHUB_OUTPUT", text, None)


def heredoc(name: str, value: str, delimiter: str) -> str:
    """Return one output as GITHUB_OUTPUT takes it. Raises CIError for a name or value that would be read as something else."""
    if not _OUTPUT_NAME.fullmatch(name):
        raise CIError(f"{one_line(name, 100)!r} cannot be the name of an output")
    if delimiter in value:
        raise CIError(f"the output {name} holds the delimiter that ends it", advice="Run the job again: the delimiter is random.")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def annotation_command(annotation: Annotation) -> str:
    """Return the workflow command that makes an annotation; nothing in its texts can end it or start another one."""
    place = {"file": annotation.file, "line": str(annotation.line) if annotation.file and annotation.line > 0 else ""}
    properties = {**place, "title": one_line(annotation.title)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{annotation.level} {written}::{_data(block(annotation.text))}"


# How the runner decodes them: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def _append(env: Mapping[str, str], variable: str, text: str, limit: int | None) -> None:
    """Append a text to the file that a variable names, on a line of its own, such that the file stays within `limit` bytes."""
    path = Path(env[variable])
    try:
        with path.open("ab") as file:
            before = file.tell()
            data = (b"\n" if before else b"") + text.encode("utf-8", "replace")
            file.write(data if limit is None else _cut(data, limit - before))
    except (OSError, ValueError) as error:
        message = f"{variable} names {one_line(str(path), 200)!r}, which cannot be written: {one_line(str(error), 200)}"
        raise CIError(message, advice="A docker action must run as root; with docker run, mount the folder of this file.") from error


def _cut(data: bytes, room: int) -> bytes:
    if len(data) < room:
        return data
    notice = _CUT.encode()
    kept = data[: max(0, room - len(notice) - 1)]
    return kept[: kept.rfind(b"\n") + 1] + notice if b"\n" in kept else b""


def _read_event(env: Mapping[str, str]) -> Run:
    """Read the run from its event alone. Raises CIError when that names no pull request."""
    event = Event.load(env)
    reader = _READERS.get(event.name)
    if reader is None:
        raise CIError(f"a {event.name} event (GITHUB_EVENT_NAME) belongs to no pull request", advice=NAME_IT)
    return reader(event)


def _read_explicit(env: Mapping[str, str], explicit: PullRequestRef) -> Run:
    """Read the run for a pull request that options name: what the event says counts only where it is about that one."""
    unrelated = Run(ci=NAME, target=explicit, event=env.get("GITHUB_EVENT_NAME", ""), workspace=workspace(env))
    try:
        event = Event.load(env)
        here = event.run(explicit)
    except CIError:  # nothing of a broken event is needed
        return unrelated
    implied = _implied(env)
    named = implied.target if implied is not None and isinstance(implied.target, PullRequestRef) else None
    if _key(event.pull_request(explicit.number)) != _key(explicit) or (named is not None and named.number != explicit.number):
        return unrelated
    return here if implied is None or named is None else replace(implied, target=explicit)


def _implied(env: Mapping[str, str]) -> Run | None:
    try:
        return _read_event(env)
    except CIError:
        return None


def _key(ref: PullRequestRef) -> tuple[str, str, str]:
    """Return what tells repositories apart; GitHub compares names without regard to case."""
    return (ref.host, ref.server_url.rstrip("/").lower(), ref.repo.lower())


def _pull_request(event: Event) -> Run:
    """Read pull_request and the review events: the run's commit is the merge of head and base, except once it is merged."""
    match = _PULL_REF.fullmatch(event.ref)
    known = event.at("pull_request") is not None
    if not known and match is None:
        raise event.wrong("pull_request", "the pull request")
    number = event.number("pull_request.number") if known or match is None else int(match[1])
    if match is not None and int(match[1]) != number:
        raise CIError(f"GITHUB_REF is {match[0]}, but the payload (GITHUB_EVENT_PATH) is about pull request {number}", advice=NAME_IT)
    head = event.sha("pull_request.head.sha") if known else None
    merge = event.commit if match is not None and match[2] == "merge" else None
    return event.run(event.pull_request(number), head_sha=head, merge_sha=merge)


def _pull_request_target(event: Event) -> Run:
    target = event.pull_request(event.number("pull_request.number"))
    return event.run(target, head_sha=event.sha("pull_request.head.sha"))


def _issue_comment(event: Event) -> Run:
    if not isinstance(event.at("issue.pull_request"), Mapping):
        raise CIError("the comment that started this run is on an issue, not on a pull request", advice=NAME_IT)
    return event.run(event.pull_request(event.number("issue.number")))


def _push(event: Event) -> Run:
    if not event.ref.startswith("refs/heads/"):
        what = one_line(event.ref, 200) or "nothing"
        raise CIError(f"this push is to {what} (GITHUB_REF), not to a branch: it belongs to no pull request", advice=NAME_IT)
    sha = event.commit if event.at("after") is None else event.sha("after")
    if sha == _NO_COMMIT or event.at("deleted") is True:
        raise CIError(f"this push deleted {one_line(event.ref, 200)}: it belongs to no pull request", advice=NAME_IT)
    before = None if event.at("before") is None else event.sha("before")
    target = CommitRef(host=HOST, server_url=event.server_url, repo=event.repo, sha=sha)
    return replace(event.run(target), before_sha=None if before == _NO_COMMIT else before)


def _merge_group(event: Event) -> Run:
    """Read a merge queue's group: its branch names the last pull request in it, its commit merges all of them into the base."""
    named = event.at("merge_group.head_ref")
    ref = event.ref if named is None else named
    match = _QUEUE_REF.fullmatch(ref) if isinstance(ref, str) else None
    if match is None:
        raise event.wrong("merge_group.head_ref", "refs/heads/gh-readonly-queue/<base>/pr-<number>-<hash>")
    merge = event.commit if event.at("merge_group.head_sha") is None else event.sha("merge_group.head_sha")
    return event.run(event.pull_request(int(match[1])), merge_sha=merge)


def _workflow_dispatch(event: Event) -> Run:
    for name in DISPATCH_INPUTS:
        if event.at(f"inputs.{name}") not in (None, ""):
            return event.run(event.pull_request(event.number(f"inputs.{name}")))
    message = f"this run was started by hand without an input that names the pull request ({', '.join(DISPATCH_INPUTS)})"
    raise CIError(message, advice=f"{NAME_IT} Or give the workflow such an input.")


def _repository_dispatch(event: Event) -> Run:
    path = "client_payload.pull_request"
    held = isinstance(event.at(path), Mapping)
    return event.run(event.pull_request(event.number(f"{path}.number" if held else path)))


def _workflow_run(event: Event) -> Run:
    """Read the end of another workflow's run: GitHub lists its pull requests, other repositories' among them, and none for a fork.

    Where a pull request started that run, its head is the one judged: what it made (a plan, say) belongs to no later one.
    """
    pulls = event.at("workflow_run.pull_requests")
    if not isinstance(pulls, list):
        raise event.wrong("workflow_run.pull_requests", "a list")
    own = [replace(event, payload={**event.payload, "pull_request": pull}) for pull in pulls]
    own = [pull for pull in own if pull.at("pull_request.base.repo.id") in (None, event.at("repository.id"))]
    if len(own) != 1:
        why = "GitHub lists none when the head lies in a fork" if not own else "it must be one"
        raise CIError(f"the workflow_run that started this run belongs to {len(own)} pull requests ({why})", advice=NAME_IT)
    run = _pull_request_target(own[0])
    started = event.at("workflow_run.event") == "pull_request"
    return replace(run, head_sha=event.sha("workflow_run.head_sha")) if started else run


_READERS: Final[Mapping[str, Callable[[Event], Run]]] = {
    "pull_request": _pull_request,
    "pull_request_review": _pull_request,
    "pull_request_review_comment": _pull_request,
    "pull_request_target": _pull_request_target,
    "issue_comment": _issue_comment,
    "push": _push,
    "merge_group": _merge_group,
    "workflow_dispatch": _workflow_dispatch,
    "repository_dispatch": _repository_dispatch,
    "workflow_run": _workflow_run,
}
