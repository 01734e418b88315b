"""What a doctor found out: a table for people, a document for programs."""

from __future__ import annotations

import textwrap
from datetime import UTC
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from atlantis_gate.diagnosis import Held
from atlantis_gate.plain import block, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atlantis_gate.diagnosis import Diagnosis, Trial

VERSION: Final = 1
_WIDTH: Final = 118
_GAP: Final = "  "
_COLUMNS: Final = (38, 27, 7)
_LAST: Final = _WIDTH - sum(_COLUMNS) - len(_GAP) * len(_COLUMNS)
_HEAD: Final = ("needed for", "scope or permission", "has it", "how to grant it")
_TEXT_LIMIT: Final = 1000
_WORDS: Final[Mapping[Held, str]] = {Held.YES: "yes", Held.NO: "no", Held.UNKNOWN: "unknown"}
# https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters
_COLORS: Final[Mapping[Held, str]] = {Held.YES: "32", Held.UNKNOWN: "33", Held.NO: "31"}
_WORST_LAST: Final = tuple(_COLORS)
_BOLD: Final = "1"
# How a choice of credentials names those that are set too.
_ALSO: Final = "also set, and not used)"

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}


def _record(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": dict(properties)}


DIAGNOSIS_SCHEMA: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What `atlantis-gate doctor --format json` prints",
    **_record(
        {
            "version": {"const": VERSION},
            "host": _TEXT,
            "server_url": _TEXT,
            "repo": _TEXT,
            "credential": {"type": "string", "description": "which one was chosen and what it is, never its value"},
            "identity": {"type": "string", "description": "whom the host takes it for, empty where the host does not tell"},
            "expires": {"type": ["string", "null"], "format": "date-time"},
            "scopes": {"anyOf": [_TEXTS, {"type": "null"}]},
            "sufficient": {"type": "boolean", "description": "everything that is required is there for certain"},
            "needs": {
                "type": "array",
                "items": _record(
                    {
                        "name": _TEXT,
                        "purpose": _TEXT,
                        "permission": {"type": "string", "description": "in the host's own words"},
                        "required": {"type": "boolean", "description": "false where the gate decides without it"},
                        "held": {"enum": [held.value for held in Held]},
                        "evidence": _TEXT,
                        "grant": _TEXT,
                    }
                ),
            },
            "remarks": _TEXTS,
        }
    ),
}


def document(diagnosis: Diagnosis) -> dict[str, object]:
    """Return the diagnosis as JSON values, as DIAGNOSIS_SCHEMA says."""
    return {
        "version": VERSION,
        "host": diagnosis.host,
        "server_url": diagnosis.server_url,
        "repo": diagnosis.repo,
        "credential": diagnosis.credential,
        "identity": diagnosis.identity,
        "expires": diagnosis.expires.astimezone(UTC).isoformat() if diagnosis.expires else None,
        "scopes": None if diagnosis.scopes is None else list(diagnosis.scopes),
        "sufficient": diagnosis.sufficient,
        "needs": [_need(trial) for trial in diagnosis.trials],
        "remarks": list(diagnosis.remarks),
    }


def _need(trial: Trial) -> dict[str, object]:
    need = trial.need
    return {
        "name": need.name,
        "purpose": need.purpose,
        "permission": need.permission,
        "required": need.required,
        "held": trial.held.value,
        "evidence": trial.evidence,
        "grant": need.grant,
    }


def text(diagnosis: Diagnosis, *, color: bool) -> str:
    """Return the diagnosis for people to read in a terminal; escapes in it are colours only, and it ends without a newline."""
    required = [trial for trial in diagnosis.trials if trial.need.required]
    others = [trial for trial in diagnosis.trials if not trial.need.required]
    worst = max((trial.held for trial in required), key=_WORST_LAST.index, default=Held.UNKNOWN)
    lines = [
        *_painted(_wrapped(_verdict(diagnosis, required)), f"{_BOLD};{_COLORS[worst]}", color=color),
        *_wrapped(_about(diagnosis)),
        *(["", *_row(_HEAD)] if diagnosis.trials else []),
        *_rows(required, color=color),
        *(["", "The gate decides without these:"] if others else []),
        *_rows(others, color=color),
        *([""] if diagnosis.remarks else []),
        *(line for remark in diagnosis.remarks for line in _wrapped(remark, "note: ")),
    ]
    return "\n".join(lines)


