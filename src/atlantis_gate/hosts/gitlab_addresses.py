"""Where a GitLab's API is, and how it names a project there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from atlantis_gate.errors import HostError
from atlantis_gate.hosts.http import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.gitlab.com/ci/variables/predefined_variables/
_PROJECTS: Final = (("CI_MERGE_REQUEST_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_ID"), ("CI_PROJECT_PATH", "CI_PROJECT_ID"))


def api(server_url: str, env: Mapping[str, str]) -> str:
    """Return the API's address without a trailing slash: what GitLab CI names when the run is on that very server, else derived.

    Raises HostError for a URL that is none, and for an API of another origin than the server: a token must not go there.
    """
    server = _checked(server_url)
    # https://docs.gitlab.com/api/rest/: a GitLab below a path keeps its API below that path.
    derived = f"{server}/api/v4"
    named = env.get("CI_API_V4_URL", "").strip().rstrip("/")
    if not named or not is_here(server_url, env):
        return derived
    if origin(_checked(named)) != origin(server):
        raise HostError(
            "CI_API_V4_URL is on another server than CI_SERVER_URL",
            operation="finding GitLab's API",
            advice="Leave both as GitLab sets them: somebody or something overrides one, and a token would go to the wrong place.",
        )
    return named


def is_here(server_url: str, env: Mapping[str, str]) -> bool:
    """Tell whether this run is a job of that very GitLab."""
    here = env.get("CI_SERVER_URL", "").strip()
    return bool(here) and _checked(here).casefold() == _checked(server_url).casefold()


def project(repo: str, server_url: str, env: Mapping[str, str]) -> str:
    """Return the API's path of a project: by number where the job tells it (some proxies break an encoded path), else by its name."""
    if is_here(server_url, env):
        for path, number in _PROJECTS:
            found = env.get(number, "").strip()
            if env.get(path, "").strip().casefold() == repo.casefold() and found.isascii() and found.isdecimal():
                return f"/projects/{found}"
    return f"/projects/{quote(repo.strip('/'), safe='')}"


def _checked(url: str) -> str:
    """Return a URL without trailing slash; one without a scheme is https."""
    full = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(full)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable:
        raise HostError(
            "the GitLab server's URL is not one of the form https://host or https://host/path",
            operation="finding GitLab's API",
            advice="Set --host-url; in GitLab CI leave CI_SERVER_URL and CI_API_V4_URL as they are.",
        )
    return full.split("?")[0].split("#")[0].rstrip("/")
