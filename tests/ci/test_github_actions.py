"""Outputs, summary and annotations arrive at GitHub's runner exactly, and nothing in them is obeyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atlantis_gate.ci import Publication, github_actions
from atlantis_gate.decisions import Annotation
from atlantis_gate.errors import CIError
from atlantis_gate.plain import block, one_line
from ci.github_runner import Command, commands, file_values
from report.hostile import HOSTILE

TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join))
MIB = 1024 * 1024


def runner(folder: Path) -> dict[str, str]:
    return {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}


def printed(env: dict[str, str], summary: str = "", *annotations: Annotation, **outputs: str) -> list[str]:
    lines: list[str] = []
    github_actions.publish(env, Publication(outputs=outputs, summary=summary, annotations=annotations), lines.append)
    return lines


def held(env: dict[str, str], variable: str) -> str:
    return Path(env[variable]).read_bytes().decode()


def test_every_output_arrives_exactly_empty_ones_too(tmp_path: Path) -> None:
    env = runner(tmp_path)
    printed(env, allowed="false", projects='[{"id":"a\\u0023"}]', empty="", lines="a\n\nb=c\nd<<e\n")
    assert file_values(held(env, "GITHUB_OUTPUT")) == {
        "allowed": "false",
        "projects": '[{"id":"a\\u0023"}]',
        "empty": "",
        "lines": "a\n\nb=c\nd<<e\n",
    }


def test_outputs_follow_what_the_file_holds_already(tmp_path: Path) -> None:
    env = runner(tmp_path)
    Path(env["GITHUB_OUTPUT"]).write_text("earlier=1", encoding="utf-8")
    printed(env, allowed="true")
    assert file_values(held(env, "GITHUB_OUTPUT")) == {"earlier": "1", "allowed": "true"}


@given(value=TEXTS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_value_makes_another_output(value: str, tmp_path: Path) -> None:
    value = value.encode("utf-8", "replace").decode()
    env = runner(tmp_path)
    Path(env["GITHUB_OUTPUT"]).write_text("", encoding="utf-8")
    printed(env, first=value, allowed="false")
    assert file_values(held(env, "GITHUB_OUTPUT")) == {"first": value, "allowed": "false"}


def test_each_run_draws_its_own_delimiter(tmp_path: Path) -> None:
    first, second = runner(tmp_path), {"GITHUB_OUTPUT": str(tmp_path / "second")}
    printed(first, allowed="true")
    printed(second, allowed="true")
    assert held(first, "GITHUB_OUTPUT") != held(second, "GITHUB_OUTPUT")


def test_a_value_that_holds_the_delimiter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda _: b"\1\2")
    with pytest.raises(CIError, match="the output first holds the delimiter"):
        printed(runner(tmp_path), first="x\ngate_0102\nallowed=true")
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("name", ["", "a=b", "a<<b", "a\nb", "1a", "a b"])
def test_a_name_that_would_be_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(CIError, match="cannot be the name of an output"):
        github_actions.heredoc(name, "x", "end")


def test_a_lone_surrogate_does_not_stop_the_outputs(tmp_path: Path) -> None:
    env = runner(tmp_path)
    printed(env, first="\ud800")
    assert file_values(held(env, "GITHUB_OUTPUT")) == {"first": "?"}


def test_the_summary_is_appended_on_a_line_of_its_own(tmp_path: Path) -> None:
    env = runner(tmp_path)
    Path(env["GITHUB_STEP_SUMMARY"]).write_text("earlier", encoding="utf-8")
    printed(env, "## é\n")
    assert held(env, "GITHUB_STEP_SUMMARY") == "earlier\n## é\n"


def test_no_summary_writes_nothing(tmp_path: Path) -> None:
    printed(runner(tmp_path))
    assert not (tmp_path / "summary").exists()


@pytest.mark.parametrize("before", [0, 1000, MIB - 200, MIB - 10, MIB, 2 * MIB])
def test_the_summary_stays_under_a_mebibyte(before: int, tmp_path: Path) -> None:
    env = runner(tmp_path)
    Path(env["GITHUB_STEP_SUMMARY"]).write_bytes(b"x" * before)
    printed(env, "é line\n" * 200_000)
    size = Path(env["GITHUB_STEP_SUMMARY"]).stat().st_size
    assert size < MIB or size == before


def test_a_summary_that_is_cut_ends_with_a_whole_line_and_says_so(tmp_path: Path) -> None:
    env = runner(tmp_path)
    printed(env, "é line\n" * 200_000)
    assert held(env, "GITHUB_STEP_SUMMARY").endswith("é line\n\n*The rest of this summary was cut: GitHub takes 1 MiB.*\n")


@pytest.mark.parametrize("size", [MIB - 1, MIB])
def test_a_summary_of_less_than_a_mebibyte_is_whole(size: int, tmp_path: Path) -> None:
    env = runner(tmp_path)
    printed(env, "x" * (size - 1) + "\n")
    assert (Path(env["GITHUB_STEP_SUMMARY"]).stat().st_size == size) is (size < MIB)


def test_without_the_variables_nothing_is_written(tmp_path: Path) -> None:
    assert printed({}, "summary", allowed="true") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("path", ["", "none/file", "\0"])
def test_a_file_that_cannot_be_written_is_an_error_that_names_it(variable: str, path: str, tmp_path: Path) -> None:
    with pytest.raises(CIError, match=f"{variable} names .* which cannot be written"):
        printed({variable: f"{tmp_path}/{path}"}, "summary", allowed="true")


def test_an_annotation_arrives_as_it_was_meant() -> None:
    annotation = Annotation("error", "a,b:c%.yaml", 3, "approved: not met, 100%", "two\nlines, 100% :: of it")
    (line,) = printed({}, "", annotation)
    place = {"file": "a,b:c%.yaml", "line": "3", "title": "approved: not met, 100%"}
    assert commands(line) == [Command("error", place, "two\nlines, 100% :: of it")]


@pytest.mark.parametrize(
    ("file", "line", "place"), [("", 3, {}), ("a.yaml", 0, {"file": "a.yaml"}), ("a.yaml", 1, {"file": "a.yaml", "line": "1"})]
)
def test_an_annotation_has_the_place_that_is_known(file: str, line: int, place: dict[str, str]) -> None:
    (written,) = printed({}, "", Annotation("warning", file, line, "t", "x"))
    assert commands(written) == [Command("warning", {**place, "title": "t"}, "x")]


@given(text=TEXTS)
def test_nothing_in_an_annotation_is_obeyed(text: str) -> None:
    (line,) = printed({}, "", Annotation("error", "a.yaml", 3, text, text))
    (command,) = commands(line)
    assert command == Command(
        "error",
        {"file": "a.yaml", "line": "3", "title": one_line(text)} if one_line(text) else {"file": "a.yaml", "line": "3"},
        block(text),
    )
    assert "##[" not in line
    assert "\n" not in line
