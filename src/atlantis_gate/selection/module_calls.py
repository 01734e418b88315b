"""The sources of the modules that the files of one directory call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atlantis_gate.selection import hcl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.tree import Tree

_SOURCE: Final = re.compile(rb'source"?\s*[=:]\s*"([^"\n]*)"')


def module_sources(directory: str, tree: Tree) -> tuple[set[str], tuple[str, ...]]:
    """Return the module sources that a directory's files name, and a remark on each file that could only be read in part.

    In a file that cannot be parsed everything that looks like a source counts: too many projects are better than too few.
    """
    calls: dict[str, str] = {}
    guessed: set[str] = set()
    warnings: list[str] = []
    for name in _files(entry.name for entry in tree.entries(directory) if not entry.is_dir):
        path = name if directory == "." else f"{directory}/{name}"
        data = tree.read(path)
        if data is None or b"module" not in data:
            continue
        parsed = hcl.parse(name, data, "module")
        modules = parsed.body.blocks
        calls |= {block.label: block.body.literals["source"] or "" for block in modules if "source" in block.body.literals}
        if not parsed.complete or any(block.body.literals.get("source", "") is None for block in modules):
            guessed |= {match.decode(errors="replace") for match in _SOURCE.findall(data)}
            warnings.append(f"{path}: cannot be read in full for its modules; what looks like a module source is counted as one")
    return {*calls.values(), *guessed} - {""}, tuple(warnings)


def _files(names: Iterable[str]) -> list[str]:
    """Return the files Terraform reads, in its order."""
    return sorted((name for name in names if name.endswith((".tf", ".tf.json")) and not name.startswith(".")), key=_order)


def _order(name: str) -> tuple[bool, str]:
    """Put override files last. https://developer.hashicorp.com/terraform/language/files/override"""  # noqa: D400  (an address)
    stem = name.removesuffix(".json").removesuffix(".tf")
    return stem == "override" or stem.endswith("_override"), name
