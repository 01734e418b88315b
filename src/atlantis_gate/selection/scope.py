"""What a selection works with besides the projects and the files."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from atlantis_gate.frozen import frozen
from atlantis_gate.selection.modules import no_index, read_index

if TYPE_CHECKING:
    from atlantis_gate.model import Discovery, Project
    from atlantis_gate.selection.modules import ModuleIndex
    from atlantis_gate.tree import Tree


@frozen(kw_only=True)
class Scope:
    """The tree of the commit and the settings that bear on selection.

    `file_list` (`--autoplan-file-list`) and `modules` (where `--autoplan-modules` looks for users of modules; empty: off) hold patterns
    relative to the root. `opentofu` makes `.tofu` files count for the workspace of a discovered project. With `assume_dirs` the directory
    of a configured project counts as existing.
    """

    tree: Tree
    discovery: Discovery
    file_list: tuple[str, ...]
    modules: tuple[str, ...] = ()
    opentofu: bool = False
    assume_dirs: bool = False

    @cached_property
    def index(self) -> ModuleIndex:
        """Who uses which module; read when it is first asked for. Raises UsageError for patterns that cannot be read."""
        return read_index(self.tree, self.modules) if self.modules else no_index()


@frozen(kw_only=True)
class Touched:
    """What changed files touch.

    `configured` is in the order of the given projects; `discovered` holds (dir, workspace) in the order of the first changed file of each.
    The caller sorts by execution order group (stably: projects of one group keep this order).
    """

    configured: tuple[Project, ...]
    discovered: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
