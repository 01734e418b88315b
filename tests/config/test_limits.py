"""A hostile file is refused in little time, whatever it does; it never ends in anything but an answer."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate.config import Flags, Source, document, load_repo, load_server
from atlantis_gate.config.findings import MAX_PROBLEMS, Findings
from atlantis_gate.errors import ConfigError
from config.files import REPO, server

HOSTILE = {
    "50 MB": (b"a" * 50_000_000, "at most 10,000,000 are read"),
    "nested lists": (b"[" * 100_000, "nested more than 1,000 levels deep"),
    "nested blocks": (b"- " * 100_000, "nested more than 1,000 levels deep"),
    "nested maps": (b"{a: " * 100_000, "nested more than 1,000 levels deep"),
    "nested keys": (b"? " * 100_000, "nested more than 1,000 levels deep"),
    "alias bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"\n".join(b"%c: &%c [%s]" % (n, n, b",".join([b"*%c" % (n - 1)] * 10)) for n in range(98, 110)),
        "aliases repeat too much of the file",
    ),
    "chain of merge keys": (
        b"version: 3\nworkflows:\n k0: &k0 {a: ~}\n"
        + b"".join(b" k%d: &k%d {<<: *k%d, a%d: ~}\n" % (n, n, n - 1, n) for n in range(1, 5000)),
        "aliases repeat too much of the file",
    ),
    "directives": (b"\n".join(b"%%TAG !a%d! x" % n for n in range(100_000)), "more than 100 lines begin with %"),
    "a long text": (b"version: 3\nemoji_reaction: '" + b"a" * 5_000_000, "this is not valid YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str) -> None:
    data, text = HOSTILE[name]
    started = time.process_time()

    with pytest.raises(ConfigError, match=text):
        load_repo(Source("atlantis.yaml", data), server(), REPO, "", None)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", [b"[a,b,c,d,e]", b"a: &a [b]\nc: [*a, *a]", b"a: &a {b: c, d: e}\nc: {<<: *a}"])
def test_a_file_with_too_many_values_is_refused(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_NODES", 9 if b"a:" in text else 5)

    with pytest.raises(ConfigError, match="the file holds more than"):
        document.read_yaml(text, Findings("x"))
    monkeypatch.setattr(document, "MAX_NODES", 20)
    assert document.read_yaml(text, Findings("x")) is not None


def test_deep_json_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested more than 100 levels deep"):
        load_server(Source("repos.json", b"[" * 100_000), Flags(), json=True)


def test_a_file_that_is_wrong_everywhere_lists_the_first_problems_and_counts_the_rest() -> None:
    text = "version: 3\nprojects:\n" + "- {}\n" * (MAX_PROBLEMS + 7)

    with pytest.raises(ConfigError) as caught:
        load_repo(Source("atlantis.yaml", text.encode()), server(), REPO, "", None)
    assert len(caught.value.problems) == MAX_PROBLEMS + 1
    assert str(caught.value.problems[-1]) == "atlantis.yaml: and 7 more problems"


def read_everywhere(data: bytes) -> None:
    for read in (
        lambda: load_repo(Source("atlantis.yaml", data), server(), REPO, "main", None),
        lambda: load_server(Source("repos.yaml", data), Flags()),
        lambda: load_server(Source("repos.json", data), Flags(), json=True),
    ):
        with suppress(ConfigError):
            read()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_everywhere(data)


_PIECES = [
    "version: 3\n",
    "projects:\n",
    "repos:\n",
    "- dir: a\n",
    "- id: /x/\n",
    "  name: n\n",
    "&a ",
    "*a",
    "<<: ",
    "[",
    "]",
    "{",
    "}",
    "!!int ",
    "~",
    "\n",
]
_MORE = [
    "workflows: ",
    "plan: ",
    "steps: ",
    "run: ",
    "env: ",
    "'",
    '"',
    ": ",
    ", ",
    "0x",
    "/(/",
    "  branch: /^m/\n",
    "? ",
    "| ",
    "\t",
    "#",
    "---\n",
    "\\",
    "**",
]


@given(st.lists(st.sampled_from(_PIECES + _MORE), max_size=30))
def test_any_text_of_likely_pieces_is_read_or_refused(pieces: list[str]) -> None:
    read_everywhere("".join(pieces).encode())


def seconds_for(count: int) -> float:
    entry = "- name: p{0}\n  dir: d/p{0}\n  workspace: w\n  autoplan:\n    when_modified: ['*.tf', '../m/**/*.tf']\n"
    data = ("version: 3\nprojects:\n" + "".join(entry.format(number) for number in range(count))).encode()
    started = time.process_time()
    assert len(load_repo(Source("atlantis.yaml", data), server(), REPO, "main", None).projects) == count
    return time.process_time() - started


def test_time_grows_with_the_number_of_projects_and_not_with_its_square() -> None:
    assert min(seconds_for(4_000) for _ in range(2)) < 10 * min(seconds_for(800) for _ in range(2)) + 0.2