def _verdict(diagnosis: Diagnosis, required: list[Trial]) -> str:
    """Return the answer in one sentence."""
    who, _ = _choice(diagnosis.credential)
    needed = f"that a decision on {diagnosis.repo} needs"
    if not required:
        return f"It could not be tried whether the {who} has everything {needed}"
    # "The fine-grained token", but "GitHub App 12's token".
    subject = who if who[:1].isupper() else f"The {who}"
    missing, open_ = (sum(trial.held is held for trial in required) for held in (Held.NO, Held.UNKNOWN))
    if not missing and not open_:
        return f"{subject} has everything {needed}"
    unsure = f"{open_} could not be found out"
    if not missing:
        return f"It is not certain that the {who} has everything {needed}: of {len(required)} things {unsure}"
    return f"{subject} lacks {missing} of the {len(required)} things {needed}{f'; {unsure}' if open_ else ''}"


def _about(diagnosis: Diagnosis) -> str:
    """Say where it is, whom it is taken for, until when it counts, and which others are set."""
    parts = [f"{diagnosis.host} at {diagnosis.server_url}"]
    if diagnosis.identity:
        parts.append(f"known there as {diagnosis.identity}")
    if diagnosis.expires:
        parts.append(f"ends {diagnosis.expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    if diagnosis.scopes is not None:
        parts.append(f"scopes: {', '.join(diagnosis.scopes) or 'none'}")
    _, also = _choice(diagnosis.credential)
    return "; ".join([*parts, also] if also else parts)


def _choice(credential: str) -> tuple[str, str]:
    """Split how a choice says itself into the chosen one and the others."""
    if not credential.endswith(_ALSO):
        return credential, ""
    chosen, _, others = credential.rpartition(" (")
    return chosen, others.removesuffix(")")


def _rows(trials: Iterable[Trial], *, color: bool) -> Iterator[str]:
    told: set[str] = set()
    for trial in trials:
        need = trial.need
        what = f"{need.name}: {need.purpose}" if need.purpose else need.name
        # What a run can do without is no alarm.
        word = _WORDS[trial.held].upper() if trial.held is Held.NO and need.required else _WORDS[trial.held]
        missing = trial.held is not Held.YES
        row = _row((what, need.permission, word, *(_advice(trial, told) if missing else ())))
        yield from _painted(row, _COLORS[trial.held] if need.required and missing else "", color=color)


def _advice(trial: Trial, told: set[str]) -> Iterator[str]:
    """Say how to grant it and how it is known to be missing, each text once."""
    grant, evidence = trial.need.grant, trial.evidence
    yield "As above." if grant in told else grant
    if evidence and evidence not in told:
        yield f"Why: {evidence}"
    told |= {grant, evidence}


def _row(cells: Iterable[str]) -> Iterator[str]:
    """Return a row of the table as lines; all cells after the third stand in the last column, one below the other."""
    first, second, third, *last = cells
    texts = [textwrap.wrap(one_line(cell, _TEXT_LIMIT), width) for cell, width in zip((first, second, third), _COLUMNS, strict=True)]
    # An address stays whole, so that it can be copied.
    whole = textwrap.TextWrapper(_LAST, break_long_words=False, break_on_hyphens=False)
    right = [line for cell in last for line in whole.wrap(one_line(cell, _TEXT_LIMIT))]
    for line in zip_longest(*texts, right, fillvalue=""):
        *left, tail = line
        yield block(_GAP.join([*(f"{cell:<{width}}" for cell, width in zip(left, _COLUMNS, strict=True)), tail]).rstrip())


def _wrapped(said: str, prefix: str = "") -> list[str]:
    lines = textwrap.wrap(
        one_line(said, _TEXT_LIMIT),
        width=_WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * len(prefix),
        break_long_words=False,
        break_on_hyphens=False,
    )
    # What was harmless inside a line may not be at the start of one.
    return [block(line) for line in lines]


def _painted(lines: Iterable[str], parameter: str, *, color: bool) -> Iterator[str]:
    return (f"\x1b[{parameter}m{line}\x1b[0m" if color and parameter else line for line in lines)
