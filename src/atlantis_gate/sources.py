"""Which text of repos.yaml and atlantis.yaml counts: the mounted one, the checkout's, the head's, the base branch's."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate import checkout
from atlantis_gate.config import Source
from atlantis_gate.errors import ConfigError, Problem, UsageError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Sequence

    from atlantis_gate.arguments import Settings
    from atlantis_gate.tree import Tree


# Files of settings are read whole; the parser refuses long before this, it only bounds the memory.
_MOST_BYTES: Final = 64_000_000
_JSON_NAME: Final = "ATLANTIS_REPO_CONFIG_JSON"
_MISNAMED: Final = "atlantis.yml"
# Linux follows 40 and allows 4,096 bytes: https://man7.org/linux/man-pages/man7/path_resolution.7.html
_MOST_LINKS: Final = 40
_LONGEST_LINK: Final = 4096


@frozen
class ServerFile:
    """The server config as it was given: its text, whether it is JSON, and its path in the checkout when it lies there."""

    source: Source | None
    json: bool = False
    inside: str | None = None


def server_file(settings: Settings, root: Path) -> ServerFile:
    """Read repos.yaml or its JSON form. Raises UsageError when both are given or the named file cannot be read."""
    if settings.repos_yaml and settings.repo_config_json:
        raise UsageError("both a server config file and its JSON form are given", advice="Leave out --repos-yaml or --repo-config-json.")
    if settings.repo_config_json:
        return ServerFile(Source(_JSON_NAME, settings.repo_config_json.encode()), json=True)
    if not settings.repos_yaml:
        return ServerFile(None)
    inside, source = local_file(settings.repos_yaml, root, "--repos-yaml")
    return ServerFile(source, inside=inside)


def local_file(name: str, root: Path, option: str) -> tuple[str | None, Source]:
    """Read a file that an option names; return its path in the checkout (None outside) and its text under the name people know."""
    path = Path(name)
    # By its own name where that lies in the checkout, whatever it links to; else by where it leads.
    inside = checkout.name_inside(root, path) or checkout.path_inside(root, path)
    try:
        with path.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            f"{option}: cannot read {name}: {reason}", advice="Check the path, and that the file is mounted into the container."
        ) from None
    if not data:
        raise ConfigError((Problem(name, 0, 0, "is empty"),), advice=f"Write the file, or leave out {option}.")
    return inside, Source(inside or name, data)


def named_config(name: str, root: Path) -> tuple[str | None, Source]:
    """Read the repo config that --atlantis-yaml names. Raises ConfigError for a link in the checkout that leads out of it."""
    path = Path(name)
    if checkout.name_inside(root, path) is not None and checkout.path_inside(root, path) is None:
        problem = Problem(name, 0, 0, "is not a file that can be read: it is a link that leads out of the checkout")
        raise ConfigError((problem,), advice="Make it an ordinary file inside the repository.")
    return local_file(name, root, "--atlantis-yaml")


def base_version(passed: Sequence[str], changed: Collection[str], commit: str, read: Callable[[str, str], bytes | None]) -> Source | None:
    """Return the base branch's version of a file that is reached through these names in the checkout, None when it has none.

    Its own name comes first. Where the base branch has nothing of that name, a link that is not of the repository led to another one.
    """
    links = frozenset((*passed, *changed))
    found = (base_source(name, commit, read, links) for name in passed if name == passed[0] or name in changed)
    return next((source for source in found if source is not None), None)


def base_source(path: str, commit: str, read: Callable[[str, str], bytes | None], links: Container[str] = frozenset()) -> Source | None:
    """Return the base branch's version of a file, None when it has none. `read` takes a path and a commit.

    A link is followed where the host gives its text: no configuration is a single line without a colon, but every link is. `links` are
    the paths that may be links to directories there.
    """
    data, place = read(path, commit), path
    for _ in range(_MOST_LINKS):
        target = _behind(place, links, lambda above: read(above, commit)) if data is None else _joined(place, _link(data))
        if target is None:
            break
        place = target
        data = read(place, commit)
    return None if data is None else Source(f"{path}@{commit[:12]}", data)


def _behind(path: str, links: Container[str], read: Callable[[str], bytes | None]) -> str | None:
    """Return where a path leads that is not there itself but may lie behind a link, None when it does not."""
    parts = path.split("/")
    for length in range(1, len(parts)):
        above = "/".join(parts[:length])
        target = _joined(above, _link(read(above))) if above in links else None
        if target is not None:
            return "/".join([target, *parts[length:]])
    return None


def _joined(place: str, target: str | None) -> str | None:
    return None if target is None else posixpath.normpath(posixpath.join(posixpath.dirname(place), target))


def _link(data: bytes | None) -> str | None:
    if not data or len(data) > _LONGEST_LINK or b"\n" in data or b":" in data or data.startswith((b"{", b"/")):
        return None
    return data.decode("utf-8", "replace")


def repo_source(path: str, tree: Tree) -> Source | None:
    """Return the repo config at `path` of a tree, None when there is none. Raises ConfigError for a misnamed atlantis.yml."""
    if tree.exists(_MISNAMED):
        raise ConfigError((Problem(_MISNAMED, 0, 0, "the repo config is called atlantis.yaml: rename it"),))
    data = tree.read(path)
    if data is None and tree.exists(path):
        raise ConfigError(
            (Problem(path, 0, 0, "is not a file that can be read"),), advice="Make it an ordinary file inside the repository."
        )
    return None if data is None else Source(path, data)


def chosen(settings: Settings, path: str, tree: Tree) -> Source | None:
    """Return the repo config that --atlantis-yaml names, else the one at `path` of the tree, None when there is none."""
    if settings.atlantis_yaml:
        return named_config(settings.atlantis_yaml, Path(settings.root or "."))[1]
    return repo_source(path, tree)
