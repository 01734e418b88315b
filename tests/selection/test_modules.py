"""The module index says which project directories use a module, directly or through others."""

from __future__ import annotations

import pytest

from atlantis_gate.errors import ConfigError, UsageError
from atlantis_gate.model import Discovery, Project
from atlantis_gate.selection import ListingTree, Scope, touched
from atlantis_gate.selection.module_calls import module_sources
from atlantis_gate.selection.modules import ModuleIndex, read_index


def call(source: str, label: str = "m") -> str:
    return f'module "{label}" {{\n  source = "{source}"\n}}\n'


def scope(files: dict[str, str], *patterns: str) -> Scope:
    tree = ListingTree(files, read=lambda path: files[path].encode())
    return Scope(tree=tree, discovery=Discovery(enabled=False), file_list=(), modules=patterns or ("**/*.tf",))


def index(files: dict[str, str], *patterns: str) -> ModuleIndex:
    return scope(files, *patterns).index


def test_users_are_found_through_other_modules() -> None:
    found = index({"p/main.tf": call("../modules/a"), "modules/a/x.tf": call("../b"), "modules/b/x.tf": "", "q/main.tf": ""})

    assert found.users_of("modules/b") == ("p",)
    assert found.users_of("modules/b/sub") == ()


def test_a_project_uses_itself_and_circles_end() -> None:
    found = index({"a/init.tf": call("../b"), "b/init.tf": call("../a")}, "**/init.tf")

    assert (found.users_of("a"), found.users_of("b")) == (("a", "b"), ("a", "b"))


def test_only_directories_that_the_patterns_find_are_users() -> None:
    files = {"p/init.tf": call("../m"), "q/main.tf": call("../m"), "m/x.tf": ""}

    assert index(files, "**/init.tf").users_of("m") == ("p",)
    assert index(files, "**/init.tf", "q").users_of("m") == ("p", "q")


@pytest.mark.parametrize(
    "source", ["../missing", "hashicorp/consul/aws", "../../outside", "git::https://example.com/m", "../tofu", "../hidden", ""]
)
def test_a_source_that_is_no_module_directory_here_counts_for_nothing(source: str) -> None:
    found = index({"p/main.tf": call(source), "tofu/x.tofu": "", "hidden/.x.tf": "", "outside/x.tf": ""})

    assert {module: users for module, users in found.callers.items() if module != "p"} == {}


@pytest.mark.parametrize("name", ["x.tf", "x.tf.json", "x.tfcomponent.hcl", "x.tfstack.hcl"])
def test_a_module_directory_holds_a_terraform_file(name: str) -> None:
    assert index({"p/main.tf": call("../m"), f"m/{name}": "{}"}, "p/*").users_of("m") == ("p",)


def test_sources_are_joined_as_text_without_asking_for_a_leading_dot() -> None:
    found = index({"p/main.tf": call("/m") + call("sub/../n", "o"), "p/m/x.tf": "", "p/n/x.tf": ""}, "p/main.tf")

    assert (found.users_of("p/m"), found.users_of("p/n")) == (("p",), ("p",))


def test_json_syntax_is_read_as_well() -> None:
    assert index({"p/main.tf.json": '{"module": {"m": {"source": "../m"}}}', "m/x.tf": ""}, "p/*").users_of("m") == ("p",)


def test_an_override_file_takes_the_place_of_the_source() -> None:
    found = index({"p/main.tf": call("../a"), "p/a_override.tf": call("../b"), "a/x.tf": "", "b/x.tf": ""}, "p/main.tf")

    assert (found.users_of("a"), found.users_of("b")) == ((), ("p",))


@pytest.mark.parametrize("name", ["a_override.tf", "a_override.tf.json", "override.tf", "override.tf.json"])
def test_override_files_come_last_whatever_their_name(name: str) -> None:
    later = '{"module": {"m": {"source": "../b"}}}' if name.endswith(".json") else call("../b")
    files = {"p/z.tf": call("../a"), f"p/{name}": later}

    assert module_sources("p", ListingTree(files, read=lambda path: files[path].encode())) == ({"../b"}, ())


