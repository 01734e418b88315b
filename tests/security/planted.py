"""Secrets planted wherever a run may get one from, and the search for them in all that it leaves behind."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from atlantis_gate.hosts import azure_devops_credentials as azure
from atlantis_gate.hosts import bitbucket_cloud_access as cloud
from atlantis_gate.hosts import bitbucket_data_center_access as data_center
from atlantis_gate.hosts import gitea_credentials as gitea
from atlantis_gate.hosts import github_credentials as github
from atlantis_gate.hosts import gitlab_credentials as gitlab
from hosts.github_apps import KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from programs import Ran
    from security.wire import Wire

APP_KEY = "ATLANTIS_GH_APP_KEY"
# Every variable that a host's credential may come from, in the order in which they count.
VARIABLES = {
    "github": (*github.USER_TOKENS, APP_KEY, f"{APP_KEY}_FILE", *github.CI_TOKENS),
    "gitlab": (*gitlab.TOKENS, gitlab.JOB_TOKEN),
    "bitbucket-cloud": (*cloud.TOKENS, *cloud.CI_TOKENS, *cloud.APP_PASSWORDS),
    "bitbucket-data-center": data_center.TOKENS,
    "azure-devops": (*azure.USER_TOKENS, azure.JOB_TOKEN),
    "gitea": (*gitea.TOKENS, gitea.JOB_TOKEN),
}
# Where a credential may be sent to.
ORIGINS = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com",
    "bitbucket-cloud": "https://api.bitbucket.org",
    "bitbucket-data-center": "https://git.example.com",
    "azure-devops": "https://dev.azure.com",
    "gitea": "https://git.example.com",
}
TRADED = "ghs_" + "traded" * 6
_PREFIXES = {"github": "ghp_", "gitlab": "glpat-", "bitbucket-cloud": "ATCTT3x", "bitbucket-data-center": "BBDC-", "gitea": "p+/=&"}
_CREDENTIALS = ("authorization", "private-token", "job-token")


@dataclass
class Planted:
    """An environment that holds secrets, and the secrets by where they are."""

    env: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def put(self, variable: str, text: str, folder: Path) -> None:
        """Put a secret into a variable, or into the file that it names."""
        self.secrets[variable] = text
        self.env[variable] = text
        if variable.endswith("_FILE"):
            path = folder / "secrets" / variable
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(f"{text}\n", encoding="utf-8")
            self.env[variable] = str(path)


def token(kind: str, variable: str) -> str:
    """Return a token of a kind of host that is like no other one."""
    text = hashlib.sha256(f"{kind} {variable}".encode()).hexdigest()[:40]
    return _PREFIXES.get(kind, "") + text


def plant(kind: str, used: str, folder: Path) -> Planted:
    """Put secrets into the variable that counts and into all that come after it, and into others that the gate has no use for."""
    found = Planted()
    names = VARIABLES[kind]
    for variable in names[names.index(used) :]:
        if not variable.startswith(APP_KEY):
            found.put(variable, token(kind, variable), folder)
    if used.startswith(APP_KEY):
        found.put(used, KEY, folder)
        found.env["ATLANTIS_GH_APP_ID"] = "12"
        found.secrets["the App's traded token"] = TRADED
    if kind == "gitea" and used == gitea.JOB_TOKEN:
        found.env["GITEA_ACTIONS"] = "true"
    for variable in ("ATLANTIS_GH_WEBHOOK_SECRET", "ATLANTIS_WEB_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        found.put(variable, token("", variable), folder)
    password = token("", "HTTPS_PROXY")
    found.secrets["HTTPS_PROXY"] = password
    found.env["HTTPS_PROXY"] = f"http://robot:{password}@proxy.example.com:3128"
    return found


def forms(secret: str) -> Iterator[str]:
    """Return the texts that give a secret away: itself, as it stands in a URL, in a Basic header; each line of a key."""
    lines = [line for line in secret.splitlines() if len(line) > 12 and "-----" not in line]
    for text in lines or [secret]:
        yield from (text, quote(text, safe=""), text.replace("/", "\\/"))
    yield base64.b64encode(f":{secret}".encode()).decode()


def leaks(secrets: dict[str, str], places: dict[str, str]) -> list[str]:
    """Return where which secret shows."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, text in places.items()
        if any(map(text.__contains__, forms(secret)))
    ]


def seen(ran: Ran, wire: Wire, folder: Path, but: Collection[str] = ()) -> dict[str, str]:
    """Return every text that a run left: printed, written below a folder (`but` these files), or sent besides the credential's header."""
    places = {"stdout": ran.out, "stderr": ran.err}
    for path in folder.rglob("*"):
        if path.is_file() and "secrets" not in path.parts and path.name not in but:
            places[str(path)] = path.read_bytes().decode("utf-8", "replace")
    for number, request in enumerate(wire.sent):
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        others = {name: value for name, value in request.headers.items() if name.lower() not in _CREDENTIALS}
        places[f"request {number}: {request.method} {urlsplit(str(request.url)).path}"] = f"{request.url}\n{others}\n{body}"
    return places


def sent_to(wire: Wire) -> set[str]:
    """Return the origins that a credential was sent to."""
    parts = [urlsplit(str(request.url)) for request in wire.sent if any(name.lower() in _CREDENTIALS for name in request.headers)]
    return {f"{part.scheme}://{part.hostname}" for part in parts}
