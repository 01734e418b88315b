"""Trading GitHub's code for the new App and its private key."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atlantis_gate import plain
from atlantis_gate.errors import CredentialError, GateError, HostError, UsageError
from atlantis_gate.github_app.app import App
from atlantis_gate.github_app.manifest import private
from atlantis_gate.hosts import answer
from atlantis_gate.hosts.calls import Request
from atlantis_gate.hosts.credentials import Secret
from atlantis_gate.hosts.github_addresses import addresses
from atlantis_gate.hosts.http import caller, origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.github_app.door import Code
    from atlantis_gate.github_app.manifest import Place

_HOST: Final = "GitHub"
_OPERATION: Final = "trading GitHub's code for the App's key"
# https://docs.github.com/en/rest/about-the-rest-api/api-versions
_HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_KEY: Final = re.compile(r"-----BEGIN (?P<kind>(RSA )?PRIVATE KEY)-----\n[A-Za-z0-9+/=\n]{64,20000}\n-----END (?P=kind)-----\n?")
_LONGEST_NAME: Final = 100


def api(place: Place, env: Mapping[str, str]) -> str:
    """Return the address of the server's REST API. Raises UsageError for one that the key could be overheard on, HostError for none."""
    rest = addresses(place.server_url, env).rest
    if not private(urlsplit(rest)):
        raise UsageError(
            f"GITHUB_API_URL: from {rest} the App's private key would come unencrypted",
            advice="Unset GITHUB_API_URL, or give it an https:// address.",
        )
    return rest


def convert(code: Code, place: Place, rest: str, deadline: Deadline) -> tuple[App, Secret]:
    """Return the App and its private key. Raises HostError, without the code in it, when GitHub does not give them."""
    # https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest (no credential but the code itself)
    request = Request(
        verb="POST", url=f"{rest}/app-manifests/{code.text}/conversions", operation=_OPERATION, needs="nothing but the code", write=True
    )
    try:
        reply = caller(host=_HOST, source="the code", headers=_HEADERS, deadline=deadline).call(request)
        return _read(answer.read(_HOST, reply.value, "the App"), place)
    except (HostError, CredentialError) as error:
        raise _explained(error, f"{rest}/app-manifests/.../conversions", place) from None


def _explained(error: GateError, url: str, place: Place) -> HostError:
    """Return an error that says what became of the App; the request's own address holds the code and is not shown."""
    status = error.status if isinstance(error, HostError) else int(HTTPStatus.UNAUTHORIZED)
    what = error.message
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}:
        what = f"GitHub does not take the code ({status}): it works once, and for one hour"
    elif status == HTTPStatus.UNAUTHORIZED:
        what = "GitHub asks for a login (401) where its documentation asks for none"
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        what = f"the API answers with a redirect ({status}), and a key is fetched from nowhere else: check --host-url"
    return HostError(what, operation=_OPERATION, status=status, url=url, advice=lost(place))


def lost(place: Place) -> str:
    """Return what to do about an App whose key did not arrive."""
    return f"The App is there already, without a key. Delete it and run this again, or generate a key for it: {place.apps_url}"


def _read(found: answer.Node, place: Place) -> tuple[App, Secret]:
    number = found.number("id")
    # The key comes once: whatever else of the answer is odd must not lose it.
    slug = found.maybe_text("slug") or ""
    slug = slug if _SLUG.fullmatch(slug) else f"app-{number}"
    key = found.text("pem").replace("\r\n", "\n")
    if number <= 0 or not _KEY.fullmatch(key):
        raise HostError("GitHub's answer holds no private key that can be used", operation=_OPERATION)
    owner = found.maybe_node("owner")
    app = App(
        id=number,
        slug=slug,
        name=plain.one_line(found.maybe_text("name") or slug, _LONGEST_NAME),
        owner=plain.one_line((owner.maybe_text("login") or "") if owner else "", _LONGEST_NAME),
        settings_url=f"{place.apps_url}/{slug}",
        install_url=_install_url(found.maybe_text("html_url") or "", place, slug),
    )
    return app, Secret(key if key.endswith("\n") else f"{key}\n", "GitHub")


def _install_url(page: str, place: Place, slug: str) -> str:
    """Return where the App is installed: below its page, or in its settings where the answer names no page of this server."""
    # https://docs.github.com/en/apps/sharing-github-apps/sharing-your-github-app
    if re.fullmatch(r"https?://[A-Za-z0-9._:/-]{1,300}", page) and origin(page) == origin(place.server_url):
        return f"{page.rstrip('/')}/installations/new"
    return f"{place.apps_url}/{slug}/installations"
