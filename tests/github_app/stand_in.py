"""A stand-in for GitHub's pages and its API on the loopback interface: takes a manifest, makes the App, hands out its key once."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlencode, urlsplit

# Planted: neither of these may turn up anywhere but in the key's file.
PLANTED = "PLANTEDprivateKEY"
OTHER_SECRETS = ("planted-client-secret", "planted-webhook-secret")
KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + "\n".join(f"{PLANTED}{line:02}" + "A" * 45 for line in range(20))
    + "\n-----END RSA PRIVATE KEY-----\n"
)
CODE = "a180b1a3d263c81bc6441d7b990bae27d4c10679"
APP_ID = 4711
# https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
PARAMETERS: dict[str, type] = {
    "name": str,
    "url": str,
    "hook_attributes": dict,
    "redirect_url": str,
    "callback_urls": list,
    "setup_url": str,
    "description": str,
    "public": bool,
    "default_events": list,
    "default_permissions": dict,
    "request_oauth_on_install": bool,
    "setup_on_update": bool,
}


def problems(manifest: dict[str, Any]) -> list[str]:
    """Return what GitHub would not take in a manifest, by its documentation."""
    found = [f"{key} is no parameter" for key in manifest.keys() - PARAMETERS.keys()]
    found += [f"{key} has the wrong type" for key, value in manifest.items() if not isinstance(value, PARAMETERS.get(key, object))]
    if not manifest.get("url") or ("hook_attributes" in manifest and not manifest["hook_attributes"].get("url")):
        found.append('"url" wasn\'t supplied')
    if len(manifest.get("name", "")) > 34:
        found.append("the name is too long")
    access = manifest.get("default_permissions", {})
    return found + [
        f"{key}: {level}" for key, level in access.items() if not re.fullmatch("[a-z_]+", key) or level not in {"read", "write"}
    ]


@dataclass(frozen=True)
class Seen:
    """One request that arrived: method, path with query, headers in lower case and body."""

    method: str
    target: str
    headers: dict[str, str]
    body: str


@dataclass
class GitHub:
    """A GitHub of one's own: `with GitHub() as github:`. `answer` replaces the conversion's answer: status and body."""

    seen: list[Seen] = field(default_factory=list)
    manifests: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    converted: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        """Start answering."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"github": self}))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """The address; its host is another one than the local page's, as it is with the real GitHub."""
        return f"http://localhost:{self.server.server_address[1]}"

    def conversion(self, code: str) -> tuple[int, Any]:
        """Return what the API answers to a code: the App and its key, once."""
        if self.answers:
            return self.answers.pop(0)
        if code != CODE or code in self.converted or not self.manifests:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
        self.converted.add(code)
        return 201, self.app()

    def app(self) -> dict[str, Any]:
        """Return the App that the last manifest made, as the API tells it."""
        asked = self.manifests[-1]
        slug = re.sub(r"[^a-z0-9]+", "-", asked["name"].lower())
        return {
            "id": APP_ID,
            "slug": slug,
            "node_id": "A_4711",
            "client_id": "Iv1.8a61f9b3a7aba766",
            "owner": self.owner(),
            "name": asked["name"],
            "description": asked["description"],
            "external_url": asked["url"],
            "html_url": f"{self.url}/apps/{slug}",
            "created_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-01-02T03:04:05Z",
            "permissions": asked["default_permissions"],
            "events": [],
            "client_secret": OTHER_SECRETS[0],
            "webhook_secret": OTHER_SECRETS[1],
            "pem": KEY,
        }

    def owner(self) -> dict[str, Any]:
        """Return the App's owner with all that the API tells of one."""
        lists = ("events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred", "subscriptions")
        urls = dict.fromkeys(("url", "avatar_url", "html_url", *(f"{each}_url" for each in lists)), f"{self.url}/api/v3/users/acme")
        return {"login": "acme", "id": 9, "node_id": "O_9", "gravatar_id": "", "type": "Organization", "site_admin": False, **urls}


PAGE = """<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"""


class Handler(BaseHTTPRequestHandler):
    github: ClassVar[GitHub]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.github.seen.append(Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        parts = urlsplit(self.path)
        conversion = re.fullmatch(r"/api/v3/app-manifests/([^/]+)/conversions", parts.path)
        if self.command == "POST" and conversion:
            status, answer = self.github.conversion(conversion[1])
            self._send(status, json.dumps(answer), "application/json")
        elif self.command == "POST" and re.fullmatch(r"(/organizations/[^/]+)?/settings/apps/new", parts.path):
            self._new(parse_qs(body), parse_qs(parts.query).get("state", [""])[0])
        elif self.command == "POST" and parts.path == "/create":
            self._create(parse_qs(body))
        elif parts.path == "/apps/anything/installations/new" or parts.path.startswith("/apps/"):
            self._send(200, PAGE.format(title="Install", body=""))
        else:
            self._send(404, PAGE.format(title="Not found", body=""))

    def _new(self, fields: dict[str, list[str]], state: str) -> None:
        """Show what GitHub shows for a manifest: a field with the name, and a button."""
        manifest = json.loads(fields["manifest"][0])
        wrong = problems(manifest)
        if wrong:
            self._send(422, PAGE.format(title="Invalid GitHub App configuration", body=escape("; ".join(wrong))))
            return
        self.github.manifests.append(manifest)
        self._send(
            200,
            PAGE.format(
                title="Create GitHub App from manifest",
                body=f'<form method="post" action="/create"><input type="hidden" name="state" value="{escape(state)}">'
                f'<input name="name" value="{escape(manifest["name"])}"><button id="create">Create GitHub App</button></form>',
            ),
        )

    def _create(self, fields: dict[str, list[str]]) -> None:
        """Make the App, under the name in the field, and send the browser back."""
        manifest = self.github.manifests[-1]
        manifest["name"] = fields["name"][0]
        query = urlencode({"code": CODE, "state": fields["state"][0]})
        self.send_response(302)
        self.send_header("Location", f"{manifest['redirect_url']}?{query}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, text: str, kind: str = "text/html; charset=utf-8") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
