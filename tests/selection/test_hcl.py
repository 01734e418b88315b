"""Blocks and literals are read from native and JSON syntax, whatever state a file is in."""

from __future__ import annotations

import pytest

from atlantis_gate.selection.hcl import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"plain"', "plain"),
        ('"a\\tb\\r\\n\\"q\\" \\\\"', 'a\tb\r\n"q" \\'),
        ('"\\u0041\\U0001F600"', "A😀"),
        ('"\\ud800\\udfff"', "\ufffd\ufffd"),
        ('"\\ud7ff\\ue000"', "\ud7ff\ue000"),
        ('"\\U0010FFFF\\U00110000"', "\U0010ffff\ufffd"),
        ('/* c */ "x" /* d */', "x"),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ('""', ""),
        ('("x")', "x"),
        ("5", "5"),
        ("true", "true"),
        ("null", None),
        ("5.5", None),
        ('"a${x}"', None),
        ('"%{ if x }y%{ endif }"', None),
        ("var.x", None),
        ('upper("x")', None),
        ('["x"]', None),
        ("[5]", None),
        ("-5", None),
        ("!true", None),
    ],
)
def test_a_literal_is_read_and_everything_else_is_unknown(text: str, expected: str | None) -> None:
    block = parse("x.tf", f"b {{\n  name = {text}\n}}\n".encode(), "b").body.blocks[0]

    assert block.body.literals == {"name": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"plain"', "plain"),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ('"${x}"', None),
        ('"%{x}"', None),
        ("5", "5"),
        ("true", "true"),
        ("null", None),
        ("[1]", None),
    ],
)
def test_json_literals_are_read_the_same_way(text: str, expected: str | None) -> None:
    block = parse("x.tf.json", f'{{"b": {{"name": {text}}}}}'.encode(), "b").body.blocks[0]

    assert block.body.literals["name"] == expected


@pytest.mark.parametrize("label", ['"m"', "m"])
def test_a_block_has_its_label_quoted_or_not(label: str) -> None:
    assert [(block.kind, block.label) for block in parse("x.tf", f"module {label} {{}}".encode(), "module").body.blocks] == [
        ("module", "m")
    ]


@pytest.mark.parametrize(
    "text",
    ['{"b": {"n": "1"}}', '{"b": [{"n": "1"}]}', '[{"b": {"n": "1"}}]', '{"a": 1, "b": {"n": "1"}, "c": [[]]}'],
)
def test_one_json_block_may_be_written_in_several_ways(text: str) -> None:
    assert parse("x.tf.json", text.encode(), "b").body.only("b").literals["n"] == "1"


@pytest.mark.parametrize("text", ['{"b": {"n": "1"}, "b": {"n": "2"}}', '{"b": [{"n": "1"}, {"n": "2"}]}'])
def test_json_keys_given_twice_are_two_blocks(text: str) -> None:
    body = parse("x.tf.json", text.encode(), "b").body

    assert [block.body.literals["n"] for block in body.blocks if block.kind == "b"] == ["1", "2"]
    assert body.only("b").literals == {}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.tf", b"not valid {{{ hcl"),
        ("x.tf", b"\xff\xfe"),
        ("x.tf", b'b {\n  name = "\\q"\n}\n'),
        ("x.tf", b"a = " + b"[" * 50_000),
        ("x.tf", b"b {" * 20_000),
        ("x.tf.json", b"{not json"),
        ("x.tf.json", b"[" * 50_000),
        ("x.tf.json", b'"\xff"'),
    ],
)
def test_what_cannot_be_parsed_is_said_to_be_incomplete(name: str, data: bytes) -> None:
    assert parse(name, data, "b").complete is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a = <<-EOT\n  x ${var.y} {\n  EOT\nb {}\n",
        "locals {\n  x = { for k, v in var.a : k => v if v != null }\n  y = x ? [1,\n 2] : (\n3)\n}\n",
        "a = provider::terraform::encode(1)\n",
        "a = [for x in [1] : x]\r\nb {}\r\n",
        'variable "x" {\n  type = object({ a = optional(string, "x") })\n}\n',
        'moved {\n  from = a.b["x"]\n  to   = a.b[0]\n}\n',
        '/* x */ a = "${jsonencode({ "a" = "b" })}" // y\n',
    ],
)
def test_correct_files_are_complete(text: str) -> None:
    assert parse("x.tf", text.encode(), "b").complete is True


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert parse("x.tf", b'b {\n  name = "a\xff"\n}\n', "b").body.blocks[0].body.literals == {"name": "a\ufffd"}


def test_in_a_file_that_is_not_correct_an_escape_that_does_not_exist_is_read_as_its_character() -> None:
    # The parser takes the text to go on to the next quote, whose line it does not find again.
    for text, expected in (('"*/\\q-\n"', "*/q-"), ('"\\"\\u001\\\n=1"', '"u001\n=1')):
        body, complete = parse("x.tf", f"b {{\n name = {text}\n}}\n".encode(), "b")
        assert ((body.only("b").literals["name"] or "").startswith(expected), complete) == (True, False), text


def test_an_attribute_without_a_value_is_none() -> None:
    assert parse("x.tf", b"b {\n  name =\n}\n", "b").body.only("b").literals.get("name", "nothing") == "nothing"


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.tf", 'a = 1\nmodule "m" {\n  b {}\n}\n'), ("x.tf.json", '{"a": "1", "module": {"m": {"b": {}}}}')],
)
def test_a_file_is_its_blocks_of_the_kind_with_their_labels(name: str, data: str) -> None:
    body, complete = parse(name, data.encode(), "module")
    (module,) = body.blocks

    assert (body.literals, complete) == ({}, True)
    assert (module.kind, module.label) == ("module", "m")
    assert [(block.kind, block.label) for block in module.body.blocks] == [("b", "")]


def test_json_modules_are_told_apart_by_their_labels() -> None:
    data = b'{"module": {"a": {"source": "1"}, "b": [{"source": "2"}, {"source": "3"}]}}'
    blocks = parse("x.tf.json", data, "module").body.blocks

    assert [(block.label, block.body.literals["source"]) for block in blocks] == [("a", "1"), ("b", "2"), ("b", "3")]


def test_blocks_nested_deeper_than_anything_asked_for_are_not_read() -> None:
    for name, text, expected in (
        ("x.tf", "a {" * 6 + "}" * 6, 4),
        ("x.tf.json", '{"a": ' * 6 + "{}" + "}" * 6, 4),
        ("x.tf.json", '{"module": {"m": ' * 6 + "{}" + "}}" * 6, 4),
    ):
        body = parse(name, text.encode(), "module" if "module" in text else "a").body
        depth = 0
        while body.blocks:
            body, depth = body.blocks[0].body, depth + 1
        assert depth == expected, (name, text)


def test_only_blocks_of_the_kind_are_read() -> None:
    for name, data in (("x.tf", b"a {}\nb {}\n"), ("x.tf.json", b'{"a": {}, "b": {}}')):
        assert [block.kind for block in parse(name, data, "b").body.blocks] == ["b"]
