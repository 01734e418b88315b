"""Bytes and texts that nobody foresaw, in everything that reads texts of others; `make test` tries a few, `-m extra` many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import FACTS
from report.hostile import HOSTILE
from security.fuzz_targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

FEW, MANY = 30, 1_000
_YAML = (
    *(
        "version: 3\n",
        "projects:\n",
        "repos:\n",
        "- dir: prod\n",
        "- dir: '*'\n",
        "- id: /.*/\n",
        "- id: github.com/acme/infra\n",
        "  name: n\n",
    ),
    *(
        "  autoplan: {when_modified: [",
        "'**/*.tf'",
        "'['",
        "'{a,'",
        "'!x'",
        "]}\n",
        "  apply_requirements: [",
        "approved",
        "mergeable",
        "]\n",
        "  branch: /^m/\n",
    ),
    *(
        "  depends_on: [n]\n",
        "  execution_order_group: 1\n",
        "  workflow: w\n",
        "workflows: {w: {apply: {steps: [run: x]}}}\n",
        "  workspace: ",
    ),
    *(
        "autodiscover: {mode: ",
        "enabled",
        "ignore_paths: [",
        "&a ",
        "*a",
        "<<: ",
        "!!int ",
        "~",
        "---\n",
        "? ",
        "| ",
        "\t",
        "'",
        '"',
        ": ",
        ", ",
    ),
    *(
        "[",
        "]",
        "{",
        "}",
        "\n",
        "0x7",
        "1e999",
        "\\",
        "é",
        "\x85",
        "\u2028",
        "\ufeff",
        "%YAML 1.1\n",
        "allowed_overrides: [apply_requirements]\n",
    ),
)
_PATTERN = (
    "*",
    "**",
    "/",
    "?",
    "[",
    "]",
    "!",
    "^",
    "{",
    "}",
    ",",
    "\\",
    "(",
    ")",
    "+",
    "|",
    "a",
    "-",
    "z",
    ".",
    "$",
    "(?i)",
    "\\p{",
    "{1,9}",
    "\n",
    "é",
)
_URL = (
    "https://",
    "http://",
    "ssh://",
    "git@",
    "github.com",
    "dev.azure.com",
    "[",
    "]",
    ":",
    "/",
    "acme",
    "infra",
    ".git",
    "/pull/7",
    "@",
    "?",
    "#",
    "%2f",
    "%",
    "_git",
    "\n",
    "x",
)
_HCL = (
    'module "m" {\n',
    "}\n",
    'source = "',
    "../x",
    '"\n',
    "<<EOT\n",
    "EOT\n",
    "${",
    "}",
    "#",
    "/*",
    "*/",
    "\\u12",
    '{"module": {',
    '"m": ',
    "[",
    "]",
    "}}",
    "\0",
)
_JSON = json.dumps(FACTS.pull_request.document())
_WORDS = (
    "version",
    "pull_request",
    "projects",
    "id",
    "requirements",
    "name",
    "outcome",
    "allowed",
    "changed_files",
    "approvals",
    "by",
    "user",
    "commit",
)
_KEYS = st.sampled_from(
    (
        *_WORDS,
        "mergeability",
        "blockers",
        "kind",
        "divergence",
        "files",
        "unknown",
        "number",
        "head",
        "sha",
        "ref",
        "base",
        "merged",
        "config",
    )
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(("1" * 40, "open", "github", "check", *HOSTILE)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)


def pieces(kinds: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(kinds) | st.text(max_size=3), max_size=40).map(
        lambda found: "".join(found).encode("utf-8", "surrogatepass")
    )


def documents(fixed: dict[str, object]) -> st.SearchStrategy[bytes]:
    """Give JSON documents that are right in part: keys that are known with values of any kind."""
    return st.dictionaries(_KEYS, _VALUES, max_size=6).map(lambda found: json.dumps({**fixed, **found}).encode())


PULL = {"version": 1, "pull_request": json.loads(_JSON)}
LIKELY: dict[str, st.SearchStrategy[bytes]] = {
    "repo_config": pieces(_YAML),
    "server_config": pieces(_YAML),
    "patterns": pieces(_PATTERN),
    "events": st.tuples(st.binary(min_size=1, max_size=1), _VALUES.map(json.dumps)).map(lambda both: both[0] + both[1].encode()),
    "facts": documents(PULL),
    "decisions": documents({**PULL, "projects": []}) | documents({"version": 1}),
    "shown": pieces(tuple(HOSTILE)),
    "rendered": pieces(tuple(HOSTILE)),
    "modules": pieces(_HCL),
    "addresses": pieces(_URL),
    "answers": st.tuples(st.binary(min_size=5, max_size=5), _VALUES.map(json.dumps)).map(lambda both: both[0] + both[1].encode()),
}


def tried(name: str, examples: int) -> Callable[[], None]:
    """Return a test of one target with so many examples."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300) | LIKELY[name])
    def attempt(data: bytes) -> None:
        TARGETS[name](data)

    return attempt


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_the_programs_own_errors_is_raised(name: str) -> None:
    tried(name, FEW)()


@pytest.mark.extra
@pytest.mark.parametrize("name", TARGETS)
def test_nor_is_it_in_many_more_tries(name: str) -> None:
    tried(name, MANY)()
