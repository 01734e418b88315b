"""Workspace names, and the workspace of a discovered directory."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import ConfigError
from atlantis_gate.selection import ListingTree
from atlantis_gate.selection.workspaces import workspace_of, workspace_problem


def cloud(name: str) -> str:
    return f"terraform {{\n  cloud {{\n    workspaces {{\n      name = {name}\n    }}\n  }}\n}}\n"


def found(files: dict[str, str], *, opentofu: bool = False, directory: str = ".") -> str:
    return workspace_of(directory, ListingTree(files, read=lambda path: files[path].encode()), opentofu=opentofu)[0]


@pytest.mark.parametrize("name", ["", "default", "my-ws", "my.ws", "1ws", "_foo", ".hidden", "a@b", "a+b", "a;id", "a&&id", "a|b", "a=b:c"])
def test_a_name_may_hold_nearly_anything(name: str) -> None:
    assert workspace_problem(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/../b", "cannot contain '/'"),
        ("a\\b", "cannot contain '/'"),
        ("a..b", "cannot contain '..'"),
        (".", "cannot be '.'"),
        ("-x", "cannot start with '-'"),
        ("~x", "cannot start with '~'"),
        ("a$b", "cannot contain '$'"),
        ("a b", "whitespace or control"),
        ("a\u00a0b", "whitespace or control"),
        ("a\x7f", "whitespace or control"),
        ("a\x85", "whitespace or control"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused_with_the_first_reason(name: str, reason: str) -> None:
    assert reason in (workspace_problem(name) or "")


def test_the_first_file_by_name_with_a_workspace_decides() -> None:
    assert (
        found(
            {"p/b.tf": cloud('"second"'), "p/a.tf": "terraform {}", "p/ab.tf": cloud('"first"'), "main.tf": cloud('"root"')}, directory="p"
        )
        == "first"
    )


@pytest.mark.parametrize(
    "text",
    [
        cloud('"a"') + cloud('"b"'),
        cloud("var.x"),
        cloud('""'),
        "terraform {\n cloud {\n workspaces {\n tags = []\n }\n }\n}",
        'terraform {\n backend "remote" {\n workspaces {\n name = "x"\n }\n }\n}',
        "",
    ],
)
def test_without_one_literal_name_the_workspace_is_default(text: str) -> None:
    assert found({"main.tf": text}) == "default"


def test_a_name_that_must_be_evaluated_ends_the_search() -> None:
    assert found({"a.tf": cloud("var.x"), "b.tf": cloud('"b"')}) == "default"


def test_a_file_that_cannot_be_parsed_is_passed_over() -> None:
    assert found({"a.tf": "cloud {{{ not", "a.tf.json": "{cloud", "b.tf": cloud('"b"')}) == "b"


def test_opentofu_files_count_only_with_opentofu_and_hide_the_terraform_file_of_their_name() -> None:
    files = {
        "main.tf": cloud('"tf"'),
        "main.tofu": cloud('"tofu"'),
        "z.tf.json": '{"terraform": {"cloud": {"workspaces": {"name": "json"}}}}',
    }

    assert (found(files), found(files, opentofu=True)) == ("tf", "tofu")
    assert found({**files, "main.tofu": "broken {{{"}, opentofu=True) == "json"
    assert found({**files, "main.tofu": "", "z.tofu.json": "broken"}, opentofu=True) == "default"


@pytest.mark.parametrize(
    ("name", "opentofu", "expected"),
    [
        ("x.tf", False, "w"),
        ("x.tf.json", False, "w"),
        ("x.tofu", False, "default"),
        ("x.tofu.json", False, "default"),
        ("x.tf", True, "w"),
        ("x.tf.json", True, "w"),
        ("x.tofu", True, "w"),
        ("x.tofu.json", True, "w"),
        ("x.hcl", True, "default"),
    ],
)
def test_a_workspace_is_read_from_the_files_that_the_tool_reads(name: str, opentofu: bool, expected: str) -> None:
    text = '{"terraform": {"cloud": {"workspaces": {"name": "w"}}}}' if name.endswith(".json") else cloud('"w"')
    tree = ListingTree([f"p/{name}"], read=lambda _: text.encode())

    assert workspace_of("p", tree, opentofu=opentofu) == (expected, "")
    assert opentofu or workspace_of("p", tree) == (expected, "")


def test_a_workspace_that_must_be_evaluated_and_a_file_that_is_not_to_be_read_leave_no_remark() -> None:
    for text in (cloud("var.x").encode(), None):
        assert workspace_of("p", ListingTree(["p/main.tf"], read=lambda _, text=text: text)) == ("default", "")  # type: ignore[misc]


def test_a_name_that_is_not_allowed_is_an_error_at_its_file() -> None:
    with pytest.raises(ConfigError, match=r"p/main\.tf: workspace name '\.\./evil' cannot contain"):
        found({"p/main.tf": cloud('"../evil"')}, directory="p")


def test_without_contents_the_workspace_is_default_with_a_remark() -> None:
    workspace, remark = workspace_of("p", ListingTree(["p/main.tf"]))

    assert workspace == "default"
    assert remark.startswith("p: taken to use workspace default: ")
