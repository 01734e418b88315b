"""Which project directories use which local modules, read from the `module` blocks of a tree."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from atlantis_gate.frozen import field, frozen
from atlantis_gate.selection import autodiscovery
from atlantis_gate.selection.paths import join, parent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from atlantis_gate.tree import Tree

# What makes a directory a module: https://pkg.go.dev/github.com/hashicorp/terraform-config-inspect/tfconfig#IsModuleDir
_MODULE_FILES: Final = (".tf", ".tf.json", ".tfcomponent.hcl", ".tfstack.hcl")


@frozen(kw_only=True)
class ModuleIndex:
    """Who uses what: `callers` maps a module's directory to the directories that call it directly, `roots` are the projects' directories.

    A root uses itself. `warnings` name files that could only be read in part; then the index may lack users.
    """

    roots: frozenset[str] = frozenset()
    callers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def users_of(self, directory: str) -> tuple[str, ...]:
        """Return the project directories that use a module directly or through others, sorted."""
        if directory not in self._known:
            self._known[directory] = tuple(sorted(self.users_of_any({directory})))
        return self._known[directory]

    def users_of_any(self, directories: Collection[str]) -> frozenset[str]:
        """Return the project directories that use at least one of these modules."""
        seen = set(directories) & (self.callers.keys() | self.roots)
        pending = list(seen)
        while pending:
            new = self.callers.get(pending.pop(), frozenset()) - seen
            seen |= new
            pending += new
        return self.roots & seen


def no_index() -> ModuleIndex:
    """Return the index of a run without `--autoplan-modules`: nothing uses anything."""
    return ModuleIndex()


def read_index(tree: Tree, patterns: Sequence[str]) -> ModuleIndex:
    """Read the module blocks of every project directory that the patterns find, and of the modules they use.

    A file that cannot be parsed is read as far as it can be and named in `warnings`. Raises UsageError for patterns that cannot be read.
    """
    paths = autodiscovery.matching(list(autodiscovery.walk(tree)), patterns, "--autoplan-modules-from-projects")
    found = (autodiscovery.project_dir(directory, tree) for directory in {parent(path) for path in paths})
    roots = frozenset(directory for directory in found if directory is not None)
    callers: defaultdict[str, set[str]] = defaultdict(set)
    warnings: list[str] = []
    seen, pending = set(roots), sorted(roots)
    while pending:
        caller = pending.pop()
        called, remarks = _called(caller, tree)
        warnings += remarks
        for module in called:
            callers[module].add(caller)
        pending += sorted(called - seen)
        seen |= called
    return ModuleIndex(roots=roots, callers={module: frozenset(users) for module, users in callers.items()}, warnings=tuple(warnings))


def _called(directory: str, tree: Tree) -> tuple[set[str], tuple[str, ...]]:
    """Return the directories of the local modules that a directory's files call, and remarks on files that could not be read."""
    from atlantis_gate.selection.module_calls import module_sources  # noqa: PLC0415 - only --autoplan-modules reads Terraform files

    sources, warnings = module_sources(directory, tree)
    return {path for source in sources if _is_module(path := join(directory, source), tree)}, warnings


def _is_module(directory: str, tree: Tree) -> bool:
    return any(not entry.is_dir and is_module_file(entry.name, _MODULE_FILES) for entry in tree.entries(directory))


def is_module_file(name: str, endings: tuple[str, ...]) -> bool:
    """Tell whether Terraform reads a file; editors' backup and hidden files are not read."""
    return name.endswith(endings) and not name.startswith(".")
