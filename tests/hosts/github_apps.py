"""A GitHub App for tests: its key, its installation, and the trade of the key for a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hosts.github_stage import Reply, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["APP", "ENOUGH", "KEY", "LIST", "PAGE", "PAIR", "PUBLIC", "TOKEN_ROUTE", "Reply", "Stage", "installation", "installed"]

PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = PAIR.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PUBLIC = PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
APP = {"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY": KEY}
LIST = "/app/installations"
TOKEN_ROUTE = "/app/installations/[0-9]+/access_tokens"
PAGE = "https://github.com/organizations/acme/settings/installations/99"
ENOUGH = {
    "metadata": "read",
    "contents": "read",
    "pull_requests": "write",
    "checks": "read",
    "statuses": "write",
    "actions": "read",
    "administration": "read",
}


def installation(permissions: Mapping[str, str] = ENOUGH, /, **fields: Any) -> dict[str, Any]:
    """Return an installation as GitHub shows it; https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app."""
    account = {"login": "acme", "id": 1, "type": "Organization"}
    return {"id": 99, "account": account, "permissions": dict(permissions), "html_url": PAGE, "suspended_at": None, **fields}


def installed(stage: Stage, *answers: Any, permissions: Mapping[str, str] = ENOUGH) -> Stage:
    """Let the App have one installation, which answers the trade like this, or with a token."""
    found = installation(permissions)
    stage.on("GET", LIST, [found]).on("GET", f"{LIST}/99", found)
    return stage.on("POST", TOKEN_ROUTE, *(answers or [Reply({"token": "ghs_traded", "expires_at": "2099-01-01T00:00:00Z"}, 201)]))
