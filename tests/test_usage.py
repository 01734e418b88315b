"""What is read at a glance is what the parser of arguments would read, and all else is left to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlantis_gate import arguments
from atlantis_gate.commands import COMMANDS
from atlantis_gate.errors import UsageError
from atlantis_gate.settings import OPTIONS
from atlantis_gate.usage import meant, overview, parser

NAMES = [f"--{option.name}" for option in OPTIONS] + [option.short for option in OPTIONS if option.short]
VALUES = ["true", "", "a b", "-", "--", "-1", "-x", "a=b", "=", "--root", "7"]
WORDS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(VALUES),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)).map("=".join),
    st.sampled_from(["--", "--unknown", "--proj", "-h", "check"]),
)


@given(command=st.sampled_from(list(COMMANDS)), words=st.lists(WORDS, max_size=5))
def test_what_is_read_at_a_glance_is_what_the_parser_reads(command: str, words: list[str]) -> None:
    found = arguments._spelt_out(command, words)

    # argparse of Python 3.11 loses the value of `--name=--`.
    if found is not None and "--" not in found.values():
        assert {**vars(parser(command).parse_args([])), **found} == vars(parser(command).parse_args(words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (["--project", "a", "--root=b"], {"project": "a", "root": "b"}),
        (["--project", "a", "--project", "b"], {"project": "b"}),
        (["--allow-fork-prs", "--project", "a"], {"allow_fork_prs": "true", "project": "a"}),
        (["--allow-fork-prs=false"], {"allow_fork_prs": "false"}),
        (["--allow-fork-prs", "false"], None),
        (["-p", "a"], None),
        (["--project"], None),
        (["--project", "-a"], None),
        (["--help"], None),
        (["a"], None),
    ],
)
def test_only_options_that_are_spelt_out_are_read_at_a_glance(words: list[str], expected: dict[str, str] | None) -> None:
    assert arguments._spelt_out("check", words) == expected


def test_what_cannot_be_read_is_a_usage_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean --project"):
        arguments.resolve("check", ["--projct", "a"], {})
    with pytest.raises(UsageError, match="expected one argument"):
        arguments.resolve("check", ["--project"], {})


def test_the_overview_names_every_subcommand() -> None:
    assert [name for name in COMMANDS if f"  {name} " not in overview()] == []


def test_a_word_that_is_like_nothing_gets_no_suggestion() -> None:
    assert (meant("chekc", COMMANDS), meant("zzz", COMMANDS)) == ("Did you mean check?", "")
