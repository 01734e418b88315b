"""Where a GitHub's APIs are, from the server's URL or from what GitHub Actions says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult


@frozen
class Addresses:
    """The two APIs of one GitHub, without a trailing slash."""

    rest: str
    graphql: str


def addresses(server_url: str, env: Mapping[str, str]) -> Addresses:
    """Return where the APIs are: what GitHub Actions names when the run is on that very server, else derived from the server's URL.

    Raises HostError for a URL that is none.
    """
    rest = graphql = ""
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
    if _same(server_url, env.get("GITHUB_SERVER_URL", "").strip() or server_url):
        rest = env.get("GITHUB_API_URL", "").strip().rstrip("/")
        graphql = env.get("GITHUB_GRAPHQL_URL", "").strip().rstrip("/")
    rest = rest or derived(server_url)
    graphql = graphql or f"{rest.removesuffix('/v3')}/graphql"
    _parts(rest)
    _parts(graphql)
    return Addresses(rest, graphql)


def derived(server_url: str) -> str:
    """Return the REST API's address of a server: github.com, a ghe.com tenant, or a GitHub Enterprise Server."""
    scheme, netloc, host, path = _parts(server_url)
    if host in {"github.com", "www.github.com", "api.github.com"}:
        return "https://api.github.com"
    # https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
    if host.endswith(".ghe.com"):
        return f"https://api.{host.removeprefix('api.')}"
    # https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
    return urlunsplit((scheme, netloc, f"{path}/api/v3", "", ""))


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").casefold() == other.rstrip("/").casefold()


def _parts(url: str) -> tuple[str, str, str, str]:
    """Return scheme, network location, host name and path of a URL; one without a scheme is https."""
    parts = _split(url if "://" in url else f"https://{url}")
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise HostError(
            "the GitHub server's URL is not one of the form https://host",
            operation="finding GitHub's API",
            advice="Set --host-url; in GitHub Actions leave GITHUB_SERVER_URL, GITHUB_API_URL and GITHUB_GRAPHQL_URL as they are.",
        )
    return parts.scheme, parts.netloc, parts.hostname.casefold(), parts.path.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts
