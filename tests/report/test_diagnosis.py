"""What a doctor found out, as a table that people understand at a glance and as a document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from atlantis_gate.diagnosis import Diagnosis, Held, Need, Trial
from atlantis_gate.plain import json_text
from atlantis_gate.report.diagnosis import DIAGNOSIS_SCHEMA, document, text
from report.hostile import HOSTILE, obeyed

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "doctor.schema.json"
GOLDENS = Path(__file__).parent / "goldens" / "doctor"
VALIDATOR = Draft202012Validator(DIAGNOSIS_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def trial(name: str, held: Held = Held.YES, evidence: str = "", *, required: bool = True) -> Trial:
    """Return a trial of something that a run does."""
    grant = f"Open the settings and tick {name} there, then save the page and run the job again."
    return Trial(
        need=Need(name=name, purpose="mergeable", permission=f"{name}: read", grant=grant, required=required), held=held, evidence=evidence
    )


HEALTHY = Diagnosis(
    host="github",
    server_url="https://github.com",
    repo="acme/infra",
    credential="classic personal access token from GITHUB_TOKEN (GH_TOKEN also set, and not used)",
    identity="alice",
    expires=datetime(2026, 12, 1, 9, tzinfo=UTC),
    scopes=("repo", "read:org"),
    trials=(trial("checks"), trial("statuses"), trial("comment", Held.UNKNOWN, "not tried", required=False)),
)
SICK = replace(
    HEALTHY,
    trials=(
        trial("checks", Held.NO, "not permitted (403 Resource not accessible by personal access token)"),
        trial("statuses"),
        trial("rulesets", Held.UNKNOWN, "not found (404 Not Found)"),
        trial("comment", Held.NO, required=False),
    ),
    remarks=("The token ends soon. Make a new one.", "It has more than the gate uses."),
)
UNSURE = replace(HEALTHY, trials=(trial("checks"), trial("rulesets", Held.UNKNOWN, "not found (404 Not Found)")), scopes=(), expires=None)
BARE = Diagnosis(host="gitea", server_url="https://git.example.com", repo="acme/infra", credential="token from GITEA_TOKEN")
SCENARIOS = {"healthy": HEALTHY, "sick": SICK, "unsure": UNSURE, "bare": BARE}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_table_is_as_kept(golden: Callable[[Path, str], None], name: str) -> None:
    golden(GOLDENS / f"{name}.txt", text(SCENARIOS[name], color=False) + "\n")


def test_the_document_is_as_kept(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "sick.json", json_text(document(SICK), 2) + "\n")


def test_the_schema_is_kept_for_consumers(golden: Callable[[Path, str], None]) -> None:
    Draft202012Validator.check_schema(DIAGNOSIS_SCHEMA)
    golden(SCHEMA_FILE, json_text(DIAGNOSIS_SCHEMA, 2) + "\n")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_document_is_valid(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(json_text(document(SCENARIOS[name]))))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", 2), ("extra", 1), ("expires", "soon"), ("scopes", "repo"), ("sufficient", "yes"), ("needs", [{}]), ("remarks", None)],
)
def test_the_schema_is_strict(key: str, value: Any) -> None:
    assert not VALIDATOR.is_valid({**document(SICK), key: value})


def test_a_need_is_held_for_certain_or_not_at_all() -> None:
    broken = document(SICK)
    broken["needs"] = [{**need, "held": "maybe"} for need in json.loads(json_text(document(SICK)))["needs"]]
    assert not VALIDATOR.is_valid(broken)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_line_is_wider_than_a_job_log(name: str) -> None:
    assert [line for line in text(SCENARIOS[name], color=False).splitlines() if len(line) > 118] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_colours_change_nothing_but_colours(name: str) -> None:
    colored = text(SCENARIOS[name], color=True)
    assert COLOR.sub("", colored) == text(SCENARIOS[name], color=False)


@pytest.mark.parametrize(("name", "color"), [("healthy", "1;32"), ("sick", "1;31"), ("unsure", "1;33"), ("bare", "1;33")])
def test_the_first_line_shows_the_answer_in_its_colour(name: str, color: str) -> None:
    assert text(SCENARIOS[name], color=True).startswith(f"\x1b[{color}m")


def test_what_a_run_can_do_without_is_no_alarm() -> None:
    table = text(replace(HEALTHY, trials=(trial("checks"), trial("comment", Held.NO, required=False))), color=True)
    assert "\x1b[31m" not in table


@pytest.mark.parametrize("said", HOSTILE)
def test_the_hosts_words_do_no_harm(said: str) -> None:
    need = Need(name=said, purpose=said, permission=said, grant=said)
    hostile = Diagnosis(
        host="github",
        server_url=said,
        repo=said,
        credential=said,
        identity=said,
        scopes=(said,),
        trials=(Trial(need=need, held=Held.NO, evidence=said),),
        remarks=(said,),
    )
    shown, data = text(hostile, color=False), json_text(document(hostile), 2)
    assert [obeyed(each) for each in (shown, data)] == [None, None]
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert json.loads(data)["remarks"] == [said]


@pytest.mark.parametrize("before", range(90, 120))
def test_what_is_harmless_inside_a_text_stays_so_at_the_start_of_a_line(before: int) -> None:
    said = f"{'x' * before} ::error::x"
    wrapped = replace(SICK, credential=said, server_url=said, remarks=(said,))
    assert obeyed(text(wrapped, color=False)) is None
