"""Comparing a decision with what is true now: anything that it rests on and that has moved since undoes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from atlantis_gate.errors import UsageError
from atlantis_gate.model import Outcome
from atlantis_gate.plain import one_line

_VERSION: Final = 1
# A decision on 10,000 projects is some 10 MB.
MOST_BYTES: Final = 256_000_000
_PULL: Final = {"repo": "repository", "number": "number", "head_sha": "head", "base_branch": "base branch", "base_sha": "base commit"}
_SHOWN: Final = 200
Document = Mapping[str, Any]


def read(data: bytes, name: str) -> Document:
    """Read a decision document. Raises UsageError for anything else; `name` is what people call the file."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _malformed(name, "it is not JSON") from None
    if not isinstance(found, dict) or found.get("version") != _VERSION:
        raise _malformed(name, f"it is no decision document of version {_VERSION}")
    projects = found.get("projects")
    if not isinstance(found.get("pull_request"), dict) or not isinstance(projects, list):
        raise _malformed(name, "pull_request or projects is missing")
    for project in projects:
        if not (isinstance(project, dict) and isinstance(project.get("id"), str) and isinstance(project.get("requirements"), list)):
            raise _malformed(name, "a project in it cannot be read")
        if not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in project["requirements"]):
            raise _malformed(name, f"a requirement of {one_line(project['id'], _SHOWN)} cannot be read")
    return found


def moved(decided: Document, now: Document) -> tuple[str, ...]:
    """Return what has changed between a decision and the same question asked again, in words; nothing when the decision stands.

    Both are decision documents. Projects that are asked about now must all have been allowed, with every requirement that is asked now
    and then.
    """
    return (*_of_the_question(decided, now), *_of_the_pull_request(decided, now), *_of_the_files(decided, now), *_of_projects(decided, now))


def _of_the_question(decided: Document, now: Document) -> Sequence[str]:
    if decided.get("command") != now["command"]:
        return (f"the decision is about {_shown(decided.get('command'))}, not about {now['command']}",)
    return ()


def _of_the_pull_request(decided: Document, now: Document) -> Sequence[str]:
    then, this = decided["pull_request"], now["pull_request"]
    return [
        f"the {word} was {_shown(then.get(key))} when the decision was made and is {_shown(this[key])} now"
        for key, word in _PULL.items()
        if then.get(key) != this[key]
    ]


def _of_the_files(decided: Document, now: Document) -> Sequence[str]:
    then, this = _digests(decided), _digests(now)
    changed = [key for key in {**then, **this} if then.get(key) != this.get(key) or key not in then or key not in this]
    return [
        f"{_NAMES.get(role, 'a configuration file')} ({_shown(file)}) is another one than when the decision was made"
        for role, file in changed
    ]


_NAMES: Final = {"server": "the server config", "head": "the repo config", "base": "the base branch's repo config"}


def _digests(document: Document) -> dict[tuple[str, str], object]:
    files = document.get("config")
    if not isinstance(files, list):
        return {}
    return {(str(item.get("role")), str(item.get("file"))): item.get("sha256") for item in files if isinstance(item, dict)}


def _of_projects(decided: Document, now: Document) -> Sequence[str]:
    known = {project["id"]: project for project in decided["projects"]}
    if not now["projects"]:
        return ("no project is touched now",) if known else ("the decision is about no project: it allows nothing",)
    found: list[str] = []
    for project in now["projects"]:
        then = known.get(project["id"])
        if then is None:
            found.append(f"the decision does not know the project {_shown(project['id'])}")
        elif then.get("outcome") != Outcome.ALLOWED.value:
            found.append(f"the decision does not allow the project {_shown(project['id'])}")
        else:
            found += _of_requirements(then, project)
    return found


def _of_requirements(then: Document, now: Document) -> Sequence[str]:
    asked = {item["name"] for item in now["requirements"]}
    return [
        f"the decision asked for {_shown(item['name'])} of {_shown(now['id'])}, and this run does not"
        for item in then["requirements"]
        if item["name"] not in asked
    ]


def _shown(value: object) -> str:
    return one_line(str(value), _SHOWN) if value is not None else "not given"


def _malformed(name: str, what: str) -> UsageError:
    return UsageError(f"--decision: {name} cannot be used: {what}", advice="Give the file that `check --decision-file` wrote.")
