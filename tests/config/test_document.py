"""A YAML document is read as Atlantis reads it, with places, or refused with a place."""

from __future__ import annotations

import pytest
import yaml

from atlantis_gate.config import document
from atlantis_gate.config.document import read_yaml
from atlantis_gate.config.findings import Findings
from atlantis_gate.config.nodes import Mapping, Scalar, Sequence
from config.files import problems_of, repo

NO_TOKEN = "found character that cannot start any token (while scanning for the next token)"


def test_nodes_know_their_line_and_column() -> None:
    root = read_yaml(b"a:\n  - b\n  - {c: 'd'}\n", Findings("x"))

    assert isinstance(root, Mapping)
    key, items = root.pairs["a"]
    assert key == Scalar("a", plain=True, tag="", line=1, column=1)
    assert isinstance(items, Sequence)
    assert items.items[0] == Scalar("b", plain=True, tag="", line=2, column=5)
    assert items.items[1] == Mapping({"c": (Scalar("c", True, "", 3, 6), Scalar("d", False, "", 3, 9))}, 3, 5)


def test_the_parser_in_python_gives_the_same_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"%YAML 1.1\n---\na: &x [1, '2', !!str 3, ~]\n'b': {<<: &y {c: d}, e: *x}\nf: |\n  text\ng: *y\n...\nh\n"
    fast = read_yaml(text, Findings("x"))
    monkeypatch.setattr(document, "_PARSER", yaml.SafeLoader)

    assert read_yaml(text, Findings("x")) == fast


@pytest.mark.parametrize("text", [b"", b"# only a comment\n", b"---\n", b"\n\n"])
def test_an_empty_document_has_no_value(text: bytes) -> None:
    root = read_yaml(text, Findings("x"))

    assert root is None or (isinstance(root, Scalar) and root.text == "")


def test_only_the_first_document_counts_even_if_the_second_is_broken() -> None:
    assert repo("version: 3\n---\n{ nothing that closes\n").version == 3


def test_a_byte_order_mark_is_skipped() -> None:
    assert repo("\ufeffversion: 3\n").version == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: 3\nversion: 2\n", '2:1: the key "version" is already there on line 1; keep one of them'),
        ("version: 3\nprojects:\n- dir: a\n  'dir': b\n", '4:3: the key "dir" is already there on line 3; keep one of them'),
        ("version: 3\nprojects: *p\n", "2:11: the alias *p stands for an anchor that is not defined before it"),
        ("version: 3\nprojects: &p [*p]\n", "2:15: the alias *p stands inside the value that it refers to"),
        ("version: 3\nprojects:\n- <<: foo\n  dir: a\n", "3:3: a merge key takes a map, an alias of one, or a list of those"),
        ("version: 3\nprojects:\n- <<: {}\n  <<: {}\n  dir: a\n", "4:3: a second merge key; the first one is on line 3"),
        ("version: 3\n? [a]\n: b\n", "2:3: a key must be text, not a list or a map"),
        ("version: !!int three\n", '1:10: "three" cannot be read as int, which its tag asks for; remove the tag'),
        ("version: 3\nemoji_reaction: !mine x\n", '2:17: the tag "!mine" is not known here; remove it'),
        ("version: 3\nprojects: !mine []\n", '2:11: the tag "!mine" is not known here; remove it'),
        (":\n", "1:1: this is not valid YAML: did not find expected key (while parsing a block mapping)"),
        (
            "version: 3\nprojects:\n\t- dir: a\n",
            f"3:1: this is not valid YAML: {NO_TOKEN}; indent with spaces, not tabs",
        ),
        ("version: 3\x00\n", "1:11: this is not valid YAML: control characters are not allowed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, problem: str) -> None:
    assert problems_of(text)[0] == f"atlantis.yaml:{problem}"


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    findings = Findings("x")

    with pytest.raises(Exception, match=r"x:2:6: this is not valid YAML"):
        read_yaml(b"a: 1\nb: 2 \xff\n", findings)


def test_merge_keys_bring_what_the_map_does_not_say_itself_and_the_first_source_wins() -> None:
    text = """
version: 3
projects:
- &a {dir: a, workspace: one, name: a}
- &b {dir: b, workspace: two, name: b, terraform_version: 1.2}
- <<: [*a, *b]
  dir: c
  name: c
- <<: *a
  dir: d
  name: d
  workspace: ~
"""
    third, fourth = repo(text).projects[2:]

    assert (third.dir, third.workspace, third.terraform_version) == ("c", "one", "1.2.0")
    assert (fourth.dir, fourth.workspace) == ("d", "default")


@pytest.mark.parametrize("value", ["!!str 3", "! 3", "'3'", "|\n  3\n"])
def test_a_number_that_is_text_is_no_version(value: str) -> None:
    assert problems_of(f"version: {value}\n")[0].startswith("atlantis.yaml:1:10: a whole number (without quotes) is expected here")


def test_known_tags_are_followed() -> None:
    loaded = repo('version: !!int "3"\nautomerge: !!bool "true"\nemoji_reaction: !!str 5\n')

    assert (loaded.version, loaded.extras["automerge"], loaded.extras["emoji_reaction"]) == (3, True, "5")
