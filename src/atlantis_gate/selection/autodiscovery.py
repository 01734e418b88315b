"""Directories that changed files point at where no project is configured for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate import doublestar
from atlantis_gate.errors import UsageError
from atlantis_gate.selection.matching import Matcher, numbers
from atlantis_gate.selection.paths import base, clean, parent
from atlantis_gate.selection.patterns import PatternError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atlantis_gate.selection.modules import ModuleIndex
    from atlantis_gate.selection.scope import Scope
    from atlantis_gate.tree import Tree

# A path that holds one of these anywhere is no change of a project.
_IGNORED: Final = ("terraform.tfstate", "tflint.hcl")
INDICATORS: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")


def discover(files: Sequence[str], scope: Scope, index: ModuleIndex) -> tuple[str, ...]:
    """Return the directories that changed files point at: existing ones, not ignored, in the order of their first file.

    Raises UsageError for a file list that cannot be read.
    """
    found: dict[str, None] = {}
    for directories in sources(files, scope, index).values():
        found |= dict.fromkeys(directories)
    kept = (directory for directory in found if not is_ignored(directory, scope.discovery.ignore_paths))
    return tuple(directory for directory in kept if _is_there(directory, scope.tree))


def _is_there(directory: str, tree: Tree) -> bool:
    """Tell whether a directory is not known to be gone: it exists, or a file lies on the way to it (then Atlantis cannot tell either)."""
    if tree.exists(directory):
        return True
    above = parent(directory)
    while above != "." and not tree.exists(above):
        above = parent(above)
    return above != "." and not tree.entries(above)


def sources(files: Sequence[str], scope: Scope, index: ModuleIndex) -> dict[str, tuple[str, ...]]:
    """Return, for each file that the file list holds, the directories it points at: its project's, else those that use it as a module."""
    kept = matching_files(files, scope.file_list, "--autoplan-file-list")
    known: dict[str, tuple[str, ...]] = {}
    for file in kept:
        directory = parent(file)
        if directory not in known:
            own = project_dir(directory, scope.tree)
            known[directory] = (own,) if own is not None else index.users_of(directory)
    return {file: known[parent(file)] for file in kept}


def matching_files(files: Sequence[str], patterns: Sequence[str], option: str) -> list[str]:
    """Return the files that a list of patterns selects, state files and linter settings left out. Raises UsageError naming the option."""
    relevant = [file for file in files if not any(part in file for part in _IGNORED)]
    return matching(relevant, patterns, option)


def matching(paths: Sequence[str], patterns: Sequence[str], option: str) -> list[str]:
    """Return the paths that a list of patterns selects. Raises UsageError naming the option."""
    try:
        parsed = parse(patterns)
    except PatternError as error:
        raise UsageError(f"{option}: {', '.join(patterns)}: {error}", advice="Correct the pattern.") from error
    matcher = Matcher([parsed], paths)
    return [paths[number] for number in numbers(matcher.result(parsed).matched)]


def project_dir(directory: str, tree: Tree) -> str | None:
    """Return the project directory that a file directly in `directory` belongs to; None for a module that no project holds.

    `env` belongs to the directory above. What lies under a directory `modules` belongs to the one that holds it, if that is a project.
    """
    if base(directory) == "env":
        return parent(directory)
    if "/modules/" not in f"/{directory}/":
        return directory
    # As Atlantis: the text before the first `modules/`, even if that is the end of a longer name.
    holder = clean(f"{directory}/".partition("modules/")[0])
    return holder if is_project(holder, tree) else None


def is_project(directory: str, tree: Tree) -> bool:
    """Tell whether a directory directly holds a file that marks a project."""
    names = (entry.name for entry in tree.entries(directory) if not entry.is_dir)
    return any(name.endswith(INDICATORS) or name == "terragrunt.hcl" for name in names)


def is_ignored(directory: str, ignore_paths: Sequence[str]) -> bool:
    """Tell whether discovery never looks at a directory."""
    return any(doublestar.matches(pattern, directory) for pattern in ignore_paths)


def walk(tree: Tree) -> Iterator[str]:
    """Yield every path of a tree, the root itself first; git's own directory holds nothing of the repository and is left out."""
    pending = ["."]
    while pending:
        directory = pending.pop()
        yield directory
        for entry in tree.entries(directory):
            path = entry.name if directory == "." else f"{directory}/{entry.name}"
            if entry.is_dir:
                if path != ".git":
                    pending.append(path)
            else:
                yield path
