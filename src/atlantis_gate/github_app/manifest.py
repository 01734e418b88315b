"""What GitHub is asked to make, and where: the App's manifest and the address of GitHub's form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from atlantis_gate.errors import UsageError
from atlantis_gate.hosts.github_permissions import PERMISSIONS

if TYPE_CHECKING:
    from urllib.parse import SplitResult

HOMEPAGE: Final = "https://github.com/atlantis-gate/atlantis-gate"
DESCRIPTION: Final = "Reads pull requests and tells a pipeline whether terraform may run."
_NAME: Final = "atlantis-gate"
# https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
_LONGEST_NAME: Final = 34
_ORGANIZATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Nothing else may stand in it: it becomes part of a Content-Security-Policy.
_NETLOC: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_PUBLIC: Final = frozenset({"github.com", "www.github.com", "api.github.com"})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where the App is made: the server's URL without a trailing slash, and the organization it belongs to (empty: whoever signs in)."""

    server_url: str
    organization: str = ""

    @property
    def host(self) -> str:
        """The server's name, with its port where it has one."""
        return urlsplit(self.server_url).netloc

    @property
    def public(self) -> bool:
        """Whether this is github.com."""
        return self.server_url == "https://github.com"

    @property
    def apps_url(self) -> str:
        """The page that lists the owner's Apps."""
        # https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
        owner = f"/organizations/{quote(self.organization, safe='')}" if self.organization else ""
        return f"{self.server_url}{owner}/settings/apps"

    def form_url(self, state: str) -> str:
        """Return where GitHub takes the manifest; it hands `state` back with the code."""
        return f"{self.apps_url}/new?state={quote(state, safe='')}"


def place(server_url: str, organization: str) -> Place:
    """Return where the App shall be made. Raises UsageError for no web address of a server, an unsafe one, or no organization's name."""
    parts = _split(server_url.strip().rstrip("/"))
    if parts is None or parts.path or parts.query or parts.fragment or not _NETLOC.fullmatch(parts.netloc.casefold()):
        raise UsageError(
            f"--host-url: {server_url!r} is not the web address of a GitHub server",
            advice="Give the server alone, such as https://github.example.com; an organization goes into --organization.",
        )
    if not private(parts):
        raise UsageError(
            f"--host-url: over {parts.scheme}:// the App's private key would come unencrypted", advice="Give an https:// address."
        )
    if organization and not _ORGANIZATION.fullmatch(organization):
        raise UsageError(
            f"--organization: {organization!r} is not the name of an organization",
            advice="Give the name as it stands in the organization's address, such as acme for https://github.com/acme.",
        )
    netloc = parts.netloc.casefold()
    return Place(f"{parts.scheme}://{'github.com' if netloc in _PUBLIC else netloc}", organization)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts


def private(parts: SplitResult) -> bool:
    """Tell whether nobody listens on the way to an address: it is https, or on this very machine."""
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def name(given: str, organization: str, chance: str) -> str:
    """Return the App's name: the one given, else one that nobody else is likely to have. Raises UsageError for one that GitHub refuses.

    GitHub shows it in a field where it can still be changed.
    """
    if not given:
        return f"{_NAME}-{organization or chance}"[:_LONGEST_NAME].rstrip("-_")
    if len(given) > _LONGEST_NAME or not given.isprintable() or not given.strip():
        raise UsageError(
            f"--app-name: {given!r} is not a name that GitHub takes", advice=f"Give one of at most {_LONGEST_NAME} printable characters."
        )
    return given


def manifest(app_name: str, redirect_url: str) -> dict[str, object]:
    """Return the manifest, to be sent as JSON: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.

    Without `hook_attributes` the App has no webhook; with them GitHub insists on a URL, even for an inactive one.
    """
    return {
        "name": app_name,
        "description": DESCRIPTION,
        "url": HOMEPAGE,
        "redirect_url": redirect_url,
        "public": False,
        "default_permissions": {permission.key: permission.full for permission in PERMISSIONS},
    }
