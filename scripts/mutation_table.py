"""What `scripts/mutants.py` changes, which tests must notice, and how docs/mutation.md says what came of it."""
# ruff: noqa: INP001 - beside a script

from __future__ import annotations

# The files that are changed, in src/atlantis_gate, and the tests that must notice.
PACKAGES = {
    "requirements": (["requirements/*.py"], ["tests/requirements", "tests/test_differences.py"]),
    "config": ([f"config/{name}.py" for name in ("merge", "permissions", "settings_of", "versions")], ["tests/config"]),
    "selection": (["selection/[!_]*.py"], ["tests/selection"]),
}
HEAD = ("| what | changes | noticed | listed | noticed by |", "| --- | --- | --- | --- | --- |")


def patterns(name: str) -> list[str]:
    """Return the files that a package or a pattern for files stands for."""
    return [name] if "/" in name else PACKAGES[name][0]


def tests(name: str) -> list[str]:
    """Return the tests that must notice a change in a package or a file of it."""
    return PACKAGES[name.partition("/")[0]][1]


def row(name: str, changes: int, noticed: int) -> str:
    """Return the line of the table for a package or a file of it."""
    what = ", ".join(f"`{pattern.replace('[!_]*.py', '').replace('*.py', '')}`" for pattern in patterns(name))
    return f"| {what} | {changes} | {noticed} | {changes - noticed} | {', '.join(f'`{place}`' for place in tests(name))} |"
