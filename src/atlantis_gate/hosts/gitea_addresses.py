"""Where a Gitea's or Forgejo's API is, from the server's URL or from what its Actions say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from atlantis_gate.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

# https://docs.gitea.com/development/api-usage
_API: Final = "/api/v1"
_PARTS: Final = 2


def repository(server_url: str, repo: str, env: Mapping[str, str]) -> str:
    """Return where a repository's API is, without a trailing slash.

    What Actions name (GITHUB_API_URL) counts when the run is on that very server. Raises HostError for a URL or a name that is none.
    """
    root = f"{server_url.rstrip('/')}{_API}"
    told = env.get("GITHUB_API_URL", "").strip().rstrip("/")
    if told.endswith(_API) and _same(server_url, env.get("GITHUB_SERVER_URL", "").strip()):
        root = told
    parts = _split(root)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise _wrong("the Gitea server's URL is not one of the form https://host", "Set --host-url to the server's web address.")
    names = repo.split("/")
    if len(names) != _PARTS or any(name in {"", ".", ".."} for name in names):
        raise _wrong(f"{repo!r} names no repository of Gitea: it takes the form owner/name", "Set --repo.")
    return f"{root}/repos/{'/'.join(quote(name, safe='') for name in names)}"


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").casefold() == other.rstrip("/").casefold()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts


def _wrong(what: str, advice: str) -> HostError:
    return HostError(what, operation="finding Gitea's API", advice=advice)