def test_the_sources_of_every_file_count() -> None:
    files = {"p/a.tf": "# nothing\n", "p/b.tf": call("../b", "b"), "p/c.tf": call("../c", "c"), "p/d.tf": ""}

    assert module_sources("p", ListingTree(files, read=lambda path: files[path].encode())) == ({"../b", "../c"}, ())


@pytest.mark.parametrize(
    ("text", "sources", "complete"),
    [
        ('module "m" {}', set(), True),
        (call(""), set(), True),
        ('module "m" {\n  source = var.x\n}\n', set(), False),
        ('module "m" {\n  source = 5\n}\n' + call("a", "n"), {"5", "a"}, True),
    ],
)
def test_a_call_without_a_source_that_can_be_read_names_none(text: str, sources: set[str], complete: bool) -> None:
    found, warnings = module_sources("p", ListingTree(["p/main.tf"], read=lambda _: text.encode()))

    assert (found, warnings == ()) == (sources, complete)


def test_all_that_looks_like_a_source_in_any_broken_file_counts_whatever_its_bytes() -> None:
    files = {"p/a.tf": b'module {{{\nsource = "../a"\n', "p/b.tf": b'module {{{\nsource = "../b\xff"\n', "p/c.tf": b"# no such word\n{{{"}
    found, warnings = module_sources("p", ListingTree(files, read=files.get))

    assert found == {"../a", "../b\ufffd"}
    assert [warning.partition(":")[0] for warning in warnings] == ["p/a.tf", "p/b.tf"]


def test_a_file_that_is_not_to_be_read_calls_nothing() -> None:
    assert module_sources("p", ListingTree(["p/main.tf"], read=lambda _: None)) == (set(), ())


def test_the_root_is_a_directory_like_any_other() -> None:
    found = index({"main.tf": call("./m"), "m/x.tf": call("../n"), "n/x.tf": ""}, "main.tf")
    broken = index({"main.tf": "module {{{"}, "main.tf")

    assert (found.users_of("m"), found.users_of("n"), found.users_of(".")) == ((".",), (".",), (".",))
    assert [warning.partition(":")[0] for warning in broken.warnings] == ["main.tf"]


def test_files_that_terraform_does_not_read_are_not_read() -> None:
    tree = ListingTree(["p/.hidden.tf", "p/x.tofu", "p/x.tf~"], read=lambda _: call("../m").encode())

    assert module_sources("p", tree) == (set(), ())


@pytest.mark.parametrize(
    "text",
    [
        call("../m") + "}",
        'resource "x" {\n' + call("../m"),
        "x = = \n" + call("../m"),
        'x = "unclosed\n' + call("../m"),
        'module "m" {\n  source = "../m"\n  x = = \n}',
        'module "a" {\n source = var.where\n}\n' + call("../m"),
        '{"module": {"m": {"source": "../m"}}',
    ],
)
def test_a_broken_file_keeps_the_index_and_everything_in_it_that_looks_like_a_source(text: str) -> None:
    name = "p/main.tf.json" if text.startswith("{") else "p/main.tf"
    found = index({name: text, "m/x.tf": "", "q/main.tf": call("../n"), "n/x.tf": ""}, "**/main.*")

    assert (found.users_of("m"), found.users_of("n")) == (("p",), ("q",))
    assert found.warnings == (f"{name}: cannot be read in full for its modules; what looks like a module source is counted as one",)


def test_a_module_selects_its_users_whatever_their_patterns_and_whether_they_are_still_there() -> None:
    files = {"p/main.tf": call("../m"), "m/x.tf": ""}
    projects = [Project(dir=directory, workspace="default", when_modified=()) for directory in ("p", "q")]

    assert [each.dir for each in touched(projects, ["m/README.md"], scope(files)).configured] == ["p"]
    assert [each.dir for each in touched(projects, ["m/sub/x.tf"], scope(files)).configured] == []
    assert [each.dir for each in touched(projects, ["p/README.md"], scope(files)).configured] == ["p"]


def test_patterns_that_cannot_be_read_are_refused_by_the_name_of_their_option() -> None:
    with pytest.raises(UsageError, match="--autoplan-modules-from-projects"):
        index({}, "[")


def test_without_the_contents_of_files_there_is_no_index() -> None:
    with pytest.raises(ConfigError, match="only the names of the files"):
        read_index(ListingTree(["p/main.tf"]), ["**/*.tf"])
