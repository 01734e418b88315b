"""Workspace names: which are allowed, and which one a discovered directory uses by its `cloud` block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlantis_gate.tree import Tree

DEFAULT: Final = "default"


def workspace_problem(name: str) -> str | None:
    """Return why a workspace cannot have this name, None when it can; an empty name stands for the default one."""
    rules = (
        ("/" in name or "\\" in name, "cannot contain '/' or '\\'"),
        (".." in name, "cannot contain '..'"),
        (name == ".", "cannot be '.'"),
        (name.startswith("-"), "cannot start with '-'"),
        (name.startswith("~"), "cannot start with '~'"),
        ("$" in name, "cannot contain '$'"),
        (any(map(_is_space_or_control, name)), "cannot contain whitespace or control characters"),
    )
    return next((reason for broken, reason in rules if broken), None)


def _is_space_or_control(char: str) -> bool:
    return char.isspace() or ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0  # noqa: PLR2004


def workspace_of(directory: str, tree: Tree, *, opentofu: bool = False) -> tuple[str, str]:
    """Return the workspace of a discovered directory and a remark (empty when there is none).

    It is the literal name in the first file, in name order, with one `terraform { cloud { workspaces { name = ... } } }`; else `default`.
    With `opentofu`, `.tofu` files count and take the place of the `.tf` files of the same name. Raises ConfigError for a name that is not
    allowed.
    """
    for name in _files((entry.name for entry in tree.entries(directory) if not entry.is_dir), opentofu=opentofu):
        path = name if directory == "." else f"{directory}/{name}"
        try:
            data = tree.read(path)
        except ConfigError as error:
            return DEFAULT, f"{directory}: taken to use workspace {DEFAULT}: {error.message}"
        if data is None or (name.endswith((".tf", ".tofu")) and b"cloud" not in data):
            continue
        from atlantis_gate.selection import hcl  # noqa: PLC0415 - few runs read a Terraform file

        literals = hcl.parse(name, data, "terraform").body.only("terraform").only("cloud").only("workspaces").literals
        found = literals.get("name", "")
        if found is None:
            return DEFAULT, ""
        if found:
            return _checked(found, path), ""
    return DEFAULT, ""


def _checked(name: str, path: str) -> str:
    reason = workspace_problem(name)
    if reason:
        raise ConfigError((Problem(path, 0, 0, f"workspace name {name!r} {reason}"),), advice="Rename the workspace in the cloud block.")
    return name


def _files(names: Iterable[str], *, opentofu: bool) -> list[str]:
    endings = (".tf", ".tf.json", ".tofu", ".tofu.json") if opentofu else (".tf", ".tf.json")
    found = {name for name in names if name.endswith(endings)}
    replaced = {_terraform_name(name) for name in found if name.endswith((".tofu", ".tofu.json"))}
    return sorted(found - replaced)


def _terraform_name(name: str) -> str:
    """Return the name of the Terraform file that an OpenTofu file takes the place of."""
    return f"{name[: -len('.tofu.json')]}.tf.json" if name.endswith(".json") else f"{name[: -len('.tofu')]}.tf"
